"""The server's run: its socket, TLS, and its end. uvicorn speaks HTTP; it reads no proxy's word for who a client is."""

import asyncio
import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

import uvicorn

from rommon_tool.errors import AutoUpdateUnavailable

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from rommon_tool.auto_update.certificate import Certificate

_BACKLOG = 128
_CONNECTIONS = 200
_GRACE_SECONDS = 2
_LARGEST_HEAD_BYTES = 16 << 10
_CAUSES = {
    errno.EADDRINUSE: ("port-busy", "another server has it: choose another --https-port"),
    errno.EACCES: ("port-forbidden", "ports below 1024 need rights; --https-port 8443 needs none"),
    errno.EADDRNOTAVAIL: ("address-not-local", "--bind takes an address of this machine"),
}


class AutoUpdateServer(uvicorn.Server):
    """Serves until `stop`. Signals are its caller's affair."""

    def __init__(self, application: "Starlette", certificate: "Certificate") -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http="h11",
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=_CONNECTIONS,
                h11_max_incomplete_event_size=_LARGEST_HEAD_BYTES,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                ssl_certfile=certificate.chain,
                ssl_keyfile=certificate.key,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: uvicorn would take the signals, and end the process by them once more at the end."""
        yield

    def serve_on(self, listening: socket.socket) -> None:
        """Serve until `stop`, in this thread."""
        asyncio.run(self.serve([listening]))

    def stop(self) -> None:
        """End soon; may be called from a signal or another thread."""
        self.should_exit = True


def listening_socket(address: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises `AutoUpdateUnavailable`."""
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        cause, hint = _CAUSES.get(error.errno or 0, ("cannot-listen", ""))
        message = f"cannot listen at {address}, TCP port {port}"
        raise AutoUpdateUnavailable(message, seen=error.strerror or "", hint=hint, cause=cause) from error
    return listening


@contextmanager
def stopped_by_signals(server: AutoUpdateServer) -> Iterator[list[int]]:
    """Ctrl-C, a kill and a closed terminal end `server`. Gives the signals that came."""
    caught: list[int] = []

    def stop(number: int, _frame: object) -> None:
        caught.append(number)
        server.stop()

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
