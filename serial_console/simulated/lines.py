"""Lines to a simulated device for other processes: a pseudo-terminal, a TCP port, an RFC 2217 port.

Each switches the device on when somebody first takes the line, so that nobody misses the break-in window. A line
is a context manager; `url` is what a pyserial user opens, `device` takes power commands from any thread.
"""

import os
import select
import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from serial.rfc2217 import PortManager

from .device import SimulatedDevice
from .events import OnEvent
from .live import LiveDevice
from .network import Network

if TYPE_CHECKING:
    from serial.rfc2217 import Serial as PortLike

POLL_SECONDS = 0.02
CHUNK_BYTES = 4096
PATIENCE_SECONDS = 1.0  # with a host that does not read; then bytes are lost, as on a real line


class _Line(ABC):
    """One device behind a line. Subclasses say how bytes reach a host, in `_serve` and `deliver`."""

    url: str

    def __init__(self, device_url: str, on_event: OnEvent | None = None, network: Network | None = None) -> None:
        self.device = LiveDevice(SimulatedDevice.from_url(device_url, on_event, network), self)
        self._closing = threading.Event()
        self._taken = False
        self._thread = threading.Thread(target=self._serve, name=f"line {self.url}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the device and the line."""
        self._closing.set()
        self._thread.join()
        self.device.close()

    @abstractmethod
    def deliver(self, data: bytes) -> None:
        """Hand what the device prints to whoever has the line."""

    @abstractmethod
    def lose(self) -> None:
        """The fault `port-dies`: the line is gone for whoever holds it."""

    @abstractmethod
    def _serve(self) -> None:
        """Carry bytes until the line is closed, in a thread of its own."""

    def _take(self) -> None:
        """Somebody has the line; the first one finds the device being switched on."""
        if not self._taken:
            self._taken = True
            self.device.start()


class PtyLine(_Line):
    """A pseudo-terminal. Its slave's path is the URL. A BREAK cannot be seen through one."""

    def __init__(self, device_url: str, on_event: OnEvent | None = None, network: Network | None = None) -> None:
        import tty

        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.url = os.ttyname(slave)
        os.close(slave)  # from here on the master hangs up until somebody opens the slave
        os.set_blocking(self._master, False)
        self._host_present = False
        super().__init__(device_url, on_event, network)

    def close(self) -> None:
        super().close()
        self.lose()

    def deliver(self, data: bytes) -> None:
        """Write to the host; with nobody there the bytes fall on the floor."""
        while data and self._host_present:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                if not select.select([], [self._master], [], PATIENCE_SECONDS)[1]:
                    return
            except OSError:
                return

    def lose(self) -> None:
        self._host_present = False
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _serve(self) -> None:
        poller = select.poll()
        poller.register(self._master, select.POLLIN)
        while not self._closing.is_set() and self._master >= 0:
            happened = dict(poller.poll(POLL_SECONDS * 1000)).get(self._master, 0)
            self._host_present = not happened & (select.POLLHUP | select.POLLNVAL)
            if self._host_present:
                self._take()
            if happened & select.POLLIN:
                self._read()
            elif happened:
                self._closing.wait(POLL_SECONDS)

    def _read(self) -> None:
        with suppress(OSError):  # the host closed while we looked
            self.device.type(os.read(self._master, CHUNK_BYTES))


class TcpLine(_Line):
    """Raw bytes on a TCP port, one client at a time. It carries no BREAK."""

    scheme = "socket"

    def __init__(
        self,
        device_url: str,
        address: tuple[str, int] = ("127.0.0.1", 0),
        on_event: OnEvent | None = None,
        network: Network | None = None,
    ) -> None:
        self._listener = socket.create_server(address)
        self._listener.settimeout(POLL_SECONDS)
        host, port = self._listener.getsockname()[:2]
        self.url = f"{self.scheme}://{host}:{port}"
        self._client: socket.socket | None = None
        super().__init__(device_url, on_event, network)

    def close(self) -> None:
        super().close()
        self._listener.close()

    def deliver(self, data: bytes) -> None:
        client = self._client
        if client is not None:
            with suppress(OSError):  # gone, or not reading for too long
                client.sendall(self._outward(data))

    def lose(self) -> None:
        client = self._client
        if client is not None:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                with client:
                    self._talk_with(client)

    def _talk_with(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE_SECONDS)
        self._client = client
        self._greet(client)
        self._take()
        try:
            while not self._closing.is_set():
                if select.select([client], [], [], POLL_SECONDS)[0]:
                    data = client.recv(CHUNK_BYTES)
                    if not data:
                        return
                    self._inward(data)
        except OSError:
            return
        finally:
            self._client = None

    def _greet(self, client: socket.socket) -> None:
        """Say what the protocol says first: nothing."""

    def _outward(self, data: bytes) -> bytes:
        return data

    def _inward(self, data: bytes) -> None:
        self.device.type(data)


@dataclass(slots=True)
class _ServedPort:
    """What a console server remembers of a port's settings. Only a BREAK reaches the device."""

    device: LiveDevice
    baudrate: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: float = 1
    xonxoff: bool = False
    rtscts: bool = False
    dtr: bool = True
    rts: bool = True
    cts: bool = True
    dsr: bool = True
    cd: bool = True
    ri: bool = False
    _break: bool = False

    @property
    def break_condition(self) -> bool:
        return self._break

    @break_condition.setter
    def break_condition(self, held: bool) -> None:
        self._break = held
        if held:
            self.device.send_break()

    def reset_input_buffer(self) -> None:
        """Nothing is kept back."""

    def reset_output_buffer(self) -> None:
        """Nothing is kept back."""


@dataclass(frozen=True, slots=True)
class _Sender:
    """Where the protocol's own answers go."""

    client: socket.socket

    def write(self, data: bytes) -> None:
        self.client.sendall(data)


class Rfc2217Line(TcpLine):
    """A console server that speaks RFC 2217, BREAK included; the protocol itself is pyserial's."""

    scheme = "rfc2217"
    _protocol: PortManager | None = None

    def _greet(self, client: socket.socket) -> None:
        """Begin the option negotiation of a new session."""
        port = _ServedPort(self.device)
        self._protocol = PortManager(cast("PortLike", port), cast("PortLike", _Sender(client)))

    def _outward(self, data: bytes) -> bytes:
        return b"".join(self._protocol.escape(data)) if self._protocol is not None else data

    def _inward(self, data: bytes) -> None:
        if self._protocol is not None:
            typed = b"".join(self._protocol.filter(data))
            if typed:
                self.device.type(typed)
