"""Cycling a device's power by a command of the user's. Without one, a person is asked, and nothing is done here."""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from typing import IO

from rommon_tool.errors import PowerCommandFailed, WrongUsage

_SECONDS = 120
_TAIL_BYTES = 4096
_HINT = "run the command by hand and see what it says"


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


class PowerCommand:
    """The command that switches a device off and on. It runs beside the console, which must be read meanwhile."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._running: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._started = 0.0
        self.cycles = 0

    def start(self) -> None:
        """Start the command, unless it runs already."""
        if self._running is not None:
            return
        self.cycles += 1
        self._started = time.monotonic()
        # A file and no pipe: a full pipe stops the command, and a program that it leaves behind holds a pipe open.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when its command has ended
        try:
            self._running = subprocess.Popen(
                power_words(self._command),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            self._output.close()
            raise PowerCommandFailed(
                f"the power command `{self._command}` did not start", seen=str(error), hint=_HINT
            ) from error

    @property
    def running(self) -> bool:
        return self._running is not None

    def ended(self) -> bool:
        """Whether it ended well since last asked. Raises `PowerCommandFailed` if it failed or takes two minutes."""
        if self._running is None:
            return False
        code = self._running.poll()
        if code is None:
            if time.monotonic() - self._started > _SECONDS:
                self._running.kill()
                self._running.wait()
                self._take_output()
                raise PowerCommandFailed(f"the power command `{self._command}` did not end in {_SECONDS} s", hint=_HINT)
            return False
        output = self._take_output()
        if code:
            raise PowerCommandFailed(f"the power command `{self._command}` ended with {code}", seen=output, hint=_HINT)
        return True

    def _take_output(self) -> str:
        self._running = None
        if self._output is None:
            return ""
        with self._output as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _TAIL_BYTES, 0))
            text = file.read().decode("utf-8", "replace")
        return "".join(text.strip().splitlines()[-1:])
