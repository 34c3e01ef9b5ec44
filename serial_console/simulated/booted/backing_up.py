"""backup and restore (9.3(2) and later), in the words that the CLI guides are remembered by: no capture is known.

What the archive holds is public by its name only, a gzip-compressed tar: the layout here is made up.
"""

import gzip
import hashlib
import io
import tarfile

from ..invented import BACKUP_ITEMS, BACKUP_KEY_QUESTION, RESTORE_KEY_QUESTION, RESTORE_OTHER_VERSION
from ..script import Pause, Script
from .commands import Command
from .files import complain, path_of
from .running_config import RunningConfig
from .saving import checksum
from .session import Session

SECONDS_AN_ITEM = 0.4
DEFAULT_PASSPHRASE = b"cisco"  # the device's own


def _option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1] if name in words[:-1] else ""


def _backup(session: Session, words: list[str]) -> Script[None]:
    name = path_of(_option(words, "location")) or f"{session.machine.hostname}.backup.tar.gz"
    passphrase = _option(words, "passphrase")
    if "/noconfirm" not in words:
        yield from session.ask(f"Backup location [disk0:/{name}]? ")
        session.print()
    session.print("\nBegin backup...")
    for item in BACKUP_ITEMS:
        if item == "Identity Certificates" and not passphrase and "/noconfirm" not in words:
            passphrase = yield from session.ask(BACKUP_KEY_QUESTION)
            session.print()
        yield Pause(SECONDS_AN_ITEM)
        session.print(f"Backing up [{item}] ... Done!")
    session.print("\nCompressing the backup directory ... Done!")
    try:
        session.chassis.disk.write(name, _archive(session, passphrase), session.chassis.stamp())
    except OSError as error:
        complain(session, "writing", f"disk0:/{name}", str(error))
        return
    session.print("Copying Backup ... Done!\nCleaning up ... Done!\n\nBackup finished!")


def _archive(session: Session, passphrase: str) -> bytes:
    version = session.machine.version
    files = {
        "version": f"ASA Version {version}\n".encode(),
        "running-config.cfg": session.running.text(version).encode("latin-1"),
        "startup-config.cfg": session.chassis.startup.encode("latin-1"),
        "certificates.p12": hashlib.sha256(passphrase.encode("latin-1") or DEFAULT_PASSPHRASE).digest(),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def _restore(session: Session, words: list[str]) -> Script[None]:
    name = path_of(_option(words, "location"))
    quiet = "/noconfirm" in words
    if not quiet:
        yield from session.ask(f"restore location [disk0:/{name}]? ")
        session.print()
    files = _unpacked(session, name)
    if not files:
        complain(session, "opening", f"disk0:/{name}")
        return
    session.print("\nCopying Backup file to local disk... Done!\nExtracting the backup file ... Done!")
    if session.machine.version.encode() not in files["version"]:
        session.print(RESTORE_OTHER_VERSION)
        if not quiet and not (yield from session.confirms(" Do you want to continue? ")):
            return
    session.print("Begin restore ...")
    passphrase = _option(words, "passphrase")
    if not quiet and not passphrase:
        passphrase = yield from session.ask(RESTORE_KEY_QUESTION)
        session.print()
    yield from _apply(session, files, passphrase)


def _apply(session: Session, files: dict[str, bytes], passphrase: str) -> Script[None]:
    """The running configuration's errors are printed in between, and are normal."""
    text = files["running-config.cfg"].decode("latin-1")
    session.print("Restoring [Running Configuration]...\nERROR: Interface description was set by failover")
    yield Pause(SECONDS_AN_ITEM)
    session.running.blocks[:] = RunningConfig.read(text).blocks
    session.print(f"Cryptochecksum (changed): {checksum(text)}\n Done!")
    startup = files["startup-config.cfg"].decode("latin-1")
    session.chassis.save(startup, session.chassis.boot_entries, session.chassis.config_file)
    given = hashlib.sha256(passphrase.encode("latin-1") or DEFAULT_PASSPHRASE).digest()
    session.print("Restoring Certificates ...")
    if given == files["certificates.p12"]:
        session.print("INFO: Import PKCS12 operation completed successfully")
    else:
        session.print("ERROR: Import PKCS12 operation failed")
    session.print(". Done!\nCleaning up ... Done!\n\nRestore finished!")


def _unpacked(session: Session, name: str) -> dict[str, bytes]:
    """What is in an archive of this device's own; nothing if it is none."""
    disk = session.chassis.disk
    try:
        with tarfile.open(fileobj=io.BytesIO(disk.read(name)), mode="r:gz") as tar:
            return {entry.name: file.read() for entry in tar if (file := tar.extractfile(entry))}
    except (KeyError, tarfile.TarError, OSError):
        return {}


COMMANDS = (Command(("backup",), _backup), Command(("restore",), _restore))
