"""Who gives way when there is no place left.

The one rule: whoever may have forged a request costs nobody else a place. A transfer that was never acknowledged gives
way to any newer one; one that moves gives way to none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tftp.transfer import Transfer

#: A transfer that was silent for this long makes room when there is none.
IDLE_SECONDS: Final = 2.0


class TooManyTransfers(Exception):
    """As many as are allowed are under way, and all of them move."""


def dispensable(transfers: Sequence[Transfer], now: float) -> Transfer:
    """The one that gives way: never acknowledged, or silent; of those the oldest. Raises TooManyTransfers."""
    half_open = [transfer for transfer in transfers if not transfer.is_acknowledged]
    silent = half_open or [transfer for transfer in transfers if now - transfer.moved_at >= IDLE_SECONDS]
    if not silent:
        raise TooManyTransfers
    return min(silent, key=lambda transfer: transfer.moved_at)


def gives_way(
    others: Sequence[Transfer], address: str, now: float, *, most: int, most_per_client: int | None
) -> Transfer | None:
    """Which of the `others` leaves for a new transfer to `address`; None while there are places."""
    of_client = [transfer for transfer in others if transfer.client == address]
    if most_per_client is not None and len(of_client) >= most_per_client:
        return dispensable(of_client, now)
    return dispensable(others, now) if len(others) >= most else None
