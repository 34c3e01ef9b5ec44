"""Whether two names lead to one console, and whether two outlets are certainly not one.

What can't be told apart from a device in its window counts as that device.
"""

import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from serial.tools import list_ports

# pyserial's wrappers around a tty of this machine.
_WRAPPERS = ("spy://", "alt://")
_ANY = "any"


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a power action acts: `controller` is what switches, `socket` one of its outlets; empty where that isn't known."""

    kind: str
    controller: str = ""
    socket: str = ""

    def is_certainly_not(self, other: "Outlet") -> bool:
        """Two outlets of one controller, by its own words for them; two controllers may feed one device."""
        is_one_controller = (self.kind, self.controller) == (other.kind, other.controller)
        return is_one_controller and bool(self.socket and other.socket) and _plain(self.socket) != _plain(other.socket)


def consoles_of(url: str) -> frozenset[str]:
    """Every name of the console behind a port's URL: path, device number, adapter, network address.

    A URL whose console can't be told gives the name that stands for any.
    """
    scheme, has_scheme, _ = url.lower().partition("://")
    if not has_scheme:
        return _tty(url)
    parts = urlsplit(url)
    if scheme in {"socket", "rfc2217", "telnet"}:
        return _network(parts.hostname or "", parts.port or 23)
    if scheme == "sim":
        return frozenset({_simulated(url)})
    if url.lower().startswith(_WRAPPERS):
        return _tty(parts.netloc + parts.path)
    if scheme == "hwgrep":
        found = [port.device for port in list_ports.grep((parts.netloc + parts.path).partition("&")[0])]
        return frozenset().union(*map(_tty, found)) if found else frozenset({_ANY})
    return frozenset({_ANY})


def may_be_one(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of names may lead to one console."""
    return bool(some & others) or _ANY in some | others


def _tty(path: str) -> frozenset[str]:
    if sys.platform == "win32":
        device = path.upper().removeprefix("\\\\.\\")
        return frozenset({f"tty:{device}"}) | _adapter(device)
    real = Path(path).resolve()
    names = {f"tty:{real}"}
    with suppress(OSError):
        # Another node of the same device, made by hand or seen through a bind mount.
        number = real.stat().st_rdev
        names |= {f"device:{os.major(number)}:{os.minor(number)}"} if number else set()
    return frozenset(names) | _adapter(str(real))


def _adapter(device: str) -> frozenset[str]:
    """The USB adapter by its serial number, so that it is known again at another port. Numbers that many share say nothing."""
    ports = {port.device: _usb(port) for port in list_ports.comports()}
    name = ports.get(device, "")
    return frozenset({name}) if name and list(ports.values()).count(name) == 1 else frozenset()


def _usb(port: object) -> str:
    number = getattr(port, "serial_number", None)
    interface = str(getattr(port, "location", None) or "").partition(":")[2]
    return f"usb:{getattr(port, 'vid', 0)}:{getattr(port, 'pid', 0)}:{number}:{interface}" if number else ""


def _network(host: str, port: int) -> frozenset[str]:
    names = {f"tcp:{host.lower()}:{port}"}
    with suppress(OSError, UnicodeError):
        for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            names.add(f"tcp:{address[0]}:{port}")
    return frozenset(names)


def _simulated(url: str) -> str:
    """A named simulated device outlives the port; any other is told by its whole URL."""
    named = [part for part in urlsplit(url).query.split("&") if part.startswith("name=")]
    return f"sim:{named[0] if named else url}"


def _plain(text: str) -> str:
    """Outlet `04` is outlet `4`."""
    word = text.strip().casefold()
    return str(int(word)) if word.isdecimal() else word
