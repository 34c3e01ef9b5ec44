"""What is told of transfers: when, and in which event.

The one rule: each transfer ends in exactly one event; and a flood of forged requests doesn't become a flood of events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tftp.access import RateLimit
from tftp.events import (
    Event,
    FailureReason,
    ResendCause,
    TransferCompleted,
    TransferFailed,
    TransferProgressed,
    TransferRetransmitted,
    TransferStalled,
    TransferStopped,
    printable,
)
from tftp.transfer import Transfer

PROGRESS_SECONDS: Final = 0.2
RESENDS_TOLD_SECONDS: Final = 1.0
STALL_SECONDS: Final = 3.0


class Resend(NamedTuple):
    """Why the burst under way was sent again, for which time, and how long it had been waited for."""

    cause: ResendCause
    times: int
    waited_seconds: float


class Reports:
    """Tells of the transfers of one server. `crowd` is by how much more seldom each is told of, where there are many."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._half_open = RateLimit(per_second=5, burst=20)

    def moved(self, transfer: Transfer, now: float, crowd: float = 1.0) -> None:
        """It moves on, or has since it was told of the last time."""
        if transfer.block != transfer.told_block and now - transfer.told_at >= PROGRESS_SECONDS * crowd:
            transfer.told_block, transfer.told_at = transfer.block, now
            self._tell(TransferProgressed(*transfer.identity, *transfer.position))

    def silent(self, transfer: Transfer, silent_seconds: float, now: float) -> None:
        """It does not move; worth a word once a block, after a while."""
        if silent_seconds >= STALL_SECONDS and transfer.stalled_block != transfer.block:
            transfer.stalled_block = transfer.block
            if self._is_news(transfer, now):
                self._tell(TransferStalled(*transfer.identity, *transfer.position, seconds=round(silent_seconds, 1)))

    def resent(self, transfer: Transfer, resend: Resend, now: float, crowd: float) -> None:
        """What is under way was sent again."""
        is_due = now - transfer.resend_told_at >= RESENDS_TOLD_SECONDS * crowd
        if is_due and not transfer.end_told and self._is_news(transfer, now):
            transfer.resend_told_at = now
            where = (*transfer.identity, transfer.first_block, transfer.acknowledged_bytes, transfer.size)
            waited_seconds = round(resend.waited_seconds, 3)
            self._tell(
                TransferRetransmitted(*where, resend.cause, resend.times, waited_seconds, transfer.resent_blocks)
            )

    def stopped(self, transfer: Transfer, code: int, text: str | bytes, now: float) -> None:
        """The client ended it with an ERROR."""
        if self._is_news(transfer, now):
            self._end(
                transfer, TransferStopped(*transfer.identity, *transfer.position, code=code, text=printable(text))
            )

    def failed(self, transfer: Transfer, reason: FailureReason, detail: str, now: float) -> None:
        """We ended it, or nobody answers any more."""
        if self._is_news(transfer, now):
            self._end(
                transfer,
                TransferFailed(*transfer.identity, *transfer.position, reason=reason, detail=printable(detail)),
            )

    def completed(self, transfer: Transfer, now: float, *, acknowledged: bool) -> None:
        """All of it was sent; `acknowledged`: and its end was heard of."""
        self._end(
            transfer,
            TransferCompleted(
                *transfer.identity,
                bytes=transfer.size,
                seconds=round(now - transfer.started_at, 3),
                resent_blocks=transfer.resent_blocks,
                acknowledged=acknowledged,
            ),
        )

    def _is_news(self, transfer: Transfer, now: float) -> bool:
        """Whether what becomes of a transfer is worth an event.

        Of a flood of forged requests only a few are, and none of a copy that the network made of a request, while the
        transfer that the client wanted goes on.
        """
        if transfer.is_acknowledged:
            return True
        return transfer.replaces is None and self._half_open.allows(transfer.client, now)

    def _end(self, transfer: Transfer, event: Event) -> None:
        if not transfer.end_told:
            transfer.end_told = True
            self._tell(event)
