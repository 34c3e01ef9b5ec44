"""What becomes of a datagram at the listening port.

The one rule: nobody is answered more often or with more than a device needs. What is no request is not answered at
all, a stranger gets at most as many bytes as it sent, and everyone's refusals are limited in number.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any, TypeVar

from tftpy import TftpErrors

from tftp import packets
from tftp.access import Admission, Audience, RateLimit
from tftp.errors import TftpServerError
from tftp.events import Event, RefusalReason, RequestReceived, RequestRefused, printable
from tftp.files import ServedFiles
from tftp.listening import Listener, SocketAddress, named
from tftp.places import TooManyTransfers
from tftp.private_copy import Content
from tftp.request import MalformedRequest, Request, is_request, parse_request
from tftp.sessions import Sessions
from tftp.uploads import Uploads

#: tftpy's hook for a file that is not there: (name, raddress=, rport=) -> an open binary file, or None.
DynamicFiles = Callable[..., Any]

T = TypeVar("T")

_EVERYONE = ""
_FLOOD_TOLD_SECONDS = 5.0
_MANY_WAITING = 256


class Look(Enum):
    """What one look at the listening port met with."""

    AT_NOTHING = auto()
    IN_VAIN = auto()  # what came is not worth an answer
    AT_REQUEST = auto()


class Refusal(Exception):
    """The request is turned away with an ERROR."""

    def __init__(self, code: int, reason: RefusalReason, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.code, self.reason, self.text, self.detail = code, reason, text, detail


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, by whom, and at which address of ours."""

    client: SocketAddress
    local: str
    request: Request


