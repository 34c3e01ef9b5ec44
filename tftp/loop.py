"""The loop that serves: wait, hand each packet to its transfer, look at the clock now and then.

The one rule: the path of a block is flat. One read, one comparison, one write, and the time is taken once for all that
was ready; no logging, no packet objects, no counters, nothing built.
"""

from __future__ import annotations

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
from tftp.polling import Waiting, new_poller
from tftp.reception import DynamicFiles, Reception
from tftp.sessions import Sessions
from tftp.settings import ServerSettings
from tftp.uploads import Uploads

#: How often the timers are looked at: while something moves, with so much more for each transfer, and while all is silent.
TICK_SECONDS: Final = 0.002
_TICK_SECONDS_A_TRANSFER: Final = 0.0001
_SILENT_TICK_SECONDS: Final = 0.05
#: No turn takes that long while there are transfers: the process was stopped, or the machine it runs on.
_STOOD_STILL_SECONDS: Final = 1.0
# Nothing to time while nobody downloads; but Windows' select hears no Ctrl-C, so there it has to come back by itself.
_IDLE_SECONDS: Final = 0.5 if sys.platform == "win32" else None
#: An ACK has 4 bytes; an ERROR is read for its text, and that is enough of it.
_LONGEST_ANSWER: Final = 256


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
        self._wait = Waiting(self._poller, spins=settings.spins).wait
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
        self._turned_at = 0.0
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
        now = next_tick = self._turned_at = time.monotonic()
        while not self._stops_now and not (self._stops and self.sessions.is_idle and self.uploads.is_idle):
            now = self._turn(audience, self._tick_seconds(now))
            if now >= next_tick:
                self.sessions.tick(now)
                self.uploads.tick(now)
                self._door.tick(audience, now, is_idle=not self.sessions.moving)
                next_tick = now + (self._tick_seconds(now) or 0)

    def _tick_seconds(self, now: float) -> float | None:
        sessions = self.sessions
        if not sessions.by_fd and not self.uploads.by_fd and not self._door.is_shut:
            return _IDLE_SECONDS  # nothing under way: nothing to time, and no reason to wake up
        if now - sessions.moved_at > 1 and not self._door.is_shut:
            return _SILENT_TICK_SECONDS
        return TICK_SECONDS + _TICK_SECONDS_A_TRANSFER * sessions.moving

    def _turn(self, audience: Callable[[], Audience], timeout_seconds: float | None) -> float:
        """Everything that is ready, once. Answers the time when it was."""
        by_fd = self.sessions.by_fd
        ready = self._wait(timeout_seconds, self.sessions.moving)
        now = time.monotonic()
        if now - self._turned_at > _STOOD_STILL_SECONDS:
            self.sessions.forgive(now - self._turned_at)
        self._turned_at = now
        for fd, _ in ready:
            try:
                transfer = by_fd[fd]
            except KeyError:
                self._other(fd, audience, now)
                continue
            try:
                packet = transfer.receive(_LONGEST_ANSWER)
                if packet == transfer.expected:
                    transfer.expected, burst = next(transfer.steps)
                    transfer.send(burst)
                else:
                    self.sessions.hear(transfer, packet, now)
            except StopIteration:
                self.sessions.acknowledged(transfer, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, it ends one transfer and not the server
                self.sessions.broken(transfer, error, now)
        return now

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
