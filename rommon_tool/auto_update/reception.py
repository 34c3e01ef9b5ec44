"""What the server answers: to posts of devices, to fetches of what they were told of, to people who look at the page.

A device may post to any path: its URL is its own affair. A file is behind a URL with a secret of 128 bits in it, for
whether a device names its account when it fetches is not known. Nothing else is served to anybody.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rommon_tool.auto_update.accounts import Accounts, is_account, name_and_password
from rommon_tool.auto_update.assigned_file import AssignedFile
from rommon_tool.auto_update.assignments import Assignment
from rommon_tool.auto_update.board import Board
from rommon_tool.auto_update.events import DevicePolled, FetchRefused, FileSent, PollRefused
from rommon_tool.auto_update.kept_posts import KeptPosts
from rommon_tool.auto_update.page import HEADERS, page
from rommon_tool.auto_update.reply import Offer, ReplyTemplate

LARGEST_POST_BYTES = 64 << 10
_POST_SECONDS = 30.0
_CHUNK_BYTES = 256 << 10
_TEXT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class _Granted:
    """What a secret URL stands for."""

    account: str
    component: str
    file: AssignedFile


class Reception:
    """`base` is how devices reach the server, such as `https://192.0.2.1:8443`; `publish` hears every event."""

    def __init__(
        self,
        assignments: tuple[Assignment, ...],
        accounts: Accounts,
        template: ReplyTemplate,
        *,
        base: str,
        publish: Callable[[object], None],
        kept: KeptPosts | None = None,
    ) -> None:
        self._accounts, self._template, self._kept = accounts, template, kept
        self._publish, self._board = publish, Board(assignments)
        self._granted: dict[str, _Granted] = {}
        self._offers = {one.name: tuple(self._offer(base, one, name) for name in one.files) for one in assignments}

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/", self._page, methods=["GET"]),
            Route("/files/{secret}/{name}", self._fetch, methods=["GET"]),
            Route("/{path:path}", self._poll, methods=["POST"]),
            Route("/{path:path}", self._nothing, methods=["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]),
        ]
        return Starlette(routes=routes)

    def _offer(self, base: str, assignment: Assignment, component: str) -> Offer:
        secret, file = secrets.token_urlsafe(16), assignment.files[component]
        self._granted[secret] = _Granted(assignment.name, component, file)
        return Offer(component, f"{base}/files/{secret}/{file.name}", file)

    def _tell(self, event: object) -> None:
        self._board.note(event)
        self._publish(event)

    # --- devices -------------------------------------------------------------------------------------------------

    async def _poll(self, request: Request) -> Response:
        user, is_known = _who(request, self._accounts.devices)
        if not is_known:
            return self._refuse(request, user, "wrong name or password" if user else "no name and password", 401)
        if user not in self._offers:
            return self._refuse(request, user, "nothing is assigned to it", 403)
        try:
            body = await asyncio.wait_for(_body(request), _POST_SECONDS)
        except (TimeoutError, ClientDisconnect):
            return self._refuse(request, user, "what it posts does not end", 408)
        if body is None:
            return self._refuse(request, user, f"it posts more than {LARGEST_POST_BYTES} bytes", 413)
        if self._kept is not None:
            await asyncio.to_thread(self._kept.keep, _head(request), body)
        offers = self._offers[user]
        digest, names = hashlib.sha256(body).hexdigest(), tuple(offer.component for offer in offers)
        self._tell(DevicePolled(user, _client(request), _path(request), len(body), digest, names))
        return Response(self._template.filled(user, offers), media_type=self._template.content_type)

    def _refuse(self, request: Request, user: str, reason: str, status: int) -> Response:
        self._tell(PollRefused(user[:_TEXT_CHARACTERS], _client(request), _path(request), reason))
        return _told(reason, status, realm="Auto Update")

    async def _fetch(self, request: Request) -> Response:
        granted = self._granted.get(request.path_params["secret"])
        if granted is None or granted.file.name != request.path_params["name"] or request.method != "GET":
            return self._deny(request, "no such file is on offer")
        if not granted.file.is_unchanged:
            return self._deny(request, f"{granted.file.name} was written to after its checksum was taken", 503)
        return _SentFile(granted, _client(request), self._tell)

    async def _nothing(self, request: Request) -> Response:
        return self._deny(request, "no such file is on offer")

    def _deny(self, request: Request, reason: str, status: int = 404) -> Response:
        self._tell(FetchRefused(_client(request), _path(request), reason))
        return _told(reason, status)

    # --- people --------------------------------------------------------------------------------------------------

    async def _page(self, request: Request) -> Response:
        user, is_known = _who(request, self._accounts.operators)
        if not is_known:
            if user:
                self._tell(
                    FetchRefused(
                        _client(request), "/", f"{user[:_TEXT_CHARACTERS]} is no operator, or the password is wrong"
                    )
                )
            return _told("the page is for operators", 401, realm="operators")
        return HTMLResponse(page(self._board), headers=HEADERS)


class _SentFile(StreamingResponse):
    """A file on its way, piece by piece; told of when it is over, whole or not."""

    def __init__(self, granted: _Granted, client: str, tell: Callable[[object], None]) -> None:
        headers = {"Content-Length": str(granted.file.file_bytes), "Cache-Control": "no-store"}
        self._granted, self._client, self._tell, self._sent_bytes = granted, client, tell, 0
        super().__init__(self._pieces(), headers=headers, media_type="application/octet-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        granted = self._granted
        try:
            await super().__call__(scope, receive, send)
        finally:
            file = granted.file
            self._tell(
                FileSent(granted.account, self._client, granted.component, file.name, self._sent_bytes, file.file_bytes)
            )

    async def _pieces(self) -> AsyncIterator[bytes]:
        file = self._granted.file
        while self._sent_bytes < file.file_bytes:
            piece = await asyncio.to_thread(file.piece, self._sent_bytes, _CHUNK_BYTES)
            if not piece or not file.is_unchanged:
                return  # what was announced does not come whole: the server cuts the connection
            yield piece
            self._sent_bytes += len(piece)


def _who(request: Request, passwords: dict[str, str]) -> tuple[str, bool]:
    """The name that was given, and whether it is proved."""
    given = name_and_password(request.headers.get("authorization", ""))
    return (given[0], is_account(passwords, *given)) if given else ("", False)


async def _body(request: Request) -> bytes | None:
    """What was posted; None if it is too much."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_POST_BYTES:
            return None
    return bytes(body)


def _told(reason: str, status: int, *, realm: str = "") -> Response:
    headers = {"WWW-Authenticate": f'Basic realm="{realm}"'} if status == 401 else {}
    return PlainTextResponse(f"{reason}\n", status, headers=headers)


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _path(request: Request) -> str:
    query: Any = request.url.query
    return (request.url.path + (f"?{query}" if query else ""))[:_TEXT_CHARACTERS]


def _head(request: Request) -> str:
    """The request as it came, but for the password."""
    names = [(name, "<secret>" if name == "authorization" else value) for name, value in request.headers.items()]
    lines = [f"{request.method} {_path(request)}", *(f"{name}: {value}" for name, value in names)]
    return "\n".join(lines)
