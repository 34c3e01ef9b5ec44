"""What every way of switching power has: three acts that are begun, and one question whether the last one has ended.

Nothing here waits: the console must be read while the power is switched.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal, TypeAlias

Action: TypeAlias = Literal["on", "off", "cycle"]

# Long enough for a power supply to run empty; Cisco's guides ask for a few seconds.
OFF_SECONDS = 5.0


class Power(ABC):
    """One device's power. `name` says how it is switched, without any secret; `cycles` counts what was begun.

    `asks` says that a person switches it.
    """

    asks = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.cycles = 0

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

    @abstractmethod
    def start(self, action: Action) -> None:
        """Begin an act, unless one runs already. Raises `PowerCommandFailed`, or `WrongUsage` for one that it can't do."""

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether an act runs."""

    @abstractmethod
    def ended(self) -> bool:
        """Whether an act ended well since last asked. Raises `PowerCommandFailed` if it failed."""


class PowerBeside(Power):
    """Power that is switched by a few requests of ours, in a thread of their own.

    The thread is no daemon: a program that is interrupted between off and on still switches on.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def start(self, action: Action) -> None:
        if self._thread is not None:
            return
        self.cycles += 1
        self._error = None
        self._thread = threading.Thread(target=self._run, args=[lambda: self.act(action)])
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread is not None

    def ended(self) -> bool:
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
