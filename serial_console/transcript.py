r"""Both directions of a console with times: write them, read them back, keep secrets and escape sequences out.

A file line is `   12.345 < text`, with `<` from the device, `>` to it and `#` for a note. The text is escaped so that
one line of the file is always one line: `\r`, `\n`, `\\` and `\xNN`. A transcript never stops a recovery: a disk that
fills up is noted once, and the recording goes on in memory.
"""

import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

_LINE_BYTES = 4096
_KEPT_LINES = 2000
_ESCAPES = {0x0D: "\\r", 0x0A: "\\n", 0x5C: "\\\\"}
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|([rn\\]))")
_SECRETS = re.compile(
    r"(?i)\b(password|passwd|passphrase|activation-key|pre-shared-key|secret|community|key-string|key)"
    r"( +(?:[0-9] )?|: *|=)(\S[^\r\n\\]*)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transcript: seconds since its start, direction (`<`, `>` or `#`), and the bytes."""

    seconds: float
    direction: str
    data: bytes


def printable(data: bytes) -> str:
    r"""Make device text safe for a terminal: printable ASCII and line breaks stay, everything else becomes `\xNN`."""
    text = data.replace(b"\r\n", b"\n").replace(b"\n\r", b"\n").replace(b"\r", b"\n")
    return "".join(chr(byte) if 32 <= byte < 127 or byte == 0x0A else f"\\x{byte:02x}" for byte in text)


def scrub(text: str) -> str:
    """Replace whatever follows a word such as `password` or `activation-key` on its line."""
    return _SECRETS.sub(r"\1\2<secret>", text)


class Transcript:
    """The recorder of one console. With no path it keeps the latest lines in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.trouble = ""
        self._started = time.monotonic()
        self._file: IO[str] | None = None
        self._kept: deque[str] = deque(maxlen=_KEPT_LINES)
        self._direction = ""
        self._pending = b""
        self._pending_since = 0.0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, direction: str, data: bytes) -> None:
        """Add bytes. They are written line by line, so that a secret split over two reads is still seen whole."""
        if direction != self._direction:
            self._flush()
            self._direction = direction
        if not self._pending:
            self._pending_since = time.monotonic() - self._started
        *whole, rest = (self._pending + data).split(b"\n")
        for line in whole:
            self._write(line + b"\n")
        self._pending = rest
        if len(rest) > _LINE_BYTES:
            self._flush()

    def note(self, text: str) -> None:
        self.record("#", text.encode("ascii", "backslashreplace"))
        self._flush()

    def latest(self, lines: int = 3) -> str:
        """The last lines that came from the device, made safe for a terminal."""
        entries = [entry.data for text in list(self._kept)[-200:] for entry in _entries(text) if entry.direction == "<"]
        if self._direction == "<" and self._pending:
            entries.append(scrub(_escaped(self._pending)).encode())
        text = printable(b"".join(entries[-3 * lines :]))
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])

    def close(self) -> None:
        self._flush()
        if self._file is not None:
            self._guarded(self._file.close)
            self._file = None

    def _flush(self) -> None:
        if self._pending:
            self._write(self._pending)
            self._pending = b""

    def _write(self, data: bytes) -> None:
        text = f"{self._pending_since:9.3f} {self._direction} {scrub(_escaped(data))}\n"
        self._pending_since = time.monotonic() - self._started
        self._kept.append(text)
        if self._file is not None:
            self._guarded(lambda: self._put(text))

    def _put(self, text: str) -> None:
        if self._file is not None:
            self._file.write(text)
            self._file.flush()

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except OSError as error:
            self.trouble = f"the transcript {self.path} can't be written: {error.strerror}"
            self._file = None


def read_transcript(path: Path) -> list[Entry]:
    """Read a transcript back. Raises `ValueError` with the line number where a line is not of this form."""
    entries = []
    for number, line in enumerate(path.read_text("ascii", errors="replace").splitlines(), 1):
        found = list(_entries(line))
        if not found:
            raise ValueError(f"{path}:{number}: not a transcript line")
        entries += found
    return entries


def _entries(line: str) -> Iterator[Entry]:
    found = re.match(r" *(\d+\.\d+) ([<>#]) (.*)", line)
    if found:
        text = _ESCAPED.sub(
            lambda m: chr(int(m[1], 16)) if m[1] else {"r": "\r", "n": "\n", "\\": "\\"}[m[2]], found[3]
        )
        yield Entry(float(found[1]), found[2], text.encode("latin-1"))


def _escaped(data: bytes) -> str:
    return "".join(_ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in data)
