"""One transfer to one client: which burst is under way, and when to send it again.

The one rule: DATA is sent for an ACK that moves the transfer on, or for a timer; an ACK seen before never doubles it
(the sorcerer's apprentice). Time is `time.monotonic()` in seconds, handed in: nothing here asks for it.

A burst is what is sent before an ACK is waited for: the OACK, one block, or the blocks of a window (RFC 7440).

Most ACKs never come here. While `expected` is set, the loop compares, takes the next of `steps` and sends it; what that
leaves out is worked out later, by `catch_up`. While `expected` is None, every packet takes the careful way: to measure
a round trip, to keep to a rate, and where a window cannot be sent in one call.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Final

from tftp import links
from tftp.events import printable
from tftp.pacing import Pace
from tftp.packets import option_acknowledgement
from tftp.request import DEFAULT_BLKSIZE, Request, Terms
from tftp.timer import RetransmissionTimer
from tftp.wire import Burst, Wire

#: A request may carry a forged sender, who then gets no more than this many packets.
OPENING_SENDS: Final = 3
#: A repeated request is answered no more often than this.
REOPEN_SECONDS: Final = 0.05
#: So many losses of the first blocks, where they are large, mean that the path does not carry them.
_LOSSES_IN_A_BLACK_HOLE: Final = 2

_CANNOT_CUT: Final = frozenset({errno.EINVAL, errno.EIO, errno.EMSGSIZE})


class Transfer:
    """The state of one transfer; the server decides what becomes of it."""

    __slots__ = (
        "_anchor",
        "_burst",
        "_doubtful_trip",
        "_measured_at",
        "_opening",
        "_pace",
        "_resends",
        "_resent_at",
        "_sends_whole",
        "_sent_at",
        "_timer",
        "awaited",
        "block",
        "client",
        "completed_at",
        "end_told",
        "expected",
        "fd",
        "is_acknowledged",
        "is_held",
        "last_error",
        "moved_at",
        "opening_sends",
        "port",
        "receive",
        "replaces",
        "request",
        "resend_told_at",
        "resent_block",
        "resent_blocks",
        "send",
        "size",
        "socket",
        "stalled_block",
        "started_at",
        "steps",
        "timeout_seconds",
        "told_at",
        "told_block",
        "wire",
    )

    def __init__(
        self,
        connected: socket.socket,
        request: Request,
        terms: Terms,
        wire: Wire,
        *,
        now: float,
        pace: Pace | None = None,
    ) -> None:
        """`connected` is a non-blocking socket that hears only the client; the transfer closes it."""
        self.socket, self.fd = connected, connected.fileno()
        self.receive, self.send = connected.recv, connected.send
        self.client, self.port = connected.getpeername()[:2]
        self.request, self.size, self.wire = request, wire.content.size, wire
        self.timeout_seconds = terms.timeout_seconds or 0
        self._opening = option_acknowledgement(terms.acknowledged) if terms.acknowledged else None
        # An OACK that is longer than a packet of DATA would be cut as well.
        can_cut = len(self._opening or b"") <= wire.packet_bytes
        self._sends_whole = wire.windowsize == 1 or (can_cut and links.cuts_segments(connected, wire.packet_bytes))
        self._pace, self._timer = pace, RetransmissionTimer()
        #: The ACK that moves the transfer on, if nothing else is to be done for it than to send the next step.
        self.expected: bytes | None = None
        self.steps: Iterator[Burst] = wire.steps(1)
        self._anchor = 1  # the block that `steps` began with
        #: The last block under way, counted from 1 and not rolled over, and its ACK; 0 while the OACK is under way.
        self.block, self.awaited = 0, wire.acknowledgement(0)
        self._burst: bytes | memoryview = self._opening or b""
        if self._opening is None:
            self._take_step()
        self.started_at = self.moved_at = self.told_at = self._resent_at = self._measured_at = now
        self._sent_at: float | None = None
        self._doubtful_trip = 0.0  # of the burst that was sent twice, if its ACK was to the first sending
        self.opening_sends = 0
        #: Whether the client has answered at least once: only then is it sure that it asked at all.
        self.is_acknowledged = False
        self.resent_block, self.resent_blocks, self._resends = -1, 0, 0
        #: Whether the burst waits until the rate allows it.
        self.is_held = False
        #: What was reported of it: the last progress, the block it stalled at, and that it ended.
        self.told_block, self.stalled_block, self.end_told = 0, -1, False
        self.resend_told_at = -1e9
        #: When the last ACK came. The socket stays for a while, so that a repeated ACK does not find it closed.
        self.completed_at: float | None = None
        #: The transfer to the same port that goes on until this one is acknowledged.
        self.replaces: Transfer | None = None
        self.last_error = ""

    # ---- where it stands

    @property
    def first_block(self) -> int:
        """The first block under way."""
        return self.block - (self.block - self._anchor) % self.wire.windowsize if self.block else 0

    @property
    def is_at_end(self) -> bool:
        return self.block == self.wire.last_block

    @property
    def lacks_the_end_only(self) -> bool:
        """Whether the client took all but what was sent last: it may have that too, and its ACK was lost."""
        return self.is_at_end and self.is_acknowledged and self.first_block > 1

    @property
    def acknowledged_bytes(self) -> int:
        if self.completed_at is not None:
            return self.size
        return min(max(self.first_block - 1, 0) * self.wire.blksize, self.size)

    @property
    def identity(self) -> tuple[str, int, str]:
        """Address and port of the client, and the name as it may be shown."""
        return self.client, self.port, printable(self.request.name)

    @property
    def position(self) -> tuple[int, int, int]:
        """The block under way, the bytes acknowledged, and those of the file."""
        return self.block, self.acknowledged_bytes, self.size

    @property
    def is_in_black_hole(self) -> bool:
        """Whether its large blocks vanish on the way, from the first on."""
        is_large = self.wire.blksize > DEFAULT_BLKSIZE
        return is_large and self.first_block == 1 and self._resends >= _LOSSES_IN_A_BLACK_HOLE and self.is_acknowledged

    def catch_up(self, now: float) -> bool:
        """Notice what the loop sent since the last time. Answers whether it sent anything."""
        expected = self.expected
        if expected is None or expected is self.awaited:
            return False
        self.block += self.wire.numbering.blocks_from(self.block, int.from_bytes(expected[2:4]))
        self.awaited, self.moved_at = expected, now
        return True

    def be_careful(self, now: float) -> None:
        """Have the next packets come here."""
        if self.expected is not None:
            self.catch_up(now)
            self.expected, self._sent_at = None, None

    def forgive(self, seconds: float) -> None:
        """Count so many seconds less of silence."""
        self.moved_at += seconds
        self._resent_at += seconds
        self._sent_at = None
        if self.completed_at is not None:
            self.completed_at += seconds

    @property
    def times_resent(self) -> int:
        """How often what is under way was sent again."""
        if not self.is_acknowledged:
            return self.opening_sends - 1
        return self._resends if self.resent_block == self.block else 0

    @property
    def last_sent_at(self) -> float:
        """When what is under way was sent for the last time."""
        return self._resent_at if self.resent_block == self.block else self.moved_at

    def was_measured_within(self, seconds: float, now: float) -> bool:
        return now - self._measured_at < seconds

    # ---- opening

    def open(self, now: float) -> None:
        """Send the OACK or DATA 1, unless it was sent `OPENING_SENDS` times without an answer."""
        if self.opening_sends < OPENING_SENDS:
            self._sent_at = None if self.opening_sends else now
            self.opening_sends += 1
            self._resent_at = now
            self._send()

    def reopen(self, now: float) -> None:
        """The client repeats its request before it acknowledged anything: that earns it one more answer.

        Not more than one in a while, so that a flood of requests is not turned into a larger one.
        """
        if now - self._resent_at >= REOPEN_SECONDS:
            self.opening_sends = min(self.opening_sends, OPENING_SENDS - 1)
            self.resend(now)

    # ---- moving on

    def advance(self, now: float) -> None:
        """All that is under way was acknowledged, and it was not the end: send the next burst."""
        self.is_acknowledged = True
        self.be_careful(now)
        self._measure(now)
        self._take_step()
        self._dispatch(now)

    def advance_to(self, block: int, now: float) -> None:
        """Of the window under way all before `block` was acknowledged, and that block was lost: go on from there."""
        self.is_acknowledged = True
        self.be_careful(now)
        self.resent_blocks += self.block - block + 1
        self.steps, self._anchor, self.block = self.wire.steps(block), block, block - 1
        self._sent_at, self.resent_block = None, -1
        self._take_step()
        self._dispatch(now)

    def go_on(self, now: float) -> None:
        """Send what was held back, if the rate allows it by now."""
        if self.is_held:
            self._dispatch(now)

    def _take_step(self) -> None:
        self.awaited, self._burst = next(self.steps)
        self.block += self.wire.numbering.blocks_from(self.block, int.from_bytes(self.awaited[2:4]))

    def _dispatch(self, now: float) -> None:
        self.moved_at = now  # also while it is held: that silence is ours
        self.is_held = self._pace is not None and not self._pace.allows(len(self._burst), now)
        if self.is_held:
            return
        self._sent_at = now
        self._send()
        if self._measured_at == now and self._sends_whole and self._pace is None:
            self.expected = self.awaited  # nothing is left to be careful about

    def _measure(self, now: float) -> None:
        if self.resent_block == self.block:
            self._timer.heard_after_repeat(now - self._resent_at)
            self._doubtful_trip = now - self.moved_at
        elif self._sent_at is not None:
            self._timer.measure(now - self._sent_at)
            self._measured_at = now

    # ---- sending again

    def is_due(self, now: float) -> bool:
        """Whether the retransmission timer of the burst under way has run out."""
        if self.is_held:
            return False
        if self.resent_block == self.block:
            return now - self._resent_at >= self._timer.backed_off
        return now - self.moved_at >= self._timer.rto

    def resend(self, now: float) -> None:
        """Send the burst under way again, and wait twice as long for the next time."""
        self.be_careful(now)
        if self.resent_block != self.block:
            self.resent_block, self._resends = self.block, 0
            self.resent_blocks += self.block - self.first_block + 1
            self._timer.begin_backing_off()
        self._resends += 1
        self._timer.back_off()
        if self.is_acknowledged:
            self._resent_at = now
            self._burst = self.wire.burst(self.first_block)[1]
            if self._pace is not None:
                self._pace.take(len(self._burst))
            self._send()
        else:
            self.open(now)

    def is_lost_data(self, now: float) -> bool:
        """Whether the ACK of before, which came again now, tells that DATA was lost: later than an answer could take.

        A duplicate that comes at once is the network's doing or an answer to our own duplicate.
        """
        if not self.is_acknowledged or self.is_held:
            return False
        return now - self.last_sent_at >= self._timer.rto

    def learn_from_repeated(self) -> None:
        """The ACK of before came again. If its burst was sent twice, both arrived, and the first ACK was to the first."""
        if self.resent_block == self.first_block - 1:
            self.resent_block = -1
            self._timer.measure(self._doubtful_trip)

    def not_sent(self, error: OSError, now: float) -> None:
        """The loop could not send a step."""
        self.be_careful(now)
        if self.block:
            self._burst = self.wire.burst(self.first_block)[1]
        self._cope(error)

    def close(self) -> None:
        self.socket.close()

    def _send(self) -> None:
        try:
            self._put()
        except ConnectionError:
            raise
        except OSError as error:
            self._cope(error)

    def _put(self) -> None:
        if self._sends_whole or self.block == 0:
            self.send(self._burst)
        else:
            size = self.wire.packet_bytes
            for begin in range(0, len(self._burst), size):
                self.send(self._burst[begin : begin + size])

    def _cope(self, error: OSError) -> None:
        """Find another way to send the burst. If there is none, it counts as lost on the way.

        A link that is down, a full buffer, a firewall's refusal: all may pass.
        """
        self.last_error = error.strerror or type(error).__name__
        if error.errno not in _CANNOT_CUT:
            return
        if self._sends_whole and self.wire.windowsize > 1:
            self._sends_whole = False
            links.cuts_segments(self.socket, 0)
        elif error.errno == errno.EMSGSIZE:
            links.allow_fragments(self.socket)
        else:
            return
        try:
            self._put()
        except ConnectionError:
            raise
        except OSError as again:
            self.last_error = again.strerror or type(again).__name__
