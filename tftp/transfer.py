"""One transfer to one client: which block is under way, and when to send it again.

The one rule: DATA is sent for an ACK that moves the transfer on, or for a timer; an ACK seen before never doubles it
(the sorcerer's apprentice). Time is `time.monotonic()` in seconds, handed in: nothing here asks for it.

`advance` is the path of every block and does as little as it can: what it leaves out is worked out later, by the
server's tick, from the block number and the time of the last move.
"""

from __future__ import annotations

import os
import socket
from typing import Final

from tftp.packets import acknowledgements, data_headers, option_acknowledgement
from tftp.private_copy import Content
from tftp.request import Request, Terms

SMALLEST_RTO: Final = 0.05
FIRST_RTO: Final = 0.5
#: Past the client's own timer: a client that starts its timer anew at every packet, and acknowledges nothing twice,
#: would otherwise be kept from ever acknowledging again.
LARGEST_RTO: Final = 8.0
#: A request may carry a forged sender, who then gets no more than this many packets.
OPENING_SENDS: Final = 3
#: One round trip in so many is measured; after a loss, the next one.
_MEASURED_EVERY: Final = 16

if hasattr(os, "writev"):

    def _send_parts(fd: int, sock: socket.socket, header: bytes, body: memoryview) -> None:  # noqa: ARG001
        os.writev(fd, (header, body))
else:

    def _send_parts(fd: int, sock: socket.socket, header: bytes, body: memoryview) -> None:  # noqa: ARG001
        sock.send(header + body)


