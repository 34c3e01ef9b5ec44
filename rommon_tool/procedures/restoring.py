"""The chapter's "Restore the Backup": only to the version that made it, after an archive of what it replaces.

The running configuration is applied by the device, whose errors meanwhile are normal; only its last word counts.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rommon_tool.backup_archive import Archive, look_into
from rommon_tool.errors import BackupRefused, BackupUnproved
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.backup_rules import check_rules
from rommon_tool.procedures.copying import copied_to_disk0
from rommon_tool.procedures.disk_files import Agrees
from rommon_tool.procedures.disk_names import DiskName
from rommon_tool.procedures.file_servers import FileServer
from rommon_tool.procedures.own_archive import OwnArchive, archived
from rommon_tool.procedures.run import Steps
from rommon_tool.procedures.upload_taker import Taker
from rommon_tool.progress import Progress
from serial_console.asa_cli import Answers, Secret
from serial_console.asa_cli.answers import ENTER
from serial_console.errors import ConsoleError

ON_DISK = DiskName("disk0", "rommon-tool.restore.tar.gz")
_SILENCE_SECONDS = 600.0
_FINISHED = "Restore finished!"
_COMPLAINT = re.compile(r"(?m)^(?:ERROR|WARNING)[: ][^\n]*")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and the archive of what was there before. `complaints`: lines that the device did not take as they are."""

    path: str
    version: str
    before: str
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """The backup, the folder for the archive of what it replaces, and the passphrases that the device may ask for."""

    path: Path
    before: Path
    passphrase: Secret
    agrees: Agrees
    master_passphrase: Secret | None = None


def lines_to_type() -> list[str]:
    """Every line, but for the copies."""
    return ["show mode", "dir disk0:/", f"verify /sha-512 {ON_DISK}", f"restore location {ON_DISK}", "show version"]


def restored(asa: Asa, taker: Taker, server: FileServer, order: RestoreOrder, progress: Progress) -> Steps[Restored]:
    """Restore a backup of the ASA's own. `taker` and `server` are entered one after the other, on the same port.

    Raises `BackupUnusable` and `BackupRefused` before anything is typed that changes the device, `BackupUnproved` behind it.
    """
    archive = look_into(order.path)
    check_rules(asa, progress)
    check_same_version(archive, asa.shown.version)
    before = yield from _archived_before(asa, taker, order, progress)
    _agree(order, before)
    with server:
        yield from copied_to_disk0(asa.cli, server, ON_DISK.path, progress)
    try:
        text = yield from _restore(asa, order)
    finally:
        with suppress(ConsoleError):
            asa.cli.run(f"delete /noconfirm {ON_DISK}")
    return Restored(str(order.path), archive.version, before.path, tuple(_COMPLAINT.findall(text)))


def check_same_version(archive: Archive, version: str) -> None:
    """Raises `BackupRefused` unless the archive tells that this very version made it."""
    if archive.version == version:
        return
    message = (
        f"the backup was made by {archive.version or 'a version that it does not tell'}, and this ASA runs {version}"
    )
    raise BackupRefused(
        message,
        cause="other-version",
        hint="the chapter restores to the same version only: install that one first; or copy the configuration by hand",
    )


def _archived_before(asa: Asa, taker: Taker, order: RestoreOrder, progress: Progress) -> Steps[OwnArchive]:
    with taker:
        return (yield from archived(asa, taker, order.before, progress))


def _agree(order: RestoreOrder, before: OwnArchive) -> None:
    what = f"replace the configurations by those of {order.path.name}; what is there now is kept in {before.path}"
    if not order.agrees(what):
        raise BackupRefused(f"not agreed to: {what}", cause="not-agreed", hint="--yes agrees beforehand")


def _restore(asa: Asa, order: RestoreOrder) -> Steps[str]:
    given: dict[str, str | Secret] = {r"(?i)restore location": ENTER}
    if order.master_passphrase is not None:
        given[r"(?i)master passphrase"] = order.master_passphrase
    given[r"(?i)passphrase used while backup|certificates will not be restored"] = order.passphrase
    command = f"restore location {ON_DISK}"
    following = asa.cli.follow(command, Answers(given), seconds=_SILENCE_SECONDS, checked=False)
    while True:
        try:
            next(following)
        except StopIteration as end:
            text = str(end.value)
            break
        yield
    if _FINISHED not in text:
        last = text.strip().rpartition("\n")[2]
        message = f"the device did not say that its restore finished; what was there before is in {order.before}"
        raise BackupUnproved(message, seen=last, hint="look at `show running-config` before anything is saved")
    return text
