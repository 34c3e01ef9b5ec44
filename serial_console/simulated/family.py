"""What distinguishes one family from another, as data, and the boot monitor that speaks its dialect."""

from dataclasses import dataclass
from typing import Protocol

from .chassis import Chassis, Launch
from .script import Script


class BootMonitor(Protocol):
    """A dialect: from the moment the window closes until an image is launched."""

    def autoboot(self) -> Script[Launch | None]:
        """Boot from flash as after a power-on; None: it failed, the prompt follows."""

    def interrupted(self) -> Script[None]:
        """What is printed between a break-in and the first prompt."""

    def run(self) -> Script[Launch]:
        """Talk at the prompt until something is launched."""

    def erase_question(self) -> tuple[str, str]:
        """The warning and the question of a device whose password recovery is disabled."""


class Software(Protocol):
    """What a launched image becomes."""

    def run(self, *, at_prompt: bool = False) -> Script[None]:
        """Boot, or be met at the prompt, and serve the console until a ResetError."""


class SoftwareMaker(Protocol):
    """A Software class."""

    def __call__(self, chassis: Chassis, family: "Family", launch: Launch) -> Software: ...


class Supervisor(Protocol):
    """A device around the device: its console is met first."""

    def run(self) -> Script[None]:
        """Talk until a session leads to the module."""


class SupervisorMaker(Protocol):
    """A class of such devices."""

    def __call__(self, chassis: Chassis) -> Supervisor: ...


class MonitorMaker(Protocol):
    """A BootMonitor class."""

    def __call__(self, chassis: Chassis, family: "Family") -> BootMonitor: ...


@dataclass(frozen=True, slots=True)
class Hardware:
    """How `show version` describes the machine."""

    operating_system: str
    device_manager: str
    compiled: str
    summary: str
    flash: str
    bios: str
    encryption: str
    interfaces: tuple[str, ...]
    licence: str


@dataclass(frozen=True, slots=True)
class Family:
    """One family. Times are seconds; texts are what the captured device of that family printed."""

    name: str
    model: str
    monitor: MonitorMaker
    software: SoftwareMaker
    newline: bytes  # of the boot monitor; the booted software prints CR LF everywhere
    banner: tuple[tuple[float, str], ...]  # printed from power-on; each part after its silence; {cause} is filled in
    interrupted: str  # what replaces the countdown, with its padding
    mac: str
    ports: tuple[str, ...]
    old_image: str
    default_version: str
    boot_lines: tuple[tuple[float, str], ...]  # Linux and the software's start, up to its version banner
    hardware: Hardware
    variables: tuple[tuple[str, str], ...]  # in the order of `set`, with their values out of the box
    port_text: str = ""  # how a classic monitor shows a port: {port}, {link}, {mac}
    stop_text: str = ""  # what it prints between `Boot interrupted.` and the prompt; {port_text} is filled in
    has_window: bool = True  # false for a device whose own monitor waits for its own key
    monitor_version: str = "1.1.8"  # as `show module` has it
    card: str = ""  # the card type in `show module`
    management: str = "Management0/0"  # as the booted software calls the port that the chapter copies files through
    supervisor: SupervisorMaker | None = None  # whose console leads to this one
    netbooted_file: str = "Unknown, monitor mode tftp booted image"  # in `show version`; {server}, {image}
