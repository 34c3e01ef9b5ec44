"""Between a source that must not wait and a subscriber that may have to: a full pipe, a terminal that is held with Ctrl-S.

The one rule: publishing never waits. What finds no room is left out, counted, and told as a warning where the gap is;
progress is the first to be left out, the result never is.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from rommon_tool.progress import Finished, Record, Subscriber, Warned
from tftp.events import TransferCompleted, TransferFailed, TransferProgressed, TransferRetransmitted, TransferStopped

#: Records that wait at most. At half of it, progress is no longer taken.
KEPT = 4096
_PROGRESS = (TransferProgressed, TransferRetransmitted)
#: What comes within it is handed on together: a wake-up for each record would take turns from the source.
_GATHERING_SECONDS = 0.02


class Outlet:
    """A subscriber that hands its records to another one in a thread of its own."""

    def __init__(
        self,
        subscriber: Subscriber,
        *,
        refresh: Callable[[], None] | None = None,
        refresh_seconds: float = 0.25,
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        """`refresh` is called every so often, in the same thread as `subscriber`; at the end once more, then `finish`."""
        self._subscriber, self._finish = subscriber, finish
        self._refresh, self._refresh_seconds = refresh, refresh_seconds
        self._records: deque[Record] = deque()
        self._left_out = 0
        self._closing = False
        self._changed = threading.Condition()
        #: What ended the subscriber, if it had a defect.
        self.defect: Exception | None = None
        self._thread = threading.Thread(target=self._hand_on, name="outlet", daemon=True)
        self._thread.start()

    def __call__(self, record: Record) -> None:
        with self._changed:
            if self._is_full_for(record):
                self._left_out += 1
                return
            if self._left_out:
                gap = Warned(f"{self._left_out} records were left out: whoever reads this is too slow")
                self._records.append(Record(record.seq - 1, record.seconds, record.device, gap))
                self._left_out = 0
            self._records.append(record)
            if len(self._records) == 1:
                self._changed.notify()

    def close(self, seconds: float = 2.0) -> bool:
        """Hand on what waits, for so long at most. False if the subscriber did not take it."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _is_full_for(self, record: Record) -> bool:
        if isinstance(record.event, Finished):
            return False
        return len(self._records) >= (KEPT // 2 if isinstance(record.event, _PROGRESS) else KEPT)

    def _hand_on(self) -> None:
        try:
            while not self._closing:
                self._hand_on_what_waits()
                time.sleep(_GATHERING_SECONDS)
                self._wait()
            self._hand_on_what_waits()
            self._finish()
        except Exception as error:  # noqa: BLE001 - the source goes on; whoever closes tells it
            self.defect = error

    def _hand_on_what_waits(self) -> None:
        while self._records:
            self._subscriber(self._records.popleft())
        if self._refresh:
            self._refresh()

    def _wait(self) -> None:
        """Until something waits; or, with a refresh, until it is time for it: a picture needs no more than that."""
        with self._changed:
            if self._refresh:
                self._changed.wait_for(lambda: self._closing, self._refresh_seconds)
            else:
                self._changed.wait_for(lambda: self._records or self._closing)


class Sparse:
    """Passes on so much progress a second at most, each transfer's turn by turn; everything else as it comes."""

    def __init__(self, subscriber: Subscriber, per_second: float) -> None:
        self._subscriber, self._interval = subscriber, 1 / per_second
        self._told_at: dict[tuple[str, int], float] = {}

    def __call__(self, record: Record) -> None:
        event = record.event
        if isinstance(event, TransferProgressed):
            key = (event.client, event.port)
            due = self._told_at.get(key, -1e9) + self._interval * len(self._told_at)
            if record.seconds < due:
                return
            self._told_at[key] = record.seconds
        elif isinstance(event, TransferCompleted | TransferStopped | TransferFailed):
            self._told_at.pop((event.client, event.port), None)
        self._subscriber(record)
