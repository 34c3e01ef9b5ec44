"""`telnet://HOST[:PORT]`: a console server's telnet port without RFC 2217, on pyserial's telnet. BREAK is IAC BRK (RFC 854).

Asks for BINARY (RFC 856). Until the server grants it, CR is sent as CR NUL, and a NUL behind a CR is not text.
"""

import queue
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from serial.rfc2217 import BINARY, BRK, DO, DONT, ECHO, IAC, REQUESTED, SGA, WILL, WONT, TelnetOption
from serial.serialutil import SerialException

from .protocol_rfc2217 import Serial as Rfc2217Serial

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TELNET_PORT = 23
_CONNECT_SECONDS = 5.0
#: A server that knows no telnet never answers.
_ANSWER_SECONDS = 0.5
_CR, _NUL = b"\r", b"\0"


class Serial(Rfc2217Serial):
    """A telnet connection as a port. The line's rate, parity and modem lines are the console server's."""

    def open(self) -> None:
        """Connect and ask for the options. Raises SerialException."""
        address = _address(self.portstr or "")
        try:
            self._socket = socket.create_connection(address, timeout=_CONNECT_SECONDS)
        except OSError as error:
            raise SerialException(f"could not open port {self.portstr}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ended, self._after_cr = False, False
        self._read_buffer, self._write_lock = queue.Queue(), threading.Lock()
        self._we_binary = TelnetOption(self, "we-BINARY", BINARY, WILL, WONT, DO, DONT, REQUESTED)
        self._they_binary = TelnetOption(self, "they-BINARY", BINARY, DO, DONT, WILL, WONT, REQUESTED)
        self._telnet_options = [
            TelnetOption(self, "ECHO", ECHO, DO, DONT, WILL, WONT, REQUESTED),
            TelnetOption(self, "we-SGA", SGA, WILL, WONT, DO, DONT, REQUESTED),
            TelnetOption(self, "they-SGA", SGA, DO, DONT, WILL, WONT, REQUESTED),
            self._we_binary,
            self._they_binary,
        ]
        self.is_open = True
        self._thread = threading.Thread(target=self._telnet_read_loop, name=f"telnet {self.portstr}", daemon=True)
        self._thread.start()
        for option in self._telnet_options:
            self.telnet_send_option(option.send_yes, option.option)
        self._await_binary()

    def _await_binary(self) -> None:
        """Hold text back until the server answers for BINARY: a CR sent in between may be read by either rule."""
        until = time.monotonic() + _ANSWER_SECONDS
        while self._we_binary.state == REQUESTED and not self._ended and time.monotonic() < until:
            time.sleep(0.01)

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes; fewer only when the timeout is over or the connection has ended."""
        data = super().read(size)
        if self._they_binary.active:
            return data
        text = (_CR if self._after_cr else b"") + data
        self._after_cr = text.endswith(_CR)
        return text.replace(_CR + _NUL, _CR).removeprefix(_CR if len(text) > len(data) else b"")

    def write(self, b: "ReadableBuffer", /) -> int | None:
        """Send."""
        data = bytes(b)
        super().write(data if self._we_binary.active else data.replace(_CR, _CR + _NUL))
        return len(data)

    def reset_input_buffer(self) -> None:
        """Throw away what has not been read, but not the connection's end."""
        with suppress(queue.Empty):
            while self._read_buffer is not None:
                self._read_buffer.get_nowait()
        if self._ended and self._read_buffer is not None:
            self._read_buffer.put(None)

    def reset_output_buffer(self) -> None:
        """Nothing is kept back here."""

    def _update_break_state(self) -> None:
        self._check_connected()
        if self.break_condition:
            self._internal_raw_write(IAC + BRK)  # type: ignore[attr-defined]  # its stubs leave it out

    def _reconfigure_port(self) -> None:
        """Nothing of the line is ours to set."""

    def _update_dtr_state(self) -> None:
        """No DTR either."""

    def _update_rts_state(self) -> None:
        """Nor RTS."""

    def _telnet_process_subnegotiation(self, suboption: bytes) -> None:
        """Options with sub-negotiations are all refused."""


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or TELNET_PORT
    except ValueError as error:
        raise SerialException(f"{url} is no telnet://HOST[:PORT]: {error}") from error
    if not host or parts.username or parts.path.strip("/") or parts.query:
        raise SerialException(f"{url} is no telnet://HOST[:PORT]; a login is typed at its prompt, in `rommon console`")
    return host, port
