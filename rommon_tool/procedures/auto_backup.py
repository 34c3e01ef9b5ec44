"""The chapter's "Configure Automatic Backup and Restore (ISA 3000)", over the console.

The one rule: what the device doesn't show back isn't called done. The commands' names are documented, the order of their
keywords is recalled, and no output of theirs is public: a summary that can't be read is shown, with a warning, and never
guessed. That a backup was made is proved by its file.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from rommon_tool.asa_version import AsaVersion
from rommon_tool.errors import BackupRefused, BackupUnproved
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.run import Steps
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import AsaCli, Secret
from serial_console.asa_cli.reading.listing import ListedFile, read_listing
from serial_console.errors import AnswerUnclear, CommandFailed

PACKAGE = "auto-backup-asa.tgz"
LOCATIONS = ("disk0:", "disk1:", "disk2:", "disk3:")
SUMMARY = "show backup-package summary"
Side = Literal["backup", "restore"]
_FIRST = AsaVersion(9, 7, 1)
_ON = {"auto": True, "automatic": True, "enabled": True, "on": True, "manual": False, "disabled": False, "off": False}


@dataclass(frozen=True, slots=True)
class SideWanted:
    """What one side is to be. An empty passphrase is the device's default, `cisco`."""

    side: Side
    is_on: bool
    location: str = "disk3:"
    passphrase: Secret = field(default_factory=lambda: Secret(""))

    def lines(self, *, shown: bool = False) -> list[str]:
        """The lines of configuration mode; with `shown` without the passphrase."""
        if not self.is_on:
            return [f"no backup-package {self.side} auto"]
        key = "<secret>" if shown else self.passphrase.reveal() or "cisco"
        head = f"backup-package {self.side}"
        return [f"{head} location {self.location} passphrase {key}", f"{head} auto"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the device says of itself. None and "": its text does not tell in words that are known."""

    text: str
    backs_up: bool | None
    backup_location: str
    restores: bool | None
    restore_location: str


@dataclass(frozen=True, slots=True)
class Package:
    """The file of a backup, as the device lists it."""

    location: str
    name: str
    bytes: int
    stamp: str


def check_device(asa: Asa) -> None:
    """Raises `BackupRefused` for another model, or a version before 9.7(1)."""
    if not re.search(r"(?i)ISA[\s-]?3000", asa.shown.model):
        message = f"automatic backup and restore is of the ISA 3000 only, and this is {asa.shown.model or 'another'}"
        raise BackupRefused(message, cause="other-model", hint="`rommon backup system` backs up other models")
    try:
        version = AsaVersion.parse(asa.shown.version)
    except ValueError:
        return  # what it is called in a laboratory; the device itself refuses what it does not know
    if version < _FIRST:
        message = f"{version} has no automatic backup: it came with {_FIRST}"
        raise BackupRefused(message, cause="too-old", hint="`rommon backup system` backs it up once")


def configured(asa: Asa, wanted: tuple[SideWanted, ...], progress: Progress, *, saves: bool = True) -> Steps[Summary]:
    """Configure one side or both, and read them back before anything is saved."""
    check_device(asa)
    _warn(wanted, progress)
    with asa.cli.configuring() as cli:
        for line in (line for side in wanted for line in side.lines()):
            cli.run(line)
            yield
    summary = shown_summary(asa)
    for side in wanted:
        _compare(side, summary, progress)
    yield
    if saves:
        asa.cli.run("write memory", seconds=300)
    return summary


def backed_up_now(asa: Asa, location: str) -> Steps[Package]:
    """Save the configuration, which backs up as well, and prove it by the package's file."""
    check_device(asa)
    summary = shown_summary(asa)
    if summary.backs_up is False:
        message = "automatic backup is off, so that a save would make none"
        raise BackupRefused(message, cause="not-on", hint="`rommon auto-backup configure --backup on`")
    before = _package(asa.cli, location)
    yield
    asa.cli.run("write memory", seconds=300)
    yield
    after = _package(asa.cli, location)
    if after is None or (before is not None and before.date == after.date):
        seen = f"{location} has {'the one from before' if after else 'none'}"
        hint = "is the card in its slot, and is this the location that `rommon auto-backup show` tells?"
        raise BackupUnproved(f"the configuration was saved, and no new {PACKAGE} was written", seen=seen, hint=hint)
    return Package(location, PACKAGE, after.bytes, after.date)


def shown_summary(asa: Asa) -> Summary:
    """What the device says of both sides. Raises `BackupRefused` on a device that can't have them."""
    check_device(asa)
    return read_summary(asa.cli.run(SUMMARY))


def read_summary(text: str) -> Summary:
    """Read each side from the lines that name it, or stand below one that does."""
    parts: dict[str, list[str]] = {"backup": [], "restore": []}
    side = ""
    for line in text.splitlines():
        named = re.findall(r"\b(backup|restore)\b(?!-)", line.lower().replace("backup-package", ""))
        side = named[0] if len(set(named)) == 1 else "" if named else side
        if side:
            parts[side].append(line)
    backup, restore = ("\n".join(parts[name]) for name in ("backup", "restore"))
    return Summary(text.strip(), _is_on(backup), _location(backup), _is_on(restore), _location(restore))


def _is_on(text: str) -> bool | None:
    said = {_ON[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _ON}
    return said.pop() if len(said) == 1 else None


def _location(text: str) -> str:
    found = set(re.findall(r"\bdisk[0-3]:", text))
    return str(found.pop()) if len(found) == 1 else ""


def _package(cli: AsaCli, location: str) -> ListedFile | None:
    try:
        listing = read_listing(cli.run(f"dir {location}"))
    except (CommandFailed, AnswerUnclear):
        return None  # an empty slot is refused in words that nobody has captured
    return next((one for one in listing.files if one.name.rpartition("/")[2] == PACKAGE), None)


def _compare(wanted: SideWanted, summary: Summary, progress: Progress) -> None:
    is_backup = wanted.side == "backup"
    is_on = summary.backs_up if is_backup else summary.restores
    location = summary.backup_location if is_backup else summary.restore_location
    if is_on is None or (wanted.is_on and not location):
        progress.publish(Warned(f"`{SUMMARY}` can't be read for the {wanted.side}: look at it yourself"))
        return
    if is_on != wanted.is_on or (wanted.is_on and location != wanted.location):
        message = f"the device does not show the automatic {wanted.side} as it was configured; nothing was saved"
        raise BackupUnproved(message, seen=summary.text, hint=f"type `{SUMMARY}` and compare")


def _warn(wanted: tuple[SideWanted, ...], progress: Progress) -> None:
    for side in wanted:
        if side.is_on and not side.passphrase:
            progress.publish(Warned(f"the {side.side}'s passphrase is `cisco`, which everybody knows"))
        if side.is_on and side.side == "restore":
            progress.publish(Warned(f"at a start, another device's {PACKAGE} on {side.location} replaces everything"))
