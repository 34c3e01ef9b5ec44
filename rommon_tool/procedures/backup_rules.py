"""The chapter's "Before You Begin Backup or Restore", as refusals and warnings."""

import re

from rommon_tool.asa_version import AsaVersion
from rommon_tool.errors import BackupRefused
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli.reading.listing import read_listing
from serial_console.asa_cli.reading.units import read_is_multiple

ROOM_BYTES = 300 * 1000 * 1000
_FIRST = AsaVersion(9, 3, 2)
_MASTER = re.compile(r"(?m)^key config-key password-encryption|^password encryption aes")
_HINT = "`rommon backup archive` keeps the configurations and files without the device's own backup"


def check_rules(asa: Asa, progress: Progress) -> None:
    """Raises `BackupRefused` for an older version, multiple context mode, or less than 300 MB free on disk0."""
    _check_version(asa.shown.version)
    if read_is_multiple(asa.cli.run("show mode")):
        message = (
            "the ASA is in multiple context mode, and the chapter backs up and restores in single context mode only"
        )
        raise BackupRefused(message, cause="multiple-contexts", hint=_HINT)
    free = read_listing(asa.cli.run("dir disk0:/")).free_bytes or 0
    if free < ROOM_BYTES:
        message = f"disk0: has {free:,} bytes free, and a backup or restore should have 300 MB"
        raise BackupRefused(message, cause="no-room", hint="delete what is not needed: `rommon files ls` shows it")
    _warn(asa, progress)


def _check_version(text: str) -> None:
    try:
        version = AsaVersion.parse(text)
    except ValueError:
        return  # what it is called in a laboratory; the device itself refuses what it does not know
    if version < _FIRST:
        raise BackupRefused(f"{version} has no `backup`: it came with {_FIRST}", cause="too-old", hint=_HINT)


def _warn(asa: Asa, progress: Progress) -> None:
    if re.search(r"(?m)^Failover On", asa.cli.run("show failover", checked=False)):
        progress.publish(Warned("failover is on: each unit is backed up and restored separately"))
    if re.search(r"(?m)^cluster group", asa.cli.run("show running-config cluster", checked=False)):
        progress.publish(Warned("a cluster: only configurations and identity certificates, for each unit separately"))
    if _MASTER.search(asa.cli.run("show running-config password", checked=False)):
        progress.publish(Warned("a master passphrase is in use: without it this backup can't be restored elsewhere"))
