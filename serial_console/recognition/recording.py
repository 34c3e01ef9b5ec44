r"""A recorded console, in whichever form it was kept, as a stream of lines in bounded memory.

Known are our own transcripts, the raw bytes of a console, `script`'s typescripts, and the logs of PuTTY, minicom, screen,
Tera Term and SecureCRT with their head lines and time stamps. Only regular files are opened: never a device.
"""

import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from serial_console.transcript import transcript_entries

_PIECE_BYTES = 64 * 1024
# A run of progress marks has no line end for megabytes; it is shown in pieces.
LINE_BYTES = 4096
_TRANSCRIPT_LINE_BYTES = 64 * 1024  # its bytes are escaped
_LINE = re.compile(rb"[^\r\n]+[\r\n]*|[\r\n]+")
_OURS = re.compile(rb" *\d+\.\d{3} [<>#] ")
_HEADS = re.compile(
    rb"Script (?:started|done) (?:on|at) |=~=~=~=~=~=~=~=~=~=~=~= PuTTY log |\[minicom|Logging (?:started|stopped)"
)
_STAMP = re.compile(
    rb"^\[(?:\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?|[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(?:\.\d+)? \d{4}"
    rb"|\d\d:\d\d:\d\d(?:[.,:]\d+)?)\] ?"
)


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """One line of a console, with its line end; a longer one than 4 kB comes in pieces.

    `number` counts from 1. `direction` is `<` from the device, `>` to it, `#` for a note; what a plain log holds is
    all `<`. `seconds` since the recording began are known from our own transcripts only.
    """

    number: int
    direction: str
    data: bytes
    seconds: float | None = None


def is_recording(path: Path) -> bool:
    """Whether a path is a regular file, the only thing that is ever opened for a replay."""
    return stat.S_ISREG(path.stat().st_mode)


def recorded_lines(file: BinaryIO) -> Iterator[RecordedLine]:
    """The lines of a recording. Its form is told from its first bytes."""
    head = file.peek(_PIECE_BYTES)[:_PIECE_BYTES] if hasattr(file, "peek") else b""
    source = _from_transcript(file) if _OURS.match(head) else _from_log(file)
    for number, (direction, data, seconds) in enumerate(source, 1):
        yield RecordedLine(number, direction, data, seconds)


def _from_transcript(file: BinaryIO) -> Iterator[tuple[str, bytes, float | None]]:
    for line in _bounded_lines(file, _TRANSCRIPT_LINE_BYTES):
        for entry in transcript_entries(line.decode("ascii", "replace").rstrip("\r\n")):
            for part in _split(entry.data, LINE_BYTES):
                yield entry.direction, part, entry.seconds


def _from_log(file: BinaryIO) -> Iterator[tuple[str, bytes, float | None]]:
    for line in _bounded_lines(file, LINE_BYTES):
        if not _HEADS.match(line):
            yield "<", _STAMP.sub(b"", line), None


def _bounded_lines(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """Lines with their ends, in whatever mixture of CR and LF; none is longer than `limit`."""
    rest = b""
    for piece in _pieces(file):
        *whole, rest = _split(rest + piece, limit)
        yield from whole
    if rest:
        yield rest


def _split(data: bytes, limit: int) -> list[bytes]:
    return [line[at : at + limit] for line in _LINE.findall(data) for at in range(0, len(line), limit)]


def _pieces(file: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: file.read(_PIECE_BYTES), b"")
