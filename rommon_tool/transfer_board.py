"""Who loads what from the server, and how far it has come: what the live table shows, without a terminal.

The one rule: however many devices come and go, it stays small. Ended transfers leave after a minute, and of everything
there is a most.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from rommon_tool.progress import Record
from rommon_tool.sinks import Rate, harmless
from tftp.counters import Counters
from tftp.events import (
    RequestReceived,
    RequestRefused,
    ServerListening,
    TransferCompleted,
    TransferEvent,
    TransferFailed,
    TransferProgressed,
    TransferRetransmitted,
    TransferStalled,
    TransferStopped,
)

ROWS_KEPT: Final = 512
REFUSALS_KEPT: Final = 32
ENDED_KEPT_SECONDS: Final = 60.0
ASKED_KEPT_SECONDS: Final = 15.0

State = Literal["asked", "running", "stalled", "done", "stopped", "failed"]

#: Short enough for the last column of eighty.
_FAILURES = {
    "client-gone": "port closed",
    "never-acknowledged": "never answered",
    "timed-out": "fell silent",
    "crowded-out": "gave way",
    "server-stopped": "server ended",
    "defect": "our defect",
}


@dataclass(slots=True)
class Row:
    """One transfer. Times are seconds of the stream; `total` is None until the server tells it."""

    device: str
    name: str
    began_at: float
    state: State = "asked"
    note: str = ""
    bytes: int = 0
    total: int | None = None
    changed_at: float = 0.0
    _rate: Rate = field(default_factory=Rate)
    bytes_per_second: float = 0.0

    @property
    def has_ended(self) -> bool:
        return self.state in {"done", "stopped", "failed"}

    def move_to(self, record: Record, taken: int, total: int) -> None:
        """So many bytes were acknowledged."""
        self.bytes, self.total = taken, total
        self.bytes_per_second = self._rate.of(record)

    def change(self, state: State, seconds: float, note: str = "") -> None:
        self.state, self.note, self.changed_at = state, harmless(note), seconds


@dataclass(slots=True)
class Refused:
    """Requests of one address that were refused for one reason; `name` is the last one's."""

    device: str
    reason: str
    name: str = ""
    times: int = 0
    last_at: float = 0.0


class TransferBoard:
    """Follows a server's records."""

    def __init__(self) -> None:
        self.listening = ""
        self.rows: dict[tuple[str, int], Row] = {}
        self.refusals: dict[tuple[str, str], Refused] = {}
        self.counters = Counters()

    def __call__(self, record: Record) -> None:
        event = record.event
        if isinstance(event, ServerListening):
            place = f"[{event.address}]" if ":" in event.address else event.address
            self.listening = f"{place}:{event.port}"
            return
        self.counters(event)
        if isinstance(event, RequestRefused):
            self._refuse(event, record.seconds)
        elif isinstance(event, RequestReceived | TransferEvent):
            self._follow(event, record)

    def age(self, now: float) -> None:
        """Forget what ended, and what was asked and never taken, a while ago."""
        for key, row in list(self.rows.items()):
            kept_seconds = ENDED_KEPT_SECONDS if row.has_ended else ASKED_KEPT_SECONDS
            if (row.has_ended or row.state == "asked") and now - row.changed_at > kept_seconds:
                del self.rows[key]

    def states(self) -> Counter[State]:
        """How many rows there are of each state."""
        return Counter(row.state for row in self.rows.values())

    def _follow(self, event: Any, record: Record) -> None:
        if isinstance(event, TransferFailed) and event.reason == "replaced":
            return  # the device's new transfer has its row already
        row = self._row_of(event, record.seconds)
        if isinstance(event, TransferRetransmitted):
            if row.state == "running":
                row.note = f"{event.resent_blocks} resent"
            return
        if isinstance(event, RequestReceived):
            return
        total = event.bytes if isinstance(event, TransferCompleted) else event.total
        row.move_to(record, event.bytes, total)
        stays = isinstance(event, TransferProgressed) and row.state == "running"
        row.change(*_state_of(event, record.seconds, row.note if stays else ""))

    def _row_of(self, event: Any, seconds: float) -> Row:
        key = (event.client, event.port)
        row = self.rows.get(key)
        if row is None or (row.has_ended and isinstance(event, RequestReceived | TransferProgressed)):
            self.rows.pop(key, None)
            self._make_room()
            row = self.rows[key] = Row(event.client, harmless(event.name), seconds, changed_at=seconds)
        return row

    def _make_room(self) -> None:
        if len(self.rows) < ROWS_KEPT:
            return
        # Many at once: a flood must not have the whole board sorted for each of its requests.
        dispensable = ("done", "stopped", "failed", "asked", "stalled", "running")
        oldest = sorted(self.rows, key=lambda key: (dispensable.index(self.rows[key].state), self.rows[key].changed_at))
        for key in oldest[: ROWS_KEPT // 8]:
            del self.rows[key]

    def _refuse(self, event: RequestRefused, seconds: float) -> None:
        row = self.rows.get((event.client, event.port))
        if row is not None and row.state == "asked":
            del self.rows[event.client, event.port]
        key = (event.client, event.reason)
        refused = self.refusals.pop(key, None) or Refused(event.client, event.reason)
        refused.name, refused.last_at, refused.times = harmless(event.name), seconds, refused.times + 1
        self.refusals[key] = refused  # the latest stands last
        if len(self.refusals) > REFUSALS_KEPT:
            del self.refusals[next(iter(self.refusals))]


def _state_of(event: Any, seconds: float, note: str) -> tuple[State, float, str]:
    """The state that an event tells, since when, and a note: that of before while it runs."""
    match event:
        case TransferStalled():
            return "stalled", seconds - event.seconds, ""
        case TransferCompleted():
            resent = f", {event.resent_blocks} resent" if event.resent_blocks else ""
            unsure = "" if event.acknowledged else ", unconfirmed"
            return "done", seconds, f"{event.seconds:.1f} s{resent}{unsure}"
        case TransferStopped():
            return "stopped", seconds, event.text or f"error {event.code}"
        case TransferFailed():
            return "failed", seconds, _FAILURES.get(event.reason, event.reason)
        case _:
            return "running", seconds, note
