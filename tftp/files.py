"""Which bytes may be read.

The one rule: a name that came from the wire is a key. It never becomes a path that the system resolves: it is compared
with the one image's name, or looked up folder by folder among what is really there, and links are not followed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Protocol

from tftp.errors import ImageUnreadable
from tftp.private_copy import Content

_Version = tuple[int, ...]

_SPELLING: Final = re.compile(r"(?:tftp:(?://[^/]*/)?)?/?(.*)", re.DOTALL)


class ServedFiles(Protocol):
    """Whatever has an answer to a name. A test or a later source of files stands in here."""

    def find(self, name: str) -> Content | Future[Content] | None:
        """The content under that name, or the promise of it while it is being copied; None if there is none.

        Raises ImageUnreadable or ImageChanged if it is there and can't be read, BlockingIOError if not just now.
        """


class OneImage:
    """One image, and nothing else, under one name.

    A boot monitor may send the name with a slash or `tftp:` or `tftp://host/` before it; every other spelling is
    another file. The image is opened and copied at once, so a later change of the file does not matter.
    """

    def __init__(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """`name` is what devices ask for: the file's own name unless given. Raises ImageUnreadable, ImageChanged."""
        self.path = Path(path)
        self.name = name if name is not None else self.path.name
        self.content = _content_of(self.path)

    def find(self, name: str) -> Content | None:
        return self.content if bare_name(name) == self.name.lstrip("/") else None


class Folder:
    """Every regular file in a folder and below, except behind links.

    Before a name there may stand what devices put there: a slash, `tftp:` or `tftp://host/`.

    A file is copied when it is first asked for, and the copy is used until the file has changed or `KEPT` others were
    asked for since: forty devices that load one image share one copy. A large file is copied beside the server, in a
    thread, so that nobody else's transfer waits for the disk. To be used from one thread.
    """

    KEPT = 4
    #: A copy of so many bytes takes a millisecond, less than a thread would cost the transfers.
    COPIED_AT_ONCE_BYTES = 1 << 20
    COPIED_BESIDE = 4

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises ImageUnreadable if it is not a folder that can be listed."""
        self.path = Path(path)
        self._copies: dict[_Version, Content] = {}
        self._copying: dict[_Version, Future[Content]] = {}
        try:
            os.listdir(self.path)  # noqa: PTH208 - only whether it can be done
        except OSError as error:
            raise ImageUnreadable(f"cannot list {self.path}", seen=error.strerror or str(error)) from error

    def find(self, name: str) -> Content | Future[Content] | None:
        parts = bare_name(name).split("/")
        if not all(is_plain(part) for part in parts):
            return None
        descriptor = _open_below(self.path, parts)
        if descriptor is None:
            return None
        try:
            return self._copy_of(descriptor, name)
        finally:
            os.close(descriptor)

    def _copy_of(self, descriptor: int, name: str) -> Content | Future[Content]:
        status = os.fstat(descriptor)
        version = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        self._keep_finished()
        if version in self._copying:
            return self._copying[version]
        if version not in self._copies and status.st_size > self.COPIED_AT_ONCE_BYTES:
            return self._copy_beside(descriptor, name, version)
        kept = self._copies.pop(version) if version in self._copies else Content.of_file(descriptor, name)
        return self._keep(version, kept)

    def _copy_beside(self, descriptor: int, name: str, version: _Version) -> Future[Content]:
        if len(self._copying) >= self.COPIED_BESIDE:
            raise BlockingIOError(errno.EAGAIN, "as many files are being copied as may be at once")
        self._copying[version] = Content.of_file_beside(descriptor, name)
        return self._copying[version]

    def _keep_finished(self) -> None:
        for version, copying in list(self._copying.items()):
            if copying.done():
                del self._copying[version]
                if copying.exception() is None:
                    self._keep(version, copying.result())

    def _keep(self, version: _Version, content: Content) -> Content:
        self._copies[version] = content  # the last one asked for is the last to go
        while len(self._copies) > self.KEPT:
            del self._copies[next(iter(self._copies))]
        return content


def served_files(path: str | os.PathLike[str]) -> OneImage | Folder:
    """What `rommon serve PATH` serves: a folder, or one file. Raises ImageUnreadable, ImageChanged."""
    return Folder(path) if Path(path).is_dir() else OneImage(path)


def _content_of(path: Path) -> Content:
    # The person who names the image may name a link to it; only names from the wire may not lead through one.
    descriptor = _opened(lambda: os.open(path, _FLAGS & ~_NOFOLLOW), str(path))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ImageUnreadable(f"{path} is not a regular file")
        return Content.of_file(descriptor, str(path))
    finally:
        os.close(descriptor)


# Non-blocking, because opening a FIFO would otherwise wait for a writer, for ever.
_NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_FLAGS: int = (
    os.O_RDONLY
    | _NOFOLLOW
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def bare_name(name: str) -> str:
    """The name without what a device may put before it. What is left is compared as it is, letter by letter."""
    return _SPELLING.sub(r"\1", name, count=1)


def is_plain(part: str) -> bool:
    """Whether it is the name of a file or a folder, and no way to another place."""
    return part not in ("", ".", "..") and not any(character in "\\:\0" for character in part)


def _open_below(root: Path, parts: list[str]) -> int | None:
    """A descriptor of the regular file at root/part/part, None if there is no such file. Links count as absent."""
    walk = _walk if os.open in os.supports_dir_fd and _NOFOLLOW else _walk_listing
    descriptor = walk(root, parts)
    if descriptor is not None and not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return descriptor


def _walk(root: Path, parts: list[str]) -> int | None:
    """Each folder is opened from the one above, so a link that is put in its place meanwhile is not followed either."""
    folder = _opened(lambda: os.open(root, os.O_RDONLY | os.O_DIRECTORY), str(root))
    try:
        for part in parts[:-1]:
            below = _absent_is_none(part, os.O_RDONLY | os.O_DIRECTORY | _NOFOLLOW, folder)
            if below is None:
                return None
            os.close(folder)
            folder = below
        return _absent_is_none(parts[-1], _FLAGS, folder)
    finally:
        os.close(folder)


#: Nothing there, a folder for a file or the other way round, a link, a name too long or not a name; a socket.
_NO_SUCH_FILE = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.EINVAL,
        errno.EILSEQ,
        errno.ENXIO,
        errno.ENODEV,
    }
)


def _absent_is_none(part: str, flags: int, folder: int) -> int | None:
    try:
        return os.open(part, flags, dir_fd=folder)
    except PermissionError as error:
        raise ImageUnreadable(f"cannot open {part}", seen=error.strerror or "") from error
    except ValueError:
        return None  # bytes that no file system takes
    except OSError as error:
        if error.errno in _NO_SUCH_FILE:
            return None
        raise ImageUnreadable(f"cannot open {part}", seen=error.strerror or "") from error


def _walk_listing(root: Path, parts: list[str]) -> int | None:
    """Windows has no O_NOFOLLOW. A name must stand in the listing as it is: CON, NAME:: and NAME. never do."""
    path = root
    for part in parts:
        if part not in os.listdir(path):  # noqa: PTH208 - names, not paths
            return None
        path = path / part
        if path.is_symlink() or not (path.is_file() if part is parts[-1] else path.is_dir()):
            return None
    return _opened(lambda: os.open(path, _FLAGS), str(path))


def _opened(opening: Callable[[], int], shown_as: str) -> int:
    try:
        return opening()
    except (OSError, ValueError) as error:
        raise ImageUnreadable(f"cannot open {shown_as}", seen=getattr(error, "strerror", None) or str(error)) from error
