"""Addresses on the way to which large blocks vanish.

The one rule: what is remembered is bounded in number and in time, and costs an address nothing but speed.
"""

from __future__ import annotations

from typing import Final

REMEMBERED_SECONDS: Final = 600.0
_MOST: Final = 1024


class BlackHoles:
    """Remembers an address for a while. Time is monotonic, in seconds."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def remember(self, address: str, now: float) -> None:
        self._until.pop(address, None)
        if len(self._until) >= _MOST:
            del self._until[next(iter(self._until))]
        self._until[address] = now + REMEMBERED_SECONDS

    def has(self, address: str, now: float) -> bool:
        return self._until.get(address, now) > now
