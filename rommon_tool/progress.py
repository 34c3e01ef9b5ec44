"""One ordered stream out of every source's events: the console, the server's process, the power, the procedure itself."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

_KEPT = 4096


StepStatus = Literal["started", "done", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class StepChanged:
    """A step of the chapter, by its number there and a stable name, began or ended.

    `note` says what was proved, why it was left out, or what the error was. `of`: how many steps, where they are not the
    chapter's.
    """

    number: int
    name: str
    status: StepStatus
    note: str = ""
    of: int = 0


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know that does not stop the run."""

    text: str


@dataclass(frozen=True, slots=True)
class MetricsListening:
    """The counters can be read at this address and TCP port, by HTTP."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class ConsoleShowed:
    """A whole line of the console, scrubbed and escaped. `direction` is `<` from the device, `>` to it."""

    direction: str
    text: str


@dataclass(frozen=True, slots=True)
class PowerAsked:
    """A person is asked to switch the power, or told how long to wait."""

    text: str


@dataclass(frozen=True, slots=True)
class PowerCycled:
    """The power was switched off and on. `command` is what was given as `--power`, without any secret."""

    command: str


@dataclass(frozen=True, slots=True)
class BundlePartTaken:
    """The device has as much of a bundle as its monitor asks for, and has stopped asking. That is no failure."""

    client: str
    bytes: int
    total: int


@dataclass(frozen=True, slots=True)
class ImageHashing:
    """So many bytes of an image are read and hashed; told at every tenth of a large one."""

    bytes: int
    total: int


@dataclass(frozen=True, slots=True)
class ImageVerified:
    """What is known of the image before anything is typed; `verdict` and `checks` as of `rommon verify`."""

    verdict: str
    reason: str
    image_kind: str
    version: str
    sha512: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over: the last record of a stream. `proved` holds the outcome's fields."""

    exit_code: int
    outcome: str
    cause: str = ""
    message: str = ""
    seen: str = ""
    hint: str = ""
    proved: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One event of the stream: `seq` from 1, `seconds` since the run began, and the device it is about."""

    seq: int
    seconds: float
    device: str
    event: Any


Subscriber = Callable[[Record], None]


class Progress:
    """The stream. Subscribers hear each record at once; whoever iterates over a run takes them with `drain`.

    Of what nobody takes, the latest few thousand records are kept.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._started = time.monotonic()
        self._seq = 0
        self._waiting: deque[Record] = deque(maxlen=_KEPT)
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def publish(self, event: Any) -> None:
        self._seq += 1
        record = Record(self._seq, time.monotonic() - self._started, self._device, event)
        self._waiting.append(record)
        for subscriber in self._subscribers:
            subscriber(record)

    def drain(self) -> list[Record]:
        """The records since the last call."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken
