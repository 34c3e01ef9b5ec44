"""The ISA 3000's automatic backup at every save, and its automatic restore early in a start (9.7(1) and later).

The file's name, the variables and the fingerprint rule are documented. What is printed, what the package holds and what the
fingerprint is are made up; the commands' forms are recalled. It has a flash and an SD card; no USB stick is plugged in.
"""

import json
from hashlib import sha256

from ..boot_text import at_least
from ..chassis import Chassis
from ..family import Family
from ..invented import CARD_MISSING, PACKAGE_FAILED, PACKAGE_SUMMARY
from ..script import Script
from .commands import Command, Setting
from .files import complain
from .session import Machine, Session

PACKAGE = "auto-backup-asa.tgz"
_DEFAULTS = {"location": "disk3:", "passphrase": "cisco"}


def has_it(machine: Machine) -> bool:
    """Whether this is an ISA 3000 with software that knows of it."""
    return machine.family.name == "isa3000" and at_least(machine.version, 9, 7)


def back_up(session: Session) -> None:
    """What a save does besides, if automatic backup is on."""
    running = session.running
    if not has_it(session.machine) or not running.beginning("backup-package backup auto"):
        return
    words = running.value("backup-package backup location").split()
    where, passphrase = words[0], words[-1]
    content = {
        "fingerprint": session.chassis.serial,
        "key": sha256(passphrase.encode()).hexdigest(),
        "startup": session.chassis.startup,
    }
    if not _write(session.chassis, where, json.dumps(content).encode()):
        session.print(PACKAGE_FAILED.format(where=where))


def restore(chassis: Chassis, family: Family) -> None:
    """Take another device's package for the startup configuration, if the monitor's variables say so."""
    if family.name != "isa3000" or variable(chassis, family, "RESTORE_MODE") != "auto":
        return
    where = variable(chassis, family, "RESTORE_LOCATION")
    found = _read(chassis, where)
    kept = json.loads(found) if found else {}
    key = sha256(variable(chassis, family, "RESTORE_PASSPHRASE").encode()).hexdigest()
    if kept and kept["fingerprint"] != chassis.serial and kept["key"] == key:
        chassis.save(kept["startup"], chassis.boot_entries, chassis.config_file)
        _write(chassis, where, json.dumps({**kept, "fingerprint": chassis.serial}).encode())


def variable(chassis: Chassis, family: Family, name: str) -> str:
    """A variable of the boot monitor, as it was saved or out of the box."""
    return chassis.nvram.get(name, dict(family.variables)[name])


def _read(chassis: Chassis, where: str) -> bytes:
    if where == "disk3:":
        return chassis.card.get(PACKAGE, (b"", ""))[0]
    return bytes(chassis.disk.read(PACKAGE)) if where == "disk0:" and chassis.disk.has(PACKAGE) else b""


def _write(chassis: Chassis, where: str, content: bytes) -> bool:
    """False where nothing is plugged in, or the medium is full."""
    if where == "disk3:" and "no-card" not in chassis.faults:
        chassis.card[PACKAGE] = content, chassis.stamp()
        return True
    try:
        if where == "disk0:":
            chassis.disk.write(PACKAGE, content, chassis.stamp())
    except OSError:
        return False
    return where == "disk0:"


# --- the command line ------------------------------------------------------------------------------------------------


def _backup_setting(session: Session, words: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001
    yield from ()
    if not has_it(session.machine) or not _is_known(words, negated=negated):
        session.refuse_word(0)
        return False
    if words[0] == "location":
        session.running.remove("backup-package backup location")
    elif not negated and not session.running.beginning("backup-package backup location"):
        session.running.put("backup-package backup location disk3: passphrase cisco")
    return True


def _restore_setting(session: Session, words: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001
    """These go into the monitor's variables, where the next start finds them."""
    yield from ()
    if not has_it(session.machine) or not _is_known(words, negated=negated):
        session.refuse_word(0)
        return False
    nvram = session.chassis.nvram
    if words[0] == "auto":
        nvram["RESTORE_MODE"] = "manual" if negated else "auto"
    else:
        nvram["RESTORE_LOCATION"], nvram["RESTORE_PASSPHRASE"] = words[1], words[-1]
    return False


def _is_known(words: list[str], *, negated: bool) -> bool:
    """`auto`, or `location diskN: passphrase KEY`, which only a `no` may cut short."""
    return words == ["auto"] or (
        words[:1] == ["location"] and (negated or (len(words) == 4 and words[2] == "passphrase"))
    )


def _summary(session: Session, _: list[str]) -> Script[None]:
    if not has_it(session.machine):
        session.refuse_word(1)
        return
    chassis, family = session.chassis, session.machine.family
    backup = (session.running.value("backup-package backup location") or _DEFAULTS["location"]).split()[0]
    restores = variable(chassis, family, "RESTORE_MODE")
    yield from session.page(
        PACKAGE_SUMMARY.format(
            backup="auto" if session.running.beginning("backup-package backup auto") else "manual",
            backup_location=backup,
            restore=restores,
            restore_location=variable(chassis, family, "RESTORE_LOCATION"),
        ).splitlines()
    )


def _dir_card(session: Session, _: list[str]) -> Script[None]:
    yield from ()
    if session.machine.family.name != "isa3000" or "no-card" in session.chassis.faults:
        complain(session, "opening", "disk3:/", CARD_MISSING)
        return
    session.print("\nDirectory of disk3:/\n")
    for name, (content, stamp) in session.chassis.card.items():
        session.print(f"10     -rwx  {len(content):<11}  {stamp}  {name}")
    session.print("\n1013649408 bytes total (1008001024 bytes free)")


COMMANDS = (Command(("show", "backup-package", "summary"), _summary), Command(("dir", "disk3:"), _dir_card))
SETTINGS = (
    Setting(("backup-package", "backup"), many=True, act=_backup_setting),
    Setting(("backup-package", "restore"), many=True, act=_restore_setting),
)
