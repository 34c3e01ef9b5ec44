"""A boot monitor as one object: enter, set, read back, ping, save, download. One act at a time, each proved."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from platforms import Platform, Stranger, strangers
from platforms.model import Role
from serial_console.boot_monitor.dialogue import Dialogue
from serial_console.boot_monitor.entry import Entry, wrong_device
from serial_console.boot_monitor.events import BootEvent, MonitorEntered, Pinged, SessionOpened, VariableSet
from serial_console.boot_monitor.launch import watch_boot
from serial_console.boot_monitor.netboot import Download
from serial_console.boot_monitor.reading import first_match, lines_of, settings, text_of
from serial_console.boot_monitor.supervisor import SupervisorSession
from serial_console.boot_monitor.variables import read_back, set_variables
from serial_console.errors import CommandRefused, ConsoleError, LinkDown, PingFailed, WrongDevice
from serial_console.line import Line

_Name = TypeVar("_Name", bound=str)
_DUMPS = 6
_POWER_CYCLE_NAMES_IT = (
    "look which device this is: a Firepower 4100 or 9300, or an IOS router, waits at the same prompt. "
    "Power-cycle it while the tool runs, and it is named by its first words"
)


class BootMonitor:
    """The monitor at the other end of a line. With several families, entering decides which one it is.

    >>> with open_line("sim://asa5500x?speed=50") as line:
    ...     monitor = BootMonitor(line, load_platform("asa5500x"))
    ...     monitor.enter()
    ...     monitor.set(address="192.0.2.10", server="192.0.2.1")
    """

    def __init__(self, line: Line, platform: Platform | Sequence[Platform]) -> None:
        self.line = line
        self.families = [platform] if isinstance(platform, Platform) else list(platform)
        self.dialogue = Dialogue(line, self.families[0])

    @property
    def platform(self) -> Platform:
        return self.dialogue.platform

    def entry(self) -> Entry:
        """A new attempt to reach the monitor; run it, then hand its last event to `entered`."""
        return Entry(self.line, self.families, self._strangers())

    def entered(self, event: MonitorEntered) -> None:
        """From now on speak the dialect of the family that was recognised."""
        family = next(family for family in self.families if family.name == event.platform)
        self.dialogue = Dialogue(self.line, family)
        self.dialogue.link_seen_down = event.link_is_down

    def open_session(self, command: str) -> SessionOpened:
        """Where the console is the supervisor's of a chassis, go on to the module in it by this command.

        Raises `SessionRefused`, or `UnexpectedState` at a login; `CommandRefused` for a family that is no module.
        """
        session = self.platform.session
        if session is None:
            raise CommandRefused(f"the {self.platform.title} is no module in a chassis", seen=command)
        return SupervisorSession(self.line, self.platform, session, command).open()

    def enter(self, seconds: float = 300) -> None:
        """Reach the prompt, waiting at most `seconds` for a power-on. Raises `BreakInMissed` or `AlreadyBooted`."""
        for event in self.entry().run(seconds):
            if isinstance(event, MonitorEntered):
                self.entered(event)
                if not event.named:
                    self.refuse_stranger()

    def refuse_stranger(self) -> None:
        """See by its variables that a monitor which only showed its prompt is one of ours, and of which family.

        Raises `WrongDevice`.
        """
        variables = self.platform.variables
        dump = b""
        for _ in range(_DUMPS):
            before, dump = dump, self.dialogue.command(variables.dump_command)
            if variables.address.name in settings(dump):
                self._take_sister(before + dump)
                return
            for stranger in self._strangers():
                if found := first_match(stranger.dump, dump):
                    raise wrong_device(stranger, found.group(0))
            # A line may have been hit by noise; noise does not hit twice in the same way.
            if dump == before or not variables.lists_unset:
                break
        if variables.lists_unset:
            shows = f"its `{variables.dump_command}` shows no {variables.address.name}"
            message = f"the monitor has the prompt of the {self.platform.title}, but {shows}"
            raise WrongDevice(message, seen=" / ".join(lines_of(dump)[-3:]) or "nothing", hint=_POWER_CYCLE_NAMES_IT)

    def _take_sister(self, shown: bytes) -> None:
        """Speak to the family whose own variables stand in the dump, or by whose texts it is known, if there is one."""
        dump = settings(shown)
        for family in self.families:
            others = family.variables.others.values()
            has_its_own = bool(others) and all(other.name in dump for other in others)
            if has_its_own or first_match(family.banner, shown):
                link_seen_down = self.dialogue.link_seen_down
                self.dialogue = Dialogue(self.line, family)
                self.dialogue.link_seen_down = link_seen_down
                return

    def set(
        self,
        *,
        interface: str = "",
        address: str = "",
        netmask: str = "",
        server: str = "",
        gateway: str = "",
        vlan: str = "",
        image: str = "",
    ) -> dict[str, str]:
        """Set what is given, read it back, and return the dump.

        A netmask, and the one interface that a family can load from, are left out where the monitor knows no such
        setting. Anything else that it does not know raises `CommandRefused`, as does a line that it does not take.
        Raises `ReadBackDiffers` if the dump shows another value.
        """
        given: dict[Role, str] = {
            "interface": interface,
            "address": address,
            "netmask": netmask,
            "server": server,
            "gateway": gateway,
            "vlan": vlan,
            "image": image,
        }
        known = self.platform.roles()
        needless = (
            {"netmask", "interface"} if interface.lower() == self.platform.netboot_interface.lower() else {"netmask"}
        )
        for role, value in given.items():
            if value and role not in {*known, *needless}:
                raise CommandRefused(f"the monitor of the {self.platform.title} knows no {role}", seen=value)
        wanted = {role: value for role, value in given.items() if value and role in known}
        for _ in self.set_variables(wanted):
            pass
        return self.read_back(wanted)

    def set_others(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Set variables that have nothing to do with a download, by the platform's names for them; read back, return the dump.

        Raises `CommandRefused`, before anything is typed, for a name or a value that this family does not know.
        """
        for name, value in wanted.items():
            other = self.platform.variables.others.get(name)
            if other is None:
                raise CommandRefused(f"the monitor of the {self.platform.title} knows no {name}", seen=value)
            if other.values and value not in other.values:
                message = f"{other.name} takes {' or '.join(other.values)}, not {value!r}"
                raise CommandRefused(message, hint="give one of these")
        for _ in self.set_variables(wanted):
            pass
        return self.read_back(wanted)

    def set_variables(self, wanted: Mapping[_Name, str]) -> Iterator[VariableSet]:
        return set_variables(self.dialogue, wanted)

    def read_back(self, wanted: Mapping[_Name, str]) -> dict[str, str]:
        return read_back(self.dialogue, wanted)

    def ping(self, server: str) -> Pinged:
        """Let the device ping the server. Raises `LinkDown`, or `PingFailed` if no echo came back at all."""
        ping = self.platform.ping
        text = ping.command.format(server=server)
        # On a noisy line an answer that can't be read may have been garbled on its way: the device is asked once more.
        for _ in range(2 if self.dialogue.wrong_echoes else 1):
            answer = self.dialogue.command(text, ping.seconds)
            success = ping.success.search(answer)
            if success:
                break
        if percent := _answered(success):
            return Pinged(percent)
        seen = " / ".join(lines_of(answer)[-3:]) or "nothing"
        if self.dialogue.link_seen_down:
            raise LinkDown("the monitor finds no link on its network port", seen=seen)
        raise PingFailed(f"the device cannot ping {server}", seen=seen)

    def save(self) -> None:
        """Keep the variables over a power cycle, where the monitor can."""
        save = self.platform.save
        if save is None:
            return
        answer = self.dialogue.command(save.command)
        if refusal := first_match(save.failure, answer):
            raise CommandRefused("the monitor could not save its settings", seen=text_of(refusal.group(0)))

    def download(self, silence_seconds: float = 0, *, bundle: bool = False) -> Download:
        """A new download; run it to start it. `bundle`: of a package that the family loads by a command of its own."""
        return Download(self.dialogue, silence_seconds, bundle=bundle)

    def memory_crc32(self) -> str:
        """The CRC-32 of the image in memory as 8 hex digits, from a monitor that can tell; else empty."""
        checksum = self.platform.netboot.checksum
        if checksum is None:
            return ""
        found = checksum.answer.search(self.dialogue.command(checksum.command, checksum.seconds))
        return text_of(found["crc32"]).lower() if found else ""

    def watch_boot(self, silence_seconds: float = 0) -> Iterator[BootEvent]:
        return watch_boot(self.line, self.platform, silence_seconds)

    def _strangers(self) -> list[Stranger]:
        """The devices to refuse; a platform file of the user's own takes the place of one with its name."""
        names = {family.name for family in self.families}
        return [stranger for stranger in strangers() if stranger.name not in names]

    def leave(self) -> None:
        """Leave a clean line at the prompt: take back what was typed and not entered, unless a question stands there."""
        if self.dialogue.half_typed:
            with suppress(ConsoleError):
                self.dialogue.erase_line()


def _answered(success: re.Match[bytes] | None) -> int:
    """The share of echoes that came back, in percent. Some monitors tell what was lost, others only that the host is alive."""
    if success is None:
        return 0
    groups = success.groupdict()
    if groups.get("loss"):
        return 100 - min(100, int(groups["loss"]))
    return int(groups.get("percent") or 100)
