"""The person's own terminal, key by key, and what may be shown on it. Whatever ends a session, it is restored."""

import os
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Self

_KEPT = {0: "", 7: "\a", 8: "\b", 9: "\t", 10: "\n", 13: "\r"}
_SHOWN = [
    _KEPT.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" if byte else "") for byte in range(256)
]
# What a device's sequences may have left behind: colours, a hidden cursor, another screen, a key pad, a mouse.
_SOFT_RESET = "\x1b[0m\x1b[?25h\x1b[?1049l\x1b[?1000l\x1b>\x0f"


def safe_text(data: bytes) -> str:
    r"""Device bytes that can do nothing to a terminal but write and move back: any other is shown as `\xNN`."""
    return "".join(_SHOWN[byte] for byte in data)


class Terminal(ABC):
    """A terminal in raw mode, inside its `with` block. `raw_output` shows device bytes as they are."""

    def __init__(self, *, raw_output: bool = False) -> None:
        self.raw_output = raw_output
        self._was_raw_output = raw_output

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._was_raw_output:
            self.write(_SOFT_RESET)
        self._restore()

    def show(self, data: bytes) -> None:
        """Show what the device printed."""
        self._was_raw_output |= self.raw_output
        self.write(data.decode("latin-1") if self.raw_output else safe_text(data))

    def write(self, text: str) -> None:
        """Write as it is. A terminal that has gone is told by `keys`."""
        with suppress(OSError, ValueError):
            sys.stdout.buffer.write(text.encode("latin-1", "replace"))
            sys.stdout.buffer.flush()

    @abstractmethod
    def keys(self) -> bytes:
        """What was pressed since last asked, without waiting. Raises `EOFError` once the terminal has gone."""

    @abstractmethod
    def _start(self) -> None: ...

    @abstractmethod
    def _restore(self) -> None: ...


class PosixTerminal(Terminal):
    """By termios: every key, Ctrl-C too, comes as a byte."""

    def _start(self) -> None:
        import termios

        self._descriptor = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._descriptor)
        raw = termios.tcgetattr(self._descriptor)
        raw[0] &= ~(termios.BRKINT | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP | termios.IXON)
        raw[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
        # Output stays as it is: with it, a line end of the device's without a CR does not make stairs.
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._descriptor, termios.TCSANOW, raw)

    def _restore(self) -> None:
        import termios

        # Not TCSADRAIN: an output that nobody reads would hold up the end for ever.
        with suppress(OSError, termios.error):
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)

    def keys(self) -> bytes:
        import select

        try:
            if not select.select([self._descriptor], [], [], 0)[0]:
                return b""
            pressed = os.read(self._descriptor, 1024)
        except OSError as error:
            raise EOFError from error
        if not pressed:
            raise EOFError
        return pressed


class WindowsTerminal(Terminal):
    """By the C library's console functions, which give each key as it is pressed."""

    def _start(self) -> None:
        """Nothing has to be changed."""

    def _restore(self) -> None:
        """Nothing was changed."""

    def keys(self) -> bytes:
        import msvcrt

        pressed = ""
        while msvcrt.kbhit():  # type: ignore[attr-defined, unused-ignore]
            pressed += msvcrt.getwch()  # type: ignore[attr-defined, unused-ignore]
        return pressed.encode("latin-1", "ignore")


def own_terminal(*, raw_output: bool = False) -> Terminal:
    """The terminal of this process, as its system has it."""
    return (WindowsTerminal if sys.platform == "win32" else PosixTerminal)(raw_output=raw_output)
