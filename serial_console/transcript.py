r"""Both directions of a console with times: write them, read them back, keep secrets and escape sequences out.

A file line is `   12.345 < text`, with `<` from the device, `>` to it and `#` for a note. The text is escaped so that
one line of the file is always one line: `\r`, `\n`, `\\` and `\xNN`. A transcript never stops a recovery: a disk that
fills up is noted once, and the run goes on without the file.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

_LINE_BYTES = 4096
_ESCAPES = {0x0D: "\\r", 0x0A: "\\n", 0x5C: "\\\\"}
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|([rn\\]))")
_SECRETS = re.compile(
    # A word may stand right behind an escape sequence, raw or escaped, whose last letter is no part of it.
    r"(?i)((?:(?:\x1b|\\x1b)\[[0-9;?]*[a-z]|\b|(?<=_))"
    r"(?:password|passwd|passphrase|activation-key|pre-shared-key|secret|community|key-string|key(?= [0-9] |[:=])"
    r"|auth (?:md5|sha\S*)|priv (?:3?des|aes \d+)))(?! recovery\b)"
    r"((?:[ \t]|\\x09)+(?:[0-9] )?|:[ \t]*|=)(\S[^\r\n\\]*)"
)
_IN_URL = re.compile(r"((?:ftp|https?|scp|sftp|smb|tftp)://[^\s/:@]+:)[^\s/@]+(?=@)")


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
    """Replace whatever follows a word such as `password` or `activation-key` on its line, and passwords in URLs."""
    return _IN_URL.sub(r"\1<secret>", _SECRETS.sub(r"\1\2<secret>", text))


class Transcript:
    """The recorder of one console. With no path, only `on_line` hears what comes.

    `on_line` hears each line, scrubbed and escaped, with its direction. `trouble` tells why a file is not written any more.
    """

    def __init__(self, path: Path | None = None, *, on_line: Callable[[str, str], None] | None = None) -> None:
        self.path = path
        self.trouble = ""
        self._on_line = on_line
        self._started = time.monotonic()
        self._file: IO[str] | None = None
        self._pending: dict[str, tuple[float, bytes]] = {}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, direction: str, data: bytes) -> None:
        """Add bytes. They are written line by line, so that a secret split over two reads is still seen whole."""
        now = time.monotonic() - self._started
        since, begun = self._pending.pop(direction, (now, b""))
        *whole, rest = re.split(rb"(?<=[\r\n])(?=[^\r\n])" if direction == "<" else rb"(?<=\r)", begun + data)
        for line in whole:
            self._write(Entry(since, direction, line))
            since = now
        if rest:
            self._pending[direction] = (since, rest)
        # A key that is no text, such as ESC, stands alone; a line without an end must not grow for ever.
        if (direction != "<" and not data.isascii()) or data == b"\x1b" or len(rest) > _LINE_BYTES or direction == "#":
            self._flush(direction)

    def close(self) -> None:
        """Write what is pending. Closing twice is allowed."""
        for direction in list(self._pending):
            self._flush(direction)
        if self._file is not None:
            self._guarded(self._file.close)
            self._file = None

    def _flush(self, direction: str) -> None:
        since, data = self._pending.pop(direction, (0.0, b""))
        if data:
            self._write(Entry(since, direction, data))

    def _write(self, entry: Entry) -> None:
        text = scrub(_escaped(entry.data))
        self._guarded(lambda: self._put(f"{entry.seconds:9.3f} {entry.direction} {text}\n"))
        if self._on_line is not None:
            self._on_line(entry.direction, scrub(_escaped(entry.data.strip(b"\r\n"))))

    def _put(self, text: str) -> None:
        if self._file is not None:
            self._file.write(text)
            self._file.flush()

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except OSError as error:
            self.trouble = f"the transcript {self.path} can't be written: {error.strerror}"
            file, self._file = self._file, None
            with suppress(OSError):
                # What it still holds can't be written either; closing says so once more.
                if file is not None:
                    file.close()


def read_transcript(path: Path) -> list[Entry]:
    """Read a transcript back. Raises `ValueError` with the line number where a line is not of this form."""
    entries = []
    for number, line in enumerate(path.read_text("ascii", errors="replace").splitlines(), 1):
        found = list(transcript_entries(line))
        if not found:
            raise ValueError(f"{path}:{number}: not a transcript line")
        entries += found
    return entries


def transcript_entries(line: str) -> Iterator[Entry]:
    """The entry of one line of a file; none if it is no line of a transcript."""
    found = re.match(r" *(\d+\.\d+) ([<>#]) (.*)", line)
    if found:
        text = _ESCAPED.sub(
            lambda m: chr(int(m[1], 16)) if m[1] else {"r": "\r", "n": "\n", "\\": "\\"}[m[2]], found[3]
        )
        yield Entry(float(found[1]), found[2], text.encode("latin-1"))


def _escaped(data: bytes) -> str:
    return "".join(_ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in data)
