"""How noisy a line is, as the echoes of what was typed tell. It counts; what to do about it is the dialogue's business."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from serial_console.errors import LineNoisy

# Above this share of wrong bytes, each way, patience is no use: a dump of a few hundred bytes never comes whole.
CEILING = 0.03


@dataclass(slots=True)
class EchoCount:
    """Bytes that were typed, and how many of them did not come back as they were typed."""

    typed: int = 0
    wrong: int = 0

    def compare(self, typed: bytes, echo: bytes) -> None:
        """Count what was typed at once and what came back for it."""
        self.typed += len(typed)
        if typed not in echo:
            blocks = SequenceMatcher(None, typed, echo, autojunk=False).get_matching_blocks()
            self.wrong += len(typed) - sum(block.size for block in blocks)

    @property
    def error_rate(self) -> float:
        """The share of bytes that are wrong on their way. An echo has gone both ways, so that it errs twice as often."""
        return self.wrong / (2 * self.typed) if self.typed else 0.0

    @property
    def is_hopeless(self) -> bool:
        return self.error_rate > CEILING

    def error(self, what: str, seen: str) -> LineNoisy:
        """The error that says what can't be done on this line, and how bad it is."""
        measured = f"{100 * self.error_rate:.1f} % of the bytes are wrong each way"
        message = f"{what}: {measured} ({self.wrong} of {self.typed} typed bytes came back wrong)"
        return LineNoisy(message, error_rate=self.error_rate, seen=seen)
