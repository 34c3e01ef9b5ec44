"""A file of the device, or one of its configurations, onto this machine, proved against what the device says of it.

It is written as nobody else may read it, and over no file that is there unless the caller says so.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rommon_tool.errors import FilesRefused, NoRequestSeen, TransferFailed, WrongUsage
from rommon_tool.procedures.copying import NO_REQUEST_HINT, addresses_of
from rommon_tool.procedures.disk_files import digest_of, needed_size
from rommon_tool.procedures.disk_names import DiskName
from rommon_tool.procedures.run import Steps
from rommon_tool.procedures.upload_taker import Taker
from rommon_tool.progress import Progress
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.transfer import read_copied
from serial_console.errors import CommandFailed

CONFIGURATIONS = ("running-config", "startup-config")
_SILENCE_SECONDS = 180.0
_COMPLETION_SECONDS = 15.0
_LARGEST_CONFIG_BYTES = 64 << 20
_CHUNK_BYTES = 1 << 20
_NAMED = re.compile(r"[^\w.+-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """What lies on this machine now: its size in bytes and SHA-512. `is_compared`: the device's own digest is the same."""

    source: str
    path: str
    bytes: int
    sha512: str
    is_compared: bool


def check_target(path: Path, *, replaces: bool) -> None:
    """Raises `WrongUsage` where the file can't be written, or would be written over."""
    if path.is_symlink() or (path.exists() and not (replaces and path.is_file())):
        raise WrongUsage(f"{path} is there already", hint="give another name, or --yes to replace the file")
    if not path.parent.is_dir():
        raise WrongUsage(f"there is no folder {path.parent}", hint="make it, or give another one")


def received(
    cli: AsaCli, taker: Taker, source: DiskName | str, path: Path, progress: Progress, *, replaces: bool = False
) -> Steps[ReceivedFile]:
    """Take a file (a `DiskName`) or `running-config`, `startup-config` (its text) to `path`; `taker` is entered already.

    Raises `FilesRefused` where there is none, `NoRequestSeen` or `TransferFailed` where the copy broke; `path` is untouched then.
    """
    check_target(path, replaces=replaces)
    size, digest = (needed_size(cli, source), digest_of(cli, source)) if isinstance(source, DiskName) else (None, "")
    yield
    url = source.url if isinstance(source, DiskName) else source
    name = _NAMED.sub("_", source.name if isinstance(source, DiskName) else source)
    order = _Order(url, name, size or _LARGEST_CONFIG_BYTES)
    told, came = yield from _copied(cli, taker, order, progress)
    ours = _digest(came)
    _compare(url, came.stat().st_size, told if size is None else size)
    if digest and digest != ours:
        raise TransferFailed(f"{url} came with another SHA-512", cause="digest-differs", hint="run again")
    if not digest:
        _check_configuration(came, url)
    keep(came, path, replaces=replaces)
    return ReceivedFile(url, str(path), path.stat().st_size, ours, is_compared=bool(digest))


@dataclass(frozen=True, slots=True)
class _Order:
    """What the device is to copy, under which name we take it, and how much at most."""

    url: str
    name: str
    largest_bytes: int


def _copied(cli: AsaCli, taker: Taker, order: _Order, progress: Progress) -> Steps[tuple[int, Path]]:
    """The copy, from the address that the device turns out to send from; how many bytes it says, and the file."""
    addresses = taker.nearest(addresses_of(cli))
    try:
        text = yield from _ordered(cli, taker, order, addresses[0], progress)
    except CommandFailed as error:
        other = _other_address(taker, addresses)
        if not other:
            raise _explained(error, taker, order.url) from error
        text = yield from _ordered(cli, taker, order, other, progress)
    came = taker.taken(order.name, _COMPLETION_SECONDS)
    if came is None:
        message = f"the device says that it copied {order.url}, and it is not here"
        raise TransferFailed(message, cause="not-taken", seen=taker.failed, hint="run again")
    return read_copied(text).bytes, came


def _ordered(cli: AsaCli, taker: Taker, order: _Order, client: str, progress: Progress) -> Steps[str]:
    taker.expect(order.name, client, order.largest_bytes)
    following = cli.follow(f"copy /noconfirm {order.url} {taker.url(order.name)}", seconds=_SILENCE_SECONDS)
    while True:
        try:
            next(following)
        except StopIteration as end:
            return str(end.value)
        finally:
            for event in taker.poll():
                progress.publish(event)
        yield


def _other_address(taker: Taker, addresses: Sequence[str]) -> str:
    """The device's address that was refused because another one was expected; empty if that was not it."""
    for _ in taker.poll():
        pass
    return taker.refused if taker.refused in addresses[1:] else ""


def _explained(error: CommandFailed, taker: Taker, url: str) -> Exception:
    if taker.refused:
        message = f"a copy from {taker.refused} was refused: that is no address of the device"
        return NoRequestSeen(message, seen=error.seen, hint=NO_REQUEST_HINT)
    if not taker.failed and "o such file" not in error.seen:
        message = f"the device says that it copies {url}, and nothing reached our server"
        return NoRequestSeen(message, seen=error.seen, hint=NO_REQUEST_HINT)
    message = f"the copy of {url} broke off"
    return TransferFailed(message, cause="copy-broken", seen=taker.failed or error.seen, hint="run again")


def _compare(url: str, size: int, wanted: int) -> None:
    if size != wanted:
        message = f"{url} came with {size:,} bytes, and the device tells {wanted:,}"
        raise TransferFailed(message, cause="size-differs", hint="run again")


def _check_configuration(path: Path, url: str) -> None:
    """A running configuration that came whole ends with `: end`; a startup one may be anybody's file. An empty one is none."""
    text = path.read_bytes()
    if not text.strip():
        raise FilesRefused(f"the device's {url} is empty", cause="empty", hint="`write memory` saves one")
    if url == "running-config" and not re.search(rb"(?m)^: end\s*\Z", text):
        message = f"the {url} that came has no end"
        raise TransferFailed(message, cause="cut-short", hint="run again; look into the transcript")


def keep(came: Path, path: Path, *, replaces: bool) -> None:
    """Write what came to `path`, readable by nobody else; whole, or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    try:
        with came.open("rb") as source, os.fdopen(os.open(partial, flags, 0o600), "wb") as target:
            while chunk := source.read(_CHUNK_BYTES):
                target.write(chunk)
        check_target(path, replaces=replaces)
        partial.replace(path)
    except OSError as error:
        raise WrongUsage(f"cannot write {path}: {error.strerror}", hint="give another place") from error
    finally:
        partial.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha512").hexdigest()
