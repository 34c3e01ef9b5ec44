"""A console on a raw pseudo-terminal, judged from outside: it prints, answers Enter, and records every byte it is sent."""

import contextlib
import os
import pty
import select
import termios
import threading
import time
import tty
from typing import Self

_SPEEDS = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[1:].isdecimal() and name[0] == "B"}


class BenchPty:
    """`shows` is printed at once and, if `repeats`, again each half second; `answers` at an Enter.

    With a `rate`, both are garbage unless the terminal is set to it.
    """

    def __init__(
        self, shows: bytes = b"", answers: bytes = b"", *, rate: int = 0, repeats: bool = False, echoes: bool = False
    ) -> None:
        self._shows, self._answers, self._rate, self._repeats, self._echoes = shows, answers, rate, repeats, echoes
        self.typed = b""
        self._heard = threading.Condition()
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        # Nobody's rate: what waits before the opening is garbage to everybody.
        attributes = termios.tcgetattr(self._slave)
        attributes[4] = attributes[5] = termios.B300
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        self.path = os.ttyname(self._slave)
        self._ended = threading.Event()
        self.print(shows)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lose()
        self._thread.join()
        with contextlib.suppress(OSError):
            os.close(self._slave)

    def print(self, text: bytes) -> None:
        if text:
            os.write(self.master, text if self._rate in {0, self.speed} else bytes(0x80 | byte for byte in text) * 4)

    @property
    def speed(self) -> int:
        """The line rate that the terminal is set to."""
        return _SPEEDS[termios.tcgetattr(self.master)[4]]

    def lose(self) -> None:
        """Pull the adapter out."""
        self._ended.set()

    def wait_typed(self, wanted: bytes, seconds: float = 60) -> None:
        """Wait until these bytes were sent."""
        with self._heard:
            assert self._heard.wait_for(lambda: wanted in self.typed, seconds), self.typed

    def _run(self) -> None:
        printed = time.monotonic()
        while not self._ended.is_set():
            if select.select([self.master], [], [], 0.02)[0]:
                self._take(os.read(self.master, 1024))
            if self._repeats and time.monotonic() - printed > 1.0:
                self.print(self._shows)
                printed = time.monotonic()
        os.close(self.master)

    def _take(self, data: bytes) -> None:
        if self._echoes:
            os.write(self.master, data)
        for _ in range(data.count(b"\r")):
            self.print(self._answers)
        with self._heard:
            self.typed += data
            self._heard.notify_all()
