"""One device's parts and what it remembers: flash, NVRAM, configuration register, the state it is in."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from .console import Console
from .events import Event, State
from .faults import Faults
from .network import Network
from .options import Options

BOOT_FIELD, IGNORES_CONFIG = 0x0F, 0x40  # of the configuration register; a boot field of 0 stays in the monitor


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
    publish: Callable[[Event], None]
    now: Callable[[], float]
    state: State = "off"
    flash_image: str | None = None
    nvram: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)  # of the boot monitor that runs, or ran last
    register: int = 0x1
    recovery_disabled: bool = False
    reset_cause: str = "PowerOn"
    spent: set[str] = field(default_factory=set)  # faults that strike once, and have

    @property
    def faults(self) -> Faults:
        return self.options.faults

    @property
    def link_up(self) -> bool:
        return "link-down" not in self.faults

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
