"""Who polled what and when, as the page shows it. In memory: a restart of the server forgets it, the JSON lines do not."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rommon_tool.auto_update.assignments import Assignment
from rommon_tool.auto_update.events import DevicePolled, FetchRefused, FileSent, PollRefused

_REFUSALS_KEPT = 50


@dataclass(slots=True)
class Row:
    """One device: what it should have, and what was seen of it. Times are UTC."""

    assignment: Assignment
    polls: int = 0
    polled_at: datetime | None = None
    client: str = ""
    sent_at: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody was refused. Every text but `reason` is the asker's own."""

    at: datetime
    client: str
    what: str
    reason: str


def _utc_now() -> datetime:
    return datetime.now(tz=UTC)


class Board:
    """Takes the server's events and remembers them by device."""

    def __init__(self, assignments: Iterable[Assignment], now: Callable[[], datetime] = _utc_now) -> None:
        self.rows = {assignment.name: Row(assignment) for assignment in assignments}
        self.refusals: deque[Refusal] = deque(maxlen=_REFUSALS_KEPT)
        self._now = now

    def note(self, event: object) -> None:
        """Remember an event of the server; others are nothing to it."""
        match event:
            case DevicePolled():
                row = self.rows[event.account]
                row.polls, row.polled_at, row.client = row.polls + 1, self._now(), event.client
            case FileSent() if event.bytes == event.total:
                self.rows[event.account].sent_at[event.component] = self._now()
            case PollRefused():
                who = f"{event.account or 'nobody'} at {event.path}"
                self.refusals.appendleft(Refusal(self._now(), event.client, who, event.reason))
            case FetchRefused():
                self.refusals.appendleft(Refusal(self._now(), event.client, event.path, event.reason))
            case _:
                pass
