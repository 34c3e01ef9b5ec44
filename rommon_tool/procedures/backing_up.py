"""The chapter's "Back Up the System": the ASA's own `backup` onto disk0, fetched to this machine, and looked into.

The archive on disk0 is taken away once its copy here is proved. Local CA certificates are not in it (see `own_archive`).
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rommon_tool.backup_archive import look_into
from rommon_tool.errors import BackupUnproved
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.backup_rules import check_rules
from rommon_tool.procedures.disk_files import size_of
from rommon_tool.procedures.disk_names import DiskName
from rommon_tool.procedures.receiving import check_target, received
from rommon_tool.procedures.run import Steps
from rommon_tool.procedures.upload_taker import Taker
from rommon_tool.progress import Progress
from serial_console.asa_cli import Answers, Secret
from serial_console.asa_cli.answers import ENTER
from serial_console.errors import ConsoleError

ON_DISK = DiskName("disk0", "rommon-tool.backup.tar.gz")
_SILENCE_SECONDS = 600.0
FINISHED = "Backup finished!"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup on this machine. `version` is the ASA's that made it: only the same one can restore it."""

    path: str
    bytes: int
    sha512: str
    version: str
    model: str
    files: int
    holds: tuple[str, ...]


def lines_to_type() -> list[str]:
    """Every line, but for the copy to us."""
    return ["show mode", "dir disk0:/", f"backup location {ON_DISK}", f"verify /sha-512 {ON_DISK}"]


def backed_up(asa: Asa, taker: Taker, path: Path, passphrase: Secret, progress: Progress) -> Steps[BackedUp]:
    """Make a backup and take it to `path`. `passphrase` protects certificates and VPN pre-shared keys; empty: the default.

    Raises `BackupRefused` before anything is made, `BackupUnproved`, `BackupUnusable`, and what `received` raises.
    """
    check_target(path, replaces=False)
    check_rules(asa, progress)
    _take_away(asa)
    yield
    try:
        yield from _made(asa, passphrase)
        got = yield from received(asa.cli, taker, ON_DISK, path, progress)
    finally:
        _take_away(asa)
    archive = look_into(path)
    holds = tuple(sorted({member.suggests for member in archive.members if member.suggests}))
    return BackedUp(str(path), got.bytes, got.sha512, asa.shown.version, asa.shown.model, len(archive.members), holds)


def _made(asa: Asa, passphrase: Secret) -> Steps[None]:
    answers = Answers({r"(?i)backup location": ENTER, r"(?i)passphrase to encrypt|while doing a restore": passphrase})
    following = asa.cli.follow(f"backup location {ON_DISK}", answers, seconds=_SILENCE_SECONDS)
    while True:
        try:
            next(following)
        except StopIteration as end:
            text = str(end.value)
            break
        yield
    if FINISHED not in text:
        last = text.strip().rpartition("\n")[2]
        raise BackupUnproved("the device did not say that its backup finished", seen=last, hint="run again")


def _take_away(asa: Asa) -> None:
    """Delete our archive from disk0, if one is there and there is a prompt to do it at."""
    with suppress(ConsoleError):
        if size_of(asa.cli, ON_DISK) is not None:
            asa.cli.run(f"delete /noconfirm {ON_DISK}")
