"""Mount points: `mount NAME type cifs|ftp` and the lines below it. The commands are recalled; no password is shown."""

from ..script import Script
from .commands import Setting
from .session import Session

MODE = "config-mount"
HIDDEN = "password ********"


def _password(session: Session, _words: list[str], negated: bool) -> Script[bool]:  # noqa: FBT001 - an Act's shape
    yield from ()
    if session.block is not None and not negated:
        session.running.put_inside(session.block, HIDDEN, in_place_of="password")
    return False


SETTINGS = (
    Setting(("mount",), opens=MODE),
    *(Setting((word,), inside=MODE) for word in ("server", "share", "domain", "path", "mode", "username", "status")),
    Setting(("password",), inside=MODE, act=_password),
)
