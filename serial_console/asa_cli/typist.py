"""Typing one line at a prompt, and seeing it echoed before Enter makes it count.

A line that is wider than the terminal is redrawn with `$` at an edge; its end still shows. So what is checked is that the
line in view ends in what was typed last.
"""

import re

from serial_console.asa_cli.plain_text import bottom_line, left_of_cursor, plain
from serial_console.asa_cli.standing import standing
from serial_console.errors import ConsoleSilent, ConsoleUnreadable, UnexpectedQuestion
from serial_console.line import Line, Seen

_ANYTHING = {"anything": re.compile(rb"(?s).+")}
_CHUNK_LETTERS = 16  # what the smallest FIFO takes
_IN_VIEW = 12
_ECHO_SECONDS = 2.0
_SETTLE_SECONDS = 0.05
_ATTEMPTS = 6
_ERASE = b"\x08"


class Typist:
    """Types lines at the prompt of one console. `stands` is what the cursor stands behind."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._stands = b""

    def type(self, text: str, stands: str) -> None:
        """Type a line without Enter behind the prompt `stands`.

        Raises `ConsoleSilent` if nothing is echoed, `ConsoleUnreadable` if it never is echoed right, and
        `UnexpectedQuestion` if a question comes up meanwhile; the line is then empty again, or untouched.
        """
        chunk, shown = _CHUNK_LETTERS, ""
        for _ in range(_ATTEMPTS):
            self._stands = stands.encode("latin-1")
            typed, is_right = self._typed(text, chunk)
            if is_right:
                return
            shown = bottom_line(plain(self._stands))
            self.erase(typed)
            chunk = max(1, chunk // 2)
        if not shown.removeprefix(stands).strip():
            raise ConsoleSilent(f"the device does not echo `{text}`", seen=stands.strip() or "nothing")
        raise ConsoleUnreadable(f"the device does not echo `{text}` as it is typed", seen=shown)

    def erase(self, letters: int) -> None:
        """Take back what was typed: more than was, because an echo may have been lost with its letter."""
        if not letters:
            return
        self._line.send(_ERASE * (letters + 4))
        while isinstance(seen := self._line.expect(_ANYTHING, 4 * _SETTLE_SECONDS), Seen):
            self._hear(seen)

    def _typed(self, text: str, chunk: int) -> tuple[int, bool]:
        """How many letters were sent, and whether they stand in the line."""
        for start in range(0, len(text), chunk):
            end = min(len(text), start + chunk)
            self._line.send(text[start:end].encode("latin-1"))
            if not self._echoed(text[max(0, end - _IN_VIEW) : end], end - start):
                return end, False
        return len(text), True

    def _echoed(self, tail: str, letters: int) -> bool:
        until = self._line.seconds() + _ECHO_SECONDS
        seconds = _ECHO_SECONDS
        while (seen := self._line.expect(_ANYTHING, seconds)) and isinstance(seen, Seen):
            letters -= len(seen.text)
            self._hear(seen)
            if letters <= 0 and self._in_view(tail):
                return True
            if self._line.seconds() > until:
                return False
            seconds = _ECHO_SECONDS if letters > 0 else 4 * _SETTLE_SECONDS
        return self._in_view(tail)

    def _in_view(self, tail: str) -> bool:
        return left_of_cursor(self._stands).endswith(tail)

    def _hear(self, seen: Seen) -> None:
        self._stands += seen.before + seen.text
        text = plain(self._stands)
        if "\n" in text and standing(text).kind == "question":
            raise UnexpectedQuestion(
                "a question came up while a command was typed; nothing more was typed", seen=bottom_line(text)
            )
