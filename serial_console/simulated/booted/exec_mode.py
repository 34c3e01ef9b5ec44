"""Moving between levels: enable, disable, exit, the pager of this login."""

from ..boot_text import at_least
from ..invented import ACCESS_DENIED, INVALID_PASSWORD
from ..script import Script
from .commands import Command
from .session import PAGE_LINES, Session

PASSWORD_ATTEMPTS = 3


def _enable(session: Session, _: list[str]) -> Script[None]:
    known = session.running.value("enable password").partition(" ")[0]
    if not known and at_least(session.machine.version, 9, 12):
        yield from _set_password(session)
        return
    for _attempt in range(PASSWORD_ATTEMPTS):
        password = yield from session.console.read_line("Password: ", echo=False)
        if password == known:
            session.privileged = True
            return
        session.print(INVALID_PASSWORD)
    session.print(ACCESS_DENIED)


def _set_password(session: Session) -> Script[None]:
    session.print("The enable password is not set.  Please set it now.")
    first = yield from session.console.read_line("Enter  Password: ", echo=False)
    again = yield from session.console.read_line("Repeat Password: ", echo=False)
    if first and first == again:
        session.running.put(f"enable password {first}", in_place_of="enable password")
    session.privileged = True


def _disable(session: Session, _: list[str]) -> Script[None]:
    session.privileged, session.mode, session.block = False, "", None
    yield from ()


def _exit(session: Session, _: list[str]) -> Script[None]:
    session.ended = True
    yield from ()


def _pager(session: Session, words: list[str]) -> Script[None]:
    number = words[-1] if words else ""
    session.pager_lines = int(number) if number.isdecimal() else PAGE_LINES
    yield from ()


COMMANDS = (
    Command(("enable",), _enable, privileged=False),
    Command(("disable",), _disable, privileged=False),
    Command(("exit",), _exit, privileged=False),
    Command(("quit",), _exit, privileged=False),
    Command(("logout",), _exit, privileged=False),
    Command(("terminal", "pager"), _pager, privileged=False),
)
