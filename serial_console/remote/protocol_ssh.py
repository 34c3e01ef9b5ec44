"""`ssh://[USER@]HOST[:PORT][/COMMAND]`: a console server's SSH port as a serial port. BREAK is RFC 4335's.

asyncssh's event loop runs in a thread that belongs to the open port, and ends with it.
"""

import asyncio
import importlib
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from serial.serialutil import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException

from .ssh_address import SshAddress

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_Result = TypeVar("_Result")


class Serial(SerialBase):
    """An SSH session as a port. The line's rate, parity and modem lines are the console server's."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._received = bytearray()
        self._changed = threading.Condition()
        self._may_write = threading.Event()
        self._ended = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._connection: Any = None
        self._channel: Any = None
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # pyserial's own signature, passed on whole

    def open(self) -> None:
        """Log in. Raises SerialException that says what to do: no such library, an unknown host key, a wrong password."""
        address = SshAddress.of(self.portstr or "")
        try:
            session = importlib.import_module(f"{__package__}.ssh_session")
        except ImportError as error:
            raise SerialException("ssh:// needs asyncssh: pip install 'rommon-tool[ssh]'") from error
        self._ended = ""
        self._received.clear()
        self._may_write.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"ssh {address.host}", daemon=True)
        self._thread.start()
        try:
            self._connection, self._channel = self._run(session.connected(address, self))
        except BaseException:
            self._end_loop()
            raise
        self._closed = session.closed
        self.is_open = True

    def close(self) -> None:
        """Log out."""
        if not self.is_open:
            return
        self.is_open = False
        self._run(self._closed(self._connection))
        self._end_loop()

    # --- what the session tells, in the event loop's thread ------------------------------------------------------

    def deliver(self, data: bytes) -> None:
        """The console printed something."""
        with self._changed:
            self._received += data
            self._changed.notify_all()

    def allow(self, *, writing: bool) -> None:
        """The far end takes bytes, or has enough for now."""
        self._may_write.set() if writing else self._may_write.clear()

    def end(self, reason: str) -> None:
        """The session is over."""
        with self._changed:
            self._ended = reason or "the connection was lost"
            self._may_write.set()
            self._changed.notify_all()

    # --- the port ------------------------------------------------------------------------------------------------

    @property
    def in_waiting(self) -> int:
        """Bytes that a read would get at once."""
        return len(self._received)

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes; fewer only when the timeout is over or the session has ended."""
        ends = None if self.timeout is None else time.monotonic() + self.timeout
        with self._changed:
            while len(self._received) < size and not self._ended:
                left = None if ends is None else ends - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            if not self._received:
                self._check()
            data = bytes(self._received[:size])
            del self._received[:size]
        return data

    def write(self, b: "ReadableBuffer", /) -> int:
        """Send. Raises SerialTimeoutException if the far end takes nothing for the write time-out."""
        data = bytes(b)
        self._check()
        if not self._may_write.wait(self.write_timeout):
            raise SerialTimeoutException("the console server takes no more bytes")
        self._check()
        self._run(self._in_loop(self._channel.write, data))
        return len(data)

    def send_break(self, duration: float = 0.25) -> None:
        """Ask the server for a BREAK of that many seconds (RFC 4335)."""
        self._check()
        self._run(self._in_loop(self._channel.send_break, int(duration * 1000)))

    def reset_input_buffer(self) -> None:
        """Throw away what has not been read."""
        with self._changed:
            self._received.clear()

    def reset_output_buffer(self) -> None:
        """Nothing is kept back here."""

    def _reconfigure_port(self) -> None:
        """Nothing of the line is ours to set."""

    def _check(self) -> None:
        if not self.is_open:
            raise PortNotOpenError
        if self._ended:
            raise SerialException(self._ended)

    async def _in_loop(self, call: Any, value: object) -> None:
        call(value)

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Let the event loop do it, and wait."""
        if self._loop is None:
            raise PortNotOpenError
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _end_loop(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = self._connection = self._channel = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            with suppress(RuntimeError):
                loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
