"""The file commands on disk0: dir, show flash, more, verify, delete, mkdir, rmdir, rename, pwd, format."""

import hashlib

from ..boot_text import at_least
from ..disk import Disk, Entry
from ..events import Erased
from ..invented import (
    CREATED,
    FILE_ERROR,
    FORMAT_QUESTIONS,
    FORMATTED,
    NO_SUCH_FILE,
    NOT_FORMATTED,
    REMOVED,
    SIGNATURE_FAILED,
)
from ..script import Pause, Script
from .commands import Command
from .session import Session

CONTAINER_MAGIC = bytes.fromhex("11bb8d46d638014da26b7d66620dfc74")
BYTES_A_SECOND = 60_000_000  # while hashing
MARKS_OF_A_FILE = 8


def path_of(text: str) -> str:
    """The name on disk0 that `disk0:/x`, `flash:x` or `x` stands for."""
    for disk in ("disk0:", "flash:"):
        text = text.removeprefix(disk)
    return text.strip("/")


def is_on_disk(text: str) -> bool:
    """Whether a URL names the one disk that there is."""
    return text.startswith(("disk0:", "flash:")) or ":" not in text


def complain(session: Session, doing: str, where: str, why: str = NO_SUCH_FILE) -> None:
    """The line by which a file command fails."""
    session.print(FILE_ERROR.format(doing=doing, where=where, why=why))


def _is_formatted(session: Session) -> bool:
    if not session.chassis.disk.formatted:
        session.print(NOT_FORMATTED)
    return session.chassis.disk.formatted


def _dir(session: Session, words: list[str]) -> Script[None]:
    disk = session.chassis.disk
    name = path_of(next((word for word in words if not word.startswith("/")), ""))
    if not _is_formatted(session):
        return
    if disk.has_directory(name):
        entries = disk.listing(name, deep="/recursive" in words)
        lines = ["", f"Directory of disk0:/{name}", "", *map(_row, entries), "", *_totals(session, entries)]
        yield from session.page(lines)
    elif disk.has(name):
        folder, _, last = name.rpartition("/")
        entry = next(entry for entry in disk.listing(folder) if entry.name == last)
        yield from session.page(["", f"Directory of disk0:/{name}", "", _row(entry)])
    else:
        complain(session, "opening", f"disk0:/{name}")


def _row(entry: Entry) -> str:
    return (
        f"{entry.number:<6} {'drwx' if entry.is_directory else '-rwx'}  {entry.bytes:<11}  {entry.stamp}  {entry.name}"
    )


def _totals(session: Session, entries: list[Entry]) -> list[str]:
    """The last lines: from 9.9 on with the files' sizes and a percentage."""
    disk = session.chassis.disk
    if not at_least(session.machine.version, 9, 9):
        return [f"{disk.total_bytes} bytes total ({disk.free_bytes} bytes free)"]
    files = [entry for entry in entries if not entry.is_directory]
    percent = disk.free_bytes * 100 // max(1, disk.total_bytes)
    return [
        f"{len(files)} file(s) total size: {sum(entry.bytes for entry in files)} bytes",
        f"{disk.total_bytes} bytes total ({disk.free_bytes} bytes free/{percent}% free)",
    ]


def _show_flash(session: Session, _: list[str]) -> Script[None]:
    disk = session.chassis.disk
    if not _is_formatted(session):
        return
    rows = [
        f"{entry.number:>5}  {entry.bytes:<10}  {_day_first(entry.stamp)}  {entry.name}"
        for entry in disk.listing(deep=True)
    ]
    totals = ["", f"{disk.total_bytes} bytes total ({disk.free_bytes} bytes free)"]
    yield from session.page(["--#--  --length--  -----date/time------  path", *rows, *totals])


def _day_first(stamp: str) -> str:
    time, _, day = stamp.partition(" ")
    return f"{day} {time}"


def _more(session: Session, words: list[str]) -> Script[None]:
    name = path_of(words[-1]) if words else ""
    if not session.chassis.disk.has(name):
        complain(session, "opening", f"disk0:/{name}")
        return
    text = session.chassis.disk.read(name).decode("latin-1")
    yield from session.page(text.rstrip("\n").split("\n"))


def _verify(session: Session, words: list[str]) -> Script[None]:
    kind = next((word.lower() for word in words if word.startswith("/")), "")
    names = [word for word in words if not word.startswith("/")]
    name = path_of(names[0]) if names else ""
    disk = session.chassis.disk
    if not disk.has(name):
        complain(session, "verifying", f"disk0:/{name}")
        return
    if kind not in ("/md5", "/sha-512"):
        yield from check_signature(session, name)
        return
    yield Pause(disk.size(name) / BYTES_A_SECOND)
    content = disk.read(name)
    digest = (
        hashlib.sha512(content) if kind == "/sha-512" else hashlib.md5(content, usedforsecurity=False)
    ).hexdigest()
    session.print("!" * MARKS_OF_A_FILE + " \nDone!")
    session.print(f"verify {kind.upper()} (disk0:/{name}) = {digest}")
    if names[1:]:
        session.print("Verified" if names[1].lower() == digest else f"%Error verifying disk0:/{name}")


