"""The chapter's "Access the File Management Tool": list, copy, rename and delete files on disk, and make folders.

What has a use is not taken away, what would be written over is not, and each change is read back. No question that the
device asks meanwhile is answered.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rommon_tool.errors import FilesRefused, FilesUnproved, ImageMismatch, WrongUsage
from rommon_tool.procedures.disk_names import DiskName
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.boot import read_boot_variables
from serial_console.asa_cli.reading.listing import ListedFile, Listing, read_listing
from serial_console.asa_cli.reading.transfer import read_copied, read_digest
from serial_console.asa_cli.reading.version import ShownVersion
from serial_console.errors import CommandFailed

Agrees = Callable[[str], bool]
_DIGEST_SECONDS = 600.0
_COPY_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class FileOnDisk:
    """A file as File Management shows it. `status` is what it is designated as: boot image, the running one, ASDM image."""

    name: str
    bytes: int
    date: str
    is_directory: bool = False
    status: str = ""


@dataclass(frozen=True, slots=True)
class FolderShown:
    """What `ls` found; sizes in bytes, None where the device tells none."""

    folder: str
    files: tuple[FileOnDisk, ...]
    total_bytes: int | None
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class FileChanged:
    """A change that was read back from the device. `sha512` is empty where nothing had to be compared."""

    name: str
    did: str
    bytes: int = 0
    sha512: str = ""


def refuse_context(cli: AsaCli) -> None:
    """The file tools exist in the system execution space only. Raises `FilesRefused` elsewhere."""
    if cli.prompt.context not in ("", "system"):
        message = (
            f"this is the security context {cli.prompt.context}, and files are managed in the system execution space"
        )
        raise FilesRefused(message, cause="in-a-context", hint="`changeto system` first, by hand")


def shown(cli: AsaCli, folder: DiskName, version: ShownVersion) -> FolderShown:
    """A folder with sizes, dates, what each file is designated as, and the room that is left."""
    listing = read_listing(cli.run(f"dir {folder.url}"))
    uses = designations(cli, version)
    where = "" if listing.size_of(folder.name) is not None else f"{folder.path}/" if folder.path else ""
    files = tuple(_with_status(file, uses.get(f"{folder.disk}:/{where}{file.name}", "")) for file in listing.files)
    return FolderShown(folder.url, files, listing.total_bytes, listing.free_bytes)


def _with_status(file: ListedFile, status: str) -> FileOnDisk:
    return FileOnDisk(file.name, file.bytes, file.date, file.is_directory, status)


def designations(cli: AsaCli, version: ShownVersion) -> dict[str, str]:
    """What files have a use, by their URL: the running image, boot images, the boot configuration, the ASDM image."""
    boot = read_boot_variables(cli.run("show bootvar"))
    asdm = cli.run("show running-config asdm", checked=False)
    named = [(image, "boot image") for image in (*boot.saved, *boot.running)]
    named += [(config, "boot configuration") for config in (boot.saved_config, boot.running_config)]
    named += [(line.split()[2], "ASDM image") for line in asdm.split("\n") if line.startswith("asdm image ")]
    named.append((version.image_file, "running image"))
    return {_normal(url): use for url, use in named if ":" in url}


def _normal(url: str) -> str:
    disk, _, path = url.partition(":")
    return f"{'disk0' if disk == 'flash' else disk}:/{path.lstrip('/')}"


def listing_of(cli: AsaCli, folder: DiskName) -> Listing:
    """The listing of a folder. Raises `CommandFailed` if there is none."""
    return read_listing(cli.run(f"dir {folder.url}"))


def size_of(cli: AsaCli, file: DiskName) -> int | None:
    """Its size in bytes; None if there is no such file. Raises `CommandFailed` for a folder that is not there."""
    return listing_of(cli, file.folder).size_of(file.name)


def needed_size(cli: AsaCli, file: DiskName) -> int:
    """Its size in bytes. Raises `FilesRefused` if there is no such file."""
    size = size_of(cli, file)
    if size is None:
        raise FilesRefused(f"there is no file {file.url}", cause="not-there", hint="`rommon files ls` shows what is")
    return size


def digest_of(cli: AsaCli, file: DiskName) -> str:
    """The SHA-512 that the device computes of a file, in hex."""
    return read_digest(cli.run(f"verify /sha-512 {file.url}", seconds=_DIGEST_SECONDS))


def removed(cli: AsaCli, file: DiskName, version: ShownVersion, agrees: Agrees) -> FileChanged:
    """Delete one file, if it has no use and the person agrees; proved by a listing without it."""
    size = needed_size(cli, file)
    if use := designations(cli, version).get(file.url):
        message = f"{file.url} is the {use}, and stays"
        raise FilesRefused(message, cause="in-use", hint="designate another one first, and save that")
    _ask(agrees, f"delete {file.url}, {size:,} bytes, for good")
    cli.run(f"delete /noconfirm {file.url}")
    if size_of(cli, file) is not None:
        raise FilesUnproved(f"{file.url} is listed still after it was deleted", hint="look at `dir` by hand")
    return FileChanged(file.url, "deleted", size)


def renamed(cli: AsaCli, file: DiskName, new: DiskName, version: ShownVersion) -> FileChanged:
    """Rename one file or move it within its disk; never over another one, and none that is designated."""
    size = needed_size(cli, file)
    if file.disk != new.disk:
        raise FilesRefused("a file is moved within one disk only", cause="other-disk", hint="copy it, then delete it")
    if use := designations(cli, version).get(file.url):
        message = f"{file.url} is the {use}: under another name it would not be found"
        raise FilesRefused(message, cause="in-use", hint="copy it, designate the copy, save, then delete the old one")
    _refuse_in_the_way(cli, new)
    cli.run(f"rename /noconfirm {file.url} {new.url}")
    if size_of(cli, file) is not None or size_of(cli, new) != size:
        raise FilesUnproved(f"{file.url} is not listed as {new.url} after it was renamed", hint="look at `dir` by hand")
    return FileChanged(new.url, "renamed", size)


def copied(cli: AsaCli, file: DiskName, new: DiskName) -> FileChanged:
    """Copy one file on the device itself; never over another one. Both digests are compared afterwards."""
    size = needed_size(cli, file)
    _refuse_in_the_way(cli, new)
    free = listing_of(cli, new.folder).free_bytes or 0
    if free < size:
        message = f"{new.disk}: has {free:,} bytes free, and {file.name} needs {size:,}"
        raise FilesRefused(message, cause="no-room", hint="delete what is not needed")
    digest = digest_of(cli, file)
    told = read_copied(cli.run(f"copy /noconfirm {file.url} {new.url}", seconds=_COPY_SECONDS))
    if told.bytes != size or digest_of(cli, new) != digest:
        cli.run(f"delete /noconfirm {new.url}")
        raise FilesUnproved(f"{new.url} was not the same as {file.url}, and is deleted", hint="check the disk")
    return FileChanged(new.url, "copied", size, digest)


def folder_made(cli: AsaCli, folder: DiskName) -> FileChanged:
    """Make a folder; one that is there already is as good."""
    parent = listing_of(cli, folder.folder)
    if any(file.name == folder.name and file.is_directory for file in parent.files):
        return FileChanged(folder.url, "was-there")
    if parent.size_of(folder.name) is not None:
        raise FilesRefused(f"{folder.url} is a file", cause="file-in-the-way", hint="take another name")
    cli.run(f"mkdir /noconfirm {folder.url}")
    if not any(file.name == folder.name and file.is_directory for file in listing_of(cli, folder.folder).files):
        raise FilesUnproved(f"{folder.url} is not listed after it was made", hint="look at `dir` by hand")
    return FileChanged(folder.url, "made")


def _refuse_in_the_way(cli: AsaCli, file: DiskName) -> None:
    try:
        size = size_of(cli, file)
    except CommandFailed as error:
        message = f"there is no folder {file.folder.url}"
        raise FilesRefused(message, cause="not-there", seen=error.seen, hint="`rommon files mkdir` makes it") from error
    if size is not None:
        message = f"{file.url} is there already ({size:,} bytes), and is not written over"
        raise FilesRefused(message, cause="file-in-the-way", hint="take another name, or delete that one first")


def _ask(agrees: Agrees, what: str) -> None:
    if not agrees(what):
        raise FilesRefused(f"not agreed to: {what}", cause="not-agreed", hint="--yes agrees beforehand")


def wanted_digest(sha512: str, path: Path | None) -> str:
    """The SHA-512 that a file should have, given in hex or as that of a file here; empty for neither."""
    if sha512 and not re.fullmatch("[0-9a-fA-F]{128}", sha512):
        raise WrongUsage("a SHA-512 has 128 hex digits", hint="copy it whole")
    if path is None:
        return sha512.lower()
    try:
        with path.open("rb") as file:
            ours = hashlib.file_digest(file, "sha512").hexdigest()
    except OSError as error:
        raise WrongUsage(f"cannot read {path}: {error.strerror}", hint="give a file") from error
    if sha512 and sha512.lower() != ours:
        raise WrongUsage(f"{path} itself has another SHA-512 than the one given", hint="give one of the two")
    return ours


def compared(cli: AsaCli, file: DiskName, wanted: str) -> FileChanged:
    """The SHA-512 of a file on the device. Raises `ImageMismatch` if it is not `wanted`; empty: whatever it is."""
    size = needed_size(cli, file)
    digest = digest_of(cli, file)
    if wanted and digest != wanted:
        message = f"{file.url} is another file: its SHA-512 differs"
        raise ImageMismatch(message, seen=digest, cause="mismatch", hint="copy it again, or find out what it is")
    return FileChanged(file.url, "verified" if wanted else "read", size, digest)
