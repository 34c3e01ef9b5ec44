"""Counts of what the server did, worked out from its events.

The one rule: a block costs nothing here. What an event does not tell is not counted, and what a stranger can vary (names,
ports, addresses) never becomes a key that is kept.

    counters = Counters(devices=["192.0.2.10"])
    server = RecoveryTftpServer(root, on_event=counters)
    ...
    counters.snapshot().bytes
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field

from tftp.events import (
    Event,
    RequestReceived,
    RequestRefused,
    TransferCompleted,
    TransferEvent,
    TransferFailed,
    TransferProgressed,
    TransferRetransmitted,
    TransferStalled,
    TransferStopped,
    UploadCompleted,
    UploadFailed,
)

Counted = RequestReceived | RequestRefused | TransferEvent | UploadCompleted | UploadFailed

#: More than the server has sockets for; past it the oldest is forgotten.
_TRANSFERS_KEPT = 1024


@dataclass(slots=True)
class Counts:
    """Sums since the server began. They only grow, except `active`: the transfers that have moved and not ended."""

    requests: int = 0
    #: By the reason of the refusal.
    refusals: Counter[str] = field(default_factory=Counter)
    #: By outcome: "completed", "unconfirmed" (complete, but for the last ACK), "stopped", or the reason of a failure.
    transfers: Counter[str] = field(default_factory=Counter)
    #: Files taken: "completed" or "failed".
    uploads: Counter[str] = field(default_factory=Counter)
    #: Acknowledged bytes of files, up to date within a fifth of a second, in a crowd within some seconds.
    bytes: int = 0
    #: Blocks that were sent more than once in transfers that were completed.
    resent_blocks: int = 0
    stalls: int = 0
    #: Seconds that the completed transfers took, together.
    completed_seconds: float = 0.0
    active: int = 0


class Counters:
    """A subscriber of the server's events. It may be read from any thread."""

    def __init__(self, devices: Iterable[str] = ()) -> None:
        """`devices` are the addresses that are counted apart as well."""
        self._all = Counts()
        self._by_device = {device: Counts() for device in devices}
        self._acknowledged: dict[tuple[str, int], int] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Count one event."""
        if not isinstance(event, Counted):
            return
        with self._lock:
            news = self._news_of(event) if isinstance(event, TransferEvent) else 0
            device = self._by_device.get(event.client)
            for counts in (self._all, device) if device else (self._all,):
                counts.bytes += news
                _count(counts, event)

    def snapshot(self) -> Counts:
        """The sums as they are now, the caller's to keep."""
        with self._lock:
            self._all.active = len(self._acknowledged)
            return deepcopy(self._all)

    def by_device(self) -> dict[str, Counts]:
        """The same for each of the devices that were named at the beginning."""
        with self._lock:
            moving = Counter(client for client, _ in self._acknowledged)
            for device, counts in self._by_device.items():
                counts.active = moving[device]
            return deepcopy(self._by_device)

    def _news_of(self, event: TransferEvent) -> int:
        """The bytes that were acknowledged since the last event of the same transfer."""
        key = (event.client, event.port)
        known = self._acknowledged.pop(key, 0)
        is_passing = isinstance(event, TransferStalled | TransferRetransmitted)
        if isinstance(event, TransferProgressed) or (is_passing and event.bytes):
            self._acknowledged[key] = event.bytes
            if len(self._acknowledged) > _TRANSFERS_KEPT:
                del self._acknowledged[next(iter(self._acknowledged))]
        # Fewer than before: the client began anew from the same port.
        return event.bytes - known if event.bytes >= known else event.bytes


def _count(counts: Counts, event: Counted) -> None:
    match event:
        case RequestReceived():
            counts.requests += 1
        case RequestRefused():
            counts.refusals[event.reason] += 1
        case TransferStalled():
            counts.stalls += 1
        case UploadCompleted():
            counts.uploads["completed"] += 1
        case UploadFailed():
            counts.uploads["failed"] += 1
        case _:
            _count_end(counts, event)


def _count_end(counts: Counts, event: TransferEvent) -> None:
    match event:
        case TransferCompleted():
            counts.transfers["completed" if event.acknowledged else "unconfirmed"] += 1
            counts.resent_blocks += event.resent_blocks
            counts.completed_seconds += event.seconds
        case TransferStopped():
            counts.transfers["stopped"] += 1
        case TransferFailed():
            counts.transfers[event.reason] += 1
        case _:
            pass  # it goes on: its bytes are counted as news
