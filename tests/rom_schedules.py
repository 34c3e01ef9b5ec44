"""Everything that may happen while a device writes its boot ROM, by seed, and a judge who sees only the wire and the power.

A schedule is played in virtual time, through the real channel, port, gate, journal and power: what is simulated is the device, and the
serial port under pyserial. The judge's window begins with the Enter at the device's question and ends with the release of the record.
"""

import contextlib
import os
import random
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import serial
from serial.serialutil import SerialException
from virtual_ports.protocol_virtual import WORLDS

from rommon_tool.errors import UpgradeHold
from rommon_tool.power.method import Action, Power
from rommon_tool.procedures.rom_window import RomWindow, window_of
from rommon_tool.procedures.run import Steps
from rommon_tool.progress import Progress
from serial_console.channel import Channel
from serial_console.errors import ConsoleError, WindowNotOpened
from serial_console.interlock import Journal, Outlet, Window
from serial_console.line import Seen
from serial_console.rom_watch import Patience
from serial_console.simulated import SimulatedDevice
from serial_console.simulated.events import Typed

FILE = "asa5500-firmware-1118.SPA"
OLD, NEW = "1.1.8", "1.1.18"
PATIENCE = Patience(hold_seconds=1800, watch_seconds=2700, tick_seconds=10)
END_SECONDS = 3000.0
READ_SECONDS = 10.0
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
POWERS = ("power on", "power off", "power cycle")
TYPED = ("command", "enter", "escape", "BREAK", "rate")
ACTS = (
    *SIGNALS,
    *POWERS,
    *(f"stranger's {act}" for act in TYPED),
    *(f"own {act}" for act in TYPED),
    "another opens the port",
    "console lost",
    "kill",
)
TROUBLES = ("", "silent", "old", "loops", "asks", "asks-again", "monitor", "slow", "prompt-in-sight")

if "virtual_ports" not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append("virtual_ports")


@dataclass(frozen=True)
class Schedule:
    """What goes wrong inside the device, and what happens around it, at which second after the Enter."""

    trouble: str
    acts: tuple[tuple[float, str], ...]
    killed_at_enter: str = ""  # before, after
    power_under_way: bool = False

    @classmethod
    def by_seed(cls, seed: int) -> "Schedule":
        chance = random.Random(seed)
        # Half of the acts fall into the writing; the others anywhere, the hold included.
        times = [chance.uniform(0, chance.choice((700, END_SECONDS))) for _ in range(chance.randint(1, 9))]
        return cls(
            trouble=chance.choice(("", "", "", *TROUBLES)),
            acts=tuple((moment, chance.choice(ACTS)) for moment in sorted(times)),
            killed_at_enter=chance.choice(("",) * 8 + ("before", "after")),
            power_under_way=chance.random() < 0.003,
        )


@dataclass
class Judgement:
    """What came out of the host while the window was open, and how it ended: proved, hold, interrupted, not-opened."""

    bricked: str = ""
    violations: list[str] = field(default_factory=list)
    ended: str = ""
    refused: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.bricked and not self.violations and self.ended != "interrupted"


class KilledError(BaseException):
    """The process is gone."""


