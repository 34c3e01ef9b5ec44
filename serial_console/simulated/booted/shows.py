"""`show` commands that tell of the device itself: version, module, boot variables, configurations."""

from collections.abc import Iterable

from ..script import Script
from ..show_version import show_version
from .commands import Command
from .session import Session

MODULE_TABLE = """\

Mod  Card Type                                    Model              Serial No.
---- -------------------------------------------- ------------------ -----------
   {mod} {card:<44} {model:<18} {serial}

Mod  MAC Address Range                 Hw Version   Fw Version   Sw Version
---- --------------------------------- ------------ ------------ ---------------
   {mod} {first} to {last}  2.2          {firmware:<12} {version}

Mod  SSM Application Name           Status           SSM Application Version
---- ------------------------------ ---------------- --------------------------

Mod  Status             Data Plane Status     Compatibility
---- ------------------ --------------------- -------------
   {mod} Up Sys             Not Applicable
"""


def _filtered(session: Session, lines: Iterable[str]) -> list[str]:
    """What `| include TEXT`, `| begin TEXT` or `| exclude TEXT` leaves."""
    _, bar, rest = session.line.partition("|")
    how, _, text = rest.strip().partition(" ")
    if not bar or not how:
        return list(lines)
    if "include".startswith(how):
        return [line for line in lines if text in line]
    if "exclude".startswith(how):
        return [line for line in lines if text not in line]
    shown = list(lines)
    first = next((index for index, line in enumerate(shown) if text in line), len(shown))
    return shown[first:]


def _version(session: Session, _: list[str]) -> Script[None]:
    machine = session.machine
    lines = show_version(machine.chassis, machine.family, machine.launch, machine.version)
    lines[-1] = _modified(session) if session.running.modified else lines[-1]
    yield from session.page(_filtered(session, lines))


def _modified(session: Session) -> str:
    return f"Configuration last modified by enable_15 at {session.chassis.stamp().replace(' ', '.000 UTC Sat ', 1)}"


def _module(session: Session, _: list[str]) -> Script[None]:
    """As a 5506-X and a 5515-X lay it out: the `Fw Version` of the first row is the boot monitor's."""
    machine = session.machine
    classic = machine.family.monitor_version.startswith("2.")
    text = MODULE_TABLE.format(
        mod=0 if classic else 1,
        card=machine.family.card or machine.family.model,
        model=machine.family.model,
        serial=machine.chassis.serial,
        first=_dotted(machine.family.mac),
        last=_dotted(machine.family.mac, 8),
        firmware=machine.chassis.monitor_version or machine.family.monitor_version,
        version=machine.version,
    )
    yield from session.page(_filtered(session, text.split("\n")[:-1]))


def _dotted(mac: str, plus: int = 0) -> str:
    digits = f"{int(mac.replace(':', '').replace('.', ''), 16) + plus:012x}"
    return ".".join(digits[start : start + 4] for start in (0, 4, 8))


def _bootvar(session: Session, _: list[str]) -> Script[None]:
    """Line 1 is what was saved; "Current" is the running configuration."""
    chassis = session.chassis
    entries = [line.removeprefix("boot system ") for line in session.running.beginning("boot system")]
    lines = [
        "",
        f"BOOT variable = {';'.join(chassis.boot_entries)}",
        f"Current BOOT variable = {';'.join(entries)}",
        f"CONFIG_FILE variable = {chassis.config_file}",
        f"Current CONFIG_FILE variable = {session.running.value('boot config')}",
    ]
    yield from session.page(_filtered(session, lines))


def _running(session: Session, words: list[str]) -> Script[None]:
    """The whole configuration, or the lines that begin with what was typed, whatever indentation."""
    wanted = [word for word in words if word != "|"][: words.index("|") if "|" in words else None]
    running = session.running
    whole = [": Saved", "", ": ", f"ASA Version {session.machine.version} ", "!", *running.shown(), ": end"]
    lines = running.shown(" ".join(wanted)) if wanted else whole
    yield from session.page(_filtered(session, lines))


def _startup(session: Session, _: list[str]) -> Script[None]:
    startup = session.chassis.startup
    shown = startup.rstrip("\n").split("\n") if startup else ["No Configuration"]
    yield from session.page(_filtered(session, shown))


def _mode(session: Session, _: list[str]) -> Script[None]:
    session.print("Security context mode: single ")
    yield from ()


def _clock(session: Session, _: list[str]) -> Script[None]:
    time, day = session.chassis.stamp().split(" ", 1)
    session.print(f"{time}.799 UTC Sat {day}")
    yield from ()


def _inventory(session: Session, _: list[str]) -> Script[None]:
    family = session.machine.family
    session.print(f'Name: "Chassis", DESCR: "{family.card or family.model}"')
    session.print(f"PID: {family.model:<18}, VID: V01     , SN: {session.chassis.serial}\n")
    yield from ()


def _privilege(session: Session, _: list[str]) -> Script[None]:
    level = 15 if session.privileged else 1
    session.print(f"Username : enable_{level}\nCurrent privilege level : {level}")
    session.print("Current Mode/s : P_PRIV" if session.privileged else "Current Mode/s : P_UNPR")
    yield from ()


def _interfaces(session: Session, _: list[str]) -> Script[None]:
    rows = ["Interface                  IP-Address      OK? Method Status                Protocol"]
    for block in session.running.blocks:
        if block.line.startswith("interface "):
            name = block.line.removeprefix("interface ")
            address = next((line.split()[2] for line in block.inner if line.startswith("ip address ")), "unassigned")
            up = "up" if session.chassis.link_up else "down"
            rows.append(
                f"{name:<26} {address:<15} YES {'CONFIG' if address[0].isdecimal() else 'unset':<6} {up:<21} {up:<8}"
            )
    yield from session.page(_filtered(session, rows))


COMMANDS = (
    Command(("show", "interface", "ip", "brief"), _interfaces),
    Command(("show", "version"), _version, privileged=False),
    Command(("show", "curpriv"), _privilege, privileged=False),
    Command(("show", "clock"), _clock, privileged=False),
    Command(("show", "module"), _module),
    Command(("show", "inventory"), _inventory),
    Command(("show", "bootvar"), _bootvar),
    Command(("show", "boot"), _bootvar),
    Command(("show", "running-config"), _running),
    Command(("show", "startup-config"), _startup),
    Command(("show", "mode"), _mode),
)
