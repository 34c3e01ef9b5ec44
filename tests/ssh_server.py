"""A console server that speaks SSH: asyncssh's own server in a thread, in front of a tty. Nothing of this project's is in it."""

import asyncio
import os
import threading
import tty
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self

import asyncssh

USER, PASSWORD = "operator", "correct horse"


class _Login(asyncssh.SSHServer):
    def __init__(self, server: "SshServer") -> None:
        self._server = server

    def connection_made(self, conn: Any) -> None:
        self._server.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._server.passwords += 1
        return (username, password) == (USER, PASSWORD)

    def session_requested(self) -> "_Console":
        return _Console(self._server)


class _Console(asyncssh.SSHServerSession[bytes]):
    """One session: bytes to the tty and back; a BREAK is noted, since a pseudo-terminal can't show it."""

    def __init__(self, server: "SshServer") -> None:
        self._server = server
        self._tty = -1

    def connection_made(self, chan: Any) -> None:
        self._channel = chan

    def pty_requested(self, *_: object) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._server.commands.append(command)
        return True

    def session_started(self) -> None:
        self._tty = os.open(self._server.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._tty)
        asyncio.get_running_loop().add_reader(self._tty, self._print)

    def data_received(self, data: bytes, datatype: Any) -> None:
        os.write(self._tty, data)

    def break_received(self, msec: int) -> bool:
        self._server.breaks.append(msec)
        self._server.on_break()
        return True

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._tty >= 0:
            asyncio.get_running_loop().remove_reader(self._tty)
            os.close(self._tty)
            self._tty = -1

    def _print(self) -> None:
        try:
            data = os.read(self._tty, 4096)
        except OSError:
            data = b""
        if data:
            self._channel.write(data)
        else:
            asyncio.get_running_loop().remove_reader(self._tty)
            self._channel.close()


class SshServer:
    """Listens on `port`. `known_hosts` is a file that knows its host key, `client_key` one with a key that it lets in."""

    def __init__(self, path: str, folder: Path) -> None:
        self.path = path
        self.breaks: list[int] = []
        self.commands: list[str] = []
        self.passwords = 0
        self.connections: list[Any] = []
        self.on_break: Callable[[], None] = lambda: None
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.client_key = folder / "client_key"
        key.write_private_key(str(self.client_key))
        self._let_in = asyncssh.import_authorized_keys(key.export_public_key().decode())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._acceptor = self._run(self._listen())
        self.port = self._acceptor.get_port()
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {self._host_key.export_public_key().decode()}")
        self.url = f"ssh://{USER}@127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every session and the server."""
        if self._thread.is_alive():
            self._run(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _listen(self) -> Any:
        return await asyncssh.create_server(
            lambda: _Login(self),
            "127.0.0.1",
            0,
            server_host_keys=[self._host_key],
            authorized_client_keys=self._let_in,
            encoding=None,
            line_editor=False,
        )

    async def _end(self) -> None:
        self._acceptor.close()
        for connection in self.connections:
            connection.abort()
            await connection.wait_closed()
        await self._acceptor.wait_closed()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
