"""An archive of our own before anything destructive: both configurations on disk0 under new names, and on this machine.

The device's own file is the way back without this machine; what came here is held against the SHA-512 of that file.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from rommon_tool.errors import DowngradeRefused, WrongUsage
from rommon_tool.procedures.copying import digest_on_disk0
from rommon_tool.procedures.run import Steps
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.listing import read_listing

_READ_SECONDS = 120.0  # of silence
_SHOWN = {"show-version": "show version", "dir-disk0": "dir disk0:/", "bootvar": "show bootvar"}


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the configurations are: `running` and `startup` are names on disk0; `startup` is empty if none was saved."""

    folder: Path
    running: str
    startup: str
    running_text: str


def archived(cli: AsaCli, folder: Path, progress: Progress) -> Steps[Archive]:
    """Keep what the device has. Raises `DowngradeRefused` where that can't be done."""
    for name, command in _SHOWN.items():
        _write(folder / f"{name}.txt", cli.run(command))
    running, text = yield from _kept(cli, "running-config", folder, progress)
    if not running:
        raise DowngradeRefused(
            "the running configuration can't be kept", cause="not-archived", hint="make room on disk0"
        )
    startup, _ = yield from _kept(cli, "startup-config", folder, progress)
    return Archive(folder, running, startup, text)


def text_on_disk0(cli: AsaCli, name: str) -> Steps[tuple[str, bool]]:
    """A text file of disk0 as the console shows it, and whether its SHA-512 is the device's own of that file."""
    following = cli.follow(f"more disk0:/{name}", seconds=_READ_SECONDS, checked=False)
    while True:
        try:
            next(following)
        except StopIteration as end:
            text = str(end.value)
            break
        yield
    digest = digest_on_disk0(cli, name)
    for whole in (f"{text}\n", text, f"{text}\n".replace("\n", "\r\n")):
        if hashlib.sha512(whole.encode("latin-1")).hexdigest() == digest:
            return whole.replace("\r\n", "\n"), True
    return f"{text}\n", False


def _kept(cli: AsaCli, what: str, folder: Path, progress: Progress) -> Steps[tuple[str, str]]:
    name = _free_name(cli, what)
    cli.run(f"copy /noconfirm {what} disk0:/{name}", checked=False)
    size = read_listing(cli.run("dir disk0:/")).size_of(name)
    if not size:
        _refuse_if_there_is_one(cli, what)
        return "", ""
    text, is_proved = yield from text_on_disk0(cli, name)
    if not is_proved:
        if ": end" not in text[-64:]:
            message = f"the {what} did not come whole over the console"
            raise DowngradeRefused(message, cause="not-archived", seen=text[-64:].strip(), hint="run again")
        progress.publish(Warned(f"{what} came whole, but its SHA-512 is not that of disk0:/{name}: keep that file"))
    _write(folder / f"{what}.cfg", text)
    return name, text


def _refuse_if_there_is_one(cli: AsaCli, what: str) -> None:
    """Nothing was kept: fine only where there was nothing."""
    shown = cli.run(f"show {what} | include hostname", checked=False)
    if shown.strip().startswith("hostname"):
        message = f"the {what} can't be kept on disk0, so nothing is written over it"
        raise DowngradeRefused(message, cause="not-archived", hint="make room on disk0, and run again")


def _free_name(cli: AsaCli, what: str) -> str:
    taken = {file.name for file in read_listing(cli.run("dir disk0:/")).files}
    stem = f"{what.partition('-')[0]}-before-downgrade"
    names = (f"{stem}{f'-{number}' if number > 1 else ''}.cfg" for number in range(1, 1000))
    return next(name for name in names if name not in taken)


def _write(path: Path, text: str) -> None:
    """A file that nobody else may read, and that was not there."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="latin-1") as file:
            file.write(text)
    except OSError as error:
        message = f"the archive {path} can't be written: {error.strerror}"
        raise WrongUsage(message, hint="give --archive a folder of its own") from error
