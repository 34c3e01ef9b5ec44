"""`show startup-config errors`: what reading the configuration printed at the last boot, chunk by chunk.

Sources: a captured output of a Firepower 2130, where each chunk stands before a line that tells its place and the beginning of
its command; and the chapter's example, which has the command, a caret and the error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARK = re.compile(
    r"^\*\*\* Output from config line (?P<line>\d+)(?:, context '(?P<context>[^']+)')?, \"(?P<command>.*?)(?P<cut>\.\.\.)?\"$"
)
_CARET = re.compile(r"^\s*\^\s*$")
_ERROR = re.compile(r"(?i)\berror:|invalid input detected|% ?(?:incomplete|ambiguous) command")
_BEGINNING = "Reading from flash..."


@dataclass(frozen=True, slots=True)
class StartupError:
    """One command and what was said to it. `line` counts in the configuration that was read, 0 where the device tells none.

    `is_cut`: `command` is only the beginning. `is_refused`: it was an error, not a warning or some news.
    """

    command: str
    said: str
    line: int = 0
    context: str = ""
    is_cut: bool = False

    @property
    def is_refused(self) -> bool:
        return _ERROR.search(self.said) is not None


def read_startup_errors(text: str) -> tuple[StartupError, ...]:
    """Read the output of either form; empty where the device had nothing to say. Text that belongs to no command is left out."""
    lines = [line.rstrip() for line in text.split("\n")]
    if any(_MARK.match(line) for line in lines):
        return tuple(_marked(lines))
    return tuple(_with_carets(lines))


def _marked(lines: list[str]) -> Iterator[StartupError]:
    said: list[str] = []
    for line in lines:
        if found := _MARK.match(line):
            yield StartupError(
                found["command"], "\n".join(said), int(found["line"]), found["context"] or "", found["cut"] is not None
            )
            said = []
        elif line and line != _BEGINNING:
            said.append(line)


def _with_carets(lines: list[str]) -> Iterator[StartupError]:
    """The chapter's form. A long command is wrapped; it goes on until its caret, an empty line, or the error."""
    command: list[str] = []
    for line in lines:
        if _ERROR.search(line):
            yield StartupError(" ".join(command), line)
            command = []
        elif line and not _CARET.match(line) and line != _BEGINNING:
            command.append(line)