class Bench:
    """The device, its wire and its power, as seen from outside."""

    def __init__(self, schedule: Schedule) -> None:
        fault = f"&fault=rom-upgrade:{schedule.trouble}" if schedule.trouble else ""
        self.device = SimulatedDevice.from_url(f"sim://asa5506x?state=booted&rom={OLD}{fault}", self._heard)
        self.device._chassis.disk.write(FILE, b"firmware" * 100)
        self.device.meet()
        self.judgement = Judgement()
        self.own: Channel | None = None
        self.stranger: Channel | None = None
        self._schedule = schedule
        self._acts = list(schedule.acts)
        self._began: float | None = None
        self._lost_until = 0.0
        self._probes = 0
        self._was_killed_at_enter = not schedule.killed_at_enter
        self._baud = 9600

    # --- time --------------------------------------------------------------------------------------------------

    def clock(self) -> float:
        return self.device.now

    def pause(self, seconds: float) -> None:
        """Time passes without anybody listening; what is printed is lost."""
        until = self.device.now + seconds
        while self.device.now < until:
            self._pass(until)
            self.device.printed()

    def _pass(self, until: float) -> None:
        due = [until, self.device.wake_at or until]
        due += [self._began + self._acts[0][0]] if self._began is not None and self._acts else []
        self.device.advance(max(0.001, min(due) - self.device.now))
        while self._began is not None and self._acts and self._began + self._acts[0][0] <= self.device.now:
            self._act(self._acts.pop(0)[1])

    # --- the port ----------------------------------------------------------------------------------------------

    def open(self) -> None:
        self._check()

    def read(self) -> bytes:
        self._check()
        if data := self.device.printed():
            return data
        self._pass(self.device.now + READ_SECONDS)
        self._check()
        return self.device.printed()

    def write(self, data: bytes) -> None:
        self._check()
        if self._is_question:
            self._began = self.device.now
            self._dies("before")
        elif self._in_window and not self._is_probe(data):
            self.judgement.violations.append(f"the bytes {data!r} while the device is {self.device.state}")
        self.device.type(data)
        if self._began == self.device.now:
            self._dies("after")

    def send_break(self) -> None:
        if self._in_window:
            self.judgement.violations.append("a BREAK")
        self.device.send_break()

    def reconfigure(self, baud: int) -> None:
        if self._in_window and baud != self._baud:
            self.judgement.violations.append(f"{baud} baud")
        self._baud = baud

    @property
    def _is_question(self) -> bool:
        return self._began is None and self.device.state == "question"

    @property
    def _in_window(self) -> bool:
        return self._began is not None and self.judgement.ended != "proved"

    def _is_probe(self, data: bytes) -> bool:
        self._probes += 1
        return data == b"\r" and self.device.state == "cli" and self._probes == 1

    def _check(self) -> None:
        if self.device.now < self._lost_until:
            self.device.printed()
            raise SerialException("device reports readiness to read but returned no data")

    def _dies(self, when: str) -> None:
        if self._schedule.killed_at_enter == when and not self._was_killed_at_enter:
            self._was_killed_at_enter = True
            raise KilledError

    # --- what happens around it --------------------------------------------------------------------------------

    def switch(self, action: Action) -> None:
        """The outlet was told to."""
        if self._in_window:
            self.judgement.violations.append(f"power {action}")
        {"on": self.device.power_on, "off": self.device.power_off, "cycle": self.device.power_cycle}[action]()

    def _act(self, act: str) -> None:
        if act in SIGNALS:
            signal.raise_signal(signal.Signals[act])
        elif act == "kill":
            raise KilledError
        elif act == "late power":
            self.switch("cycle")
        elif act == "console lost":
            self._lost_until = self.device.now + 5 + (self.device.now * 7) % 240
        else:
            self._try(act)

    def _try(self, act: str) -> None:
        """Whatever one of our own paths might do; a refusal is counted."""
        try:
            if act in POWERS:
                _Outlet(self).start(act.removeprefix("power "))  # type: ignore[arg-type]
            elif act == "another opens the port":
                Channel("virtual://alias", baud=115200).close()
                self.judgement.violations.append("the port was opened by a stranger")
            else:
                whose, _, what = act.partition(" ")
                _type(self.own if whose == "own" else self.stranger, what)
        except ConsoleError:
            self.judgement.refused += 1

    def _heard(self, event: object) -> None:
        if isinstance(event, Typed):
            return
        if self.device.bricked:
            self.judgement.bricked = self.device.bricked


class _Outlet(Power):
    """An outlet of this bench: what it is told happens to the device at once."""

    def __init__(self, bench: Bench) -> None:
        super().__init__("bench", Outlet("bench"))
        self._bench = bench

    def begin(self, action: Action) -> None:
        self._bench.switch(action)
        self.leave.end()

    @property
    def running(self) -> bool:
        return False

    def has_ended(self) -> bool:
        return True


