"""The sockets of the server: the one that hears requests, and one for each transfer.

The one rule: an answer leaves from the address that was asked. A device drops what comes from another one, and a
machine with several addresses would choose by its routes.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import secrets
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, cycle, islice, repeat
from typing import Any

from tftp.errors import AddressNotLocal, PortBusy, PortForbidden, TftpServerError
from tftp.request import LONGEST_REQUEST

#: The client's address as the system gives it: two fields with IPv4, four with IPv6.
SocketAddress = tuple[Any, ...]

# Python 3.11 does not name it.
_IP_PKTINFO = 8
_DESTINATION_BYTES = 64  # ample for either family's
_ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 - a comparison
#: In place of our address where a datagram was sent to more than us.
_EVERYBODY = "*"
_MULTICAST = 0xFF
_BROADCAST = "255.255.255.255"
# Windows keeps ranges of ports for itself, and says EACCES for those.
_TAKEN = (errno.EADDRINUSE, errno.EACCES) if sys.platform == "win32" else (errno.EADDRINUSE,)
_BUFFER_BYTES = 1 << 20
_WSAEACCES = 10013


class Listener:
    """The socket that hears requests at one address, or at all of them."""

    def __init__(
        self,
        address: str,
        port: int,
        data_ports: tuple[int, int] | None = None,
        *,
        bound: socket.socket | None = None,
        answers_broadcasts_at: str = "",
    ) -> None:
        """`data_ports` is the first and the last port that answers leave from; without it, any free one.

        `bound` is a socket that somebody else has opened: it is used, and address and port are those it has.

        `answers_broadcasts_at` is our address that stands for one that means everybody ("": such requests are ignored).

        Raises PortBusy, PortForbidden, AddressNotLocal, or TftpServerError for any other reason.
        """
        self.socket = bound or _bound_socket(address or "0.0.0.0", port)  # noqa: S104 - tftpy's meaning of no address
        self.socket.settimeout(0)
        ours = self.socket.getsockname()
        self.address, self.port = named(ours), ours[1]
        self._ports = repeat(0) if data_ports is None else _ports_in_turn(*data_ports)
        self._tries = 1 if data_ports is None else data_ports[1] - data_ports[0] + 1
        self._hears_all = self.address in _ALL_ADDRESSES and _tell_destinations(self.socket)
        self._everybody = answers_broadcasts_at or None
        if self._everybody and not self._hears_all:
            self.socket.close()
            raise TftpServerError(
                "cannot answer broadcasts here", hint="this needs Linux, and a server that listens at all addresses"
            )

    def receive(self) -> tuple[bytes, SocketAddress, str] | None:
        """A datagram (cut just past what a request may have), who sent it, and our address that it was sent to.

        None for one that was sent to everybody, unless it is to be answered: RFC 1123 has those ignored. Raises OSError
        (BlockingIOError when there is nothing left).
        """
        if not self._hears_all:
            datagram, client = self.socket.recvfrom(LONGEST_REQUEST + 1)
            return datagram, client, self.address
        datagram, ancillary, _flags, client = self.socket.recvmsg(LONGEST_REQUEST + 1, _DESTINATION_BYTES)
        local = next(filter(None, (_destination(*each) for each in ancillary)), self.address)
        ours = self._everybody if local == _EVERYBODY else local
        return (datagram, client, ours) if ours else None

    def connected_to(self, client: SocketAddress, local: str) -> socket.socket:
        """A new socket of ours at `local` that hears and reaches only that client.

        Raises OSError, also when every one of the data ports is taken.
        """
        return self._connected(client, local, islice(self._ports, self._tries))

    def answer(self, packet: bytes, client: SocketAddress, local: str) -> None:
        """Send one packet that begins no transfer, as a transfer would: from a port of its own. Raises OSError.

        When no data port is free, from any other: the word that there is none may pass the firewall all the same.
        """
        with self._connected(client, local, chain(islice(self._ports, self._tries), [0])) as connected:
            connected.send(packet)

    def _connected(self, client: SocketAddress, local: str, ports: Iterable[int]) -> socket.socket:
        connected = socket.socket(self.socket.family, socket.SOCK_DGRAM)
        try:
            connected.settimeout(0)
            _bind_to_free_port(connected, local, ports)
            connected.connect(client)
            _empty(connected)
        except BaseException:
            connected.close()
            raise
        return connected

    def close(self) -> None:
        self.socket.close()


def _empty(connected: socket.socket) -> None:
    """Throw away what strangers sent before only the client was heard."""
    with suppress(BlockingIOError):
        while True:
            connected.recv(1)


def _bind_to_free_port(unbound: socket.socket, local: str, ports: Iterable[int]) -> None:
    for port in ports:
        try:
            unbound.bind(_socket_address(unbound.family, local, port))
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        else:
            return
    raise OSError(errno.EADDRINUSE, "every data port is taken")


def _ports_in_turn(first: int, last: int) -> Iterator[int]:
    """The ports of a range over and over, so that one just left is the last to be used again.

    From a random one: a device that still repeats ACKs to the server that ran before should not hit upon a transfer.
    """
    ports = range(first, last + 1)
    start = secrets.randbelow(len(ports))
    return islice(cycle(ports), start, None)


def _tell_destinations(bound: socket.socket) -> bool:
    """Have the system tell the address that each datagram was sent to; False where it can't."""
    if bound.family == socket.AF_INET6 and hasattr(socket, "IPV6_RECVPKTINFO"):
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        return True
    if bound.family == socket.AF_INET and sys.platform == "linux":
        bound.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        return True
    return False


def _destination(level: int, kind: int, data: bytes) -> str | None:
    """Our address out of a datagram's ancillary data, `_EVERYBODY` for a broadcast or a multicast one."""
    if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
        ours, addressed = data[4:8], data[8:12]
        return socket.inet_ntoa(ours) if ours == addressed else _EVERYBODY
    if level == socket.IPPROTO_IPV6 and kind == getattr(socket, "IPV6_PKTINFO", None):
        if data[0] == _MULTICAST:
            return _EVERYBODY
        address = socket.inet_ntop(socket.AF_INET6, data[:16])
        is_link_local = data[0] == 0xFE and data[1] & 0xC0 == 0x80
        return named((address, 0, 0, int.from_bytes(data[16:20], sys.byteorder) if is_link_local else 0))
    return None


def named(address: SocketAddress) -> str:
    """The address as text, with the interface where it is a link-local one: it says nothing without."""
    if len(address) < 4 or not address[3]:
        return str(address[0])
    try:
        return f"{address[0]}%{socket.if_indextoname(address[3])}"
    except OSError:  # an interface that has just gone
        return f"{address[0]}%{address[3]}"


def _socket_address(family: socket.AddressFamily | int, address: str, port: int) -> SocketAddress:
    """What `bind` takes. For IPv6 with the interface that a link-local address names after its percent sign."""
    if family != socket.AF_INET6 or "%" not in address:
        return (address, port)
    found = socket.getaddrinfo(address, port, socket.AF_INET6, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)
    return found[0][4]


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
        _refuse_group(address)
        bound.bind(_socket_address(family, address, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise _explained(error, address, port) from error
    return bound


def _refuse_group(address: str) -> None:
    """Raises OSError for an address of many machines: the system would listen at it, but no answer comes from it."""
    with suppress(ValueError):  # a host name: `bind` will tell what it thinks of it
        if ipaddress.ip_address(address).is_multicast or address == _BROADCAST:
            raise OSError(errno.EADDRNOTAVAIL, "the address of a group, no answer can come from it")


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
