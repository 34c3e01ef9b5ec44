"""An ASA that runs: from whatever stands on its console to privileged EXEC, its modes, and back.

It types passwords only at prompts for them, and only those that its caller gave.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from serial_console.asa_cli.answers import NONE, Answers
from serial_console.asa_cli.conversation import Conversation, Following
from serial_console.asa_cli.plain_text import plain
from serial_console.asa_cli.prompts import Prompt
from serial_console.asa_cli.secret import Credentials, Secret
from serial_console.asa_cli.standing import Standing, standing
from serial_console.errors import (
    ConsoleError,
    ConsoleSilent,
    DeviceRebooted,
    LoginRefused,
    UnexpectedQuestion,
    UnexpectedState,
)
from serial_console.line import Line, Seen

_ANYTHING = {"anything": re.compile(rb"(?s).+")}
_LISTEN_SECONDS = 0.7
_GLANCE_SECONDS = 0.2  # at what somebody else has seen settle
_DOUBT_SECONDS = 3.0
_ANSWER_SECONDS = 10.0
_LONGEST_SECONDS = 60.0
_TURNS = 10
_KEPT_BYTES = 8192
_DEFAULT_PAGER_LINES = 24
_PAGER_LINES = re.compile(r"(?m)^pager(?: lines)? (\d+)")
_REFUSED = re.compile(r"(?i)invalid password|access denied|login incorrect|authentication failed|% ?bad password")
_DEMANDED_HINT = "this ASA has no enable password and demands one (9.12 and later): choose one and give it as the new enable password"


class AsaCli:
    """The CLI of one booted ASA, or of the FXOS under it.

    `credentials` fill logins. A question that nobody foresaw raises `UnexpectedQuestion`, with nothing typed.
    """

    def __init__(self, line: Line, credentials: Credentials | None = None) -> None:
        self.line = line
        self._credentials = credentials or Credentials()
        self._talk = Conversation(line)
        self._pager_lines: int | None = None

    # --- commands ----------------------------------------------------------------------------------------------

    @property
    def prompt(self) -> Prompt:
        """The prompt that stands. Raises `UnexpectedState` before `log_in`."""
        if self._talk.prompt is None:
            raise UnexpectedState("nobody has looked at this console yet", hint="log in first")
        return self._talk.prompt

    @property
    def log(self) -> tuple[str, ...]:
        """The log lines that came between, oldest first; the last thousand."""
        return tuple(self._talk.log)

    def run(self, command: str, answers: Answers = NONE, *, seconds: float = 30.0, checked: bool = True) -> str:
        """Run a command and return what it printed, without its echo, log lines and the prompt behind it.

        `seconds` is how long the device may be silent. Unless `checked` is false, a refusal raises `CommandFailed`
        (`CommandUnknown` for a command that the device does not know).
        """
        return self._talk.run(command, answers, seconds=seconds, checked=checked)

    def follow(
        self, command: str, answers: Answers = NONE, *, seconds: float = 30.0, checked: bool = True
    ) -> Following:
        """Run a command as `run` does, and yield what comes, twenty times a second while it lasts; its text is the result."""
        return self._talk.follow(command, answers, seconds=seconds, checked=checked)

    def type(self, command: str) -> None:
        """Type a command without its Enter, and see it echoed."""
        self._talk.type(command)

    def entered(self, answers: Answers = NONE, *, seconds: float = 30.0) -> Following:
        """Press the Enter behind what `type` typed, and follow what comes; refusals are the caller's to find."""
        return self._talk.entered(answers, seconds=seconds)

    def forget_prompt(self) -> None:
        """The device restarts, or somebody else types: nothing more is typed here before `log_in`."""
        self._talk.lose_prompt()

    # --- logging in --------------------------------------------------------------------------------------------

    def log_in(self, heard: bytes = b"", answers: Answers = NONE) -> Prompt:
        """Come to an EXEC prompt from whatever stands on the console. `heard` is what was printed before, if anybody knows.

        One Enter is pressed at most, and only into silence. A pager and a configuration mode are left. Raises
        `LoginRefused`, `UnexpectedQuestion`, `DeviceRebooted` at a boot monitor, `ConsoleSilent`.
        """
        asked_by_enter = False
        for _ in range(_TURNS):
            last, heard = self._settled(heard)
            if last.prompt is not None:
                return self._at(last.prompt)
            if last.kind == "nothing":
                if asked_by_enter:
                    raise ConsoleSilent("the console comes to no prompt", seen=last.text or "nothing")
                asked_by_enter = True
                self.line.send(b"\r")
            else:
                self._refuse_if_refused(heard)
                self.line.send(self._keys_for(last, answers))
            heard = b""
        raise LoginRefused("the device asks for a login again and again", seen=last.text)

    def enable(self, answers: Answers = NONE) -> Prompt:
        """Come to privileged EXEC. Raises `LoginRefused`, or `UnexpectedQuestion` where a new password is demanded and none given."""
        if self.prompt.privileged:
            return self.prompt
        try:
            text = self._talk.run("enable", answers | self._enable_answers(), checked=False)
        except UnexpectedQuestion as error:
            raise _explained(error) from error
        return self._enabled(self.prompt, text)

    def _enabled(self, prompt: Prompt, text: str) -> Prompt:
        if not prompt.privileged:
            raise LoginRefused("the device does not take the enable password", seen=_last_line(text))
        return prompt

    def _at(self, prompt: Prompt) -> Prompt:
        self._talk.found(prompt)
        if prompt.configures:
            self._talk.run("end")
        return self.prompt

    def _settled(self, heard: bytes) -> tuple[Standing, bytes]:
        """What stands last once the console is quiet: what is doubtful, for longer."""
        until = self.line.seconds() + _LONGEST_SECONDS
        wait = _GLANCE_SECONDS if heard else _ANSWER_SECONDS if self._talk.prompt else _DOUBT_SECONDS
        while self.line.seconds() < until:
            seen = self.line.expect(_ANYTHING, wait)
            if isinstance(seen, Seen):
                heard = (heard + seen.before + seen.text)[-_KEPT_BYTES:]
                wait = _LISTEN_SECONDS
                continue
            last = standing(plain(heard))
            if last.kind not in ("nothing", "doubtful") or wait >= _DOUBT_SECONDS:
                return last, heard
            wait = _DOUBT_SECONDS
        raise ConsoleSilent("the console talks on and on, and comes to no prompt", seen=_last_line(plain(heard)))

    def _keys_for(self, last: Standing, answers: Answers) -> bytes:
        """What may be typed at what stands there. Raises what tells why nothing may."""
        if last.kind == "pager":
            return b"q"
        if last.kind == "monitor":
            raise DeviceRebooted("the device is at its boot monitor, and no ASA runs", seen=last.text)
        keys = (answers | self._login_answers()).keys_for(last.text)
        if keys is not None:
            return keys
        if last.kind in ("username", "password"):
            raise LoginRefused("the device asks for a login, and none was given", seen=last.text)
        raise _explained(UnexpectedQuestion("the device asks something before its prompt", seen=last.text))

    def _login_answers(self) -> Answers:
        known = self._credentials
        given: dict[str, str | Secret] = {}
        if known.username is not None:
            given[r"(?i)(?:username|user name|login):\s*\Z"] = known.username
        if known.password is not None:
            given[r"(?i)\A(?:\S+'s )?password:\s*\Z"] = known.password
        return Answers(given)

    def _enable_answers(self) -> Answers:
        known = self._credentials
        given: dict[str, str | Secret] = {}
        if known.new_enable_password is not None:
            given[r"(?i)\A(?:enter|repeat)\s+password\s*:"] = known.new_enable_password
        if known.username is not None:
            given[r"(?i)\Ausername:"] = known.username
        if known.enable_password is not None:
            given[r"(?i)\Apassword:"] = known.enable_password
        return Answers(given)

    def _refuse_if_refused(self, heard: bytes) -> None:
        if found := _REFUSED.search(plain(heard)):
            raise LoginRefused("the device does not take the name or password", seen=found[0])

    # --- modes -------------------------------------------------------------------------------------------------

    @contextmanager
    def configuring(self, answers: Answers = NONE) -> Iterator["AsaCli"]:
        """Configuration mode for the length of a block; `end` leads back, if a prompt stands there still."""
        self.run("configure terminal", answers)
        try:
            yield self
        finally:
            if self._talk.is_at_prompt and self.prompt.configures:
                self.run("end", answers)

    def pager_off(self) -> None:
        """Let long outputs come without a pause, for this login; `restore_pager` takes it back."""
        shown = self.run("show running-config pager", checked=False)
        found = _PAGER_LINES.search(shown)
        self.run("terminal pager 0")
        self._pager_lines = int(found[1]) if found else _DEFAULT_PAGER_LINES

    def restore_pager(self) -> None:
        """The pager as the configuration has it, if `pager_off` took it away."""
        if self._pager_lines is not None:
            self.run(f"terminal pager {self._pager_lines}")
            self._pager_lines = None

    def leave(self) -> None:
        """Leave the console as it was found: out of configuration mode, with its pager. Never raises, and types at a prompt only."""
        with suppress(ConsoleError):
            if self._talk.is_at_prompt and self.prompt.configures:
                self.run("end")
            if self._talk.is_at_prompt:
                self.restore_pager()


def _explained(error: UnexpectedQuestion) -> UnexpectedQuestion:
    if re.search(r"(?i)enter\s+password\s*:", error.seen):
        return UnexpectedQuestion("the device demands a new enable password", seen=error.seen, hint=_DEMANDED_HINT)
    return error


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines[-1] if lines else "nothing"
