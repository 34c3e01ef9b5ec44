"""The loop that serves: wait, hand each packet to its transfer, look at the clock now and then.

The one rule: the path of a block is flat. One read, one comparison, one write, and the time is taken once for all that
was ready; no logging, no packet objects, no counters, nothing built.
"""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tftp.access import Admission, Audience
from tftp.door import Door
from tftp.events import Event
from tftp.files import ServedFiles
from tftp.listening import Listener
from tftp.polling import Waiting, new_poller, yield_processor
from tftp.reception import DynamicFiles, Reception
from tftp.sessions import Sessions
from tftp.settings import ServerSettings
from tftp.transfer import Transfer
from tftp.uploads import Uploads

#: How often the timers are looked at: while something moves, with so much more for each transfer, and while all is silent.
TICK_SECONDS: Final = 0.002
_TICK_SECONDS_A_TRANSFER: Final = 0.0001
_SILENT_TICK_SECONDS: Final = 0.05
#: Within this time no transfer moves on by as many blocks as there are numbers: `catch_up` counts on it.
_LONGEST_RUN_SECONDS: Final = 0.01
#: No turn takes that long while there are transfers: the process was stopped, or the machine it runs on.
_STOOD_STILL_SECONDS: Final = 1.0
# Nothing to time while nobody downloads; but Windows' select hears no Ctrl-C, so there it has to come back by itself.
_IDLE_SECONDS: Final = 0.5 if sys.platform == "win32" else None
#: An ACK has 4 bytes; an ERROR is read for its text, and that is enough of it.
_LONGEST_ANSWER: Final = 256


_log = logging.getLogger(__name__)


class Loop:
    """Serves one listening socket until it is stopped; `stop` is safe from other threads and signal handlers."""

    def __init__(
        self,
        listener: Listener,
        files: ServedFiles,
        dynamic_files: DynamicFiles | None,
        tell: Callable[[Event], None],
        settings: ServerSettings,
    ) -> None:
        """The loop closes `listener` when it is closed itself."""
        self.listener = listener
        self._poller = new_poller()
        self._follows, self._follows_until = False, 0.0
        self._waiting = Waiting(self._poller, spins=settings.spins)
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.settimeout(0)
        self._wake_writer.settimeout(0)
        self.sessions = Sessions(listener, self._poller, tell, settings)
        self.uploads = Uploads(listener, self._poller, tell, settings, self._wake)
        admission = Admission(settings.max_sessions, settings.max_per_client)
        reception = self._reception = Reception(
            listener, self.sessions, files, dynamic_files, self.uploads, tell=tell, admission=admission, wake=self._wake
        )
        self._stops, self._stops_now = False, False
        self._door = Door(listener, self._poller, reception)
        self._poller.register(self._wake_reader.fileno())

    def stop(self, *, now: bool) -> None:
        """End `run`: at once, or when the transfers under way have ended."""
        self._stops = True
        self._stops_now = self._stops_now or now
        self._wake()

    def _wake(self) -> None:
        with suppress(OSError):  # full: it will wake anyway; closed: it has ended
            self._wake_writer.send(b"\0")

    def run(self, audience: Callable[[], Audience]) -> None:
        """Serve until stopped. `audience` is asked for every request."""
        now = time.monotonic()
        while not self._stops_now and not (self._stops and self.sessions.is_idle and self.uploads.is_idle):
            now = self._serve(audience, now, self._tick_seconds(now))
            self.sessions.tick(now)
            self.uploads.tick(now)
            if not self._stops:
                self._door.tick(audience, now, is_idle=not self.sessions.moving)

    def _tick_seconds(self, now: float) -> float | None:
        sessions = self.sessions
        if not sessions.by_fd and not self.uploads.by_fd and not self._door.is_shut:
            return None  # nothing under way: nothing to time, and no reason to wake up
        if now - sessions.moved_at > 1 and not self._door.is_shut:
            return _SILENT_TICK_SECONDS
        return TICK_SECONDS + _TICK_SECONDS_A_TRANSFER * sessions.moving

    def _serve(self, audience: Callable[[], Audience], now: float, tick_seconds: float | None) -> float:
        """Everything that becomes ready until the next tick is due, or once if none is. Answers the time then."""
        moving = self.sessions.moving
        wait, clock = self._waiting.way_for(moving), time.monotonic
        self._follows_until = until = now + min(tick_seconds or 0, _LONGEST_RUN_SECONDS)
        self._follows = moving == 1
        timeout = _IDLE_SECONDS if tick_seconds is None else tick_seconds
        while True:
            ready = wait(timeout)
            before, now = now, clock()
            if now - before > _STOOD_STILL_SECONDS:
                self.sessions.forgive(now - before)
                self.uploads.forgive(now - before)
            self._deal_with(ready, audience, now)
            if now >= until:
                return now

    def _deal_with(self, ready: list[tuple[int, int]], audience: Callable[[], Audience], now: float) -> None:
        by_fd = self.sessions.by_fd
        for fd, _ in ready:
            try:
                transfer = by_fd[fd]
            except KeyError:
                self._deal_with_other(fd, audience, now)
                continue
            try:
                packet = transfer.receive(_LONGEST_ANSWER)
                if packet == transfer.expected:
                    transfer.expected, burst = next(transfer.steps)
                    transfer.send(burst)
                    if self._follows:
                        self._follow(transfer)
                else:
                    self.sessions.hear(transfer, packet, now)
            except StopIteration:
                self._end(transfer, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends one transfer and not the server
                self.sessions.broken(transfer, error, now)

    def _end(self, transfer: Transfer, now: float) -> None:
        try:
            self.sessions.acknowledged(transfer, now)
        except Exception as error:  # noqa: BLE001 - as above
            self.sessions.broken(transfer, error, now)

    def _deal_with_other(self, fd: int, audience: Callable[[], Audience], now: float) -> None:
        try:
            self._other(fd, audience, now)
        except Exception:  # noqa: BLE001 - a request or an upload is lost, and the server is not
            _log.exception("a defect at the listening port")

    def _follow(self, transfer: Transfer) -> None:
        """Stay with the only transfer that moves, for as long as its ACK is there when the client has had its turn.

        Where both share a processor it is, and that saves to ask the poller each time.
        """
        receive, send, steps, clock = transfer.receive, transfer.send, transfer.steps, time.monotonic
        while (now := clock()) < self._follows_until:
            yield_processor()
            try:
                packet = receive(_LONGEST_ANSWER)
            except BlockingIOError:
                return
            if packet != transfer.expected:
                self.sessions.hear(transfer, packet, now)
                return
            transfer.expected, burst = next(steps)
            send(burst)

    def _other(self, fd: int, audience: Callable[[], Audience], now: float) -> None:
        if fd == self._door.fd:
            if not self._stops:
                self._door.hear(audience, now)
            else:
                self._discard_requests()
        elif fd == self._wake_reader.fileno():
            with suppress(OSError):
                self._wake_reader.recv(4096)
            self._reception.go_on(now)
            self.uploads.go_on(now)
        else:
            self.uploads.hear(fd, now)

    def _discard_requests(self) -> None:
        with suppress(OSError):
            self.listener.receive()

    def close(self) -> None:
        """End every transfer and close every socket."""
        now = time.monotonic()
        self.sessions.end_all(now)
        self.uploads.end_all(now)
        self._poller.close()
        for each in (self.listener, self._wake_reader, self._wake_writer):
            each.close()
