"""An archive of our own, before anything destructive: configurations, what the device tells of itself, files of disk0.

A folder of mode 0700 that does not exist before, with `manifest.json` (each file's size and SHA-512) written last: where
there is one, the rest is whole.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rommon_tool.errors import BackupUnusable, FilesRefused, WrongUsage
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.disk_files import size_of
from rommon_tool.procedures.disk_names import DiskName
from rommon_tool.procedures.receiving import ReceivedFile, received
from rommon_tool.procedures.run import Steps
from rommon_tool.procedures.upload_taker import Taker
from rommon_tool.progress import Progress, Warned
from serial_console.errors import CommandFailed

MANIFEST = "manifest.json"
SHOWN = {
    "show-version.txt": "show version",
    "show-inventory.txt": "show inventory",
    "show-bootvar.txt": "show bootvar",
    "dir-disk0.txt": "dir /recursive disk0:/",
    "activation-key.txt": "show activation-key",
    "crypto-ca-server.txt": "show running-config crypto ca server",
}
#: The chapter's "Back Up the Local CA Server": what no `backup` of the device holds.
LOCAL_CA = tuple(
    DiskName("disk0", f"LOCAL-CA-SERVER/LOCAL-CA-SERVER.{kind}") for kind in ("ser", "cdb", "udb", "crl", "p12")
)


@dataclass(frozen=True, slots=True)
class OwnArchive:
    """A whole archive: its folder, how many files, their bytes, and which of what was asked for the device did not have."""

    path: str
    files: int
    bytes: int
    version: str
    missing: tuple[str, ...]


def lines_to_type(files: Sequence[DiskName] = ()) -> list[str]:
    """Every line, but for the copies to us of what `files` and the local CA server have."""
    return [*SHOWN.values(), "copy /noconfirm running-config …", "copy /noconfirm startup-config …", *map(str, files)]


def archived(
    asa: Asa, taker: Taker, folder: Path, progress: Progress, files: Sequence[DiskName] = ()
) -> Steps[OwnArchive]:
    """Fill `folder`. A configuration or file that the device does not have is a warning, and named in the manifest."""
    _make(folder)
    missing = [command for name, command in SHOWN.items() if not _shown(asa, folder / name, command)]
    yield
    got: list[ReceivedFile] = []
    sources: list[DiskName | str] = ["running-config", "startup-config", *_present(asa, LOCAL_CA), *files]
    for source in sources:
        try:
            got.append((yield from received(asa.cli, taker, source, folder / _file_name(source), progress)))
        except (FilesRefused, CommandFailed) as error:
            progress.publish(Warned(f"not in the archive: {source}: {error}"))
            missing.append(str(source))
    return _finished(asa, folder, missing)


def checked(folder: Path) -> int:
    """How many files an archive has; each has the size and SHA-512 of the manifest. Raises `BackupUnusable`."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        wanted = {str(name): entry["sha512"] for name, entry in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupUnusable(f"{folder} has no readable {MANIFEST}", hint="the archive is not whole") from error
    for name, digest in wanted.items():
        path = folder / name
        if "/" in name or "\\" in name or path.is_symlink() or not path.is_file() or _digest(path) != digest:
            raise BackupUnusable(f"{name} in {folder} is not what was archived", hint="take another archive")
    return len(wanted)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise WrongUsage(f"{folder} is there already", hint="give a folder that does not exist yet") from None
    except OSError as error:
        raise WrongUsage(f"cannot make {folder}: {error.strerror}", hint="give another place") from error


def _shown(asa: Asa, path: Path, command: str) -> bool:
    """Write what a command prints; whether the device knows it."""
    try:
        text = asa.cli.run(command)
    except CommandFailed:
        return False
    _write(path, text + "\n")
    return True


def _present(asa: Asa, files: Sequence[DiskName]) -> list[DiskName]:
    """Those that the device has: most have no local CA server."""
    try:
        return [file for file in files if size_of(asa.cli, file) is not None]
    except CommandFailed:
        return []


def _file_name(source: DiskName | str) -> str:
    return f"{source}.cfg" if isinstance(source, str) else f"{source.disk}-{source.path.replace('/', '-')}"


def _finished(asa: Asa, folder: Path, missing: list[str]) -> OwnArchive:
    files = {path.name: {"bytes": path.stat().st_size, "sha512": _digest(path)} for path in sorted(folder.iterdir())}
    size = sum(path.stat().st_size for path in folder.iterdir())
    archive = OwnArchive(str(folder), len(files), size, asa.shown.version, tuple(missing))
    about = {"model": asa.shown.model, "serial": asa.shown.serial, **asdict(archive)}
    _write(folder / MANIFEST, json.dumps({**about, "files": files}, indent=1) + "\n")
    checked(folder)
    return archive


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha512").hexdigest()
