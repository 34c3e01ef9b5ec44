"""A file that is being received, and becomes one under its own name only when it is whole.

The one rule: under the final name there is what was there before, or the whole file, and nothing in between. Whatever
fails leaves no trace.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Final

_FLAGS: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
#: A configuration holds passwords.
_OWNER_ONLY: Final = 0o600
_BUFFER_BYTES: Final = 1 << 16
#: Of the final name in that of the part, which file systems let have 255 bytes.
_SHOWN_BYTES: Final = 100


class PartialFile:
    """Takes bytes beside the final name, in the same folder. `bytes` and `sha512` are of what it has taken."""

    def __init__(self, directory: Path, name: str) -> None:
        """Raises OSError."""
        self._final = directory / name
        shown = os.fsdecode(os.fsencode(name)[:_SHOWN_BYTES])
        self._path = directory / f".{shown}.{secrets.token_hex(8)}.part"
        self._file = open(os.open(self._path, _FLAGS, _OWNER_ONLY), "wb", buffering=_BUFFER_BYTES)  # noqa: SIM115, PTH123
        self._is_being_kept = False
        self._digest = hashlib.sha512()
        self.bytes = 0

    @property
    def sha512(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Raises OSError, perhaps for bytes of earlier calls."""
        self._file.write(data)
        self._digest.update(data)
        self.bytes += len(data)

    def keep(self) -> Future[None]:
        """It is whole: write it out for good and give it its name, in a thread, since a disk may take seconds."""
        self._is_being_kept = True
        kept: Future[None] = Future()

        def keep() -> None:
            try:
                self._write_out()
            except BaseException as error:  # noqa: BLE001 - it is for whoever waits
                self._remove()
                kept.set_exception(error)
            else:
                kept.set_result(None)

        threading.Thread(target=keep, name="tftp-keep", daemon=True).start()
        return kept

    def discard(self) -> None:
        """Remove it, unless it is whole and being kept."""
        if not self._is_being_kept:
            self._remove()

    def _write_out(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(self._final)
        _sync_folder(self._final.parent)

    def _remove(self) -> None:
        with suppress(OSError):  # what is left in the buffer may not fit on the disk
            self._file.close()
        with suppress(OSError):
            self._path.unlink()


def _sync_folder(path: Path) -> None:
    """Make the new name last through a power failure, where the system can do so for a folder."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
