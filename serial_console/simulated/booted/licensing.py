"""activation-key: a licence of another day, entered and confirmed."""

from ..invented import KEY_PROCEED, KEY_UPDATED, KEY_VALIDATING
from ..script import Pause, Script
from .commands import Command
from .session import Session

GROUPS = (4, 5)


def _activation_key(session: Session, words: list[str]) -> Script[None]:
    if len(words) not in GROUPS:
        session.print("ERROR: % Incomplete command")
        return
    session.print(KEY_VALIDATING)
    yield Pause(5.0)
    if (yield from session.confirms(KEY_PROCEED)):
        session.print(f"\n{KEY_UPDATED}")


COMMANDS = (Command(("activation-key",), _activation_key),)
