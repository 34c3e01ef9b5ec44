"""One login at the command line of a booted ASA: its prompt, its mode, its pager, and how it asks and refuses."""

from dataclasses import dataclass, field

from ..chassis import Chassis, Launch
from ..events import Answered
from ..family import Family
from ..script import Script, key
from .commands import Unclear
from .running_config import Block, RunningConfig

PAGE_LINES = 24
MORE = "<--- More --->"
ERASE_MORE = b"\r" + b" " * len(MORE) + b"\r"
INVALID_INPUT = "ERROR: % Invalid input detected at '^' marker."
CONFIRMING = ("", "y", "Y")


@dataclass(slots=True)
class Polling:
    """Auto Update: when the client polls next, in device time, and what it remembers. One for each boot."""

    due: float | None = None
    retries: int = 0
    debugs: bool = False
    config_checksum: str = ""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A restart to come, at `moment` of the device's time in seconds."""

    moment: float
    reason: str = ""


@dataclass(slots=True)
class Machine:
    """One boot of the software: what lasts until the next restart, whoever logs in."""

    chassis: Chassis
    family: Family
    launch: Launch
    version: str
    running: RunningConfig
    polling: Polling = field(default_factory=Polling)
    startup_errors: list[str] = field(default_factory=list)  # what was said while it was read
    scheduled: Scheduled | None = None  # the restart to come

    @property
    def address(self) -> str:
        """Where its packets come from: the first interface with an address of its own."""
        for block in self.running.blocks:
            for line in block.inner if block.line.startswith("interface") else ():
                words = line.split()
                if words[:2] == ["ip", "address"] and len(words) > 2:
                    return words[2]
        return "0.0.0.0"  # noqa: S104 - no address at all

    @property
    def hostname(self) -> str:
        return self.running.value("hostname", "ciscoasa")


class Session:
    """What commands get. `mode` is empty in EXEC, else `config`, `config-if`…; `block` is the line that the mode belongs to."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.chassis = machine.chassis
        self.console = machine.chassis.console
        self.running = machine.running
        self.privileged = False
        self.mode = ""
        self.block: Block | None = None
        self.ended = False
        self.line = ""  # as it was typed last
        self.pager_lines = int(machine.running.value("pager lines", str(PAGE_LINES)))

    @property
    def prompt(self) -> str:
        mode = f"({self.mode})" if self.mode else ""
        return f"{self.machine.hostname}{mode}{'#' if self.privileged else '>'} "

    def print(self, text: str = "", end: str = "\n") -> None:
        self.console.print(text, end=end)

    # --- asking ------------------------------------------------------------------------------------------------

    def ask(self, question: str, *, echo: bool = True) -> Script[str]:
        """A question that takes a line."""
        with self.chassis.in_state("question"):
            answer = yield from self.console.read_line(question, echo=echo)
        self.chassis.publish(Answered(question.strip(), answer))
        return answer

    def value(self, question: str, default: str) -> Script[str]:
        """A question with a value in brackets; Enter alone takes it."""
        self.print()
        answer = yield from self.ask(f"{question} [{default}]? ")
        return answer.strip() or default

    def confirms(self, question: str) -> Script[bool]:
        """A `[confirm]`: one key, Enter or y for yes."""
        with self.chassis.in_state("question"):
            self.print(f"{question}[confirm]", end="")
            answer = yield from self.console.read_answer()
        self.chassis.publish(Answered(f"{question}[confirm]", answer))
        return answer in CONFIRMING

    # --- refusing ----------------------------------------------------------------------------------------------

    def refuse(self, unclear: Unclear) -> None:
        """Say why a line is no command, with a caret below the first word that fits none."""
        if unclear.why:
            self.print(unclear.why)
            return
        self.refuse_word(unclear.at)

    def refuse_word(self, index: int) -> None:
        """A caret below the word of that index."""
        words = self.line.split()
        column = len(" ".join(words[:index])) + bool(index)
        self.print(" " * (len(self.prompt) + column) + "^\n" + INVALID_INPUT)

    # --- the pager ---------------------------------------------------------------------------------------------

    def page(self, lines: list[str]) -> Script[None]:
        """Print lines, a page at a time."""
        room = self.pager_lines
        for position, line in enumerate(lines):
            self.print(line)
            room -= 1
            if room == 0 and position < len(lines) - 1:
                room = yield from self._more()
                if room < 0:
                    return

    def _more(self) -> Script[int]:
        """How many lines may follow: Enter one, SPACE a page, q none (-1). Other keys are ignored."""
        self.print(MORE, end="")
        while True:
            pressed = yield from key()
            answers = {0x0D: 1, 0x20: self.pager_lines, ord("q"): -1, ord("Q"): -1}
            if pressed in answers:
                self.console.send(ERASE_MORE)
                return answers[pressed]
