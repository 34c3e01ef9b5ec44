"""One file on offer: held open from the start, so that what is sent is what was hashed, whatever becomes of its name."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from rommon_tool.errors import ImageMismatch, ImageMissing

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class AssignedFile:
    """`md5` and `sha512` in hex. The protocol's checksum has 128 bits; that it is the MD5 is likely, and confirmed nowhere."""

    path: Path
    file_bytes: int
    md5: str
    sha512: str
    _file: BinaryIO = field(repr=False, compare=False)
    _written_ns: int = field(repr=False, compare=False)
    _one_reader: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def checksum(self) -> str:
        """As devices print it."""
        return f"0x{self.md5}"

    @property
    def is_unchanged(self) -> bool:
        """Whether nobody has written to it since it was hashed."""
        status = os.fstat(self._file.fileno())
        return (status.st_size, status.st_mtime_ns) == (self.file_bytes, self._written_ns)

    def piece(self, offset: int, size: int) -> bytes:
        """Some bytes of it, read from any thread."""
        with self._one_reader:
            self._file.seek(offset)
            return self._file.read(size)

    def close(self) -> None:
        self._file.close()


def opened(path: Path, *, md5: str = "", sha512: str = "") -> AssignedFile:
    """Open and hash a file. Raises `ImageMissing`, or `ImageMismatch` if it has not the checksum that was given."""
    try:
        if not path.is_file():
            raise ImageMissing(f"{path} is no regular file", hint="correct its path")
        opened_file = path.open("rb", buffering=0)
    except OSError as error:
        raise ImageMissing(f"cannot read {path}", seen=error.strerror or "", hint="correct its path") from error
    try:
        file = _hashed(path, opened_file)
        _compare(path, "MD5", md5.lower().removeprefix("0x"), file.md5)
        _compare(path, "SHA-512", sha512.lower(), file.sha512)
    except BaseException:
        opened_file.close()
        raise
    return file


def _hashed(path: Path, file: BinaryIO) -> AssignedFile:
    written_ns = os.fstat(file.fileno()).st_mtime_ns
    md5, sha512, size = hashlib.md5(usedforsecurity=False), hashlib.sha512(), 0
    while piece := file.read(_CHUNK_BYTES):
        md5.update(piece)
        sha512.update(piece)
        size += len(piece)
    if not size:
        raise ImageMissing(f"{path} is empty", hint="copy it again")
    return AssignedFile(path, size, md5.hexdigest(), sha512.hexdigest(), file, written_ns)


def _compare(path: Path, kind: str, wanted: str, found: str) -> None:
    if wanted and wanted != found:
        message = f"{path} has not the {kind} that it is assigned by: {wanted}"
        raise ImageMismatch(message, seen=found, hint="get the file again, or correct the assignment")
