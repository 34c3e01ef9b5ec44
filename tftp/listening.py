"""The sockets of the server: the one that hears requests, and one for each transfer.

The one rule: an answer leaves from the address that was asked. A device drops what comes from another one, and a
machine with several addresses would choose by its routes.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import Any

from tftp.errors import AddressNotLocal, PortBusy, PortForbidden, TftpServerError
from tftp.request import LONGEST_REQUEST

#: The client's address as the system gives it: two fields with IPv4, four with IPv6.
SocketAddress = tuple[Any, ...]

# Python 3.11 does not name it.
_IP_PKTINFO = 8
_IN_PKTINFO_BYTES = 12
_BUFFER_BYTES = 1 << 20
_WSAEACCES = 10013


class Listener:
    """The socket that hears requests at one address, or at all of them."""

    def __init__(self, address: str, port: int) -> None:
        """Raises PortBusy, PortForbidden, AddressNotLocal, or TftpServerError for any other reason."""
        self.socket = _bound_socket(address or "0.0.0.0", port)  # noqa: S104 - tftpy's meaning of no address
        self.socket.settimeout(0)
        self.address, self.port = self.socket.getsockname()[:2]
        self._hears_all = self.address == "0.0.0.0" and sys.platform == "linux"  # noqa: S104 - a comparison
        if self._hears_all:
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def receive(self) -> tuple[bytes, SocketAddress, str] | None:
        """A datagram (cut just past what a request may have), who sent it, and our address that it was sent to.

        None for one that was sent to everybody: RFC 1123 has those ignored. Raises OSError (BlockingIOError when there
        is nothing left).
        """
        if not self._hears_all:
            datagram, client = self.socket.recvfrom(LONGEST_REQUEST + 1)
            return datagram, client, self.address
        datagram, ancillary, _flags, client = self.socket.recvmsg(
            LONGEST_REQUEST + 1, socket.CMSG_SPACE(_IN_PKTINFO_BYTES)
        )
        for level, kind, data in ancillary:
            if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
                ours, addressed = data[4:8], data[8:12]
                return (datagram, client, socket.inet_ntoa(ours)) if ours == addressed else None
        return datagram, client, self.address

    def connected_to(self, client: SocketAddress, local: str) -> socket.socket:
        """A new socket of ours at `local` that hears and reaches only that client. Raises OSError."""
        connected = socket.socket(self.socket.family, socket.SOCK_DGRAM)
        try:
            connected.settimeout(0)
            connected.bind((local, 0))
            connected.connect(client)
        except BaseException:
            connected.close()
            raise
        return connected

    def close(self) -> None:
        self.socket.close()


def _bound_socket(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if sys.platform == "win32":
            # Windows lets a second program take the same port without it.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a listener of its own
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        bound.bind((address, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise _explained(error, address, port) from error
    return bound


def _explained(error: OSError | OverflowError, address: str, port: int) -> TftpServerError:
    where = f"cannot listen on UDP {address} port {port}"
    seen = getattr(error, "strerror", None) or str(error)
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return PortBusy(f"{where}: the port is taken", seen=_holder(port) or seen, hint="stop that program")
    if number in (errno.EACCES, errno.EPERM, _WSAEACCES):
        return PortForbidden(f"{where}: not allowed", seen=seen, hint=_how_to_be_allowed(port))
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return AddressNotLocal(
            f"{where}: this machine does not have that address",
            seen=seen,
            hint="give it to the interface that the device is cabled to, or choose one that is there",
        )
    return TftpServerError(where, seen=seen)


def _holder(port: int) -> str:
    """Who holds a UDP port, as `name (PID n)`, or nothing if that can't be found out."""
    import psutil  # here: 20 ms that only this error needs

    try:
        pids = {found.pid for found in psutil.net_connections("udp") if found.laddr and found.laddr.port == port}
        return ", ".join(f"{psutil.Process(pid).name()} (PID {pid})" for pid in sorted(filter(None, pids)))
    except (psutil.Error, OSError):
        return ""


def _how_to_be_allowed(port: int) -> str:
    if sys.platform == "win32":
        return f"see `netsh int ipv4 show excludedportrange udp` for port {port}, and which program holds it"
    if sys.platform != "linux":
        return "run it with sudo, or choose another --tftp-port if the device can be told to use it"
    return (
        f"one of: run it with sudo; `sudo sysctl net.ipv4.ip_unprivileged_port_start={port}`; "
        f"`sudo setcap cap_net_bind_service=+ep {os.path.realpath(sys.executable)}`; "
        "or another --tftp-port, if the device can be told to use it (most boot monitors can't)"
    )
