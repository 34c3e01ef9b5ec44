"""`rfc2217://HOST:PORT`: pyserial's port, mended where a real console server differs from pyserial's own.

It knows neither an unanswered DTR nor a reader's last bytes, and its thread dies with a traceback.
"""

import queue
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from serial import rfc2217
from serial.serialutil import PortNotOpenError, SerialException, Timeout

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Values of SET-CONTROL, RFC 2217 section 3: DTR and RTS, each on and off.
_MODEM_LINES = (b"\x08", b"\x09", b"\x0b", b"\x0c")
_BREAK_OFF = b"\x06"
_LOSSES = (OSError, ValueError, TypeError, AttributeError)


class Serial(rfc2217.Serial):
    """An RFC 2217 port that gives all that came before the connection ended, and then raises SerialException."""

    # pyserial's own: single bytes, then None once for the end. Its stubs leave it out.
    _read_buffer: "queue.Queue[bytes | None] | None"
    _socket: socket.socket | None
    _ended = False

    def open(self) -> None:
        """Connect and negotiate. Raises SerialException, with what the server said in clear: often that the line is busy."""
        self._ended = False
        try:
            super().open()
        except (SerialException, OSError, ValueError) as error:
            said = self._said()
            raise SerialException(f"{error}; the console server said {said!r}" if said else str(error)) from error

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes; fewer only when the timeout is over or the connection has ended."""
        if not self.is_open or self._read_buffer is None:
            raise PortNotOpenError
        patience = Timeout(self.timeout)  # type: ignore[arg-type]  # None: for ever
        data, ended = bytearray(), False
        with suppress(queue.Empty):
            while len(data) < size and not ended:
                piece = self._read_buffer.get(timeout=patience.time_left())
                ended = piece is None
                data += piece or b""
        if ended:
            self._read_buffer.put(None)  # for the next read
            if not data:
                self._check_connected()
        return bytes(data)

    def write(self, b: "ReadableBuffer", /) -> int | None:
        """Send. What goes into a connection whose other end is gone would be lost without a word."""
        self._check_connected()
        return super().write(b)

    def close(self) -> None:
        """Disconnect. pyserial forgets to close a socket whose peer has reset it: its shutdown fails first."""
        connection = self._socket
        super().close()
        if connection is not None:
            connection.close()

    def telnet_send_option(self, action: bytes, option: bytes) -> None:
        """Answer the server. Where that fails, its last words are still to be read; then the reader sees the end."""
        with suppress(OSError):
            super().telnet_send_option(action, option)

    def rfc2217_set_control(self, value: bytes) -> None:
        """Set the server's end of the line. ser2net 4.3 answers nothing where a line has no DTR, and `on` to a BREAK's end."""
        self._check_connected()
        if value in _MODEM_LINES:
            self.rfc2217_send_subnegotiation(rfc2217.SET_CONTROL, value)
            return
        with suppress(*([ValueError] if value == _BREAK_OFF else [])):
            super().rfc2217_set_control(value)

    def _telnet_read_loop(self) -> None:
        # An answer to the server fails as well when the connection does.
        with suppress(*_LOSSES):
            super()._telnet_read_loop()  # type: ignore[misc]  # its stubs leave it out
        self._ended = True
        if self._read_buffer is not None:
            self._read_buffer.put(None)

    def _check_connected(self) -> None:
        if self._ended:
            raise SerialException("the console server ended the connection")

    def _said(self) -> str:
        pieces = b""
        with suppress(queue.Empty):
            while self._read_buffer is not None:
                pieces += self._read_buffer.get_nowait() or b""
        return " ".join(pieces.decode("ascii", "replace").split())
