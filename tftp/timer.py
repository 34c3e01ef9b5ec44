"""When to send again: a timer that follows the round trip.

The one rule: a block that was sent twice measures nothing (Karn), and waits twice as long each time (RFC 1123). Seconds.

What Karn would have too, to wait that long for the next block as well, is done only where the answer may have been one
to the first sending: on a bad link with a quick client the waits would otherwise pile up, block after block.
"""

from __future__ import annotations

from typing import Final

#: A boot monitor on the same switch answers in about a millisecond.
SMALLEST_RTO: Final = 0.01
#: Until a round trip was measured.
FIRST_RTO: Final = 0.5
#: Past the client's own timer: a client that starts its timer anew at every packet, and acknowledges nothing twice,
#: would otherwise be kept from ever acknowledging again.
LARGEST_RTO: Final = 8.0


class RetransmissionTimer:
    """RFC 6298 with a far smaller floor."""

    __slots__ = ("_smoothed", "_variation", "backed_off", "rto")

    def __init__(self) -> None:
        #: How long the first sending of a block is waited for, and how long the last sending of one that was repeated.
        self.rto = self.backed_off = FIRST_RTO
        self._smoothed = self._variation = 0.0

    def measure(self, trip: float) -> None:
        """A block was acknowledged `trip` after it was sent for the first time, and in answer to that."""
        if self._smoothed:
            self._variation += (abs(trip - self._smoothed) - self._variation) / 4
            self._smoothed += (trip - self._smoothed) / 8
        else:
            self._smoothed, self._variation = trip, trip / 2
        self.rto = self._expected()

    def _expected(self) -> float:
        return min(max(self._smoothed + 4 * self._variation, SMALLEST_RTO), LARGEST_RTO)

    def begin_backing_off(self) -> None:
        """A block is sent for the second time."""
        self.backed_off = self.rto

    def heard_after_repeat(self, since_last_sent: float) -> None:
        """A block that was sent twice was acknowledged, so long after it was sent for the last time."""
        if not self._smoothed or since_last_sent > self._expected():
            self.rto = self.backed_off  # until a round trip can be told again
        else:
            self.rto = self._expected()

    def back_off(self) -> None:
        self.backed_off = min(self.backed_off * 2, LARGEST_RTO)
