"""Our HTTP and FTP servers beside a booted ASA's console: one file, read only, for the device's own addresses.

What is served is a private copy, so that its digest holds whatever happens to the original. Nothing is served before `arm`.
"""

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from rommon_tool.errors import ImageMissing, ServerAddressNotHere, WrongUsage
from rommon_tool.procedures.file_servers import Taken

_CHUNK_BYTES = 1 << 18
_IDLE_SECONDS = 30.0
_TURN_SECONDS = 0.05


class _OneFile:
    """What both servers have: the private copy, who may have it, and what was seen of it."""

    def __init__(self, path: Path, address: str, *, name: str = "", bind: str = "", port: int = 0) -> None:
        self._address, self._bind, self.port = address, bind or address, port
        self._name = name or path.name
        self._source = path
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._clients: frozenset[str] = frozenset()
        self._complete = Event()
        self.seen = Taken()
        self.sha512 = ""
        self.bytes = 0

    def arm(self, clients: Iterable[str]) -> None:
        self._clients = frozenset(clients)

    def poll(self) -> Iterator[object]:
        return iter(())

    def await_end(self, seconds: float) -> None:
        self._complete.wait(seconds)

    def admits(self, client: str) -> bool:
        """Whether this is the device; anybody else is noted."""
        if client not in self._clients:
            self.seen.refused = f"{client} asked"
        return client in self._clients

    def _copied(self) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="rommon-served-")
        kept = Path(self._folder.name) / self._name
        try:
            shutil.copyfile(self._source, kept)
        except OSError as error:
            self._folder.cleanup()
            raise ImageMissing(f"cannot read {self._source}: {error.strerror}", hint="give a file") from error
        with kept.open("rb") as file:
            self.sha512 = hashlib.file_digest(file, "sha512").hexdigest()
        self.bytes = kept.stat().st_size
        return kept

    def _cannot_listen(self, error: OSError) -> ServerAddressNotHere:
        self._forget()
        message = f"cannot listen on {self._bind} port {self.port}: {error.strerror or error}"
        return ServerAddressNotHere(message, hint="give an address of this machine, and a port that is free")

    def _forget(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()


class HttpFileServer(_OneFile):
    """The file by HTTP."""

    @property
    def url(self) -> str:
        return f"http://{self._address}:{self.port}/{self._name}"

    def __enter__(self) -> Self:
        kept = self._copied()
        try:
            self._server = ThreadingHTTPServer((self._bind, self.port), partial(_Request, self, kept))
        except OSError as error:
            raise self._cannot_listen(error) from error
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(_TURN_SECONDS,), name="http", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._forget()

    def path_of(self, asked: str) -> bool:
        """Whether it is the one path there is."""
        return asked == f"/{self._name}"

    def took(self, size: int) -> None:
        """So many bytes more were sent."""
        self.seen.bytes += size
        if self.seen.bytes >= self.bytes:
            self.seen.is_complete = True
            self._complete.set()


class _Request(BaseHTTPRequestHandler):
    """One GET of the one path; anything else is told that there is nothing."""

    timeout = _IDLE_SECONDS

    def __init__(self, served: HttpFileServer, kept: Path, *connection: Any) -> None:
        self._served, self._kept = served, kept
        super().__init__(*connection)

    def do_GET(self) -> None:
        served = self._served
        if not served.admits(self.client_address[0]):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        if not served.path_of(self.path):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        served.seen.requests += 1
        served.seen.bytes = 0
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(served.bytes))
        self.end_headers()
        # A device that goes away is seen by how much it took.
        with suppress(OSError), self._kept.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                self.wfile.write(chunk)
                served.took(len(chunk))

    def log_message(self, *_: object) -> None:
        """Said by what is seen, not on our stderr."""


class FtpFileServer(_OneFile):
    """The file by FTP, for a name and password made up for this once. Needs the extra `ftp`."""

    def __init__(self, path: Path, address: str, *, name: str = "", bind: str = "", port: int = 0) -> None:
        super().__init__(path, address, name=name, bind=bind, port=port)
        self._user, self._password = "rommon", secrets.token_hex(8)
        self._stopped = Event()

    @property
    def url(self) -> str:
        return f"ftp://{self._user}:{self._password}@{self._address}:{self.port}/{self._name}"

    def __enter__(self) -> Self:
        try:
            from pyftpdlib.ioloop import IOLoop
            from pyftpdlib.servers import FTPServer
        except ImportError:
            raise WrongUsage("serving by FTP needs an extra", hint="pip install 'rommon-tool[ftp]'") from None
        kept = self._copied()
        loop = IOLoop()
        try:
            self._server = FTPServer((self._bind, self.port), _ftp_handler(self, kept), ioloop=loop)
        except OSError as error:
            loop.close()
            raise self._cannot_listen(error) from error
        self.port = self._server.address[1]
        self._thread = Thread(target=self._serve, name="ftp", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._forget()

    def login(self) -> tuple[str, str]:
        """The name and password of this once."""
        return self._user, self._password

    def sent(self) -> None:
        """The whole file went to the device."""
        self.seen.bytes, self.seen.is_complete = self.bytes, True
        self._complete.set()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            self._server.ioloop.loop(_TURN_SECONDS, blocking=False)
        self._server.close_all()


def _ftp_handler(served: FtpFileServer, kept: Path) -> Any:
    """A handler that may read, and nothing else."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler

    class OneFileHandler(FTPHandler):  # type: ignore[misc]
        authorizer = DummyAuthorizer()
        banner = "rommon-tool"

        def on_connect(self) -> None:
            if not served.admits(self.remote_ip):
                self.close()

        def ftp_RETR(self, file: str) -> Any:  # noqa: N802 - pyftpdlib's name
            served.seen.requests += 1
            return super().ftp_RETR(file)

        def on_file_sent(self, _file: str) -> None:
            served.sent()

    user, password = served.login()
    OneFileHandler.authorizer.add_user(user, password, str(kept.parent), perm="er")
    return OneFileHandler
