"""Addresses of which something is worth knowing for a while.

The one rule: what is remembered is bounded in number and in time; the oldest is forgotten first.
"""

from __future__ import annotations

from collections import OrderedDict


class Remembered:
    """Remembers addresses, each for so many seconds. Time is monotonic, in seconds."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        # Not a dict: finding its first key takes the longer the more of them were deleted.
        self._until: OrderedDict[str, float] = OrderedDict()

    def remember(self, address: str, now: float) -> None:
        self._until[address] = now + self._seconds
        self._until.move_to_end(address)
        if len(self._until) > self._most:
            self._until.popitem(last=False)

    def has(self, address: str, now: float) -> bool:
        return self._until.get(address, now) > now
