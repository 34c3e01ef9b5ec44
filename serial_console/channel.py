"""The Line on pexpect over pyserial: bounded buffers, monotonic deadlines. Only this file imports pexpect."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Self

import pexpect
from pexpect.spawnbase import SpawnBase

from serial_console.errors import ConsoleLost, RomWindowOpen
from serial_console.interlock import Window
from serial_console.line import Patterns, Seen, Silence
from serial_console.port import Port

Recorder = Callable[[str, bytes], None]

# Port.read gives at most 1 kB at once, well below the window, so that no byte leaves the window unsearched.
_WINDOW_BYTES = 4096
_BACKLOG_BYTES = 64 * 1024


class _Stream(SpawnBase):  # type: ignore[type-arg]  # generic in its stubs only
    """pexpect's matcher fed from a port. It is told no time-out, because its own follows the wall clock."""

    def __init__(self, port: Port, record: Recorder, clock: Callable[[], float]) -> None:
        super().__init__(timeout=None, searchwindowsize=_WINDOW_BYTES)
        # pexpect sleeps after every read to gather more; the port's read slice does that already.
        self.delayafterread = None
        self.deadline = 0.0
        self.has_read = False
        self._before: BytesIO
        self._port = port
        self._record = record
        self._clock = clock

    def read_nonblocking(self, size: int = 1, timeout: float | None = None) -> bytes:  # noqa: ARG002
        self._bound_backlog()
        # One read is made even where no time is left; text that never pauses must not outlast the deadline.
        while not self.has_read or self._clock() < self.deadline:
            self.has_read = True
            if data := self._port.read():
                self._record("<", data)
                return data
        raise pexpect.TIMEOUT("silence")

    def unread(self) -> bytes:
        return bytes(self._before.getvalue()[-_WINDOW_BYTES:])

    def forget(self) -> None:
        """Drop what was read and not yet matched."""
        self.buffer = b""
        self._before = BytesIO()

    def _bound_backlog(self) -> None:
        if self._before.tell() > _BACKLOG_BYTES:
            kept = self._before.getvalue()[-_WINDOW_BYTES:]
            self._before = BytesIO()
            self._before.write(kept)


class Channel:
    """A `Line` over any port that pyserial opens: a tty, `socket://`, `rfc2217://`, `sim://`.

    `record` gets every chunk of both directions: `<` from the device, `>` to it, `#` for a BREAK. `watching` opens the console of a
    device in its window.
    """

    def __init__(
        self,
        url: str,
        *,
        baud: int = 9600,
        record: Recorder = lambda _direction, _data: None,
        as_found: bool = False,
        watching: Window | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = url
        self.baud = baud
        self._port = Port(url, baud, as_found=as_found, watching=watching)
        self._record = record
        self._clock = clock
        self._stream = _Stream(self._port, record, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        self._record(">", data)
        with self._told():
            self._port.write(data)

    def send_break(self) -> None:
        self._record("#", b"BREAK")
        with self._told():
            self._port.send_break()

    @property
    def consoles(self) -> frozenset[str]:
        """The names of this console, by which the interlock knows it again."""
        return self._port.gate.consoles

    def open_window(self, window: Window) -> Window:
        """Close this console, in every process, to all but what the interlock lists. Raises `WindowNotOpened`."""
        opened = self._port.gate.open_window(window)
        self._record("#", b"the window is open: nothing but listed bytes is sent from here on")
        return opened

    @property
    def sets_baud(self) -> bool:
        """Whether the line rate is ours to set; else it is the console server's."""
        return self._port.sets_baud

    @property
    def sends_break(self) -> bool:
        """Whether `send_break` reaches the device: a plain TCP connection can't carry it."""
        return self._port.sends_break

    def set_baud(self, baud: int) -> None:
        """Change the line rate; what came at the old one and was not read is dropped."""
        self._record("#", f"{baud} baud".encode())
        self._port.set_baud(baud)
        self._stream.forget()

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        self._stream.deadline = self._clock() + seconds
        self._stream.has_read = False
        try:
            index = self._stream.expect_list(list(patterns.values()), timeout=None)
        except pexpect.TIMEOUT:
            return Silence(self._stream.unread())
        match, before = self._stream.match, self._stream.before
        if not isinstance(match, re.Match) or before is None:
            raise ConsoleLost(f"lost the console on {self.name}", seen="end of file")
        return Seen(list(patterns)[index], match, before)

    def seconds(self) -> float:
        return self._clock()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except RomWindowOpen:
            self._record("#", b"not sent: the window is open")
            raise

    def close(self) -> None:
        self._port.close()


def open_line(url: str, *, baud: int = 9600) -> Channel:
    """Open a console. Raises `PortUnavailable` if it is missing, held by another process, or not permitted."""
    return Channel(url, baud=baud)
