"""What a tty held before it was opened: bytes that waited, and its line rate. Nothing but a look may change either.

pyserial discards waiting input while it opens a port. A question that was asked a moment before would be lost, and an
Enter into the silence would answer it.
"""

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import Any, Self

_MOST_BYTES = 16 * 1024


@dataclass
class TtyAsFound:
    """The state of one tty before we opened it; empty for URLs and on systems without ttys."""

    waiting: bytes = b""
    speeds: tuple[int, int] | None = None
    descriptor: int | None = None

    @classmethod
    def of(cls, url: str) -> Self:
        """Look at a tty. One that can't be looked at, or that somebody holds, is left to the opening to complain of."""
        if not url.startswith("/") or sys.platform == "win32":
            return cls()
        import termios

        with contextlib.suppress(OSError, termios.error):
            descriptor = os.open(url, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                return cls._looked_at(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        return cls()

    @classmethod
    def _looked_at(cls, descriptor: int) -> Self:
        import fcntl
        import termios

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises if another program reads it
        attributes = termios.tcgetattr(descriptor)
        speeds = (attributes[4], attributes[5])
        # Line by line, a prompt without a line end would not be given; and an echo would be typing.
        attributes[3] &= ~(termios.ICANON | termios.ECHO)
        attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 0, 0
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        waiting = b""
        with contextlib.suppress(BlockingIOError):
            while len(waiting) < _MOST_BYTES and (more := os.read(descriptor, 1024)):
                waiting += more
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # pyserial takes it for itself
        return cls(waiting, speeds, descriptor)

    def opened(self) -> None:
        """The port is open. Only now may our look end: the last closing of a tty drops DTR, which resets some devices."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def take(self) -> bytes:
        """What waited, once."""
        waiting, self.waiting = self.waiting, b""
        return waiting

    def restore(self, port: Any) -> None:
        """Set the rate that the tty had."""
        if self.speeds is None or port is None or not port.is_open:
            return
        import termios

        attributes = termios.tcgetattr(port.fileno())
        attributes[4], attributes[5] = self.speeds
        termios.tcsetattr(port.fileno(), termios.TCSANOW, attributes)
