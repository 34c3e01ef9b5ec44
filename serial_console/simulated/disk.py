"""disk0: files by name, with sizes, dates and free space, in memory or in a folder of whoever runs the simulator.

Names have no leading slash; a directory is a name of its own. Nothing leaves the folder: `..` is no name.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .errors import SimulationError

STATE_FILE = ".simulated-nvram.json"  # of a device in a folder; no file of disk0
FIRST_NUMBER = 97  # as the listing of a 5506-X begins
DEFAULT_STAMP = "06:43:00 Jun 30 2018"
DIRECTORY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing. `stamp` is HH:MM:SS MON DD YYYY."""

    number: int
    name: str
    bytes: int
    stamp: str
    is_directory: bool


class Store(Protocol):
    """Where the files are."""

    def names(self) -> list[str]:
        """Files and directories, the latter with a slash at the end, in the order of a listing."""

    def read(self, name: str) -> bytes: ...

    def size(self, name: str) -> int: ...

    def write(self, name: str, content: bytes) -> None: ...

    def make_directory(self, name: str) -> None: ...

    def remove(self, name: str) -> None: ...

    def remember(self, state: dict[str, object]) -> None:
        """Keep what NVRAM holds beside the files, if they outlast this process."""

    def recall(self) -> dict[str, Any] | None:
        """What was remembered; None if nothing was."""


class MemoryStore:
    """Files that are gone with the process."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def names(self) -> list[str]:
        return list(self._files)

    def read(self, name: str) -> bytes:
        return self._files[name]

    def size(self, name: str) -> int:
        return len(self._files[name])

    def write(self, name: str, content: bytes) -> None:
        self._files[name] = content

    def make_directory(self, name: str) -> None:
        self._files[f"{name}/"] = b""

    def remove(self, name: str) -> None:
        self._files.pop(name, None)
        self._files.pop(f"{name}/", None)

    def remember(self, state: dict[str, object]) -> None:
        """It lasts no longer than the device."""

    def recall(self) -> None:
        return None


class FolderStore:
    """Files in a folder: those that lie in it are on disk0, and what the device writes lies there afterwards."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            message = f"option 'disk': there is no folder {folder}"
            raise SimulationError(message)
        self._folder = folder

    def names(self) -> list[str]:
        return sorted(self._walk())

    def read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def size(self, name: str) -> int:
        return (self._folder / name).stat().st_size

    def write(self, name: str, content: bytes) -> None:
        (self._folder / name).write_bytes(content)

    def make_directory(self, name: str) -> None:
        (self._folder / name).mkdir()

    def remove(self, name: str) -> None:
        path = self._folder / name
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)

    def remember(self, state: dict[str, object]) -> None:
        (self._folder / STATE_FILE).write_text(json.dumps(state, indent=1), "utf-8")

    def recall(self) -> dict[str, Any] | None:
        path = self._folder / STATE_FILE
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _walk(self) -> Iterator[str]:
        for path in self._folder.rglob("*"):
            name = path.relative_to(self._folder).as_posix()
            if name != STATE_FILE:
                yield f"{name}/" if path.is_dir() else name


class Disk:
    """One flash disk. Sizes in bytes; KeyError for a file that is not there."""

    def __init__(self, store: Store, free_bytes: int) -> None:
        self._store = store
        self._stamps: dict[str, str] = {}
        self.formatted = True
        self.remember, self.recall = store.remember, store.recall
        self.total_bytes = free_bytes + self.used_bytes

    @property
    def used_bytes(self) -> int:
        return sum(self._store.size(name) for name in self.files())

    @property
    def free_bytes(self) -> int:
        return max(0, self.total_bytes - self.used_bytes)

    def files(self) -> list[str]:
        """The names of all files, those in directories included."""
        return [name for name in self._store.names() if not name.endswith("/")]

    def has(self, name: str) -> bool:
        return name in self.files()

    def has_directory(self, name: str) -> bool:
        return not name or f"{name}/" in self._store.names()

    def size(self, name: str) -> int:
        return self._store.size(self._known(name))

    def read(self, name: str) -> bytes:
        return self._store.read(self._known(name))

    def write(self, name: str, content: bytes, stamp: str = DEFAULT_STAMP) -> None:
        """Put a file there, in place of one with its name. Raises OSError if the disk is too small for it."""
        self._check(name)
        present = self.size(name) if self.has(name) else 0
        if len(content) > self.free_bytes + present:
            raise OSError("No space left on device")
        self._store.write(name, content)
        self._stamps[name] = stamp

    def remove(self, name: str) -> None:
        self._store.remove(self._known(name))

    def make_directory(self, name: str) -> None:
        self._check(name)
        self._store.make_directory(name)

    def remove_directory(self, name: str) -> None:
        """Take away an empty directory."""
        self._store.remove(name)

    def rename(self, old: str, new: str) -> None:
        content = self.read(old)
        self._check(new)
        self._store.write(new, content)
        self._store.remove(old)

    def wipe(self) -> None:
        """Erase everything."""
        for name in sorted(self._store.names(), reverse=True):
            self._store.remove(name.rstrip("/"))

    def listing(self, directory: str = "", *, deep: bool = False) -> list[Entry]:
        """What lies in a directory; `deep`: in those below it as well."""
        start = f"{directory}/" if directory else ""
        entries = []
        for number, name in enumerate(self._store.names(), FIRST_NUMBER):
            below = name.removeprefix(start)
            if not name.startswith(start) or not below or (not deep and "/" in below.rstrip("/")):
                continue
            folder = name.endswith("/")
            size = DIRECTORY_BYTES if folder else self._store.size(name)
            entries.append(Entry(number, below.rstrip("/"), size, self._stamps.get(name, DEFAULT_STAMP), folder))
        return entries

    def _known(self, name: str) -> str:
        if not self.has(name):
            raise KeyError(name)
        return name

    def _check(self, name: str) -> None:
        if ".." in name.split("/") or name.startswith("/") or name == STATE_FILE or not name:
            raise OSError("Invalid argument")
