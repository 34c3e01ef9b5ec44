"""What every way of switching power has: three acts that are begun, and one question whether the last one has ended.

Nothing here waits: the console must be read while the power is switched. No act begins without the interlock's leave.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal, TypeAlias

from serial_console.interlock import Outlet, Switching

Action: TypeAlias = Literal["on", "off", "cycle"]

# Long enough for a power supply to run empty; Cisco's guides ask for a few seconds.
OFF_SECONDS = 5.0


class Power(ABC):
    """One device's power. `name` says how it is switched, without any secret; `cycles` counts what was begun.

    `asks` says that a person switches it. `outlet` is what the interlock tells devices apart by.
    """

    asks = False

    def __init__(self, name: str, outlet: Outlet) -> None:
        self.name = name
        self.outlet = outlet
        self.cycles = 0
        self.leave = Switching(outlet)

    def check(self) -> None:  # noqa: B027 - most can always cycle
        """Raise `WrongUsage` if this can't cycle the power, before anything is touched."""

    def on(self) -> None:
        """Begin to switch on."""
        self.start("on")

    def off(self) -> None:
        """Begin to switch off."""
        self.start("off")

    def cycle(self) -> None:
        """Begin to switch off and on again."""
        self.start("cycle")

    def start(self, action: Action) -> None:
        """Begin an act, unless one runs already.

        Raises `PowerCommandFailed`, `WrongUsage` for one that it can't do, `RomWindowOpen` where it might cut the power of a device
        that writes its boot ROM.
        """
        self.leave.begin()
        try:
            self.begin(action)
        except BaseException:
            self.leave.end()
            raise

    def ended(self) -> bool:
        """Whether an act ended well since last asked. Raises `PowerCommandFailed` if it failed."""
        try:
            has_ended = self.has_ended()
        except BaseException:
            self.leave.end()
            raise
        if has_ended:
            self.leave.end()
        return has_ended

    @abstractmethod
    def begin(self, action: Action) -> None:
        """As `start`, with the interlock's leave."""

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether an act runs."""

    @abstractmethod
    def has_ended(self) -> bool:
        """As `ended`."""


class PowerBeside(Power):
    """Power that is switched by a few requests of ours, in a thread of their own.

    The thread is no daemon: a program that is interrupted between off and on still switches on.
    """

    def __init__(self, name: str, outlet: Outlet) -> None:
        super().__init__(name, outlet)
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def begin(self, action: Action) -> None:
        if self._thread is not None:
            return
        self.cycles += 1
        self._error = None
        self._thread = threading.Thread(target=self._run, args=[lambda: self.act(action)])
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread is not None

    def has_ended(self) -> bool:
        if self._thread is None or self._thread.is_alive():
            return False
        self._thread = None
        if self._error is not None:
            raise self._error
        return True

    @abstractmethod
    def act(self, action: Action) -> None:
        """Switch, and return when it is done. Raises `PowerCommandFailed`."""

    def _run(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - raised where somebody listens
            self._error = error
