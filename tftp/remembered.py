"""Addresses of which something is worth knowing for a while.

The one rule: what is remembered is bounded in number and in time; the oldest is forgotten first.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from typing import Final

_TICKS_A_SECOND: Final = 10
_SLOTS_BITS: Final = 16


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


class RoughlyRemembered:
    """Remembers tens of thousands of addresses for some seconds, in a quarter of a megabyte however many there are.

    Each has a place by its hash, which the next one with the same place takes. It holds the time and more of the hash:
    one address in 65536 is mistaken for another. Nobody outside knows the hashes, which differ from run to run.
    """

    def __init__(self, seconds: float) -> None:
        """Up to an hour."""
        self._ticks = round(seconds * _TICKS_A_SECOND)
        self._slots = array("I", bytes(4 << _SLOTS_BITS))

    def remember(self, address: str, now: float) -> None:
        place, mark = self._place_of(address)
        self._slots[place] = mark << 16 | _tick(now)

    def has(self, address: str, now: float) -> bool:
        place, mark = self._place_of(address)
        slot = self._slots[place]
        return slot >> 16 == mark and (_tick(now) - slot) & 0xFFFF < self._ticks

    @staticmethod
    def _place_of(address: str) -> tuple[int, int]:
        number = hash(address)
        return number & (1 << _SLOTS_BITS) - 1, (number >> _SLOTS_BITS & 0xFFFF) or 1  # 0 is nobody's


def _tick(now: float) -> int:
    return int(now * _TICKS_A_SECOND) & 0xFFFF
