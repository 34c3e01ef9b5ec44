"""One device's parts and what it remembers: flash, NVRAM, configuration register, the state it is in."""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from .boot_rom import BootRom
from .console import Console
from .disk import Disk
from .events import Event, State
from .faults import Faults
from .network import Network
from .options import Options

BOOT_FIELD, IGNORES_CONFIG = 0x0F, 0x40  # of the configuration register; a boot field of 0 stays in the monitor


SWITCHED_ON = datetime(2018, 6, 30, 6, 43, tzinfo=UTC)  # what its clock says when it gets power first
IMAGE_NAME = re.compile(r"(?:asa\d[\w.\-]*|fxos-k8-[\w.\-]+|cisco-asa-[\w.\-]+)\.(?:bin|SPA|SSA|SSB)\Z")
STUB_BYTES = 4096  # of an image that was there before anybody looked


class ResetError(Exception):
    """The device restarts: raised inside its script, caught where its life begins anew."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Launch:
    """An image on its way from the boot monitor to the processor."""

    image: str
    source: Literal["netboot", "flash"]
    server: str = ""


@dataclass(slots=True)
class Chassis:
    """What scripts of one device share. NVRAM and flash survive a power cycle; the rest is set anew by it."""

    options: Options
    console: Console
    network: Network
    disk: Disk
    publish: Callable[[Event], None]
    now: Callable[[], float]
    state: State = "off"
    nvram: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)  # of the boot monitor that runs, or ran last
    register: int = 0x1
    recovery_disabled: bool = False
    reset_cause: str = "PowerOn"
    serial: str = "JAD00000000"
    rom: BootRom = field(default_factory=BootRom)
    monitor_version: str = ""  # after an upgrade; else the family's
    startup: str = ""  # the saved configuration
    boot_entries: tuple[str, ...] = ()  # the BOOT variable as it was saved, such as disk0:/asa.bin
    config_file: str = ""
    card: dict[str, tuple[bytes, str]] = field(default_factory=dict)  # an ISA 3000's SD card: files, stamps
    session_open: bool = True  # of a module: its supervisor leads to it
    spent: set[str] = field(default_factory=set)  # faults that strike once, and have

    @property
    def faults(self) -> Faults:
        return self.options.faults

    @property
    def link_up(self) -> bool:
        return "link-down" not in self.faults

    @property
    def flash_image(self) -> str | None:
        """What boots from disk0: the first saved entry that is there; with no entry, the first image on the disk."""
        local = [
            entry.removeprefix("disk0:").lstrip("/") for entry in self.boot_entries if not entry.startswith("tftp:")
        ]
        images = local or [name for name in self.disk.files() if IMAGE_NAME.match(name)]
        return next((name for name in images if self.disk.has(name)), None)

    @flash_image.setter
    def flash_image(self, name: str | None) -> None:
        """Put an image there as if it had always been; None: wipe the disk."""
        if name is None:
            self.disk.wipe()
            self.boot_entries = ()
        elif not self.disk.has(name):
            self.disk.write(name, (name.encode() + b"\n") * (STUB_BYTES // (len(name) + 1)))

    def stamp(self) -> str:
        """The device's clock: HH:MM:SS MON DD YYYY."""
        return (SWITCHED_ON + timedelta(seconds=self.now())).strftime("%H:%M:%S %b %d %Y")

    def save(self, startup: str, boot_entries: tuple[str, ...], config_file: str) -> None:
        """Keep a configuration and the boot variables for the next boot."""
        self.startup, self.boot_entries, self.config_file = startup, boot_entries, config_file
        self.disk.remember(self.remembered())

    def remembered(self) -> dict[str, object]:
        """What NVRAM holds, as a device whose disk is a folder keeps it over a restart of the simulator."""
        return {
            "startup": self.startup,
            "boot_entries": list(self.boot_entries),
            "config_file": self.config_file,
            "register": self.register,
            "monitor_version": self.monitor_version,
        }

    def recall(self, kept: dict[str, Any]) -> None:
        """Take back what was remembered."""
        self.startup, self.config_file = str(kept["startup"]), str(kept["config_file"])
        self.boot_entries = tuple(str(entry) for entry in kept["boot_entries"])
        self.register, self.monitor_version = int(kept["register"]), str(kept["monitor_version"])

    def erase_startup(self) -> None:
        """Forget the saved configuration; images and boot monitor variables stay."""
        self.save("", (), "")

    def strikes_once(self, fault: str) -> bool:
        """Whether this fault strikes now; it then counts as spent."""
        if fault not in self.faults or fault in self.spent:
            return False
        self.spent.add(fault)
        return True

    @contextmanager
    def in_state(self, state: State) -> Generator[None]:
        """Be in a state for a while, and go back to the one before."""
        before, self.state = self.state, state
        try:
            yield
        finally:
            self.state = before
