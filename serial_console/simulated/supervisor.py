"""The supervisor of a Catalyst 6500, whose console leads to the module in slot 3. All that it says is recalled.

It knows the two commands that open a session, and refuses all else, so that whatever is typed at it shows in the events.
"""

import re

from .chassis import Chassis
from .events import CommandEntered
from .invented import SESSION_OPEN, SESSION_REFUSED, SUPERVISOR_INVALID, SUPERVISOR_PROMPT
from .script import Pause, Script

MODULE_SLOT = "3"
_SESSION = re.compile(r"session slot (\d+) processor 1")
_VIRTUAL_CONSOLE = re.compile(r"service-module session slot (\d+)")


class CatalystSupervisor:
    """A supervisor at its privileged prompt."""

    def __init__(self, chassis: Chassis) -> None:
        self._chassis = chassis
        self._console = chassis.console

    def run(self) -> Script[None]:
        """Talk until a session leads to the module."""
        before, self._console.newline = self._console.newline, b"\r\n"
        while True:
            line = (yield from self._console.read_line(SUPERVISOR_PROMPT)).strip()
            if not line:
                continue
            self._chassis.publish(CommandEntered(line, "supervisor"))
            if (yield from self._opens(line)):
                self._console.newline = before
                return

    def _opens(self, line: str) -> Script[bool]:
        asked = _SESSION.fullmatch(line)
        silent = _VIRTUAL_CONSOLE.fullmatch(line)
        found = asked or silent
        if found is None:
            self._console.print(SUPERVISOR_INVALID)
            return False
        yield Pause(0.5)
        is_there = found[1] == MODULE_SLOT
        if asked or not is_there:
            text = SESSION_OPEN if is_there else SESSION_REFUSED
            self._console.print(text.format(slot=found[1]), end="")
        return is_there