def check_signature(session: Session, name: str) -> Script[bool]:
    """Print the computed and the embedded hash, as the guide's example does; whether they agree."""
    content = session.chassis.disk.read(name)
    yield Pause(len(content) / BYTES_A_SECOND)
    trouble = session.chassis.faults.text("rom-upgrade")
    computed = hashlib.sha512(signed_part(content) + b"!" * (trouble == "other-file")).hexdigest()
    is_right = "bad-signature" not in session.chassis.faults and trouble != "bad-hash"
    embedded = computed if is_right else hashlib.sha512(content + b"?").hexdigest()
    session.print(f"Verifying file integrity of disk0:/{name}\n")
    session.print("\n".join((_hash_lines("Computed", computed), _hash_lines("Embedded", embedded))))
    session.print("Digital signature successfully validated" if is_right else SIGNATURE_FAILED)
    return is_right


def signed_part(content: bytes) -> bytes:
    """What the signature of a container is over, as far as is known: all behind its header. Of another file, all of it."""
    if not content.startswith(CONTAINER_MAGIC):
        return content
    metadata_bytes = 16 * int.from_bytes(content[32:35], "little")
    return content[48 + metadata_bytes :]


def _hash_lines(kind: str, digest: str) -> str:
    parts = [digest[start : start + 32] for start in range(0, 128, 32)]
    indent = "\n" + " " * 22
    return f"{kind} Hash   SHA2: {indent.join(parts)}\n"


def _delete(session: Session, words: list[str]) -> Script[None]:
    quiet = "/noconfirm" in words
    names = [word for word in words if not word.startswith("/")]
    name = path_of(names[0]) if names else ""
    if not quiet:
        name = path_of((yield from session.value("Delete filename", name)))
        session.print()
        if not (yield from session.confirms(f"Delete disk0:/{name}? ")):
            return
    if not session.chassis.disk.has(name):
        complain(session, "deleting", f"disk0:/{name}")
        return
    session.print()
    session.chassis.disk.remove(name)


def _mkdir(session: Session, words: list[str]) -> Script[None]:
    name = path_of(words[-1]) if words else ""
    if "/noconfirm" not in words:
        name = path_of((yield from session.value("Create directory filename", name)))
    disk = session.chassis.disk
    if disk.has_directory(name) or disk.has(name):
        complain(session, "creating dir", f"disk0:/{name}", "File exists")
        return
    disk.make_directory(name)
    session.print("\n" + CREATED.format(where=f"disk0:/{name}"))


def _rmdir(session: Session, words: list[str]) -> Script[None]:
    name = path_of(words[-1]) if words else ""
    if "/noconfirm" not in words:
        name = path_of((yield from session.value("Remove directory filename", name)))
        session.print()
        if not (yield from session.confirms(f"Delete disk0:/{name}? ")):
            return
    disk = session.chassis.disk
    if not name or not disk.has_directory(name):
        complain(session, "removing dir", f"disk0:/{name}")
    elif disk.listing(name):
        complain(session, "removing dir", f"disk0:/{name}", "Directory not empty")
    else:
        disk.remove_directory(name)
        session.print("\n" + REMOVED.format(where=f"disk0:/{name}"))


def _rename(session: Session, words: list[str]) -> Script[None]:
    names = [path_of(word) for word in words if not word.startswith("/")]
    old, new = (*names, "", "")[:2]
    if "/noconfirm" not in words:
        old = path_of((yield from session.value("Source filename", old)))
        new = path_of((yield from session.value("Destination filename", new)))
    disk: Disk = session.chassis.disk
    if not disk.has(old):
        complain(session, "renaming", f"disk0:/{old}")
    elif disk.has(new):
        complain(session, "renaming", f"disk0:/{old}", "File exists")
    else:
        disk.rename(old, new)


def _pwd(session: Session, _: list[str]) -> Script[None]:
    session.print("disk0:/")
    yield from ()


def _format(session: Session, _: list[str]) -> Script[None]:
    for question in FORMAT_QUESTIONS:
        session.print()
        if not (yield from session.confirms(question)):
            return
    session.chassis.disk.wipe()
    session.chassis.disk.formatted = True
    session.chassis.publish(Erased())
    session.print(FORMATTED)


COMMANDS = (
    Command(("dir",), _dir),
    Command(("show", "flash:"), _show_flash, privileged=False),
    Command(("show", "disk0:"), _show_flash, privileged=False),
    Command(("more",), _more),
    Command(("verify",), _verify),
    Command(("delete",), _delete),
    Command(("mkdir",), _mkdir),
    Command(("rmdir",), _rmdir),
    Command(("rename",), _rename),
    Command(("pwd",), _pwd),
    Command(("format",), _format),
)
