"""Devices that a console cable reaches by mistake: an IOS router, a Catalyst switch, a Firepower 4100's supervisor.

They do what somebody meets in the first minutes: start, wait at their monitor, answer its commands, boot. Captured: the
routers' variables and usage (2600, 1841), a 4110's start and its two images. What a Catalyst and a booted IOS say is recalled.
"""

from abc import ABC, abstractmethod

from .chassis import Chassis, Launch, ResetError
from .events import Answered, Booted, BreakIn, CommandEntered
from .family import Family, Hardware
from .script import BREAK, ESC, Pause, Script, key

NOTHING = Hardware("", "", "", "", "", "", "", (), "")
CTRL_C, CTRL_L = 0x03, 0x0C
USAGE = """\
usage: tftpdnld [-ur]
  Use this command for disaster recovery only to recover an image via TFTP.
  Monitor variables are used to set up parameters for the transfer.
  (Syntax: "VARIABLE_NAME=value" and use "set" to show current variables.)
  "ctrl-c" or "break" stops the transfer before flash erase begins.

  The following variables are REQUIRED to be set for tftpdnld:
            IP_ADDRESS: The IP address for this unit
        IP_SUBNET_MASK: The subnet mask for this unit
       DEFAULT_GATEWAY: The default gateway for this unit
           TFTP_SERVER: The IP address of the server to fetch from
             TFTP_FILE: The filename to fetch
"""
REQUIRED = ("IP_ADDRESS", "IP_SUBNET_MASK", "DEFAULT_GATEWAY", "TFTP_SERVER", "TFTP_FILE")
FLASH_WARNING = """
Invoke this command for disaster recovery only.
WARNING: all existing data in all partitions on flash will be lost!"""
FLASH_QUESTION = "Do you wish to continue? y/n: [n]: "
FIND_STRING = (
    "find the string ! boot bootflash:/installables/switch/{kickstart} bootflash:/installables/switch/{system}\x20\n\n"
)
KICKSTART = "fxos-k9-kickstart.5.0.3.N2.4.71.72.SPA"
SYSTEM = "fxos-k9-system.5.0.3.N2.4.71.72.SPA"
SUP_NOTICE = "\nUse BREAK, ESC or CTRL+L to interrupt boot.\n\nUse SPACE to begin boot immediately.\n\n"


class StrangersMonitor(ABC):
    """A boot monitor of which only its prompt, its commands and its way to an image are known here."""

    breaks: tuple[int, ...] = (BREAK,)
    wait_seconds = 10

    def __init__(self, chassis: Chassis, family: Family) -> None:
        self.chassis = chassis
        self.console = chassis.console
        self.family = family
        self.variables = dict(family.variables)
        self._lines_entered = 0

    @abstractmethod
    def prompt(self) -> str:
        """The prompt, with the number of the line where it has one."""

    @abstractmethod
    def obey(self, line: str) -> Script[Launch | None]:
        """Do what a line says."""

    def autoboot(self) -> Script[Launch | None]:
        """Wait for the key that stops it, then start what the flash holds."""
        ends = self.chassis.now() + self.wait_seconds
        while (left := ends - self.chassis.now()) > 0:
            pressed = yield from key(min(1.0, left))
            if pressed in self.breaks:
                self.chassis.publish(BreakIn("ESC" if pressed == ESC else "BREAK"))
                return None
        return Launch(self.family.old_image, "flash")

    def interrupted(self) -> Script[None]:
        yield Pause(0.2)

    def erase_question(self) -> tuple[str, str]:
        return "", ""

    def run(self) -> Script[Launch]:
        self.chassis.state = "monitor"
        while True:
            line = (yield from self.console.read_line(self.prompt())).strip()
            if not line:
                continue
            self.chassis.publish(CommandEntered(line, "monitor"))
            self._lines_entered += 1
            launch = yield from self.obey(line)
            if launch is not None:
                return launch

    def boots(self) -> Script[Launch | None]:
        yield Pause(1.0)
        return Launch(self.family.old_image, "flash")

    def asked(self, question: str) -> Script[str]:
        with self.chassis.in_state("question"):
            answer = yield from self.console.read_line(question)
        self.chassis.publish(Answered(question.strip(), answer))
        return answer


