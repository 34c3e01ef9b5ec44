"""Power that a command of the user's switches.

A command says in braces what differs: `{action}` becomes on, off or cycle; `{on:1|off:2|cycle:3}` the word behind it.
Without braces the command is the one that cycles.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from typing import IO, Any

from rommon_tool.errors import PowerCommandFailed, WrongUsage
from rommon_tool.power.method import OFF_SECONDS, Action, Power
from serial_console.interlock import Outlet

_SECONDS = 120
_TAIL_BYTES = 4096
_HINT = "run the command by hand and see what it says"
_CHOICE = re.compile(r"\{(action|(?:on|off|cycle):[^{}]*)\}")


def power_words(command: str) -> list[str]:
    """Split a command as a shell would; it is then run without one. Raises `WrongUsage` for unbalanced quotes."""
    try:
        # A backslash on Windows is part of a path.
        words = shlex.split(command, posix=sys.platform != "win32")
    except ValueError as error:
        raise WrongUsage(f"--power {command!r} is no command", seen=str(error), hint="close its quotes") from error
    if not words:
        raise WrongUsage("--power is empty", hint="give the command that switches the device off and on")
    return words


class PowerCommand(Power):
    """A command that switches a device's power, run beside the console. One for `cycle` may be made of `off` and `on`."""

    def __init__(self, command: str, off_seconds: float = OFF_SECONDS) -> None:
        super().__init__(command, Outlet("command"))
        self._off_seconds = off_seconds
        self._running: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._command = ""
        self._started = 0.0
        self._then_on_at: float | None = None

    def check(self) -> None:
        cycle = _for_action(self.name, "cycle")
        for command in [cycle] if cycle is not None else [_needed(self.name, "off"), _needed(self.name, "on")]:
            power_words(command)

    def begin(self, action: Action) -> None:
        if self.running:
            return
        command = _for_action(self.name, action)
        if command is None and action == "cycle":
            self._run(_needed(self.name, "off"))
            self._then_on_at = 0.0
        else:
            self._run(_needed(self.name, action))
        self.cycles += 1

    def _run(self, command: str) -> None:
        self._command = command
        self._started = time.monotonic()
        # A file and no pipe: a full pipe stops the command, and a program that it leaves behind holds a pipe open.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when its command has ended
        try:
            self._running = subprocess.Popen(
                power_words(command),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                **self._inherited(),
            )
        except OSError as error:
            self._output.close()
            raise PowerCommandFailed(
                f"the power command `{command}` did not start", seen=str(error), hint=_HINT
            ) from error

    def _inherited(self) -> dict[str, Any]:
        """If we are killed, the command still counts as an action under way until it has ended."""
        return {} if self.leave.descriptor is None else {"pass_fds": [self.leave.descriptor]}

    @property
    def running(self) -> bool:
        return self._running is not None or self._then_on_at is not None

    def has_ended(self) -> bool:
        """As `Power` says; a command that takes two minutes has failed."""
        if self._running is None:
            if self._then_on_at is not None and time.monotonic() >= self._then_on_at:
                self._then_on_at = None
                self._run(_needed(self.name, "on"))
            return False
        code = self._running.poll()
        if code is None:
            if time.monotonic() - self._started > _SECONDS:
                self._running.kill()
                self._running.wait()
                self._take_output()
                self._then_on_at = None
                raise PowerCommandFailed(f"the power command `{self._command}` did not end in {_SECONDS} s", hint=_HINT)
            return False
        output = self._take_output()
        if code:
            self._then_on_at = None
            raise PowerCommandFailed(f"the power command `{self._command}` ended with {code}", seen=output, hint=_HINT)
        if self._then_on_at is None:
            return True
        self._then_on_at = time.monotonic() + self._off_seconds
        return False

    def _take_output(self) -> str:
        self._running = None
        if self._output is None:
            return ""
        with self._output as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _TAIL_BYTES, 0))
            text = file.read().decode("utf-8", "replace")
        return "".join(text.strip().splitlines()[-1:])


def _for_action(template: str, action: Action) -> str | None:
    """The command of an action; None for one that the template does not know."""
    choices = _CHOICE.findall(template)
    if not choices:
        return template if action == "cycle" else None
    words = [_word(choice, action) for choice in choices]
    if None in words:
        return None
    rest = iter(words)
    return _CHOICE.sub(lambda _found: str(next(rest)), template)


def _word(choice: str, action: Action) -> str | None:
    if choice == "action":
        return action
    return dict(part.partition(":")[::2] for part in choice.split("|")).get(action)


def _needed(template: str, action: Action) -> str:
    command = _for_action(template, action)
    if command is None:
        message = f"the power command `{template}` does not tell how to switch {action}"
        raise WrongUsage(message, hint="put {action} where it differs, or {on:1|off:2}")
    return command
