"""Files that the server takes: none, unless it was ordered to take exactly one.

The one rule: whoever is not the one that is waited for, with the one name, is refused before anything is touched.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tftpy import TftpErrors

from tftp import links, packets
from tftp.access import Devices, networks
from tftp.errors import UploadImpossible
from tftp.events import Event, UploadCompleted, UploadFailed, UploadFailure, UploadProgressed, printable
from tftp.files import bare_name, is_plain
from tftp.incoming import Incoming, UploadEnded, not_stored
from tftp.listening import Listener, SocketAddress, named
from tftp.partial_file import PartialFile
from tftp.polling import Poller
from tftp.request import DEFAULT_BLKSIZE, SMALLEST_BLKSIZE, Bounds, Request, number_of
from tftp.settings import ServerSettings

_PROGRESS_SECONDS: Final = 0.2
_HALF_OPEN_SECONDS: Final = 10.0
_PATIENCE_SECONDS: Final = 60.0
#: For so long the last DATA is acknowledged again: past the timers of the clients that are known.
_DALLY_SECONDS: Final = 10.0
_KEEPING_SECONDS: Final = 0.5
#: An upload that was silent for this long gives way to the same client's next.
_IDLE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Upload:
    """The order to take the file `name` from the address `client` into `directory`, up to `largest_bytes`.

    A file of that name is replaced, once the new one is whole. An order holds for one complete upload.
    """

    name: str
    client: str
    largest_bytes: int
    directory: Path

    def __post_init__(self) -> None:
        """Raises ValueError for a name with a folder in it, for what is no single address, and for no bytes at all."""
        if not is_plain(self.name) or "/" in self.name:
            raise ValueError(f"{self.name!r} is no plain file name")
        if self.largest_bytes < 1:
            raise ValueError(f"largest_bytes: {self.largest_bytes} is not a positive number")
        ipaddress.ip_address(self.client)

    def check(self) -> None:
        """Raises UploadImpossible where nothing can be written."""
        try:
            is_folder = self.directory.is_dir()
        except OSError:  # behind a folder that may not be entered
            is_folder = False
        if not is_folder or not os.access(self.directory, os.W_OK | os.X_OK):
            raise UploadImpossible(
                f"cannot take {self.name} into {self.directory}",
                seen="not allowed to write there" if is_folder else "no folder that the server's user can see",
                hint="give a folder that the server's user can write to; started by root, it has become another",
            )


class Uploads:
    """What is under way of the one order that is in force."""

    def __init__(
        self,
        listener: Listener,
        poller: Poller,
        tell: Callable[[Event], None],
        settings: ServerSettings,
        wake: Callable[[], None],
    ) -> None:
        """`wake`, called from any thread, has the serving thread call `go_on`."""
        self._listener, self._poller, self._tell = listener, poller, tell
        self._settings, self._wake = settings, wake
        self._order: Upload | None = None
        self._current: Incoming | None = None
        self._order_of_current: Upload | None = None
        self.by_fd: dict[int, Incoming] = {}

    @property
    def is_idle(self) -> bool:
        return self._current is None

    def expect(self, order: Upload) -> None:
        """From now on take this, and nothing else. May be called from any thread."""
        self._order = order

    # ---- beginning

    def takes(self, request: Request, client: SocketAddress, local: str) -> bool:
        """Whether this is what was ordered."""
        order = self._order
        if order is None or not request.is_write or request.mode != "octet":
            return False
        return bare_name(request.name) == order.name and Devices(networks([order.client])).admits(named(client), local)

    def begin(self, client: SocketAddress, local: str, request: Request, now: float) -> None:
        """Begin an upload that `takes` has agreed to, or turn it away with an ERROR."""
        order, current = self._order, self._current
        if order is None or (current is not None and not self._gives_way(current, client, request, now)):
            return
        try:
            incoming = self._new(order, client, local, request, now)
        except UploadEnded as ended:
            self._failed(client[0], client[1], order.name, 0, ended)
            with suppress(OSError):
                self._listener.answer(packets.error(ended.code or 0, ended.text), client, local)
            return
        self._current = self.by_fd[incoming.fd] = incoming
        self._order_of_current = order
        self._poller.register(incoming.fd)
        self._guarded(incoming, lambda: incoming.answer(now))

    def _gives_way(self, current: Incoming, client: SocketAddress, request: Request, now: float) -> bool:
        """Whether a new upload may begin: the client began anew, or the one that there is has long been silent."""
        if (current.client, current.port) == client[:2] and current.request == request and not current.blocks:
            self._guarded(current, lambda: current.answer(now))
            return False
        is_same = (current.client, current.port) == client[:2]
        if current.kept is not None or not (is_same or now - current.moved_at >= _IDLE_SECONDS):
            return False
        self._end(current, UploadEnded(None, "replaced", "the client asked anew"))
        return True

    def _new(self, order: Upload, client: SocketAddress, local: str, request: Request, now: float) -> Incoming:
        """Raises UploadEnded."""
        if (number_of(request, "tsize") or 0) > order.largest_bytes:
            raise UploadEnded(TftpErrors.DiskFull, "too-large", f"more than {order.largest_bytes} bytes")
        try:
            connected = self._listener.connected_to(client, local)
        except OSError as error:
            raise UploadEnded(TftpErrors.NotDefined, "not-stored", error.strerror or "no port") from error
        bounds = Bounds(self._settings.largest_blksize, largest_packet=links.largest_packet(connected))
        blksize, agreed = _agreed(request, bounds)
        reply = packets.option_acknowledgement(agreed) if agreed else b"\0\4\0\0"
        try:
            part = PartialFile(order.directory, order.name)
        except OSError as error:
            connected.close()
            raise not_stored(error) from error
        largest = order.largest_bytes
        return Incoming(connected, request, part, blksize=blksize, largest_bytes=largest, reply=reply, now=now)

    # ---- going on

    def hear(self, fd: int, now: float) -> None:
        """One packet of a client that is uploading."""
        if incoming := self.by_fd.get(fd):
            was_whole = incoming.kept is not None
            self._guarded(incoming, lambda: incoming.hear(now))
            if incoming.kept is not None and not was_whole:
                incoming.kept.add_done_callback(lambda _: self._wake())

    def go_on(self, now: float) -> None:
        """Acknowledge what is safe now. Called after `wake` was."""
        for incoming in list(self.by_fd.values()):
            if incoming.kept is not None and incoming.kept.done() and incoming.completed_at is None:
                self._guarded(incoming, lambda each=incoming: self._complete(each, now))  # type: ignore[misc]

    def forgive(self, seconds: float) -> None:
        """Our process stood still for so long: that is not the silence of any client."""
        for incoming in self.by_fd.values():
            incoming.forgive(seconds)

    def tick(self, now: float) -> None:
        """What is due. Called some times a second while there are uploads."""
        for incoming in list(self.by_fd.values()):
            self._guarded(incoming, lambda each=incoming: self._review(each, now))  # type: ignore[misc]

    def end_all(self, now: float) -> None:
        """The server stops; what is whole already gets a moment to reach the disk."""
        wait([each.kept for each in self.by_fd.values() if each.kept is not None], _KEEPING_SECONDS)
        self.go_on(now)
        for incoming in list(self.by_fd.values()):
            self._end(incoming, UploadEnded(TftpErrors.NotDefined, "server-stopped", "the server stops"))

    def _review(self, incoming: Incoming, now: float) -> None:
        if incoming.completed_at is not None:
            if now - incoming.completed_at >= _DALLY_SECONDS:
                self._close(incoming)
            return
        patience = _PATIENCE_SECONDS if incoming.blocks else _HALF_OPEN_SECONDS
        if incoming.kept is None and now - incoming.moved_at >= patience:
            raise UploadEnded(TftpErrors.NotDefined, "timed-out", f"nothing came for {patience:g} s")
        incoming.repeat_if_due(now)
        if incoming.part.bytes != incoming.told_bytes and now - incoming.told_at >= _PROGRESS_SECONDS:
            incoming.told_bytes, incoming.told_at = incoming.part.bytes, now
            name = printable(incoming.request.name)
            self._tell(UploadProgressed(incoming.client, incoming.port, name, incoming.part.bytes))

    def _complete(self, incoming: Incoming, now: float) -> None:
        error = incoming.kept.exception() if incoming.kept else None
        if isinstance(error, OSError):
            raise not_stored(error)
        if error is not None:
            raise error
        incoming.completed_at = now
        self._current = None
        if self._order is self._order_of_current:
            self._order = None  # else there is a new order by now
        seconds, name = round(now - incoming.started_at, 3), printable(incoming.request.name)
        part = incoming.part
        self._tell(UploadCompleted(incoming.client, incoming.port, name, part.bytes, seconds, part.sha512))
        incoming.answer(now)

    # ---- ending

    def _guarded(self, incoming: Incoming, action: Callable[[], None]) -> None:
        """No packet and no defect of ours ends more than the upload that it is about."""
        try:
            action()
        except BlockingIOError:
            pass
        except UploadEnded as ended:
            self._end(incoming, ended)
        except ConnectionError:
            self._end(incoming, UploadEnded(None, "client-gone", "its port is closed"))
        except OSError:
            pass  # the network's word, and it may pass
        except Exception as error:  # noqa: BLE001 - one upload's defect
            text = f"{type(error).__name__}: {error}"
            self._end(incoming, UploadEnded(TftpErrors.NotDefined, "defect", text))

    def _end(self, incoming: Incoming, ended: UploadEnded) -> None:
        incoming.part.discard()  # first: who is told of the end finds nothing left
        if incoming.completed_at is None:
            if ended.code is not None:
                with suppress(OSError):
                    incoming.socket.send(packets.error(ended.code, ended.text))
            name = incoming.request.name
            self._failed(incoming.client, incoming.port, name, incoming.part.bytes, ended)
        self._close(incoming)

    def _failed(self, client: str, port: int, name: str, received_bytes: int, ended: UploadEnded) -> None:
        reason: UploadFailure = ended.reason
        self._tell(UploadFailed(client, port, printable(name), received_bytes, reason, printable(ended.text)))

    def _close(self, incoming: Incoming) -> None:
        if self.by_fd.pop(incoming.fd, None) is None:
            return
        if self._current is incoming:
            self._current = None
        incoming.part.discard()
        self._poller.unregister(incoming.fd)
        incoming.socket.close()


def _agreed(request: Request, bounds: Bounds) -> tuple[int, dict[str, str]]:
    """The block size, and the options to acknowledge: those that were asked for and can be held to."""
    agreed = {}
    blksize, timeout = number_of(request, "blksize"), number_of(request, "timeout")
    if blksize is not None and blksize >= SMALLEST_BLKSIZE:
        agreed["blksize"] = str(bounds.fitting_blksize(blksize))
    if timeout is not None and 1 <= timeout <= 255:
        agreed["timeout"] = str(timeout)
    if (size := number_of(request, "tsize")) is not None:
        agreed["tsize"] = str(size)
    return int(agreed.get("blksize", DEFAULT_BLKSIZE)), agreed
