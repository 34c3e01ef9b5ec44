"""write memory, write erase, and what they leave for the next boot."""

import hashlib

from ..script import Pause, Script
from .auto_backup import back_up
from .commands import Command
from .files import path_of
from .session import Session


def save(session: Session) -> Script[None]:
    """Write the running configuration, and with it the boot variables, to where the next boot reads them."""
    machine = session.machine
    text = session.running.text(machine.version)
    session.print(f"Cryptochecksum: {checksum(text)} \n")
    yield Pause(1.0)
    session.chassis.save(text, _boot_entries(session), session.running.value("boot config"))
    _write_config_file(session, text)
    session.running.modified = False
    back_up(session)
    session.print(f"{len(text)} bytes copied in 0.150 secs")


def _write_config_file(session: Session, text: str) -> None:
    """Recalled: where CONFIG_FILE names a file, that is where the configuration is saved."""
    name = path_of(session.running.value("boot config"))
    if name:
        session.chassis.disk.write(name, text.encode("latin-1"), session.chassis.stamp())


def checksum(text: str) -> str:
    """Four groups of eight hex digits, as the software prints them."""
    digest = hashlib.md5(text.encode("latin-1"), usedforsecurity=False).hexdigest()
    return " ".join(digest[start : start + 8] for start in range(0, 32, 8))


def _boot_entries(session: Session) -> tuple[str, ...]:
    return tuple(line.removeprefix("boot system ") for line in session.running.beginning("boot system"))


def _write_memory(session: Session, _: list[str]) -> Script[None]:
    session.print("Building configuration...")
    yield from save(session)
    session.print("[OK]")


def _write_erase(session: Session, words: list[str]) -> Script[None]:
    if "/noconfirm" in words or (yield from session.confirms("Erase configuration in flash memory? ")):
        session.chassis.erase_startup()
        session.running.modified = True
        session.print("[OK]")


COMMANDS = (
    Command(("write",), _write_memory),
    Command(("write", "memory"), _write_memory),
    Command(("write", "erase"), _write_erase),
)
