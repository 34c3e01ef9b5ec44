"""The booted ASA: its banner, its login, and the few commands a recovery needs.

It knows commands by their words, abbreviated as people do, and answers everything else as the real one does.
"""

from .boot_text import IGNORING_CONFIG, LOGINS, SELF_TEST, SHUTDOWN, WARNING, at_least, version_of
from .chassis import IGNORES_CONFIG, Chassis, Launch, ResetError
from .events import Answered, Booted, CommandEntered
from .family import Family
from .invented import CRASH, INVALID_PASSWORD, SYSLOG, WIZARD_QUESTION
from .rewording import ask_elsewhere
from .script import Pause, Script, key
from .show_version import show_version

PAGE_LINES = 24
MORE = "<--- More --->"
ERASE_MORE = b"\r" + b" " * len(MORE) + b"\r"
WELCOME = "Type help or '?' for a list of available commands."
INVALID_INPUT = "ERROR: % Invalid input detected at '^' marker."
WIZARD = "Pre-configure Firewall now through interactive prompts [yes]? "
RELOAD = "Proceed with reload? [confirm]"
COMMANDS = (("show", "version"), ("enable",), ("disable",), ("exit",), ("quit",), ("reload",), ("terminal", "pager"))


class BootedAsa:
    """One boot of the software: from the launch to the next restart."""

    def __init__(self, chassis: Chassis, family: Family, launch: Launch) -> None:
        self.chassis = chassis
        self.console = chassis.console
        self.family = family
        self.launch = launch
        named = version_of(launch.image, family.default_version)
        self.version = chassis.faults.text("reports-version", named)
        self._privileged = False
        self._pager_lines = PAGE_LINES

    def run(self, *, at_prompt: bool = False) -> Script[None]:
        """Boot (or be met `at_prompt`), then serve the console until the device restarts."""
        self.chassis.state = "booting"
        self.console.newline = b"\r\n"
        if not at_prompt:
            yield from self._boot()
            self.chassis.publish(Booted(self.version, self.launch.source, self.launch.image))
            yield from ask_elsewhere(self.chassis, "booted")
            yield from self._set_up()
        while True:
            yield from self._session()

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
        if self.chassis.register & IGNORES_CONFIG:
            self.console.print(IGNORING_CONFIG)
        elif self.chassis.options.config == "saved":
            self.console.print("Reading from flash...\n!!!!!...........")
            self.console.print("Cryptochecksum (unchanged): 8ec69591 d5268940 a6ddb769 6b65a767")

    def _set_up(self) -> Script[None]:
        """The dialogue of a device without a configuration."""
        if self.chassis.options.config != "none":
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
        self._privileged = False
        if self.chassis.options.asks_login:
            yield from self._log_in()
        if at_least(self.version, 9, 8):
            self.console.print(LOGINS, end="")
        self.console.print(WELCOME)
        while (yield from self._serve_line()):
            pass
        self.console.print("\nLogoff\n")

    def _log_in(self) -> Script[None]:
        """Any name with any password will do, but neither may be empty."""
        name = password = ""
        while not (name and password):
            name = yield from self.console.read_line("Username: ")
            password = yield from self.console.read_line("Password: ", echo=False)

    def _serve_line(self) -> Script[bool]:
        """One command; False ends the session."""
        murmur = SYSLOG if "syslog" in self.chassis.faults else ""
        line = yield from self.console.read_line(self._prompt, murmur=murmur)
        if not line.strip():
            return True
        self.chassis.publish(CommandEntered(line, "cli"))
        words = line.partition("|")[0].split()
        command = next((known for known in COMMANDS if _abbreviates(words, known)), ("",))
        if command[0] in ("exit", "quit"):
            return False
        yield from self._obey(command[0], line)
        return True

    def _obey(self, command: str, line: str) -> Script[None]:
        words, only = line.split(), line.partition("|")[2].split()
        match command:
            case "show":
                yield from self._page(self._show_version(only))
            case "enable":
                yield from self._enable()
            case "reload" if self._privileged:
                yield from self._reload(words)
            case "terminal":
                self._pager_lines = int(words[2]) if words[2:] and words[2].isdecimal() else PAGE_LINES
            case "disable":
                self._privileged = False
            case _:
                self.console.print(" " * len(self._prompt) + "^\n" + INVALID_INPUT)

    @property
    def _prompt(self) -> str:
        return "ciscoasa# " if self._privileged else "ciscoasa> "

    def _show_version(self, only: list[str]) -> list[str]:
        lines = show_version(self.chassis, self.family, self.launch, self.version)
        return [line for line in lines if only[1] in line] if only[1:] else lines

    def _page(self, lines: list[str]) -> Script[None]:
        room = self._pager_lines
        for position, line in enumerate(lines):
            self.console.print(line)
            room -= 1
            if room == 0 and position < len(lines) - 1:
                room = yield from self._more()
                if room < 0:
                    return

    def _more(self) -> Script[int]:
        """How many lines may follow: Enter one, SPACE a page, q none (-1). Other keys are ignored."""
        self.console.print(MORE, end="")
        while True:
            pressed = yield from key()
            answers = {0x0D: 1, 0x20: self._pager_lines, ord("q"): -1, ord("Q"): -1}
            if pressed in answers:
                self.console.send(ERASE_MORE)
                return answers[pressed]

    def _enable(self) -> Script[None]:
        if at_least(self.version, 9, 12):
            self.console.print("The enable password is not set.  Please set it now.")
            yield from self.console.read_line("Enter  Password: ", echo=False)
            yield from self.console.read_line("Repeat Password: ", echo=False)
            self._privileged = True
            return
        password = yield from self.console.read_line("Password: ", echo=False)
        self._privileged = not password
        if password:
            self.console.print(INVALID_PASSWORD)

    def _reload(self, words: list[str]) -> Script[None]:
        if "noconfirm" not in words:
            with self.chassis.in_state("question"):
                self.console.print(RELOAD, end="")
                answer = yield from self.console.read_answer()
            self.chassis.publish(Answered(RELOAD, answer))
            if answer.lower() not in ("", "y"):
                return
        self.chassis.state = "booting"
        self.console.print("ciscoasa# ", end="")  # printed once more, as the 5516-X captures show
        yield Pause(3.0)
        self.console.print(SHUTDOWN, end="")
        yield Pause(3.0)
        raise ResetError("reload")


def _abbreviates(words: list[str], command: tuple[str, ...]) -> bool:
    """Whether `sh ver` stands for `show version`: each word begins its counterpart."""
    if len(words) < len(command):
        return False
    return all(full.startswith(word) and len(word) > 1 for word, full in zip(words, command, strict=False))