class _SlowOutlet(_Outlet):
    """One that was told before the window, and switches later."""

    def begin(self, action: Action) -> None:
        self._bench._acts.insert(0, (30.0, "late power"))


def _type(line: Channel | None, what: str) -> None:
    if line is None:
        return
    if what == "BREAK":
        line.send_break()
    elif what == "rate":
        line.set_baud(115200)
    else:
        line.send({"command": b"reload noconfirm\r", "enter": b"\r", "escape": b"\x1b"}[what])


# --- playing -------------------------------------------------------------------------------------------------------


def play(schedule: Schedule, state: Path) -> Judgement:
    """Play one schedule from the device's question to its end, and judge it. `state` becomes the user's state folder."""
    os.environ["XDG_STATE_HOME"] = str(state)
    bench = Bench(schedule)
    WORLDS["device"] = WORLDS["alias"] = bench
    slow = _SlowOutlet(bench)
    with _as_the_command_line(), contextlib.ExitStack() as stack:
        bench.own = stack.enter_context(Channel("virtual://device", clock=bench.clock))
        bench.stranger = stack.enter_context(Channel("virtual://alias"))
        _bring_to_question(bench.own)
        if schedule.power_under_way:
            slow.start("cycle")
        try:
            _run(bench, stack)
        finally:
            slow.leave.end()
    return bench.judgement


def _run(bench: Bench, stack: contextlib.ExitStack) -> None:
    """The window, and every later start after a kill, to the end of the schedule."""
    steps: Steps[str] | None = _window(bench).confirm(bench.own, _facts()) if bench.own else None
    while steps is not None:
        try:
            for _ in steps:
                pass
        except KilledError:
            steps.close()
            steps = _next_start(bench, stack)
        except UpgradeHold:
            bench.judgement.ended = "hold"
            break
        except WindowNotOpened:
            bench.judgement.ended = "not-opened"
            break
        except KeyboardInterrupt:
            bench.judgement.ended = "interrupted"
            break
        else:
            bench.judgement.ended = "proved"
            return
    _rest(bench)


def _next_start(bench: Bench, stack: contextlib.ExitStack) -> Steps[str] | None:
    bench.own = None
    with contextlib.suppress(KilledError, KeyboardInterrupt):
        bench.pause(20)
    window = window_of("virtual://device")
    return _window(bench).adopt(window) if window else None


def _rest(bench: Bench) -> None:
    """Nobody watches any more; what else was to happen still does."""
    if bench.judgement.ended == "not-opened":
        return
    while bench._acts:
        with contextlib.suppress(KilledError, KeyboardInterrupt):
            bench.pause(END_SECONDS)


def _window(bench: Bench) -> RomWindow:
    return RomWindow(Progress("device"), patience=PATIENCE, clock=bench.clock, pause=bench.pause)


def _facts() -> Window:
    return Window(
        port="",
        baud=9600,
        consoles=frozenset(),
        serial_number="JAD00000000",
        model="ASA5506",
        file_name=FILE,
        sha512="",
        old_version=OLD,
        new_version=NEW,
    )


def _bring_to_question(line: Channel) -> None:
    for keys, prompt in ((b"\r", rb"> \Z"), (b"enable\r", b"Password: "), (b"\r", b"# "), (b"", b"")):
        if keys:
            line.send(keys)
            assert isinstance(line.expect({"next": re.compile(prompt)}, 60), Seen)
    line.send(f"upgrade rommon disk0:{FILE}\r".encode())
    assert isinstance(line.expect({"question": re.compile(rb"\[confirm\]")}, 60), Seen)


@contextlib.contextmanager
def _as_the_command_line() -> Iterator[None]:
    """SIGTERM and SIGHUP interrupt a run, as in `rommon_tool.cli.reporting`."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {name: signal.signal(signal.Signals[name], interrupt) for name in SIGNALS}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(signal.Signals[name], handler)


def open_windows() -> int:
    return len(Journal().windows())
