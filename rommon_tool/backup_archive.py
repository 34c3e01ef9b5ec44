"""Archives of a device: a gzip-compressed tar, from the device or from anybody. Looked at before a byte of it is believed.

Nothing is ever written outside the folder that is given, nothing over a file that is there, and no link is made: an archive
that holds anything but plain files and folders with plain names is refused whole, before anything is unpacked.
"""

import re
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rommon_tool.errors import BackupUnusable

MOST_MEMBERS = 20_000
LARGEST_BYTES = 4 << 30
_MOST_GROWTH = 1100  # gzip makes at most about 1030 bytes of one
_SHOWN_BYTES = 1 << 20
_VERSION = re.compile(rb"ASA Version ([\w.()]+)")
_KINDS = (
    ("running configuration", re.compile(r"(?i)run.*(?:conf|cfg)")),
    ("startup configuration", re.compile(r"(?i)start.*(?:conf|cfg)")),
    ("certificates", re.compile(r"(?i)\.(?:p12|pfx|pem|cer|crt)$")),
    ("client image", re.compile(r"(?i)\.pkg$")),
    ("access policies", re.compile(r"(?i)dap\.xml$")),
    ("profile or customization", re.compile(r"(?i)\.xml$")),
    ("version", re.compile(r"(?i)version")),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its name, its size in bytes, and what its name suggests that it is (empty: nothing known)."""

    name: str
    bytes: int
    suggests: str


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds. `version`: the ASA's, as one of its files tells; the layout is not public, so it may be empty."""

    path: Path
    members: tuple[Member, ...]
    version: str

    @property
    def bytes(self) -> int:
        return sum(member.bytes for member in self.members)


def look_into(path: Path) -> Archive:
    """List an archive and check every name, to its last byte. Raises `BackupUnusable` with what is wrong with it."""
    try:
        with tarfile.open(path, "r:gz") as tar:
            return _read(path, tar)
    except (tarfile.TarError, EOFError, zlib.error, ValueError) as error:
        raise BackupUnusable(f"{path.name} is no whole .tar.gz: {error}", hint="take the backup again") from error
    except OSError as error:
        message = f"cannot read {path}: {error.strerror or error}"
        raise BackupUnusable(message, hint="give a .tar.gz that a backup made") from error


def unpack(path: Path, folder: Path) -> Archive:
    """Unpack into a folder that does not exist yet. Raises `BackupUnusable`; then the folder is not made, or is left in part."""
    archive = look_into(path)
    try:
        folder.mkdir(mode=0o700)
        with tarfile.open(path, "r:gz") as tar:
            tar.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        message = f"cannot unpack {path.name} into {folder}: {error}"
        raise BackupUnusable(message, hint="give a folder that does not exist yet") from error
    return archive


def _read(path: Path, tar: tarfile.TarFile) -> Archive:
    packed = max(1, path.stat().st_size)
    members: list[Member] = []
    seen: set[str] = set()
    total, version = 0, ""
    for count, entry in enumerate(tar, 1):
        _check(path, entry, seen)
        total += entry.size
        if count > MOST_MEMBERS or total > min(LARGEST_BYTES, packed * _MOST_GROWTH):
            raise BackupUnusable(f"{path.name} would grow beyond all measure", hint="it is no backup of an ASA")
        if entry.isfile():
            members.append(Member(entry.name, entry.size, _suggested(entry.name)))
            version = version or _version(tar, entry)
    if not members:
        raise BackupUnusable(f"{path.name} holds no file", hint="take the backup again")
    return Archive(path, tuple(members), version)


def _check(path: Path, entry: tarfile.TarInfo, seen: set[str]) -> None:
    """Raises for anything but a plain file or folder with a plain name of its own."""
    name = entry.name
    parts = PurePosixPath(name).parts
    if not (entry.isfile() or entry.isdir()):
        wrong = "is a link, device or other thing that is no file"
    elif name.startswith(("/", "\\")) or re.match("[A-Za-z]:", name) or ".." in parts or "\\" in name:
        wrong = "leads out of its folder"
    elif any(not letter.isprintable() for letter in name) or (not parts and entry.isfile()):
        wrong = "has a name that is no text"
    elif entry.isfile() and str(PurePosixPath(name)).casefold() in seen:
        wrong = "is there twice"
    else:
        seen.add(str(PurePosixPath(name)).casefold() if entry.isfile() else "")
        return
    raise BackupUnusable(f"{path.name}: {name!r} {wrong}; nothing was unpacked", hint="don't use this archive")


def _suggested(name: str) -> str:
    last = PurePosixPath(name).name
    return next((kind for kind, pattern in _KINDS if pattern.search(last)), "")


def _version(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    if entry.size > _SHOWN_BYTES or _suggested(entry.name) not in ("version", "running configuration"):
        return ""
    file = tar.extractfile(entry)
    found = _VERSION.search(file.read(_SHOWN_BYTES)) if file else None
    return found[1].decode("ascii", "replace") if found else ""
