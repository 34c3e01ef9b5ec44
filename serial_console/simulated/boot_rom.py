"""The boot ROM of a simulated device, how it is written, and what kills it.

From the answer that confirms the upgrade until the software is up again, whatever reaches the device bricks it: a byte, a BREAK, a control
line, the power. The order of the restarts follows a published account of a 5506-X; the texts of the writing are invented.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .invented import ROM_QUESTION, ROM_WRITING, ROM_WRITTEN
from .script import Pause, Script

if TYPE_CHECKING:
    from .chassis import Chassis

WRITING_SECONDS = 600.0  # "about 10 minutes" on a 5506-X
PARTS = 10
FOREVER_SECONDS = 1e9
# The arguments of the fault `rom-upgrade`. The first three strike before the window; `modified` leaves changes unsaved.
TROUBLES = (
    "bad-hash",
    "other-file",
    "modified",
    "silent",
    "old",
    "loops",
    "asks",
    "asks-again",
    "monitor",
    "slow",
    "prompt-in-sight",
)


@dataclass(slots=True)
class BootRom:
    """What the chip is at: `pending` is the version to be written, `bricked` what killed the device."""

    pending: str = ""
    is_critical: bool = False
    bricked: str = ""

    def confirm(self, version: str) -> None:
        """From now on nothing may reach the device."""
        self.pending, self.is_critical = version, True

    def settle(self) -> None:
        """The software is up: it may be talked to again."""
        self.is_critical = False

    def disturb(self, what: str) -> bool:
        """Something reached the device; whether it is dead now."""
        if self.is_critical and not self.bricked:
            self.bricked = what
        return bool(self.bricked)


def version_in(name: str) -> str:
    """The version in the name of a firmware file: `asa5500-firmware-1114.SPA` is 1.1.14."""
    digits = name.removesuffix(".SPA").rpartition("-")[2]
    return f"{digits[0]}.{digits[1]}.{int(digits[2:])}" if len(digits) == 4 and digits.isdecimal() else ""


def write_rom(chassis: "Chassis") -> Script[bool]:
    """Write what is pending, between the old version's banner and a restart; False: nothing was written."""
    trouble = chassis.faults.text("rom-upgrade")
    chassis.console.print(ROM_WRITING, end="")
    if trouble in ("silent", "asks", "monitor"):
        chassis.console.print({"silent": "", "asks": ROM_QUESTION, "monitor": "\nrommon 1 > "}[trouble], end="")
        yield Pause(FOREVER_SECONDS)
    for part in range(PARTS):
        yield Pause((2400.0 if trouble == "slow" else WRITING_SECONDS) / PARTS)
        chassis.console.print(".", end="")
        if part == PARTS // 2 and trouble in _INTERLUDES:
            chassis.console.print(_INTERLUDES[trouble], end="")
    if trouble != "loops":
        chassis.monitor_version = chassis.rom.pending if trouble != "old" else chassis.monitor_version
        chassis.rom.pending = ""
    chassis.console.print(ROM_WRITTEN)
    return True


_INTERLUDES = {"asks-again": "\nProceed with reload? [confirm]", "prompt-in-sight": "\nciscoasa> "}
