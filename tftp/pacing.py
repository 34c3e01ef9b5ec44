"""Limits on bytes a second, for the whole server and for each client.

The one rule: a limit delays, it never drops. Time is monotonic, in seconds.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakValueDictionary

#: What may be sent at once after a pause, as seconds of the rate. Longer than the server's tick, so that none is lost.
_BURST_SECONDS: Final = 0.05


class Bucket:
    """So many bytes a second. It may be overdrawn by one burst, which the next ones wait for."""

    def __init__(self, bytes_per_second: int, now: float) -> None:
        self._rate = bytes_per_second
        self._level, self._filled_at = 0.0, now - _BURST_SECONDS

    def is_open(self, now: float) -> bool:
        self._level = min(self._level + (now - self._filled_at) * self._rate, _BURST_SECONDS * self._rate)
        self._filled_at = now
        return self._level >= 0

    def take(self, amount_bytes: int) -> None:
        self._level -= amount_bytes


class Pace:
    """The limits that one client's transfers keep to."""

    def __init__(self, *buckets: Bucket) -> None:
        self._buckets = buckets

    def allows(self, amount_bytes: int, now: float) -> bool:
        """Whether that may be sent now; it is counted if so."""
        if not all(bucket.is_open(now) for bucket in self._buckets):
            return False
        self.take(amount_bytes)
        return True

    def take(self, amount_bytes: int) -> None:
        """Count what is sent without asking: a block that was lost cannot wait, and the next ones do for it."""
        for bucket in self._buckets:
            bucket.take(amount_bytes)


class Pacing:
    """The paces of all clients; those of clients that have no transfer any more are forgotten."""

    def __init__(self, bytes_per_second: int | None, client_bytes_per_second: int | None) -> None:
        self._rate, self._client_rate = bytes_per_second, client_bytes_per_second
        self._shared: Bucket | None = None
        self._of_client: WeakValueDictionary[str, Pace] = WeakValueDictionary()

    def of(self, client: str, now: float) -> Pace | None:
        """The pace of the client at that address, None if there are no limits."""
        if self._rate is None and self._client_rate is None:
            return None
        pace = self._of_client.get(client)
        if pace is None:
            pace = self._of_client[client] = Pace(*self._buckets(now))
        return pace

    def _buckets(self, now: float) -> list[Bucket]:
        buckets = []
        if self._rate is not None:
            self._shared = self._shared or Bucket(self._rate, now)
            buckets.append(self._shared)
        if self._client_rate is not None:
            buckets.append(Bucket(self._client_rate, now))
        return buckets
