"""A copy of a file that nobody can change any more.

The one rule: what is served, measured and hashed is one and the same memory, and no path leads to it.

A file that is truncated while it is mapped kills the process (SIGBUS), one that is overwritten reaches the device as a
mixture. So the bytes are copied once: into a sealed memfd where the system has it and memory is ample, else into a
temporary file without a name.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import sys
import tempfile
import threading
from concurrent.futures import Future
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from tftp.errors import ImageChanged, ImageUnreadable

if sys.platform == "linux":
    # Not where it is used: by then privileges may be gone, and with them the way to a Python in root's home.
    import fcntl

_CHUNK_BYTES = 1 << 20
_NICENESS = 10
#: The other half stays for everyone else on the machine.
_SHARE_OF_MEMORY = 0.5


class Content:
    """The bytes of one file, fixed. They live as long as anything refers to `view`."""

    def __init__(self, view: memoryview) -> None:
        self.view = view

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.view)

    @cached_property
    def sha512(self) -> str:
        """Hexadecimal, of exactly the bytes that are served; takes some 3 s a gigabyte when first asked for."""
        return hashlib.sha512(self.view).hexdigest()

    @classmethod
    def of_bytes(cls, data: bytes) -> Content:
        return cls(memoryview(data))

    @classmethod
    def of_file(cls, descriptor: int, shown_as: str) -> Content:
        """A copy of the open regular file. Raises ImageUnreadable, or ImageChanged if it is being written to."""
        before = os.fstat(descriptor)
        try:
            view = _copy(descriptor, before.st_size)
        except EOFError:
            view = None
        except OSError as error:
            raise ImageUnreadable(f"cannot copy {shown_as}", seen=_text(error)) from error
        after = os.fstat(descriptor)
        if view is None or _version(before) != _version(after):
            raise ImageChanged(
                f"{shown_as} changed while it was being read",
                seen=f"{before.st_size} bytes at first, {after.st_size} then",
                hint="wait until the download or copy that writes to it has ended",
            )
        return cls(view)

    @classmethod
    def of_file_beside(cls, descriptor: int, shown_as: str) -> Future[Content]:
        """As `of_file`, in a thread of its own; the caller may close `descriptor` at once.

        A daemon: a share that hangs must not keep the process from ending.
        """
        ours, copied = os.dup(descriptor), Future[Content]()

        def copy() -> None:
            _be_nice()
            try:
                copied.set_result(cls.of_file(ours, shown_as))
            except BaseException as error:  # noqa: BLE001 - it is for whoever waits
                copied.set_exception(error)
            finally:
                os.close(ours)

        threading.Thread(target=copy, name="tftp-copy", daemon=True).start()
        return copied


def _version(status: os.stat_result) -> tuple[int, int]:
    # Not ctime: a link or a change of mode does not touch the bytes.
    return status.st_size, status.st_mtime_ns


def _text(error: OSError) -> str:
    return error.strerror or str(error)


def _copy(source: int, size: int) -> memoryview:
    """The first `size` bytes, however many there are by now. Raises EOFError for fewer, OSError."""
    if size == 0:
        return memoryview(b"")  # an empty file cannot be mapped
    if sys.platform == "linux" and size <= _free_memory() * _SHARE_OF_MEMORY:
        return _sealed_copy(source, size)
    return _nameless_copy(source, size)


def _sealed_copy(source: int, size: int) -> memoryview:
    descriptor = os.memfd_create("tftp-image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(descriptor, "w+b", buffering=0) as copy:  # noqa: PTH123 - a descriptor has no path
        _pour(source, copy, size)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(copy, fcntl.F_ADD_SEALS, seals)
        # Private: Linux before 6.7 refuses a shared mapping of what is sealed, even to read it.
        mapping = mmap.mmap(descriptor, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    return memoryview(mapping)


def _nameless_copy(source: int, size: int) -> memoryview:
    # /var/tmp: what did not fit into memory must not go to a /tmp that is memory.
    directory = "/var/tmp" if os.access("/var/tmp", os.W_OK) else None  # noqa: S108 - the file has no name there
    with tempfile.TemporaryFile(dir=directory, buffering=0) as copy:
        _pour(source, copy, size)
        mapping = mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ)
    return memoryview(mapping)


def _pour(source: int, target: BinaryIO, size: int) -> None:
    os.lseek(source, 0, os.SEEK_SET)
    rest = _left_by_the_system(source, target.fileno(), size)
    while rest:
        chunk = memoryview(os.read(source, min(_CHUNK_BYTES, rest)))
        if not chunk:
            raise EOFError
        rest -= len(chunk)
        while chunk:
            chunk = chunk[target.write(chunk) :]


def _left_by_the_system(source: int, target: int, size: int) -> int:
    """Copy from where both stand, while Python's other threads run; what is left where the system or file can't do so."""
    if sys.platform != "linux":
        return size
    try:
        while size and (copied := os.sendfile(target, source, None, min(_CHUNK_BYTES, size))):
            size -= copied
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    return size


def _be_nice() -> None:
    """Leave the processor to the transfers, where a thread can do so for itself."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _free_memory() -> int:
    """Bytes that can be had without swapping; 0 where the system does not tell."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
