"""A file that is read with suspicion: opened once, regular, of bounded size, and the same from first byte to last.

The one rule: whatever was looked at is looked for again while the file is hashed. What was parsed is what was hashed.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rommon_tool.errors import ImageMissing
from tftp.errors import ImageChanged

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO would wait for a writer, for ever
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
# As much as a processor's second cache holds: faster than larger ones.
_CHUNK_BYTES = 1 << 18


class Source:
    """An open file of `size` bytes."""

    def __init__(self, descriptor: int, shown_as: str) -> None:
        self._descriptor = descriptor
        self._shown_as = shown_as
        self._before = os.fstat(descriptor)
        self._seen: list[tuple[int, bytes]] = []
        self.size = self._before.st_size

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at `offset`, fewer only at the file's end. They are remembered."""
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        data = b""
        while len(data) < length and (more := os.read(self._descriptor, length - len(data))):
            data += more
        self._seen.append((offset, data))
        return data

    def chunks(self) -> Iterator[memoryview]:
        """All bytes in turn, each chunk until the next is asked for.

        Raises ImageChanged if they are not those that were read before, or if the file changes meanwhile.
        """
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        buffer = memoryview(bytearray(_CHUNK_BYTES))
        position = 0
        with open(self._descriptor, "rb", buffering=0, closefd=False) as file:
            while position < self.size and (count := file.readinto(buffer[: self.size - position])):
                chunk = buffer[:count]
                self._compare(position, chunk)
                yield chunk
                position += count
        self._check_unchanged(position)

    def _compare(self, position: int, chunk: memoryview) -> None:
        for offset, data in self._seen:
            first, last = max(position, offset), min(position + len(chunk), offset + len(data))
            if first < last and chunk[first - position : last - position] != data[first - offset : last - offset]:
                raise self._changed()

    def _check_unchanged(self, position: int) -> None:
        after = os.fstat(self._descriptor)
        same = (after.st_size, after.st_mtime_ns) == (self.size, self._before.st_mtime_ns)
        if position != self.size or not same:
            raise self._changed()

    def _changed(self) -> ImageChanged:
        return ImageChanged(
            f"{self._shown_as} changed while it was being read",
            hint="wait until the download or copy that writes to it has ended",
        )


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a regular file that is no link. Raises ImageMissing for everything else."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise ImageMissing(f"cannot read the image {path}", seen=_reason(path, error), hint=_HINT) from error
    except ValueError as error:
        raise ImageMissing(f"{path!r} is no file's name", hint=_HINT) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            what = "is a folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "is not a regular file"
            raise ImageMissing(f"the image {path} {what}", hint=_HINT)
        yield Source(descriptor, path.name)
    finally:
        os.close(descriptor)


_HINT = "give the path of the image file itself"


def _reason(path: Path, error: OSError) -> str:
    return "it is a symbolic link" if path.is_symlink() else error.strerror or str(error)
