"""What a device does, as generators, and the time they run along.

A script yields what it waits for and is resumed with what came. Nobody in here reads a clock or sleeps: time is
moved by whoever owns the Timeline, so a two-minute power cycle takes a test microseconds.
"""

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

ESC = 0x1B
SPACE = 0x20
BREAK = -1  # not a byte: the line was held low


@dataclass(frozen=True, slots=True)
class Report:
    """How far a transfer has come. `failure` is empty unless it ended without a file."""

    received: int
    blocks: int
    ended: bool = False
    failure: str = ""


class Transfer(Protocol):
    """A download under way. `step` does a short slice of it; None says that nothing has happened."""

    def step(self) -> Report | None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Pause:
    """Let device time pass; what is typed meanwhile stays queued."""

    seconds: float


@dataclass(frozen=True, slots=True)
class KeyWait:
    """Wait for one key, for at most `seconds` (None: for ever). Resumed with the key, or None."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class TransferWait:
    """Wait until a transfer has news. Resumed with a Report."""

    transfer: Transfer


Result = TypeVar("Result")
Wait: TypeAlias = Pause | KeyWait | TransferWait
Answer: TypeAlias = int | Report | None
Script: TypeAlias = Generator[Wait, Answer, Result]


def key(seconds: float | None = None) -> Script[int | None]:
    """The next key typed, or None after `seconds` of device time."""
    answer = yield KeyWait(seconds)
    return answer if isinstance(answer, int) else None


def news(transfer: Transfer) -> Script[Report]:
    """The next report of a transfer."""
    while True:
        answer = yield TransferWait(transfer)
        if isinstance(answer, Report):
            return answer


class Timeline:
    """One script, the keys typed for it, and the device time it has reached."""

    def __init__(self) -> None:
        self.now = 0.0
        self.wake_at: float | None = None
        self._script: Script[None] | None = None
        self._wait: Wait | None = None
        self._keys: deque[int] = deque()

    def start(self, script: Script[None]) -> None:
        """Drop whatever ran and begin this."""
        self.stop()
        self._script = script
        self._resume(None)
        self._settle()

    def stop(self) -> None:
        """End the script where it stands; its `finally` blocks run."""
        if self._script is not None:
            self._script.close()
        self._script = self._wait = self.wake_at = None
        self._keys.clear()

    def press(self, pressed: int) -> None:
        """A key arrives from the line."""
        self._keys.append(pressed)
        self._settle()

    def forget_keys(self) -> None:
        """Throw away what was typed ahead."""
        self._keys.clear()

    def advance_to(self, moment: float) -> None:
        """Let device time run up to `moment`, doing all that falls due on the way."""
        self.advance_to_transfer(moment)
        self.now = max(self.now, moment)

    def advance_to_transfer(self, moment: float) -> None:
        """Let device time run up to `moment` or to the start of a transfer, whichever comes first."""
        while self.wake_at is not None and self.wake_at <= moment:
            self.now = max(self.now, self.wake_at)
            self._resume(None)
            self._settle()
        if not self.transferring:
            self.now = max(self.now, moment)

    @property
    def transferring(self) -> bool:
        return isinstance(self._wait, TransferWait)

    def step_transfer(self) -> bool:
        """Do a slice of the transfer waited for, if any; says whether that brought news."""
        if not isinstance(self._wait, TransferWait):
            return False
        report = self._wait.transfer.step()
        if report is not None:
            self._resume(report)
            self._settle()
        return report is not None

    def _settle(self) -> None:
        while isinstance(self._wait, KeyWait) and self._keys:
            self._resume(self._keys.popleft())

    def _resume(self, answer: Answer) -> None:
        if self._script is None:
            return
        self.wake_at = None
        try:
            self._wait = self._script.send(answer)
        except StopIteration:
            self._script = self._wait = None
            return
        if isinstance(self._wait, Pause | KeyWait) and self._wait.seconds is not None:
            self.wake_at = self.now + self._wait.seconds
