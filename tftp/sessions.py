"""All transfers under way: who may begin one, what an odd packet means, what time does to them.

The one rule: each transfer ends once, and whoever may have forged a request costs nobody else a place.
A transfer that was never acknowledged gives way to any newer one.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Final

from tftp import links
from tftp.events import Event, FailureReason, ResendCause
from tftp.listening import Listener, SocketAddress
from tftp.pacing import Pacing
from tftp.packets import OPCODE_ACK, OPCODE_ERROR, error_of_client
from tftp.places import IDLE_SECONDS, dispensable, gives_way
from tftp.polling import Poller
from tftp.private_copy import Content
from tftp.remembered import Remembered
from tftp.reports import Reports, Resend
from tftp.request import DEFAULT_BLKSIZE, Bounds, Request, negotiate
from tftp.settings import ServerSettings
from tftp.transfer import Transfer
from tftp.wire import Numbering, Wires

#: One round trip of each transfer in so many seconds is measured.
MEASURED_EVERY_SECONDS: Final = 0.1
#: With more transfers than this, each is reported and measured so much more seldom.
_CROWD: Final = 20
HALF_OPEN_SECONDS: Final = 10.0
#: How long the last ACK is waited for before the transfer is called complete without it; DATA is still repeated then.
LAST_ACK_SECONDS: Final = 5.0
DALLY_SECONDS: Final = 2.0
_MOMENT_SECONDS: Final = 0.05
#: Those that may be forged have long timers, and there may be as many of them as there is room for.
_HALF_OPEN_TICK_SECONDS: Final = 0.05


#: Of descriptors, of the process or of the machine; and of ports in the range that was set.
_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRINUSE})


class Sessions:
    """The transfers of one server, by descriptor and by client."""

    def __init__(
        self,
        listener: Listener,
        poller: Poller,
        tell: Callable[[Event], None],
        settings: ServerSettings,
    ) -> None:
        self.by_fd: dict[int, Transfer] = {}
        #: The newest transfer of each client, by "address:port".
        self.newest: dict[str, Transfer] = {}
        self.patience_seconds = 60.0
        #: When any transfer last moved on, or was waited for with a short timer.
        self.moved_at = 0.0
        #: Called with an address whose request led to nothing.
        self.was_in_vain: Callable[[str, float], None] = lambda _address, _now: None
        #: How many moved on within the last moment.
        self.moving = 0
        self._moved_before = 0
        self._review_half_open_at = 0.0
        self._listener, self._poller, self._reports = listener, poller, Reports(tell)
        self._settings = settings
        self._wires = Wires(Numbering(settings.rollover_to))
        self._pacing = Pacing(settings.bytes_per_second, settings.client_bytes_per_second)
        #: The addresses to which large blocks vanish on the way; it costs them nothing but speed.
        self._black_holes = Remembered(seconds=600, most=1024)

    @property
    def is_idle(self) -> bool:
        return all(transfer.completed_at is not None for transfer in self.by_fd.values())

    # ---- beginning

    def begin(self, client: SocketAddress, local: str, request: Request, content: Content, now: float) -> None:
        """Begin a transfer, or begin it again from block 1. Raises TooManyTransfers, OSError."""
        key = f"{client[0]}:{client[1]}"
        current = self.newest.get(key)
        if current and not current.is_acknowledged and current.request == request:
            current.reopen(now)  # from the same port of ours: its first answer may only be late
            return
        self._make_room(client[0], key, now)
        try:
            transfer = self._new(client, local, request, content, now)
        except OSError as error:
            half_open = [other for other in self.newest.values() if not other.is_acknowledged]
            if error.errno not in _SHORTAGES or not half_open:
                raise
            self._fail(dispensable(half_open, now), "crowded-out", now)
            transfer = self._new(client, local, request, content, now)
        if current := self.newest.get(key):  # it may have given way
            transfer.replaces = self._kept_of(current, now)
        self.newest[key] = transfer
        try:
            transfer.open(now)
        except ConnectionError as error:
            self.broken(transfer, error, now)

    def _new(self, client: SocketAddress, local: str, request: Request, content: Content, now: float) -> Transfer:
        connected = self._listener.connected_to(client, local)
        try:
            terms = negotiate(request, content.size, self._bounds(connected, client[0], now))
            wire = self._wires.of(content, terms.blksize, terms.windowsize)
            transfer = Transfer(connected, request, terms, wire, now=now, pace=self._pacing.of(client[0], now))
            self._poller.register(transfer.fd)
        except BaseException:
            connected.close()
            raise
        self.by_fd[transfer.fd] = transfer
        return transfer

    def _bounds(self, connected: socket.socket, address: str, now: float) -> Bounds:
        largest = DEFAULT_BLKSIZE if self._black_holes.has(address, now) else self._settings.largest_blksize
        return Bounds(largest, self._settings.largest_windowsize, links.largest_packet(connected))

    def _kept_of(self, current: Transfer, now: float) -> Transfer | None:
        """The one that goes on until the new one is acknowledged: the request may be a copy that the network made."""
        older = current.replaces
        if current.completed_at is not None:
            self._close(current)
            return None
        superseded, kept = (older, current) if current.is_acknowledged else (current, older)
        if superseded:
            self._fail(superseded, "replaced", now)
        return kept

    def _make_room(self, address: str, key: str, now: float) -> None:
        if len(self.by_fd) >= 2 * self._settings.max_sessions:
            self._close_oldest_completed()
        active = [transfer for transfer in self.newest.values() if transfer.completed_at is None]
        others = [transfer for transfer in active if transfer is not self.newest.get(key)]
        limits = self._settings
        leaver = gives_way(others, address, now, most=limits.max_sessions, most_per_client=limits.max_per_client)
        if leaver:
            self._fail(leaver, "crowded-out", now)

    def _close_oldest_completed(self) -> None:
        completed = next((transfer for transfer in self.by_fd.values() if transfer.completed_at is not None), None)
        if completed:
            self._close(completed)

    # ---- packets that are not simply the next ACK

    def hear(self, transfer: Transfer, packet: bytes, now: float) -> None:
        """Any packet of the client that did not move the transfer on by itself."""
        if transfer.completed_at is not None:
            return  # an ACK repeated after the last: nothing is left to say
        transfer.catch_up(now)
        opcode = int.from_bytes(packet[:2])
        if packet[:4] == transfer.awaited:  # some clients send their ACK with the rest of a buffer behind it
            self.acknowledged(transfer, now)
        elif opcode == OPCODE_ACK and len(packet) >= 4:
            self._heard_other_ack(transfer, int.from_bytes(packet[2:4]), now)
        elif opcode == OPCODE_ERROR and len(packet) >= 2:
            self._stopped(transfer, packet, now)

    def acknowledged(self, transfer: Transfer, now: float) -> None:
        """All that was under way arrived."""
        transfer.catch_up(now)
        if transfer.is_at_end:
            self._complete(transfer, now, acknowledged=True)
        else:
            transfer.advance(now)

    def _heard_other_ack(self, transfer: Transfer, number: int, now: float) -> None:
        """An ACK of blocks before the last one under way: a part of the window, or the one before once more."""
        before = transfer.first_block - 1
        ahead = transfer.wire.numbering.blocks_from(before, number)
        if before >= 0 and 0 < ahead <= transfer.block - before:
            waited_seconds = now - transfer.last_sent_at
            transfer.advance_to(before + ahead + 1, now)
            self._reports.resent(transfer, Resend("gap", 1, waited_seconds), now, self._crowd)
        elif before >= 0 and ahead == 0:
            transfer.learn_from_repeated()
            if transfer.is_lost_data(now):
                self._resend(transfer, "repeated-ack", now)

    def broken(self, transfer: Transfer, error: Exception, now: float) -> None:
        """An exception out of one transfer. It ends that one at most."""
        if isinstance(error, BlockingIOError):
            return  # nothing there after all; or no room to send, and the timer sends again
        try:
            if isinstance(error, OSError) and not isinstance(error, ConnectionError):
                transfer.not_sent(error, now)
                return
        except ConnectionError as gone:
            error = gone
        if isinstance(error, ConnectionError):
            self._client_gone(transfer, now)
        else:
            self._fail(transfer, "defect", now, f"{type(error).__name__}: {error}")

    def _client_gone(self, transfer: Transfer, now: float) -> None:
        transfer.catch_up(now)
        if transfer.completed_at is None and transfer.lacks_the_end_only:
            self._complete(transfer, now, acknowledged=False)  # it had all it wanted, and its last ACK was lost
        if transfer.completed_at is not None:
            self._close(transfer)
        else:
            self._fail(transfer, "client-gone", now)

    def _stopped(self, transfer: Transfer, packet: bytes, now: float) -> None:
        code, text = error_of_client(packet)
        self._reports.stopped(transfer, code, text, now)
        self._close(transfer)

    # ---- time

    def forgive(self, seconds: float) -> None:
        """Our process stood still for so long: that is not the silence of any client."""
        for transfer in self.by_fd.values():
            transfer.forgive(seconds)

    def tick(self, now: float) -> None:
        """What is due: resends, reports, endings. Called some hundred times a second and more while transfers move."""
        self._moved_before, self.moving = self.moving, 0
        reviews_half_open = now >= self._review_half_open_at
        if reviews_half_open:
            self._review_half_open_at = now + _HALF_OPEN_TICK_SECONDS
        for transfer in list(self.by_fd.values()):
            if not transfer.is_acknowledged and not reviews_half_open:
                continue
            try:
                if transfer.catch_up(now):
                    self.moved_at = now
                    self._review_moving(transfer, now)
                else:
                    self._review(transfer, now)
                self.moving += transfer.is_acknowledged and now - transfer.moved_at < _MOMENT_SECONDS
            except Exception as error:  # noqa: BLE001 - a defect in one transfer must not reach the others
                self.broken(transfer, error, now)

    def _review_moving(self, transfer: Transfer, now: float) -> None:
        if not transfer.was_measured_within(MEASURED_EVERY_SECONDS * self._crowd, now):
            transfer.be_careful(now)
        if transfer.replaces:
            self._fail(transfer.replaces, "replaced", now)
        self._reports.moved(transfer, now, self._crowd)

    def _review(self, transfer: Transfer, now: float) -> None:
        if transfer.completed_at is not None:
            if now - transfer.completed_at >= DALLY_SECONDS:
                self._close(transfer)
            return
        if transfer.replaces and transfer.is_acknowledged:
            self._fail(transfer.replaces, "replaced", now)
        self._go_on(transfer, now)
        silent_seconds = now - transfer.moved_at
        if silent_seconds < IDLE_SECONDS:
            self.moved_at = now
        if silent_seconds >= self._patience(transfer):
            self._give_up(transfer, now)
            return
        if transfer.is_due(now):
            self._resend(transfer, "timer", now)
            if transfer.is_in_black_hole:
                self._remember_black_hole(transfer, now)
        self._report(transfer, silent_seconds, now)

    def _resend(self, transfer: Transfer, cause: ResendCause, now: float) -> None:
        times, waited_seconds = transfer.times_resent, now - transfer.last_sent_at
        transfer.resend(now)
        if transfer.times_resent != times:
            self._reports.resent(transfer, Resend(cause, transfer.times_resent, waited_seconds), now, self._crowd)

    def _go_on(self, transfer: Transfer, now: float) -> None:
        """Send what a limit held back, if it may go by now; then it is the others' turn first."""
        was_held = transfer.is_held
        transfer.go_on(now)
        if was_held and not transfer.is_held:
            self.by_fd[transfer.fd] = self.by_fd.pop(transfer.fd)

    def _remember_black_hole(self, transfer: Transfer, now: float) -> None:
        """The blocks are agreed on, so they stay large; but routers may cut them, and the next request gets small ones."""
        links.allow_fragments(transfer.socket)
        self._black_holes.remember(transfer.client, now)

    def _patience(self, transfer: Transfer) -> float:
        if not transfer.is_acknowledged:
            return HALF_OPEN_SECONDS
        return max(self.patience_seconds, 3.0 * transfer.timeout_seconds)

    def _give_up(self, transfer: Transfer, now: float) -> None:
        if transfer.is_acknowledged:
            self._fail(transfer, "timed-out", now, transfer.last_error)
        else:
            self._fail(transfer, "never-acknowledged", now, transfer.last_error)

    def _report(self, transfer: Transfer, silent_seconds: float, now: float) -> None:
        if transfer.is_acknowledged:
            self._reports.moved(transfer, now)
        if transfer.lacks_the_end_only and silent_seconds >= LAST_ACK_SECONDS:
            self._reports.completed(transfer, now, acknowledged=False)
        else:
            self._reports.silent(transfer, silent_seconds, now)

    @property
    def _crowd(self) -> float:
        """By how much more seldom each transfer is measured and told of, for there are so many."""
        return max(1.0, self._moved_before / _CROWD)

    # ---- ending

    def end_all(self, now: float) -> None:
        """The server stops."""
        for transfer in list(self.by_fd.values()):
            if transfer.completed_at is not None:
                self._close(transfer)
            else:
                transfer.catch_up(now)
                self._fail(transfer, "server-stopped", now)

    def _complete(self, transfer: Transfer, now: float, *, acknowledged: bool) -> None:
        transfer.be_careful(now)
        transfer.is_acknowledged, transfer.completed_at = True, now
        if transfer.replaces:
            self._fail(transfer.replaces, "replaced", now)
        self._reports.completed(transfer, now, acknowledged=acknowledged)

    def _fail(self, transfer: Transfer, reason: FailureReason, now: float, detail: str = "") -> None:
        if not transfer.is_acknowledged and reason != "replaced":
            self.was_in_vain(transfer.client, now)
        self._reports.failed(transfer, reason, detail, now)
        self._close(transfer)

    def _close(self, transfer: Transfer) -> None:
        if self.by_fd.get(transfer.fd) is not transfer:
            return  # closed before, and its descriptor may be another one's by now
        del self.by_fd[transfer.fd]
        self._poller.unregister(transfer.fd)
        transfer.close()
        self._forget(transfer)

    def _forget(self, transfer: Transfer) -> None:
        key = f"{transfer.client}:{transfer.port}"
        newest = self.newest.get(key)
        if newest is transfer:
            if transfer.replaces:
                self.newest[key] = transfer.replaces
            else:
                del self.newest[key]
        elif newest and newest.replaces is transfer:
            newest.replaces = None
