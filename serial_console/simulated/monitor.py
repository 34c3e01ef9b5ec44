"""What the boot monitors of all dialects have in common: a prompt that counts, variables, one download.

A dialect says what is printed and which commands exist; here is only the order of things.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

from .address import NOWHERE, is_address
from .chassis import Chassis, Launch, ResetError
from .events import Answered, CommandEntered, TransferFailed, TransferFinished, TransferStarted
from .family import Family
from .invented import UNEXPECTED_QUESTION
from .network import Fetching, FetchRequest
from .rewording import ask_elsewhere
from .script import Pause, Script, news

BLOCKS_PER_MARK = 100  # one '!' per 100 blocks: 1839 marks for 256 MiB in blocks of 1460 on a Firepower 1010
REBOOT_AFTER_BYTES = 16384
WHOLE_BUNDLE_BYTES = 268435456  # where `tftp -b` stops asking: a Firepower 1010 does it after 256 MiB

Command = Callable[[str], None]
LaunchingCommand = Callable[[str], Script[Launch | None]]


Content: TypeAlias = bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A file in the device's memory."""

    name: str
    bytes: int
    md5: str
    content: Content = b""  # where the device looks into it


class Monitor(ABC):
    """A boot monitor at its prompt. Subclasses fill `commands` and `launching` with their dialect."""

    assignment = re.compile(r"([A-Z_0-9]+)=(.*)")

    def __init__(self, chassis: Chassis, family: Family) -> None:
        self.chassis = chassis
        self.console = chassis.console
        self.family = family
        self.variables = chassis.variables = dict(family.variables) | chassis.nvram
        self.commands: dict[str, Command] = {}
        self.launching: dict[str, LaunchingCommand] = {}
        self._lines_entered = 0

    # --- what a dialect says -----------------------------------------------------------------------------------

    @abstractmethod
    def prompt(self, lines_entered: int) -> str:
        """The prompt behind so many entered lines."""

    @abstractmethod
    def assign(self, variable: str, value: str) -> None:
        """Take `VARIABLE=value`, or complain."""

    @abstractmethod
    def unknown_command(self, line: str) -> None:
        """Complain about a line that is no command."""

    # --- the prompt --------------------------------------------------------------------------------------------

    def run(self) -> Script[Launch]:
        """Talk at the prompt until something is launched."""
        self.chassis.state = "monitor"
        leftover = "asdf" if self.chassis.strikes_once("junk") else ""
        while True:
            prompt = self.prompt(self._lines_entered)
            line = yield from self.console.read_line(prompt, leftover=leftover)
            leftover = ""
            # A blank Enter does not count: a 5512-X capture repeats "rommon #0>", a 5516-X one "rommon 1 >".
            if not line.strip():
                continue
            self.chassis.publish(CommandEntered(line, "monitor"))
            launch = yield from self._execute(line.strip(" "))
            self._lines_entered += 1
            if launch is not None:
                return launch

    def _execute(self, line: str) -> Script[Launch | None]:
        yield from ask_elsewhere(self.chassis, f"command {self._lines_entered}")
        command, _, argument = line.partition(" ")
        assigned = self.assignment.fullmatch(line)
        name = assigned[1] if assigned else command
        if "invalid-command" in self.chassis.faults and name == self.chassis.faults.text("invalid-command", "tftpdnld"):
            self.unknown_command(line)
        elif assigned:
            self.assign(assigned[1], assigned[2].strip())
        elif command in self.launching:
            return (yield from self.launching[command](argument.strip()))
        elif command in self.commands:
            self.commands[command](argument.strip())
        else:
            self.unknown_command(line)
        return None

    def setter(self, variable: str) -> Command:
        """A command word that does what `VARIABLE=value` does."""
        return lambda value: self.assign(variable, value)

    def shown_variables(self) -> dict[str, str]:
        """The variables as `set` shows them; the fault `wrong-readback` shows one wrongly."""
        shown = dict(self.variables)
        if "wrong-readback" in self.chassis.faults:
            name = self.chassis.faults.text("wrong-readback", "ADDRESS")
            shown[name] = _spoilt(shown.get(name, ""))
        return shown

    def save(self) -> None:
        """Write the variables to NVRAM, where they survive a power cycle."""
        self.chassis.nvram.update(self.variables)

    def reset(self, reason: str) -> Script[Launch | None]:
        """Restart the device."""
        yield Pause(1.0)
        raise ResetError(reason)

    def server_answers(self, server: str) -> bool:
        """Whether a ping comes back. No packet is sent: whoever is on the wire counts as there."""
        own = self.variables["ADDRESS"]
        addressed = is_address(own) and is_address(server) and NOWHERE not in (own, server)
        return addressed and self.chassis.link_up and "ping-fails" not in self.chassis.faults

    # --- the download ------------------------------------------------------------------------------------------

    def request(
        self, *, block_size: int, packet_seconds: float, retries: int, stop_after: int | None = None
    ) -> FetchRequest:
        """What the variables and the faults make the network card ask for; no more than `stop_after` bytes of it."""
        faults = self.chassis.faults
        suffix = ".missing" if "file-not-found" in faults else ""
        return FetchRequest(
            name=self.variables["IMAGE"] + suffix,
            server=self.variables["SERVER"],
            address=self.variables["ADDRESS"],
            block_size=block_size,
            packet_seconds=packet_seconds,
            retries=retries,
            keeps=self.chassis.options.key is not None,
            stop_after=min((limit for limit in (stop_after, self._fault_limit()) if limit), default=None),
        )

    def download(self, request: FetchRequest) -> Script[Received | str]:
        """Fetch the file, printing the progress; a text instead of the file says why there is none."""
        publish = self.chassis.publish
        with self.chassis.in_state("download"):
            publish(TransferStarted(request.name, request.server))
            if "no-reply" in self.chassis.faults:
                yield Pause(request.packet_seconds * request.retries)
                publish(TransferFailed(request.name, 0, "timed out"))
                return "timed out"
            with closing(self.chassis.network.begin(request)) as transfer:
                failure = yield from self._follow(transfer, request.stop_after)
                fetch = transfer.fetch
                if failure:
                    publish(TransferFailed(request.name, fetch.received, failure))
                    return failure
                publish(TransferFinished(self.variables["IMAGE"], fetch.received, fetch.sha512))
                yield from ask_elsewhere(self.chassis, "received")
                return Received(self.variables["IMAGE"], fetch.received, fetch.md5, fetch.content())

    def _follow(self, transfer: Fetching, stop_after: int | None) -> Script[str]:
        marks = 0
        while True:
            report = yield from news(transfer)
            if (yield from self.aborted()):
                return "aborted"
            due = -(-report.blocks // BLOCKS_PER_MARK)  # the last hundred counts when it is begun
            if due > marks:
                self.console.print("!" * (due - marks), end="")
                marks = due
            if (yield from self._fault_ends(report.received, ended=report.ended)):
                return ""
            if report.ended or (stop_after and report.received >= stop_after):
                return report.failure

    def aborted(self) -> Script[bool]:
        """Whether a key ends the download. None does, as far as is known of most monitors."""
        yield from ()
        return False

    def _fault_limit(self) -> int | None:
        faults = self.chassis.faults
        if "stall" in faults:
            return int(faults.number("stall", REBOOT_AFTER_BYTES))
        if "early-stop" in faults:
            return int(faults.number("early-stop", WHOLE_BUNDLE_BYTES))
        if "reboot-mid-transfer" in faults and "reboot-mid-transfer" not in self.chassis.spent:
            return REBOOT_AFTER_BYTES
        return None

    def _fault_ends(self, received: int, *, ended: bool) -> Script[bool]:
        """Let a fault strike that strikes in mid transfer; True: the device takes what it has for the file."""
        limit = self._fault_limit()
        if limit is None or (received < limit and not (ended and received)):
            return False
        faults = self.chassis.faults
        if "stall" in faults:
            while True:
                yield Pause(3600)
        if "early-stop" in faults:
            return True
        if faults.text("reboot-mid-transfer") != "always":
            self.chassis.spent.add("reboot-mid-transfer")
        raise ResetError("fault in mid transfer")

    def ask_out_of_place(self) -> Script[bool]:
        """The fault `unexpected-question`: True when the download may go on."""
        if "unexpected-question" not in self.chassis.faults:
            return True
        with self.chassis.in_state("question"):
            answer = yield from self.console.read_line(UNEXPECTED_QUESTION)
        self.chassis.publish(Answered(UNEXPECTED_QUESTION, answer))
        return answer.lower().startswith("y")


def _spoilt(value: str) -> str:
    return value[:-1] + ("1" if value[-1:] != "1" else "2")
