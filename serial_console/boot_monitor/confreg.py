"""The configuration register: read it, change it, and boot with it.

A register counts as read when two readings running agree, because it will be written back; a change counts as made when it
was read back. Only questions that the platform file names are answered, with `y` only where that makes the wanted register.
"""

import re

from platforms.model import ConfigRegister
from serial_console.boot_monitor.dialogue import Dialogue, left_unanswered
from serial_console.boot_monitor.reading import first_match, lines_of
from serial_console.errors import CommandRefused, ReadBackDiffers, UnexpectedState
from serial_console.line import Seen

IGNORES_CONFIG, NETBOOT, BOOT_FIELD = 0x40, 0x10, 0x0F
# Out of the box; for a lost password; and what the classic dialogue makes of `y` to nothing but "disable system configuration?".
NORMAL, BOOTS_IGNORING, STOPS_IGNORING = 0x1, 0x41, 0x40
_KNOWN_BITS = IGNORES_CONFIG | NETBOOT | BOOT_FIELD
# What `y` and `n` to the known questions can make.
_BY_QUESTIONS = frozenset({0x0, NORMAL, STOPS_IGNORING, BOOTS_IGNORING})

_READINGS = 8
_WRITINGS = 3
_LONGEST_DIALOGUE = 40
_QUIET_SECONDS = 0.1
_MORE = {"more": re.compile(rb"\S")}


def meaning(register: int) -> str:
    """What a device with this register does at its next start."""
    if register & NETBOOT:
        boots = "boots by TFTP, and from flash if that fails"
    elif register & BOOT_FIELD:
        boots = "boots from flash"
    else:
        boots = "stops in its boot monitor until somebody types `boot`"
    config = "ignores" if register & IGNORES_CONFIG else "reads"
    others = register & ~_KNOWN_BITS
    return f"{boots}, and {config} its startup configuration" + (f"; {others:#x} is not known" if others else "")


def answered_yes(register: int) -> set[str]:
    """The questions whose `y` makes this register. Raises `CommandRefused` if no answers do."""
    if register not in _BY_QUESTIONS:
        raise CommandRefused(f"the answers to `confreg` can't make the register {register:#x}", hint=_BY_HAND)
    config = "ignore-config" if register & IGNORES_CONFIG else "heed-config"
    return {config, "boot-flash" if register & BOOT_FIELD else "stop-in-monitor"}


class RegisterAtPrompt:
    """The register of a device that waits at its monitor's prompt, and is left there."""

    def __init__(self, dialogue: Dialogue, facts: ConfigRegister) -> None:
        self._dialogue = dialogue
        self._facts = facts
        self._seconds = dialogue.platform.console.answer_seconds

    def read(self) -> int:
        """Show the register, and answer `n` to the question whether to change it.

        Raises `CommandRefused` if the monitor shows none, `UnexpectedState` if it never shows the same twice running.
        """
        before = None
        answer = b""
        for _ in range(_READINGS):
            answer = self._shown()
            found = self._facts.shown.search(answer)
            if found is not None and found["value"] == before:
                return int(found["value"], 16)
            before = found["value"] if found else None
        seen = " / ".join(lines_of(answer)[:3]) or "nothing"
        if before is None:
            raise CommandRefused(f"`{self._facts.command}` does not show the register", seen=seen)
        raise UnexpectedState("the register never reads the same twice running", seen=seen, hint=_NOISY)

    def write(self, register: int) -> None:
        """Change the register and read it back. Raises `CommandRefused` or `ReadBackDiffers`."""
        shown = -1
        for attempt in range(_WRITINGS):
            # Where answers switch bits one by one, a bit that nothing asks about stays as it was.
            self._set(register, by_questions=self._facts.by_questions and attempt == 0)
            shown = self.read()
            if shown == register:
                return
        raise ReadBackDiffers(f"the register should be {register:#x} and is {shown:#x}", seen=f"{shown:#x}")

    def boot(self) -> None:
        """Leave the monitor: nothing is awaited behind it."""
        self._dialogue.enter(self._facts.boot_command)

    def _set(self, register: int, *, by_questions: bool) -> None:
        if by_questions and register in _BY_QUESTIONS:
            self._answer_questions(register)
            return
        try:
            self._dialogue.command(self._facts.set_command.format(value=f"{register:#x}"))
        except CommandRefused:
            if register not in _BY_QUESTIONS:
                raise
            self._answer_questions(register)

    def _shown(self) -> bytes:
        self._dialogue.enter(self._facts.command)
        came, text = self._dialogue.until_asked({"change": self._facts.change}, self._seconds)
        if came == "change":
            self._answer("n")
            self._dialogue.until_asked({}, self._seconds)
        if refusal := first_match(self._dialogue.platform.console.invalid_command, text):
            return refusal.group(0)
        return text

    def _answer_questions(self, register: int) -> None:
        yes = answered_yes(register)
        questions = {"change 0": self._facts.change} | {
            f"{name} {number}": pattern
            for name, patterns in self._facts.questions.items()
            for number, pattern in enumerate(patterns)
        }
        self._dialogue.enter(self._facts.command)
        is_changing = False
        for _ in range(_LONGEST_DIALOGUE):
            came = self._dialogue.until_asked(questions, self._seconds)[0].partition(" ")[0]
            if came == "prompt":
                return
            # Some monitors ask once more at the end.
            agrees = not is_changing if came == "change" else came in yes
            is_changing = True
            self._answer("y" if agrees else "n")
        raise UnexpectedState(f"the questions of `{self._facts.command}` have no end", hint=_BY_HAND)

    def _answer(self, word: str) -> None:
        """Answer the question that was just seen, if it is still the last thing on the console."""
        more = self._dialogue.line.expect(_MORE, _QUIET_SECONDS)
        if isinstance(more, Seen):
            raise left_unanswered(more.text)
        self._dialogue.enter(word)


def at_prompt(dialogue: Dialogue) -> RegisterAtPrompt:
    """The register of the device at the other end. Raises `UnexpectedState` for a family of which nothing is known of it."""
    facts = dialogue.platform.confreg
    if facts is None:
        message = f"nothing is known of a configuration register that a {dialogue.platform.title} shows"
        raise UnexpectedState(message, hint=_FIREPOWER)
    return RegisterAtPrompt(dialogue, facts)


_BY_HAND = "answer the questions of `confreg` on the console yourself; Enter leaves each setting as it is"
_NOISY = (
    "the line garbles what is shown: try another cable or adapter, and look at the register yourself with `confreg`"
)
_FIREPOWER = (
    "a Firepower's monitor resets the password with `password_reset`, which loses the configuration: "
    "this tool does not type it; have a backup before you do"
)