class Reception:
    """Reads requests and turns them away, or has a transfer begun."""

    def __init__(
        self,
        listener: Listener,
        sessions: Sessions,
        files: ServedFiles,
        dynamic_files: DynamicFiles | None,
        uploads: Uploads,
        *,
        tell: Callable[[Event], None],
        admission: Admission,
        wake: Callable[[], None],
    ) -> None:
        """`wake`, called from any thread, has the serving thread call `go_on`."""
        self._listener, self._sessions, self._tell = listener, sessions, tell
        self._admission, self._wake = admission, wake
        sessions.was_in_vain = admission.was_in_vain
        self._waiting: dict[SocketAddress, tuple[_Asked, Future[Content]]] = {}
        self._dropped, self._flood_told_at = 0, -_FLOOD_TOLD_SECONDS
        self._files, self._dynamic_files, self._uploads = files, dynamic_files, uploads
        self._strangers = RateLimit(per_second=1, burst=1)
        self._all_strangers = RateLimit(per_second=20, burst=20)
        self._refusals = RateLimit(per_second=10, burst=20)
        self._told_requests = RateLimit(per_second=10, burst=20)

    def receive(self, audience: Callable[[], Audience], now: float) -> Look:
        """Deal with one datagram, if there is one.

        The audience is asked for when the datagram is in hand: what a device sends after `arm` has returned must not
        meet the audience of before.
        """
        try:
            received = self._listener.receive()
        except OSError:
            return Look.AT_NOTHING  # or the echo of an ERROR to a closed port, as Windows reports it
        if not received or not self._is_worth_it(*received, audience(), now):
            return Look.IN_VAIN
        self._deal_with(*received, now)
        return Look.AT_REQUEST

    def _is_worth_it(self, datagram: bytes, client: SocketAddress, local: str, audience: Audience, now: float) -> bool:
        """Whether it is a request of someone who is expected and has not sent too many."""
        if not is_request(datagram) or client[1] == 0:
            return False
        if not audience.admits(named(client), local):
            self._turn_stranger_away(datagram, client, local, now)
            return False
        if not self._admission.admits(client[0], now):
            self._drop(client, now)
            return False
        return True

    def _drop(self, client: SocketAddress, now: float) -> None:
        self._dropped += 1
        if now >= self._flood_told_at + _FLOOD_TOLD_SECONDS:
            self._flood_told_at = now
            detail = f"{self._dropped} requests dropped since the last word of it"
            self._tell(RequestRefused(client[0], client[1], "", None, "flooded", detail))
            self._dropped = 0

    def _deal_with(self, datagram: bytes, client: SocketAddress, local: str, now: float) -> None:
        try:
            request = parse_request(datagram)
        except MalformedRequest as error:
            self._refuse(client, local, "", Refusal(TftpErrors.IllegalTftpOp, "malformed", str(error)), now)
            return
        self._tell_received(request, client, now)
        if self._uploads.takes(request, client, local):
            self._uploads.begin(client, local, request, now)
            return
        self._answer(_Asked(client, local, request), lambda: self._content_for(request, client), now)

    def go_on(self, now: float) -> None:
        """Begin what waited for a copy that is there now. Called after `wake` was."""
        for key, (asked, copied) in list(self._waiting.items()):
            if copied.done():
                del self._waiting[key]
                self._answer(asked, partial(_readable, copied.result), now)

    def _answer(self, asked: _Asked, content: Callable[[], Content | Future[Content]], now: float) -> None:
        """Begin a transfer, have it wait for its content, or refuse it."""
        try:
            found = content()
            if isinstance(found, Future):
                self._have_wait(asked, found)
            else:
                self._sessions.begin(asked.client, asked.local, asked.request, found, now)
        except Exception as error:  # noqa: BLE001 - no request may end the server
            self._refuse(asked.client, asked.local, asked.request.name, _refusal_for(error), now)

    def _have_wait(self, asked: _Asked, copied: Future[Content]) -> None:
        """The transfer begins when the copy is there; a request repeated meanwhile takes the place of the first."""
        key = asked.client[:2]
        if key not in self._waiting and len(self._waiting) >= _MANY_WAITING:
            raise TooManyTransfers
        is_first = all(copied is not other for _, other in self._waiting.values())
        self._waiting[key] = asked, copied
        if is_first:
            copied.add_done_callback(lambda _: self._wake())

    def _content_for(self, request: Request, client: SocketAddress) -> Content | Future[Content]:
        """The bytes to send, or the promise of them. Raises Refusal, BlockingIOError."""
        if request.is_write:
            raise Refusal(TftpErrors.AccessViolation, "write-refused", "this server is read-only")
        if request.mode != "octet":
            text = f"mode {printable(request.mode, 20)} is not served: ask for octet (binary)"
            raise Refusal(TftpErrors.IllegalTftpOp, "mode-refused", text)
        content = _readable(lambda: self._files.find(request.name) or self._dynamic(request.name, client))
        if content is None:
            raise Refusal(TftpErrors.FileNotFound, "not-found", "File not found")
        return content

    def _dynamic(self, name: str, client: SocketAddress) -> Content | None:
        if self._dynamic_files is None:
            return None
        file = self._dynamic_files(name, raddress=client[0], rport=client[1])
        if file is None:
            return None
        with closing(file):  # tftpy asks no more of it than read and close
            return Content.of_bytes(file.read())

    def _tell_received(self, request: Request, client: SocketAddress, now: float) -> None:
        if self._told_requests.allows(client[0], now):
            options = {printable(option, 32): printable(value, 32) for option, value in request.options.items()}
            name, mode = printable(request.name), printable(request.mode, 32)
            self._tell(RequestReceived(client[0], client[1], name, mode, options))

    def _refuse(self, client: SocketAddress, local: str, name: str, refusal: Refusal, now: float) -> None:
        if self._refusals.allows(client[0], now):
            self._send(packets.error(refusal.code, refusal.text), client, local)
            self._tell(
                RequestRefused(
                    client[0], client[1], printable(name), refusal.code, refusal.reason, printable(refusal.detail)
                )
            )

    def _turn_stranger_away(self, datagram: bytes, client: SocketAddress, local: str, now: float) -> None:
        if not self._strangers.allows(client[0], now) or not self._all_strangers.allows(_EVERYONE, now):
            return
        answer = packets.error(TftpErrors.AccessViolation, "Access violation")
        if fits := len(answer) <= len(datagram):
            self._send(answer, client, local)
        name = printable(datagram[2:].split(b"\0", 1)[0])
        code = TftpErrors.AccessViolation if fits else None
        self._tell(RequestRefused(client[0], client[1], name, code, "stranger"))

    def _send(self, answer: bytes, client: SocketAddress, local: str) -> None:
        with suppress(OSError):
            self._listener.answer(answer, client, local)


def _readable(content: Callable[[], T]) -> T:
    """Raises Refusal for a file that can't be read, BlockingIOError for one that can't be read just now."""
    try:
        return content()
    except BlockingIOError:
        raise
    except (TftpServerError, OSError) as error:
        raise Refusal(TftpErrors.AccessViolation, "unreadable", "the file cannot be read", str(error)) from error


def _refusal_for(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, TooManyTransfers):
        return Refusal(TftpErrors.NotDefined, "busy", "too many transfers, try again")
    if isinstance(error, OSError):
        return Refusal(TftpErrors.NotDefined, "busy", "no resources, try again", error.strerror or "")
    return Refusal(TftpErrors.NotDefined, "defect", "internal error", f"{type(error).__name__}: {error}")
