r"""A simulated device, without threads and without a clock of its own.

Feed it bytes, move its time, collect what it printed:

    device = SimulatedDevice.from_url("sim://asa5500x")
    device.power_on()
    device.advance(5)
    device.type(b"\x1b")
    assert device.printed().endswith(b"rommon #0> ")

`live.LiveDevice` runs one on a real clock.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from .booted.starting import starting_config
from .chassis import Chassis
from .console import Console
from .disk import Disk, FolderStore, MemoryStore
from .errors import PortDiedError
from .events import Bricked, Event, OnEvent, PoweredOff, PoweredOn, Reloaded, State, Typed
from .families import family_named
from .invented import SYSLOG
from .life import lead_life, session_ends, through_supervisor
from .line_faults import LineFaults
from .network import Network, UdpNetwork
from .options import Options, Start
from .rewording import rewording
from .script import BREAK, Pause, Script, Timeline

COLD_START_SECONDS = 2.0  # from plugging in to the power switch
FAULTS_OF_LIVING_DEVICES = ("break-missed", "erase-question")  # they make no sense with an empty flash
DEFAULT_DEATH_BYTES, DEFAULT_REBOOT_BYTES, DEFAULT_LOG_BYTES = 200, 400, 400


class SimulatedDevice:
    """One device. Times are seconds of the device's own clock; `speed` is the business of whoever advances it."""

    def __init__(self, options: Options, on_event: OnEvent | None = None, network: Network | None = None) -> None:
        self.options = options
        self._family = family_named(options.family)
        self._subscribers = [on_event] if on_event else []
        self._timeline = Timeline()
        self._wire = LineFaults(options.faults, options.seed)
        self._output = bytearray()
        self._sent_bytes = 0
        self._events: list[Event] = []
        self._publishing = False
        self._restart_due = False
        console = Console(self._send, options.faults, self._timeline.forget_keys)
        console.reword = rewording(options)
        self._chassis = Chassis(
            options=options,
            console=console,
            network=network or UdpNetwork(options.wire, options.speed),
            disk=Disk(FolderStore(options.disk) if options.disk else MemoryStore(), options.free_bytes),
            publish=self._events.append,
            now=lambda: self._timeline.now,
            recovery_disabled="erase-question" in options.faults,
        )
        self._chassis.monitor_version = options.rom
        kept = self._chassis.disk.recall()
        if kept is not None:
            self._chassis.recall(kept)
        else:
            self._chassis.startup = starting_config(self._family, options)
        self._chassis.disk.formatted = options.flash != "unformatted"
        if self._has_old_image():
            self._chassis.flash_image = self._family.old_image
        self._chassis.session_open = options.session == "open"

    @classmethod
    def from_url(cls, url: str, on_event: OnEvent | None = None, network: Network | None = None) -> "SimulatedDevice":
        """Build the device a `sim://` URL describes; raises SimulationError when it describes none."""
        return cls(Options.from_url(url), on_event, network)

    # --- power -------------------------------------------------------------------------------------------------

    def power_on(self, start: Start = "cold") -> None:
        """Switch the power on; does nothing to a device that has power."""
        if self.state == "off" and not self._chassis.rom.bricked:
            self._chassis.reset_cause = "PowerOn"
            self._chassis.state = "post"
            self._events.append(PoweredOn())
            self._timeline.start(lead_life(self._chassis, self._family, start))
            self._publish()

    def power_off(self) -> None:
        """Take the power away, wherever the device stands; memory is lost, flash and NVRAM stay."""
        self._is_killed("a power cut")
        self._timeline.stop()
        if self.state != "off":
            self._chassis.state = "off"
            self._events.append(PoweredOff())
            session_ends(self._chassis, self._family)
            self._publish()

    def power_cycle(self) -> None:
        """Off and on again."""
        self.power_off()
        self.power_on()

    def meet(self) -> None:
        """Put the device into the state its options ask for; a cold one is switched on in two seconds."""
        start = self.options.start
        if start == "cold":
            self._timeline.start(self._switched_on_later())
        elif start != "off":
            self.power_on(start)
        if start in ("monitor", "booted"):
            self._output.clear()  # it was printed before anybody listened

    def subscribe(self, on_event: OnEvent) -> None:
        """Hear this device's events from now on."""
        self._subscribers.append(on_event)

    def stop(self) -> None:
        """Let go of sockets; the device's life ends without a word."""
        self._timeline.stop()

    # --- the console line --------------------------------------------------------------------------------------

    def type(self, data: bytes) -> None:
        """Bytes come from the host."""
        self._events.append(Typed(data, self.state))
        self._publish()
        if data and self._is_killed(f"the bytes {data!r}"):
            return
        for byte in self._wire.to_device(data) if self.state != "off" else b"":
            self._timeline.press(byte)
        self._publish()

    def send_break(self) -> None:
        """The host holds the line low for a moment."""
        self._events.append(Typed(b"", self.state))
        if self._is_killed("a BREAK"):
            return
        if self.state != "off" and "silent" not in self.options.faults:
            self._timeline.press(BREAK)
        self._publish()

    def set_dtr(self, *, raised: bool) -> None:
        """The host moves a control line; dropping it resets some devices."""
        if not raised:
            self._is_killed("a drop of DTR")

    def printed(self) -> bytes:
        """What was printed since the last call. Raises PortDiedError once the fault `port-dies` has struck."""
        if self._has_died():
            self._output.clear()
            raise PortDiedError("the simulated adapter is gone")
        data = bytes(self._output)
        self._output.clear()
        return data

    @property
    def printed_bytes(self) -> int:
        """How many bytes were printed so far: what `reboot-after`, `port-dies` and `log-line` count."""
        return self._sent_bytes

    # --- time --------------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self._chassis.state

    @property
    def variables(self) -> Mapping[str, str]:
        """What the boot monitor holds, as no line fault can show it."""
        return self._chassis.variables

    @property
    def now(self) -> float:
        return self._timeline.now

    @property
    def wake_at(self) -> float | None:
        """When something falls due, if nothing is typed before."""
        return self._timeline.wake_at

    @property
    def transferring(self) -> bool:
        """Whether the device waits for its network card; call `step` then."""
        return self._timeline.transferring

    def advance(self, seconds: float) -> None:
        """Let device time pass; transfers met on the way run to their end in no time."""
        target = self._timeline.now + seconds
        self._timeline.advance_to_transfer(target)
        while self.step():
            self._timeline.advance_to_transfer(target)
        self.advance_to(target)

    def advance_to(self, moment: float) -> None:
        """Let device time run up to `moment`."""
        self._timeline.advance_to(moment)
        self._publish()

    def step(self) -> bool:
        """Do a slice of the transfer under way; says whether it brought news."""
        moved = self._timeline.step_transfer()
        self._publish()
        return moved

    @property
    def bricked(self) -> str:
        """What killed the device for good; empty for one that lives."""
        return self._chassis.rom.bricked

    # --- inside ------------------------------------------------------------------------------------------------

    def _has_old_image(self) -> bool:
        asked = self.options.flash == "old" or self.options.start == "booted"
        return asked or any(fault in self.options.faults for fault in FAULTS_OF_LIVING_DEVICES)

    def _is_killed(self, by: str) -> bool:
        """Whether the device is dead, or has just been killed: its boot ROM was being written."""
        was_dead = bool(self._chassis.rom.bricked)
        if not self._chassis.rom.disturb(by):
            return False
        if not was_dead:
            self._events.append(Bricked(by))
        self._timeline.stop()
        self._chassis.state = "hung"
        self._publish()
        return True

    def _switched_on_later(self) -> Script[None]:
        yield from through_supervisor(self._chassis, self._family)
        yield Pause(COLD_START_SECONDS)
        self._chassis.state = "post"
        self._events.append(PoweredOn())
        yield from lead_life(self._chassis, self._family, "cold")

    def _send(self, data: bytes) -> None:
        if self._restart_due:
            return
        limit = self._restart_limit()
        if limit is not None and self._sent_bytes + len(data) >= limit:
            data = data[: limit - self._sent_bytes]
            self._chassis.spent.add("reboot-after")
            self._restart_due = True
        murmured = self._with_log_line(data)
        self._sent_bytes += len(data)
        self._output += self._wire.to_host(murmured)

    def _with_log_line(self, data: bytes) -> bytes:
        """The fault `log-line`: somebody else's line in the middle of what is printed."""
        place = int(self.options.faults.number("log-line", DEFAULT_LOG_BYTES)) - self._sent_bytes
        if place > len(data) or not self._chassis.strikes_once("log-line"):
            return data
        line = f"\r\n{SYSLOG}\r\n".encode("ascii")
        return data[:place] + line + data[place:]

    def _restart_limit(self) -> int | None:
        faults = self.options.faults
        if "reboot-after" not in faults or "reboot-after" in self._chassis.spent:
            return None
        return int(faults.number("reboot-after", DEFAULT_REBOOT_BYTES))

    def _has_died(self) -> bool:
        limit = self.options.faults.number("port-dies", DEFAULT_DEATH_BYTES)
        return self._sent_bytes >= limit and self._chassis.strikes_once("port-dies")

    def _publish(self) -> None:
        """Tell what happened. Only called between two moves of the script: a subscriber may act on the device."""
        if self._restart_due:
            self._restart_due = False
            self._chassis.reset_cause = "ResetRequest"
            self._events.append(Reloaded("fault reboot-after"))
            self._timeline.start(lead_life(self._chassis, self._family, "cold"))
        if self._publishing:
            return
        self._publishing = True
        try:
            while self._events:
                event = self._events.pop(0)
                for subscriber in [*self._subscribers, *_WATCHERS]:
                    subscriber(event)
        finally:
            self._publishing = False


_WATCHERS: list[OnEvent] = []


@contextmanager
def watching(on_event: OnEvent) -> Generator[None]:
    """Hear the events of every simulated device of this process: for those that a `sim://` URL opens."""
    _WATCHERS.append(on_event)
    try:
        yield
    finally:
        _WATCHERS.remove(on_event)
