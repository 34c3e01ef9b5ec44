"""Reading the saved configuration at a boot: lines that came after this version are refused, and remembered for who asks.

The three rules are the chapter's own example. The form is that of a Firepower 2130's `show startup-config errors`.
"""

import re

from ..invented import NO_CONFIG_ERRORS
from ..script import Script
from .commands import Command
from .session import INVALID_INPUT, Session

SHOWN_OF_A_COMMAND = 22
NEWER: tuple[tuple[tuple[int, int, int], re.Pattern[str]], ...] = (
    ((9, 5, 2), re.compile(r"^access-list \S+ extended \S+ sctp ")),
    ((9, 6, 1), re.compile(r"^(?:username|enable password) .* pbkdf2\b|^enable password \S+ pbkdf2")),
    ((9, 5, 3), re.compile(r"^snmp-server user .* engineID ")),
)


def read_startup(text: str, version: str) -> tuple[str, list[str]]:
    """The lines that a version takes, and what it says to the others."""
    own = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    taken, said = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if any(own < since and pattern.match(line) for since, pattern in NEWER):
            said += [f"{INVALID_INPUT}", f'*** Output from config line {number}, "{_shown(line)}"']
        else:
            taken.append(line)
    return "\n".join(taken), said


def _shown(line: str) -> str:
    return f"{line[:SHOWN_OF_A_COMMAND]}..." if len(line) > SHOWN_OF_A_COMMAND else line


def _show_errors(session: Session, _: list[str]) -> Script[None]:
    said = session.machine.startup_errors
    yield from session.page(["Reading from flash...", *said] if said else [NO_CONFIG_ERRORS])


COMMANDS = (Command(("show", "startup-config", "errors"), _show_errors),)
