"""Opening any pyserial URL, and one error for every way in which an open port dies.

pyserial loses a port as SerialException, OSError, termios.error (which is no OSError) or TypeError; all of
them end here. Only this file, the interlock, the ports of `remote` and the simulated device import pyserial.
Whatever goes out passes the gate.
"""

import contextlib
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import serial
from serial.tools import list_ports

from serial_console.errors import ConsoleLost, PortUnavailable, RomWindowOpen
from serial_console.interlock import Gate, Window
from serial_console.link import carries_break, carries_rate, without_password
from serial_console.lock import PortLock
from serial_console.remote.keepalive import keep_alive
from serial_console.terminal_server import freeing_hint
from serial_console.tty_as_found import TtyAsFound

# How long one blocking read may take; deadlines are kept by the caller on the monotonic clock.
READ_SLICE_SECONDS = 0.05
# A peer that takes no byte for this long has stopped reading (flow control, a hung console server).
WRITE_SECONDS = 20.0
BREAK_SECONDS = 0.25

_URL_HINT = "check the URL: the page console-servers of the documents says how each is written, and why one refuses"
# Where pyserial looks for the port of a scheme, before it looks at its own.
_PROTOCOLS = ("serial_console.remote", "serial_console.simulated")
_LOSSES: tuple[type[BaseException], ...] = (serial.SerialException, OSError, TypeError, AttributeError, ValueError)
if sys.platform != "win32":
    import termios

    _LOSSES = (*_LOSSES, termios.error)


@dataclass(frozen=True, slots=True)
class PortFound:
    """A serial port of this machine. `path` is the name to give to --port; a by-id path outlives re-plugging."""

    path: str
    description: str
    hardware: str


def serial_ports() -> list[PortFound]:
    """The serial ports of this machine that have hardware behind them, by the stable by-id name where there is one."""
    stable = {str(link.resolve()): str(link) for link in sorted(Path("/dev/serial/by-id").glob("*"))}
    ports = sorted(list_ports.comports(), key=lambda port: str(port.device))
    real = [port for port in ports if port.hwid != "n/a"]
    return [PortFound(stable.get(port.device, port.device), port.description, port.hwid) for port in real]


class Port:
    """An open port. Every method raises `ConsoleLost` once the port is dead."""

    def __init__(self, url: str, baud: int, *, as_found: bool = False, watching: Window | None = None) -> None:
        """`as_found` reads first what waited in a tty before it was opened, and closes it with the rate that it had.

        `watching` opens the port of a device in its window. Raises `RomWindowOpen` for anybody else.
        """
        self.name = url
        self.gate = Gate(url, watching=watching)
        self.gate.admit()
        self._lock = PortLock.of(url)
        self._lock.acquire()
        self._found = TtyAsFound.of(url) if as_found else TtyAsFound()
        try:
            self._serial = _opened(url, baud, self._lock)
        finally:
            self._found.opened()

    @property
    def sets_baud(self) -> bool:
        return carries_rate(self.name)

    @property
    def sends_break(self) -> bool:
        return carries_break(self.name)

    def set_baud(self, baud: int) -> None:
        """Change the line rate. What came at the old one is dropped."""
        with self.gate.changing("a change of the line rate"), self._losses("setting the line rate"):
            self._serial.baudrate = baud
            self._serial.reset_input_buffer()

    def read(self) -> bytes:
        """Return what has come, waiting at most one read slice for the first byte."""
        data = self._found.take() or self._come()
        self.gate.heard(data)
        return data

    def _come(self) -> bytes:
        with self._losses("reading"):
            first = bytes(self._serial.read(1))
            if not first:
                return b""
        # A port that dies right after its last bytes must not take them along: the loss shows at the next read.
        with contextlib.suppress(*_LOSSES):
            return first + self._rest()
        return first

    def write(self, data: bytes) -> None:
        with self.gate.sending(data), self._losses("writing"):
            self._serial.write(data)

    def send_break(self) -> None:
        with self.gate.changing("a BREAK"), self._losses("sending BREAK"):
            self._serial.send_break(BREAK_SECONDS)

    def close(self) -> None:
        with contextlib.suppress(RomWindowOpen, *_LOSSES), self.gate.changing("a change of the line rate"):
            self._found.restore(self._serial)
        with contextlib.suppress(*_LOSSES):
            self._lock.release(self._serial)
        # pyserial forgets to close a socket whose peer has reset it: its shutdown fails first.
        leftover = getattr(self._serial, "_socket", None)
        with contextlib.suppress(*_LOSSES):
            self._serial.close()
        if leftover is not None:
            leftover.close()

    def _rest(self) -> bytes:
        if not self.name.startswith("socket://"):
            return bytes(self._serial.read(min(self._serial.in_waiting, 1023)))
        # pyserial's socket port counts at most one byte as waiting; without a time-out it returns what has come.
        self._serial.timeout = 0
        try:
            return bytes(self._serial.read(1023))
        finally:
            self._serial.timeout = READ_SLICE_SECONDS

    @contextlib.contextmanager
    def _losses(self, doing: str) -> Iterator[None]:
        try:
            yield
        except _LOSSES as error:
            message = f"lost the console on {self.name} while {doing}"
            raise ConsoleLost(message, seen=f"{type(error).__name__}: {error}") from error


def _opened(url: str, baud: int, lock: PortLock) -> Any:
    missing = [package for package in _PROTOCOLS if package not in serial.protocol_handler_packages]
    serial.protocol_handler_packages[:0] = missing
    try:
        # Exclusive is flock on POSIX; elsewhere a port is exclusive anyway and pyserial rejects the flag for URLs.
        options: dict[str, Any] = {"exclusive": True} if "://" not in url and sys.platform != "win32" else {}
        # pyserial's RFC 2217 port refuses a write time-out, and telnet is built on it.
        if not url.lower().startswith(("rfc2217://", "telnet://")):
            options["write_timeout"] = WRITE_SECONDS
        port = serial.serial_for_url(url, baud, timeout=READ_SLICE_SECONDS, **options)
        lock.hold(port)
        if isinstance(connection := getattr(port, "_socket", None), socket.socket):
            keep_alive(connection)
    except _LOSSES as error:
        holder = lock.holder()
        lock.release(None)
        raise _unavailable(url, error, holder) from error
    return port


def _unavailable(url: str, error: BaseException, holder: str) -> PortUnavailable:
    url, text = without_password(url), str(error)
    number = getattr(error, "errno", None)
    if holder or number in {11, 16, 35} or "exclusively lock" in text or "Access is denied" in text:
        message = f"the port {url} is in use by {holder or 'another program'}"
        return PortUnavailable(message, seen=text, hint="end that program, or choose another --port")
    if "://" in url:
        return PortUnavailable(f"cannot open the port {url}", seen=text, hint=freeing_hint(url, text) or _URL_HINT)
    if number == 13 or "Permission denied" in text:
        message = f"no permission to open {url}"
        return PortUnavailable(
            message,
            seen=text,
            hint="add yourself to the port's group (often dialout: `sudo usermod -aG dialout $USER`, then log in again)",
        )
    return PortUnavailable(f"cannot open the port {url}", seen=text)
