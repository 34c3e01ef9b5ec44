"""Power that a person switches: asked, and counted for. Whether it was done, only the console shows."""

import time
from collections.abc import Callable

from rommon_tool.power.method import OFF_SECONDS, Action, Power
from serial_console.interlock import Outlet

_WORDS: dict[Action, str] = {
    "on": "Switch the device ON now",
    "off": "Switch the device OFF now",
    "cycle": "Switch the device OFF now",
}


class PowerPerson(Power):
    """Tells a person what to do, with a countdown from off to on.

    `asks` is true. It never says by itself that the power is back: a device that is still on must get no key pressed. `done` is called
    by whoever knows.
    """

    asks = True

    def __init__(
        self,
        say: Callable[[str], None],
        off_seconds: float = OFF_SECONDS,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("ask:", Outlet("person"))
        self._say = say
        self._off_seconds = round(off_seconds)
        self._seconds = seconds
        self._on_at: float | None = None
        self._left = 0
        self._running = self._done = False

    def begin(self, action: Action) -> None:
        # A person who is asked again has not done it, or too late: the count begins again.
        self.cycles += 1
        self._running, self._done = True, False
        self._say(_WORDS[action])
        self._left = self._off_seconds
        self._on_at = self._seconds() + self._off_seconds if action == "cycle" else None

    @property
    def running(self) -> bool:
        return self._running

    @property
    def counting(self) -> bool:
        """Whether the person has still to wait before switching on."""
        return self._on_at is not None

    def done(self) -> None:
        """The person says, or the console shows, that it was done."""
        self._done, self._on_at = True, None

    def has_ended(self) -> bool:
        self._count()
        if not (self._running and self._done):
            return False
        self._running = False
        return True

    def _count(self) -> None:
        if self._on_at is None:
            return
        left = max(0, round(self._on_at - self._seconds()))
        if left < self._left:
            self._left = left
            self._say(f"on again in {left} s" if left else _WORDS["on"])
        if not left:
            self._on_at = None
