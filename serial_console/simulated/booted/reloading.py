"""reload: whether to save, whether to go, and the way down."""

from ..boot_text import SHUTDOWN
from ..chassis import ResetError
from ..script import Pause, Script
from .commands import Command
from .saving import save
from .session import Session

MODIFIED = "System config has been modified. Save? [Y]es/[N]o:  "
PROCEED = "Proceed with reload? "


def _reload(session: Session, words: list[str]) -> Script[None]:
    if (yield from agreed(session, words)):
        yield from go_down(session)


def agreed(session: Session, words: list[str]) -> Script[bool]:
    """Ask whether to save and whether to reload, unless the command says so itself."""
    if "noconfirm" in words:
        if "save-config" in words:
            yield from save(session)
        return True
    if session.running.modified:
        answer = yield from session.ask(MODIFIED)
        if answer.strip().lower().startswith("y"):
            yield from save(session)
    return (yield from session.confirms(PROCEED))


def go_down(session: Session, reason: str = "reload") -> Script[None]:
    """Shut down and restart; the prompt is printed once more, as the 5516-X captures show."""
    session.chassis.state = "booting"
    session.print(session.prompt, end="")
    yield Pause(3.0)
    session.print(SHUTDOWN, end="")
    yield Pause(3.0)
    raise ResetError(reason)


COMMANDS = (Command(("reload",), _reload),)