class Transfer:
    """The state of one transfer; the server decides what becomes of it."""

    __slots__ = (
        "_backed_off",
        "_headers",
        "_next_ack",
        "_opening",
        "_resent_at",
        "_rto",
        "_sample_at",
        "_smoothed",
        "_variation",
        "blksize",
        "block",
        "client",
        "completed_at",
        "end_told",
        "expected",
        "fd",
        "last_block",
        "last_error",
        "moved_at",
        "opening_sends",
        "port",
        "receive",
        "replaces",
        "request",
        "resent_block",
        "resent_blocks",
        "size",
        "socket",
        "stalled_block",
        "started_at",
        "timeout_seconds",
        "told_at",
        "told_block",
        "view",
    )

    def __init__(self, connected: socket.socket, request: Request, content: Content, terms: Terms, now: float) -> None:
        """`connected` is a non-blocking socket that hears only the client; the transfer closes it."""
        self.socket = connected
        self.fd = connected.fileno()
        self.receive = connected.recv
        self.client, self.port = connected.getpeername()[:2]
        self.request = request
        self.view, self.size = content.view, content.size  # the view keeps the content alive
        self.blksize, self.timeout_seconds = terms.blksize, terms.timeout_seconds or 0
        self.last_block = content.size // terms.blksize + 1  # one more, short or empty, ends the file
        self._next_ack, self._headers = acknowledgements(), data_headers()
        self._opening = option_acknowledgement(terms.acknowledged) if terms.acknowledged else None
        #: The block under way, counted from 1 and not rolled over; 0 while the OACK is.
        self.block = 0 if self._opening else 1
        self.expected = self._next_ack[self.block]
        self.started_at = self.moved_at = self.told_at = now
        self.opening_sends = 0
        self._rto, self._smoothed, self._variation = FIRST_RTO, 0.0, 0.0
        self._sample_at = 0
        self._backed_off, self._resent_at = FIRST_RTO, now
        self.resent_block, self.resent_blocks = -1, 0
        #: What was reported of it: the last progress, the block it stalled at, and that it ended.
        self.told_block, self.stalled_block, self.end_told = 0, -1, False
        #: When the last ACK came. The socket stays for a while, so that a repeated ACK does not find it closed.
        self.completed_at: float | None = None
        #: The transfer to the same port that goes on until this one is acknowledged.
        self.replaces: Transfer | None = None
        self.last_error = ""

    # ---- the path of every block

    def advance(self, now: float) -> None:
        """The block under way was acknowledged, and it was not the last: send the next."""
        block = self.block
        if block >= self._sample_at:
            self._measure(block, now)
        block = self.block = block + 1
        number = block & 0xFFFF
        self.expected = self._next_ack[number]
        self.moved_at = now
        offset = (block - 1) * self.blksize
        try:
            _send_parts(self.fd, self.socket, self._headers[number], self.view[offset : offset + self.blksize])
        except ConnectionError:
            raise
        except OSError as error:
            self._not_sent(error)

    # ---- everything that happens seldom

    @property
    def is_acknowledged(self) -> bool:
        """Whether the client has answered at least once: only then is it sure that it asked at all."""
        return self.block > (0 if self._opening else 1) or self.completed_at is not None

    @property
    def is_at_end(self) -> bool:
        return self.block == self.last_block

    @property
    def acknowledged_bytes(self) -> int:
        if self.completed_at is not None:
            return self.size
        return min(max(self.block - 1, 0) * self.blksize, self.size)

    def open(self, now: float) -> None:
        """Send the OACK or DATA 1, unless it was sent `OPENING_SENDS` times without an answer."""
        if self.opening_sends < OPENING_SENDS:
            self.opening_sends += 1
            self._resent_at = now
            self._send()

    def reopen(self, now: float) -> None:
        """The client repeats its request before it acknowledged anything: that earns it one more answer.

        At most one for each shortest RTO, so that a flood of requests is not turned into a larger one.
        """
        if now - self._resent_at >= SMALLEST_RTO:
            self.opening_sends = min(self.opening_sends, OPENING_SENDS - 1)
            self.resend(now)

    def is_due(self, now: float) -> bool:
        """Whether the retransmission timer of the block under way has run out."""
        if self.resent_block == self.block:
            return now - self._resent_at >= self._backed_off
        return now - self.moved_at >= self._rto

    def resend(self, now: float) -> None:
        """Send the block under way again, and wait twice as long for the next time."""
        if self.resent_block != self.block:
            self.resent_block = self.block
            self.resent_blocks += 1
            self._backed_off = self._rto
        self._backed_off = min(self._backed_off * 2, LARGEST_RTO)
        self._sample_at = 0
        if self.is_acknowledged:
            self._resent_at = now
            self._send()
        else:
            self.open(now)

    def is_lost_data(self, packet: bytes, now: float) -> bool:
        """Whether an ACK tells that DATA was lost: it repeats the one before, later than an answer could take.

        A duplicate that comes at once is the network's doing or an answer to our own duplicate.
        """
        if packet[:4] != self._next_ack[(self.block - 1) & 0xFFFF] or not self.is_acknowledged:
            return False
        sent_at = self._resent_at if self.resent_block == self.block else self.moved_at
        return now - sent_at >= self._rto

    def close(self) -> None:
        self.socket.close()

    def _send(self) -> None:
        try:
            if self.block == 0 and self._opening:
                self.socket.send(self._opening)
            else:
                offset = (self.block - 1) * self.blksize
                header = self._headers[self.block & 0xFFFF]
                _send_parts(self.fd, self.socket, header, self.view[offset : offset + self.blksize])
        except ConnectionError:
            raise
        except OSError as error:
            self._not_sent(error)

    def _not_sent(self, error: OSError) -> None:
        # A link that is down, a full buffer, a firewall's refusal: all may pass, so it counts as lost on the way.
        self.last_error = error.strerror or type(error).__name__

    def _measure(self, block: int, now: float) -> None:
        """Adapt the timer to the round trip (RFC 6298), except from a block that was sent twice (Karn)."""
        if self.resent_block == block:
            self._rto = self._backed_off  # until a round trip can be told again
            self._sample_at = 0
            return
        trip = now - self.moved_at
        if self._smoothed:
            self._variation += (abs(trip - self._smoothed) - self._variation) / 4
            self._smoothed += (trip - self._smoothed) / 8
        else:
            self._smoothed, self._variation = trip, trip / 2
        self._rto = min(max(self._smoothed + 4 * self._variation, SMALLEST_RTO), LARGEST_RTO)
        self._sample_at = block + _MEASURED_EVERY
