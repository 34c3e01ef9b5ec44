"""A device's life: power-on, window, flash or boot monitor, software, restart, for ever.

The script that `lead_life` returns never ends by itself; taking the power away ends it wherever it stands.
"""

import re

from .boot_rom import write_rom
from .chassis import BOOT_FIELD, Chassis, Launch, ResetError
from .events import Answered, Erased, Reloaded
from .family import BootMonitor, Family
from .invented import ERASING, SESSION_CLOSED
from .options import Start
from .rewording import ask_elsewhere
from .script import Pause, Script
from .window import offer_window

BANNER_VERSION = re.compile(r"(ROMMON, Version )[\d.]+")


def lead_life(chassis: Chassis, family: Family, start: Start) -> Script[None]:
    """Everything from now on; `start` says where in its life the device is met."""
    while True:
        try:
            yield from through_supervisor(chassis, family)
            yield from _one_boot(chassis, family, start)
        except ResetError as reset:
            start = "cold"
            chassis.reset_cause = "ResetRequest"
            chassis.disk.remember(chassis.remembered())
            chassis.publish(Reloaded(reset.reason))
            session_ends(chassis, family)
            yield Pause(1.0)


def through_supervisor(chassis: Chassis, family: Family) -> Script[None]:
    """Where the console is a supervisor's: stay at its prompt until somebody opens a session to the module."""
    if family.supervisor is None or chassis.session_open:
        return
    with chassis.in_state("supervisor"):
        yield from family.supervisor(chassis).run()
    chassis.session_open = True


def session_ends(chassis: Chassis, family: Family) -> None:
    """The fault `session-closes`: a module that restarts drops the session to it."""
    if family.supervisor and chassis.session_open and "session-closes" in chassis.faults:
        chassis.session_open = False
        chassis.console.print(SESSION_CLOSED)


def _one_boot(chassis: Chassis, family: Family, start: Start) -> Script[None]:
    monitor = family.monitor(chassis, family)
    chassis.console.newline = family.newline
    launch: Launch | None = None
    if start == "booted":
        launch = Launch((chassis.flash_image if chassis.boot_entries else None) or family.old_image, "flash")
    elif start != "monitor":
        launch = yield from _from_power_on(chassis, family, monitor, skip_post=start == "window")
    if launch is None:
        launch = yield from monitor.run()
    if launch.source == "netboot" and chassis.strikes_once("boots-old-image"):
        chassis.flash_image = family.old_image
        raise ResetError("the launched image restarted the device")
    yield from family.software(chassis, family, launch).run(at_prompt=start == "booted")


def _from_power_on(chassis: Chassis, family: Family, monitor: BootMonitor, *, skip_post: bool) -> Script[Launch | None]:
    """The way to a launch from flash, or to the boot monitor (None)."""
    chassis.state = "post"
    if not skip_post:
        yield from _self_test(chassis, family)
    if chassis.rom.pending:
        yield from write_rom(chassis)
        raise ResetError("the boot ROM was written")
    yield from ask_elsewhere(chassis, "power-on")
    if chassis.recovery_disabled:
        if (yield from _erase_answered(chassis, monitor)):
            yield from monitor.interrupted()
            return None
    elif not chassis.register & BOOT_FIELD or (yield from _stopped_in_window(chassis, family)):
        yield from ask_elsewhere(chassis, "stopped")
        yield from monitor.interrupted()
        return None
    chassis.state = "autoboot"
    return (yield from monitor.autoboot())


def _stopped_in_window(chassis: Chassis, family: Family) -> Script[bool]:
    return family.has_window and (yield from offer_window(chassis, family))


def _self_test(chassis: Chassis, family: Family) -> Script[None]:
    if "slow-post" in chassis.faults:
        yield Pause(chassis.faults.number("slow-post", 600.0))
    for seconds, text in family.banner:
        yield Pause(seconds)
        captured = text.format(cause=chassis.reset_cause)
        # A family's banner shows the version that it was captured with.
        shown = (
            BANNER_VERSION.sub(rf"\g<1>{chassis.monitor_version}", captured) if chassis.monitor_version else captured
        )
        chassis.console.print(shown, end="")


def _erase_answered(chassis: Chassis, monitor: BootMonitor) -> Script[bool]:
    """Ask whether to erase the flash; True: it was erased, and the boot monitor is open to everybody."""
    warning, question = monitor.erase_question()
    chassis.console.print(warning + "\n")
    answer = ""
    while answer not in ("yes", "no"):
        with chassis.in_state("question"):
            answer = yield from chassis.console.read_line(question)
        chassis.publish(Answered(question.strip(), answer))
    if answer == "no":
        return False
    chassis.console.print(ERASING)
    chassis.flash_image = None
    chassis.recovery_disabled = False
    chassis.publish(Erased())
    return True
