"""The booted ASA: its boot, its banner, its login, and the session that obeys the commands of `booted`.

Everything that a command does is in `booted`; here is what comes before the first prompt and what reads a line.
"""

from .boot_text import IGNORING_CONFIG, LOGINS, SELF_TEST, WARNING, at_least, version_of
from .booted import COMMANDS, SETTINGS, auto_backup, scheduling
from .booted.auto_update import due_in, poll_now
from .booted.commands import Command, Unclear, find
from .booted.configuring import configure
from .booted.running_config import RunningConfig
from .booted.saving import checksum
from .booted.session import Machine, Session
from .booted.startup import read_startup
from .chassis import IGNORES_CONFIG, Chassis, Launch, ResetError
from .console import Background
from .events import Answered, Booted, CommandEntered
from .family import Family
from .invented import CRASH, SYSLOG, WIZARD_QUESTION
from .rewording import ask_between, ask_elsewhere
from .script import Pause, Script

WELCOME = "Type help or '?' for a list of available commands."
WIZARD = "Pre-configure Firewall now through interactive prompts [yes]? "
USER_COMMANDS = tuple(command for command in COMMANDS if not command.privileged)


class BootedAsa:
    """One boot of the software: from the launch to the next restart."""

    def __init__(self, chassis: Chassis, family: Family, launch: Launch) -> None:
        self.chassis = chassis
        self.console = chassis.console
        self.family = family
        self.launch = launch
        named = version_of(launch.image, family.default_version)
        self.version = chassis.faults.text("reports-version", named)
        self._lines_entered = 0
        self.machine = Machine(chassis, family, launch, self.version, RunningConfig())

    def run(self, *, at_prompt: bool = False) -> Script[None]:
        """Boot (or be met `at_prompt`), then serve the console until the device restarts."""
        self.chassis.state = "booting"
        self.console.newline = b"\r\n"
        self._load_config()
        if not at_prompt:
            yield from self._boot()
            self.chassis.publish(Booted(self.version, self.launch.source, self.launch.image))
            yield from ask_elsewhere(self.chassis, "booted")
            yield from self._set_up()
        while True:
            yield from self._session()

    def _load_config(self) -> None:
        if auto_backup.has_it(self.machine):
            auto_backup.restore(self.chassis, self.family)
        if not self.chassis.register & IGNORES_CONFIG:
            taken, self.machine.startup_errors = read_startup(self._saved_config(), self.version)
            self.machine.running = RunningConfig.read(taken)
            self.machine.running.modified = self.chassis.faults.text("rom-upgrade") == "modified"

    def _saved_config(self) -> str:
        """The startup configuration, or the file that CONFIG_FILE names."""
        name = self.chassis.config_file.removeprefix("disk0:").lstrip("/")
        if name and self.chassis.disk.has(name):
            return self.chassis.disk.read(name).decode("latin-1")
        return self.chassis.startup

    # --- the boot ----------------------------------------------------------------------------------------------

    def _boot(self) -> Script[None]:
        if "launch-hangs" in self.chassis.faults and self.launch.source == "netboot":
            self.chassis.state = "hung"
            while True:
                yield Pause(3600)
        yield from ask_elsewhere(self.chassis, "booting")
        for seconds, text in self.family.boot_lines:
            yield from self.console.echo_while(seconds)
            self.console.print(text, end="")
        if "launch-crashes" in self.chassis.faults and self.launch.source == "netboot":
            self.console.print(CRASH)
            raise ResetError("the launched image crashed")
        yield from self._software_starts()

    def _software_starts(self) -> Script[None]:
        hardware = self.family.hardware
        self.console.print(
            f"Compiled on {hardware.compiled} by builders\n\nTotal NICs found: {len(hardware.interfaces)}"
        )
        yield from self.console.echo_while(5.0)
        # The blank after the version is matched on the wire by asadbg.
        self.console.print(f"\nCisco Adaptive Security Appliance Software Version {self.version} \n\n{WARNING}", end="")
        major_minor = self.version.partition("(")[0]
        self.console.print(f"Cisco Adaptive Security Appliance Software, version {major_minor}")
        self.console.print("Copyright (c) 1996-2020 by Cisco Systems, Inc.\n")
        yield from self.console.echo_while(5.0)
        self._print_config_load()
        yield from self.console.echo_while(5.0)
        self.console.forget_keys()
        self.console.print(SELF_TEST, end="")

    def _print_config_load(self) -> None:
        saved = self._saved_config()
        if self.chassis.register & IGNORES_CONFIG:
            self.console.print(IGNORING_CONFIG)
        elif saved:
            self.console.print("Reading from flash...\n!!!!!...........")
            self.console.print(f"Cryptochecksum (unchanged): {checksum(saved)}")

    def _set_up(self) -> Script[None]:
        """The dialogue of a device without a configuration."""
        if self._saved_config():
            return
        answer = yield from self._ask(WIZARD)
        if not answer.lower().startswith("n"):
            yield from self._ask(WIZARD_QUESTION)

    def _ask(self, question: str) -> Script[str]:
        with self.chassis.in_state("question"):
            answer = yield from self.console.read_line(question)
        self.chassis.publish(Answered(question.strip(), answer))
        return answer

    # --- sessions ----------------------------------------------------------------------------------------------

    def _session(self) -> Script[None]:
        """From the login to `exit`."""
        self.chassis.state = "cli"
        self.chassis.rom.settle()
        if self.chassis.options.asks_login:
            yield from self._log_in()
        if at_least(self.version, 9, 8):
            self.console.print(LOGINS, end="")
        yield from self.serve(Session(self.machine))
        self.console.print("\nLogoff\n")

    def serve(self, session: Session) -> Script[None]:
        """Obey one login's lines until it ends."""
        self.console.print(WELCOME)
        while not session.ended:
            yield from self._serve_line(session)

    def _log_in(self) -> Script[None]:
        """Any name with any password will do, but neither may be empty."""
        name = password = ""
        while not (name and password):
            name = yield from self.console.read_line("Username: ")
            password = yield from self.console.read_line("Password: ", echo=False)

    def _serve_line(self, session: Session) -> Script[None]:
        murmur = SYSLOG if "syslog" in self.chassis.faults else ""
        background = _whichever_is_due(
            Background(lambda: scheduling.due_in(session), lambda: scheduling.restart(session)),
            Background(lambda: due_in(session), lambda: poll_now(session)),
        )
        line = yield from self.console.read_line(session.prompt, murmur=murmur, background=background)
        words = line.partition("|")[0].split()
        if not words:
            return
        session.line = line
        self.chassis.publish(CommandEntered(line, "cli"))
        yield from ask_between(self.chassis, self._lines_entered)
        self._lines_entered += 1
        if session.mode and (yield from configure(session, SETTINGS, words)):
            return
        yield from self._obey(session, words)

    def _obey(self, session: Session, words: list[str]) -> Script[None]:
        command: Command | Unclear = find(COMMANDS if session.privileged else USER_COMMANDS, words)
        if isinstance(command, Unclear):
            session.refuse(command)
        else:
            yield from command.act(session, words[len(command.words) :])


def _whichever_is_due(*backgrounds: Background) -> Background:
    """What falls due first of several."""

    def dues() -> list[tuple[float, Background]]:
        return [(due, each) for each in backgrounds if (due := each.due_in()) is not None]

    def act() -> Script[None]:
        _, first = min(dues(), key=lambda pair: pair[0])
        yield from first.act()

    return Background(lambda: min((due for due, _ in dues()), default=None), act)
