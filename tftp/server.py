"""A TFTP server that no client can end, slow down for the others, or have more from than it is meant to.

The one rule: `serve` returns when it is told to and for no other reason. A defect in one transfer ends that transfer.

It is tftpy's server to its callers: constructor, `listen`, `stop`, `is_running`, `listenport`, exceptions. The loop, the
transfers and the timers are its own, because in tftpy 0.8.7 a single datagram ends or hangs the loop.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable

import tftpy
from tftpy.TftpServer import TftpServer

from tftp.access import Audience, Clients, Devices, Everybody, networks
from tftp.counters import Counters
from tftp.events import Event, ServerArmed, ServerListening, UploadExpected, printable
from tftp.files import Folder, ServedFiles
from tftp.listening import Listener
from tftp.loop import Loop
from tftp.reception import DynamicFiles
from tftp.settings import ServerSettings
from tftp.uploads import Upload

DEFAULT_PORT = 69
#: Together with the retries a minute of silence: a switch port that comes back takes half of that.
DEFAULT_TIMEOUT_SECONDS = 15.0
DEFAULT_RETRIES = 3

_log = logging.getLogger(__name__)
# tftpy warns that a folder is not writable: for a server that never writes there is no better one.
logging.getLogger("tftpy.TftpServer").addHandler(logging.NullHandler())


class RecoveryTftpServer(TftpServer):
    """Serves files to boot monitors, read-only but for what `expect_upload` orders, in the thread that calls `serve` or `listen`.

    `files` is what is served; without it the regular files in `tftproot`, and then what `dyn_file_func` answers.
    `clients` are the addresses and networks that are expected, None for anybody. `on_event` gets every event, in the
    serving thread (`ServerArmed` in the one that arms), and must not block. `flock` has no effect: what is sent is a
    private copy. `settings` are the limits.

    `stop`, `arm` and `expect_upload` may be called from other threads and from signal handlers. A server that was stopped stays stopped.
    """

    def __init__(
        self,
        tftproot: str | os.PathLike[str] = "/tftpboot",
        dyn_file_func: DynamicFiles | None = None,
        upload_open: None = None,
        flock: bool = True,  # noqa: FBT001, FBT002 - tftpy's signature
        *,
        files: ServedFiles | None = None,
        clients: Clients | None = None,
        on_event: Callable[[Event], None] | None = None,
        settings: ServerSettings | None = None,
    ) -> None:
        """Raises tftpy.TftpException for a root that can't be served, ValueError for `clients` that are no addresses."""
        if upload_open is not None:
            raise tftpy.TftpException("upload_open: this server is read-only")
        # tftpy insists on a folder that exists; where `files` are given, nothing is read through it.
        root = os.fspath(tftproot) if files is None else os.sep
        super().__init__(root, dyn_file_func, None, flock)  # type: ignore[no-untyped-call]
        self._files = files if files is not None else Folder(tftproot)
        self._audience: Audience = Everybody() if clients is None else Devices(networks(clients))
        self._on_event = on_event
        self._settings = settings or ServerSettings()
        #: Requests, refusals, transfers and bytes since the beginning; may be read from any thread.
        self.counters = Counters()
        #: What was given up after `bind`, in words, for `ServerListening`.
        self.privileges = ""
        self._loop: Loop | None = None

    def listen(
        self,
        listenip: str = "",
        listenport: int = DEFAULT_PORT,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        retries: int = DEFAULT_RETRIES,
    ) -> None:
        """Bind and serve until stopped. Raises what `bind` raises."""
        self.bind(listenip, listenport)
        self.serve(timeout, retries)

    def bind(self, listenip: str = "", listenport: int = DEFAULT_PORT) -> None:
        """Open the port (0: any free one, see `listenport`); requests wait in it until `serve`.

        Privileges that the port needs can be given up afterwards. Raises PortBusy, PortForbidden, AddressNotLocal,
        TftpServerError.
        """
        everybody = self._settings.answers_broadcasts_at
        self._listen_by(Listener(listenip, listenport, self._settings.data_ports, answers_broadcasts_at=everybody))

    def adopt(self, bound: socket.socket) -> None:
        """In place of `bind`: listen by a UDP socket that somebody else has opened, as systemd does."""
        self._listen_by(Listener("", 0, self._settings.data_ports, bound=bound))

    def _listen_by(self, listener: Listener) -> None:
        self.sock, self.listenip, self.listenport = listener.socket, listener.address, listener.port
        self._loop = Loop(
            listener,
            self._files,
            self.dyn_file_func,
            self._tell,
            self._settings,
        )
        self.sessions = self._loop.sessions.newest

    def serve(self, timeout: float = DEFAULT_TIMEOUT_SECONDS, retries: int = DEFAULT_RETRIES) -> None:
        """Serve until stopped, then close the port.

        A transfer is given up when no block was acknowledged for `timeout` * (`retries` + 1) seconds. Within that time
        the server repeats a block as often as the round trip suggests.
        """
        if self._loop is None:
            raise tftpy.TftpException("serve() without bind()")
        loop = self._loop
        loop.sessions.patience_seconds = timeout * (retries + 1)
        try:
            if self.shutdown_gracefully or self.shutdown_immediately:
                return
            self.is_running.set()
            self._tell(ServerListening(loop.listener.address, loop.listener.port, _user(), self.privileges))
            loop.run(lambda: self._audience)
        finally:
            self.close()

    def stop(self, now: bool = False) -> None:  # noqa: FBT001, FBT002 - tftpy's signature
        """End `serve`: when the transfers under way have ended, or at once if `now`. New requests are not heard."""
        if now:
            self.shutdown_immediately = True
        else:
            self.shutdown_gracefully = True
        if self._loop is not None:
            self._loop.stop(now=now)

    def close(self) -> None:
        """Close the port and every transfer, after `serve` or in place of it."""
        self.is_running.clear()
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def arm(self, clients: Clients) -> None:
        """From now on serve these addresses and networks only. Raises ValueError for what is neither."""
        expected = networks(clients)
        self.admit(Devices(expected))
        self._tell(ServerArmed(tuple(str(n.network_address if n.num_addresses == 1 else n) for n in expected)))

    def admit(self, audience: Audience) -> None:
        """As `arm`, for any audience and without an event."""
        self._audience = audience

    def expect_upload(self, order: Upload) -> None:
        """After `bind`: take one file, of one name, from one client; every other write goes on being refused.

        Raises UploadImpossible where it could not be stored, tftpy.TftpException without `bind`.
        """
        if self._loop is None:
            raise tftpy.TftpException("expect_upload() without bind()")
        order.check()
        self._loop.uploads.expect(order)
        self._tell(UploadExpected(order.client, printable(order.name), order.largest_bytes))

    def _tell(self, event: Event) -> None:
        self.counters(event)
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 - a defect in the caller's callback must not end a transfer
            _log.exception("on_event failed for %s", event)


def _user() -> int | None:
    return os.geteuid() if hasattr(os, "geteuid") else None
