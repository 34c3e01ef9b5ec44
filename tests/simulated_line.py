"""A `Line` to a simulated device in virtual time: the driver and the simulator meet with no port, thread or waiting."""

import re
from dataclasses import dataclass, field

from serial_console.errors import ConsoleLost
from serial_console.line import Patterns, Seen, Silence
from serial_console.simulated import SimulatedDevice
from serial_console.simulated.errors import PortDiedError
from serial_console.simulated.network import Network

_STEP_SECONDS = 0.01
_WINDOW_BYTES = 4096


@dataclass
class SimulatedLine:
    """`device` is switched on as its URL says, at the first look at the line. `heard` is all that it printed."""

    url: str
    name: str = "simulated"
    network: Network | None = None
    events: list[object] = field(default_factory=list)
    heard: bytes = b""
    _now: float = 0.0
    _unread: bytes = b""
    _missed_by: Patterns | None = None
    _missed_in: bytes = b""

    def __post_init__(self) -> None:
        self.device = SimulatedDevice.from_url(self.url, on_event=self.events.append, network=self.network)
        self.device.meet()

    def send(self, data: bytes) -> None:
        self.device.type(data)
        self._advance(_STEP_SECONDS)

    def send_break(self) -> None:
        self.device.send_break()

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        deadline = self._now + seconds
        while True:
            self._unread += self._printed()
            if found := self._found(patterns):
                name, match = min(found, key=lambda pair: pair[1].start())
                before, self._unread = self._unread[: match.start()], self._unread[match.end() :]
                return Seen(name, match, before)
            if self._now >= deadline:
                return Silence(self._unread[-_WINDOW_BYTES:])
            self._advance(max(_STEP_SECONDS, min(self._until_due(), deadline - self._now)))

    def _printed(self) -> bytes:
        try:
            printed = self.device.printed()
        except PortDiedError as error:
            raise ConsoleLost(f"lost the console on {self.name} while reading", seen=str(error)) from error
        self.heard += printed
        return printed

    def _found(self, patterns: Patterns) -> list[tuple[str, re.Match[bytes]]]:
        # Most steps bring nothing, and searching again would find nothing again.
        if self._missed_by is patterns and self._missed_in == self._unread:
            return []
        found = [(name, match) for name, pattern in patterns.items() if (match := pattern.search(self._unread))]
        if not found:
            self._missed_by, self._missed_in = patterns, self._unread
        return found

    def seconds(self) -> float:
        return self._now

    def close(self) -> None:
        """Nothing to give back."""

    def typed(self, *states: str) -> bytes:
        """Everything that was typed while the device was in one of these states; all of it if none is given."""
        events = [event for event in self.events if type(event).__name__ == "Typed"]
        return b"".join(event.data for event in events if not states or event.state in states)  # type: ignore[attr-defined]

    def _until_due(self) -> float:
        """How long nothing happens by itself."""
        due = self.device.wake_at
        return float("inf") if due is None else due - self.device.now

    def _advance(self, seconds: float) -> None:
        self.device.advance(seconds)
        self._now += seconds
