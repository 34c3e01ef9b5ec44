"""A console over SSH, by asyncssh (the extra `ssh`). Only this file imports it, and only an open `ssh://` imports this file.

The server's host key must be known; nothing here turns that off.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import asyncssh
from serial.serialutil import SerialException

from .keepalive import COUNT, INTERVAL_SECONDS
from .password import password_from
from .ssh_address import SSH_PORT, SshAddress

_CONNECT_SECONDS = 15.0
_LOGIN_SECONDS = 120.0


class Receiver(Protocol):
    """Who gets what the console prints."""

    def deliver(self, data: bytes) -> None: ...

    def allow(self, *, writing: bool) -> None:
        """Whether the far end takes more bytes at present."""

    def end(self, reason: str) -> None:
        """Nothing more will come."""


class Session(asyncssh.SSHClientSession[bytes]):
    """The open channel. Its methods run in the event loop."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:  # noqa: ARG002
        self._receiver.deliver(data)

    def pause_writing(self) -> None:
        self._receiver.allow(writing=False)

    def resume_writing(self) -> None:
        self._receiver.allow(writing=True)

    def eof_received(self) -> bool:
        return False  # nothing more comes, so that the channel closes

    def connection_lost(self, exc: Exception | None) -> None:
        self._receiver.end(str(exc) if exc else "the console server closed the session")


class _Client(asyncssh.SSHClient):
    """Answers for a password, once: a second try with the same one would only lock the account sooner."""

    def __init__(self, address: SshAddress) -> None:
        self._address = address
        self._is_given = False

    async def password_auth_requested(self) -> str | None:
        if self._is_given:
            return None
        self._is_given = True
        where = self._address
        return await asyncio.get_running_loop().run_in_executor(
            None, password_from, where.password, where.user, where.host
        )

    def kbdint_auth_requested(self) -> str | None:
        return None if self._is_given else ""

    async def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002
        instructions: str,  # noqa: ARG002
        lang: str,  # noqa: ARG002
        prompts: Any,
    ) -> list[str] | None:
        if not prompts:
            return []
        hidden = len(prompts) == 1 and not prompts[0][1]
        password = await self.password_auth_requested() if hidden else None
        return None if password is None else [password]


async def connected(
    address: SshAddress, receiver: Receiver
) -> tuple[asyncssh.SSHClientConnection, asyncssh.SSHClientChannel[bytes]]:
    """Log in and take the console. Raises SerialException that says what to do."""
    options: dict[str, Any] = {"client_keys": [address.key]} if address.key else {}
    if address.known_hosts:
        options["known_hosts"] = address.known_hosts
    client: Callable[[], asyncssh.SSHClient] = lambda: _Client(address)  # noqa: E731
    try:
        connection = await asyncssh.connect(
            address.host,
            address.port,
            username=address.user,
            client_factory=client,
            connect_timeout=_CONNECT_SECONDS,
            login_timeout=_LOGIN_SECONDS,
            keepalive_interval=INTERVAL_SECONDS,
            keepalive_count_max=COUNT,
            **options,
        )
        try:
            channel, _ = await connection.create_session(
                lambda: Session(receiver), address.command or None, term_type="vt100", encoding=None
            )
        except BaseException:
            connection.abort()
            raise
    except (asyncssh.Error, OSError, ValueError) as error:
        raise _refused(address, error) from error
    return connection, channel


async def closed(connection: asyncssh.SSHClientConnection) -> None:
    """Log out, without waiting for a server that does not answer any more."""
    connection.close()
    with suppress(TimeoutError, OSError, asyncssh.Error):
        await asyncio.wait_for(connection.wait_closed(), 1.0)
    connection.abort()


def _refused(address: SshAddress, error: Exception) -> SerialException:
    if isinstance(error, SerialException):
        return error
    port = "" if address.port == SSH_PORT else f" -p {address.port}"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return SerialException(
            f"the host key of {address.known_as} is not known, or has changed ({error}): compare the fingerprint that "
            f"`ssh{port} {address.user}@{address.host}` shows with the server's own, and accept it there"
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return SerialException(
            f"{address.host} does not let {address.user} in ({error}): load a key into ssh-agent, name one as ?key=FILE, "
            "or give the password by ?password=file:PATH, keyring, or at a terminal"
        )
    return SerialException(f"{address.known_as}: {error or type(error).__name__}")