class IosMonitor(StrangersMonitor):
    """Dialect C: any variable may be set, and `tftpdnld` writes the flash. Only BREAK stops its boot, for a minute."""

    wait_seconds = 60

    def prompt(self) -> str:
        return f"rommon {self._lines_entered + 1} > "

    def obey(self, line: str) -> Script[Launch | None]:
        name, equals, value = line.partition("=")
        if equals and name.replace("_", "").isalnum():
            self.variables[name] = value
        elif line == "set":
            self.console.print("".join(f"    {each}={held}\n" for each, held in self.variables.items()))
        elif line in ("boot", "reset", "i"):
            return (yield from self.boots())
        elif line.partition(" ")[0] == "tftpdnld":
            yield from self._tftpdnld()
        else:
            self.console.print(f'monitor: command "{line.partition(" ")[0]}" not found')
        return None

    def _tftpdnld(self) -> Script[None]:
        if any(not self.variables.get(name) for name in REQUIRED):
            self.console.print(USAGE)
            return
        self.console.print("".join(f"{name:>22}: {self.variables[name]}\n" for name in REQUIRED) + FLASH_WARNING)
        yield from self.asked(FLASH_QUESTION)


class CatalystMonitor(StrangersMonitor):
    """The loader of a Catalyst 9000: five seconds for Ctrl-C, then `switch:`."""

    breaks = (CTRL_C, BREAK)
    wait_seconds = 5

    def prompt(self) -> str:
        return "switch: "

    def autoboot(self) -> Script[Launch | None]:
        self.console.print("Preparing to autoboot. [Press Ctrl-C to interrupt]  5", end="")
        return (yield from super().autoboot())

    def obey(self, line: str) -> Script[Launch | None]:
        if line.partition(" ")[0] == "boot":
            return (yield from self.boots())
        if line == "set":
            self.console.print("".join(f"{name}={value}\n" for name, value in self.variables.items()))
        else:
            self.console.print(f"Unknown cmd: {line.partition(' ')[0]}\n")
        return None


class SupervisorMonitor(StrangersMonitor):
    """A Firepower 4110's: dialect B's banner and prompt, and a boot in two stages. There is no tftpdnld."""

    breaks = (ESC, CTRL_L, BREAK)

    def prompt(self) -> str:
        return f"rommon {self._lines_entered + 1} > "

    def autoboot(self) -> Script[Launch | None]:
        self.console.print(FIND_STRING.format(kickstart=KICKSTART, system=SYSTEM) + SUP_NOTICE, end="")
        launch = yield from super().autoboot()
        if launch is None:
            self.console.print("Boot interrupted.")
        return launch

    def obey(self, line: str) -> Script[Launch | None]:
        command, _, image = line.partition(" ")
        if command == "boot" and KICKSTART in image:
            return (yield from self._kickstarted(whole=SYSTEM in image))
        if command == "set":
            self.console.print("".join(f"    {name}={value}\n" for name, value in self.variables.items()))
        else:
            self.console.print(f'monitor: command "{command}" not found')
        return None

    def _kickstarted(self, *, whole: bool) -> Script[Launch | None]:
        self.console.print("\n  !!   Kickstart Image verified successfully   !!\n")
        yield Pause(5.0)
        while not whole:
            line = (yield from self.console.read_line("switch(boot)# ")).strip()
            whole = line.startswith("load ") and SYSTEM in line
        self.console.print(f"Uncompressing system image: bootflash:/installables/switch/{SYSTEM}\n")
        return Launch(SYSTEM, "flash")


class StrangersSoftware:
    """What they boot: a few lines, then a prompt or a login that takes anything and does nothing."""

    def __init__(self, chassis: Chassis, family: Family, launch: Launch) -> None:
        self.chassis = chassis
        self.family = family
        self.launch = launch

    def run(self, *, at_prompt: bool = False) -> Script[None]:
        console = self.chassis.console
        self.chassis.state = "booting"
        console.newline = b"\r\n"
        if not at_prompt:
            for seconds, text in self.family.boot_lines:
                yield from console.echo_while(seconds)
                console.print(text, end="")
            self.chassis.publish(Booted(self.family.default_version, self.launch.source, self.launch.image))
        self.chassis.state = "cli"
        while True:
            line = yield from console.read_line(self.family.stop_text)
            if line.strip():
                self.chassis.publish(CommandEntered(line.strip(), "cli"))
            if line.strip() == "reload":
                raise ResetError("reload")
