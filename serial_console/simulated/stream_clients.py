"""The booted device's HTTP and FTP clients: plain sockets, read in slices like a TFTP transfer.

They know what a device's clients need and no more: one GET without redirects, of a server whose certificate is not looked
at; one RETR in passive or active mode. FTP's data connection goes to the machine of its control connection. Only while they
connect and ask may a slice last longer than a few hundredths of a second.
"""

import base64
import hashlib
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from .script import Report

SLICE_SECONDS = 0.02
CHUNK_BYTES = 1 << 16
MARK_BYTES = 512  # a "block" of the progress marks, as with TFTP
CONNECT_SECONDS = 5.0
LINE_BYTES = 4096
NOT_FOUND = "file not found"
REFUSED_LOGIN = "Incorrect Login/Password"
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
PASSIVE = re.compile(r"\((?:\d{1,3},){4}(\d{1,3}),(\d{1,3})\)")


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What a client asks for. `source` is the device's own address, bound where it is a loopback one."""

    scheme: str
    host: str
    port: int
    path: str
    user: str = ""
    password: str = ""
    is_passive: bool = True
    source: str = ""


@dataclass(slots=True)
class StreamFetch:
    """What has come so far."""

    received: int = 0
    failure: str = ""
    finished: bool = False
    _kept: bytearray = field(default_factory=bytearray)

    @property
    def sha512(self) -> str:
        return hashlib.sha512(self._kept).hexdigest()

    @property
    def md5(self) -> str:
        return hashlib.md5(self._kept, usedforsecurity=False).hexdigest()

    @property
    def blocks(self) -> int:
        return self.received // MARK_BYTES

    def content(self) -> bytes:
        return bytes(self._kept)

    def take(self, data: bytes) -> None:
        self._kept += data
        self.received += len(data)


class StreamTransfer:
    """A download over one stream of bytes, once its `open` has found it."""

    def __init__(self, request: StreamRequest, target: tuple[str, int]) -> None:
        self.fetch = StreamFetch()
        self._request = request
        self._target = target
        self._sockets: list[socket.socket] = []
        self._wanted: int | None = None
        self._stream: socket.socket | None = None
        open_stream: dict[str, Callable[[], socket.socket]] = {
            "http": self._open_http,
            "https": self._open_http,
            "ftp": self._open_ftp,
        }
        try:
            self._stream = open_stream[request.scheme]()
            self._stream.settimeout(SLICE_SECONDS)
        except _RefusedError as refused:
            self.fetch.failure = str(refused)
        except (OSError, KeyError):
            self.fetch.failure = "timed out"

    def step(self) -> Report | None:
        """Read a slice; None when nothing came in it."""
        came = b""
        if self._stream is not None and not self.fetch.failure and not self.fetch.finished:
            try:
                came = self._stream.recv(CHUNK_BYTES)
            except TimeoutError:
                return None
            except OSError:
                self.fetch.failure = "connection lost"
            else:
                self._took(came)
        ended = self.fetch.finished or bool(self.fetch.failure)
        return Report(self.fetch.received, self.fetch.blocks, ended, self.fetch.failure)

    def close(self) -> None:
        for one in self._sockets:
            with suppress(OSError):
                one.close()

    def _took(self, came: bytes) -> None:
        self.fetch.take(came)
        is_whole = self._wanted is not None and self.fetch.received >= self._wanted
        if came and not is_whole:
            return
        self.fetch.finished = self._wanted is None or self.fetch.received == self._wanted
        if not self.fetch.finished:
            self.fetch.failure = "connection lost"

    def _connect(self, target: tuple[str, int]) -> socket.socket:
        source = (self._request.source, 0) if self._request.source.startswith("127.") else None
        one = socket.create_connection(target, CONNECT_SECONDS, source)
        self._sockets.append(one)
        return one

    # --- HTTP --------------------------------------------------------------------------------------------------

    def _open_http(self) -> socket.socket:
        request = self._request
        stream = self._connect(self._target)
        if request.scheme == "https":
            stream = _encrypted(stream)
            self._sockets.append(stream)
        lines = [f"GET /{request.path} HTTP/1.0", f"Host: {request.host}:{request.port}", "User-Agent: Cisco ASA"]
        if request.user:
            token = base64.b64encode(f"{request.user}:{request.password}".encode()).decode()
            lines.append(f"Authorization: Basic {token}")
        stream.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        head, _, body = self._head(stream).partition(b"\r\n\r\n")
        status = STATUS.match(head)
        if status is None or status[1] != b"200":
            raise _RefusedError(NOT_FOUND if status and status[1] == b"404" else "Permission denied")
        length = re.search(rb"(?im)^content-length: *(\d+)", head)
        self._wanted = int(length[1]) if length else None
        self.fetch.take(body)
        self.fetch.finished = self._wanted is not None and len(body) >= self._wanted
        return stream

    @staticmethod
    def _head(stream: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < LINE_BYTES * 4 and (came := stream.recv(CHUNK_BYTES)):
            head += came
        return head

    # --- FTP ---------------------------------------------------------------------------------------------------

    def _open_ftp(self) -> socket.socket:
        request = self._request
        control = _Control(self._connect(self._target))
        control.answer()
        if (
            control.say(f"USER {request.user or 'anonymous'}") == 331
            and control.say(f"PASS {request.password or 'asa@'}") != 230
        ):
            raise _RefusedError(REFUSED_LOGIN)
        control.say("TYPE I")
        if control.say(f"SIZE {request.path}") == 213 and control.text.split()[-1].isdecimal():
            self._wanted = int(control.text.split()[-1])
        data = self._passive(control) if request.is_passive else self._active(control)
        if control.say(f"RETR {request.path}") not in (125, 150):
            raise _RefusedError(NOT_FOUND)
        if request.is_passive:
            return data
        data.settimeout(CONNECT_SECONDS)
        accepted, _ = data.accept()
        self._sockets.append(accepted)
        return accepted

    def _passive(self, control: "_Control") -> socket.socket:
        control.say("PASV")
        port = PASSIVE.search(control.text)
        if port is None:
            raise _RefusedError("Permission denied")
        return self._connect((self._target[0], int(port[1]) * 256 + int(port[2])))

    def _active(self, control: "_Control") -> socket.socket:
        listener = socket.create_server((control.own_address, 0))
        self._sockets.append(listener)
        port = listener.getsockname()[1]
        control.say(f"PORT {control.own_address.replace('.', ',')},{port // 256},{port % 256}")
        return listener


def _encrypted(stream: socket.socket) -> socket.socket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = (
        ssl.CERT_NONE
    )  # a device trusts what it is told to copy from, unless it was configured otherwise
    return context.wrap_socket(stream)


class _RefusedError(Exception):
    """The server has no such file, or does not let us have it."""


class _Control:
    """FTP's control connection: one line out, one answer back."""

    def __init__(self, stream: socket.socket) -> None:
        self.text = ""
        self._stream = stream
        self._pending = b""

    @property
    def own_address(self) -> str:
        return str(self._stream.getsockname()[0])

    def say(self, line: str) -> int:
        self._stream.sendall(line.encode("latin-1") + b"\r\n")
        return self.answer()

    def answer(self) -> int:
        """The code of the next answer; lines such as `220-` are its beginning only."""
        while True:
            line, end, rest = self._pending.partition(b"\n")
            if not end:
                came = self._stream.recv(LINE_BYTES)
                if not came:
                    raise ConnectionError("the server closed the connection")
                self._pending += came
                continue
            self._pending = rest
            if re.match(rb"\d{3} ", line):
                self.text = line.decode("latin-1").strip()
                return int(line[:3])
