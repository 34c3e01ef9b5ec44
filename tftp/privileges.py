"""Give up what only the port needed.

The one rule: never pretend. What could not be given up is said, and the caller shows it.
"""

from __future__ import annotations

import codecs
import os
import sys

_NOBODY = 65534
_PR_SET_NO_NEW_PRIVS = 38


def drop_privileges() -> str:
    """Become the user behind sudo, or nobody, and never gain privileges again. Answers what was done, in words.

    Root alone has anything to give up; on Linux the way back is closed for every user.
    """
    # First what imports: as nobody the modules of a Python in somebody's home can't be read any more, codecs included.
    for codec in ("ascii", "latin-1", "utf-8", "idna"):
        codecs.lookup(codec)
    done = [_forbid_new_privileges()] if sys.platform == "linux" else []
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        done.insert(0, _become_unprivileged())
    return ", ".join(done)


def _become_unprivileged() -> str:
    uid, gid = _id_from("SUDO_UID"), _id_from("SUDO_GID")
    if uid is None or gid is None:
        uid, gid = _nobody()
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        return f"still root, cannot become user {uid}: {error.strerror}"
    return f"dropped from root to user {uid}, group {gid}"


def _id_from(variable: str) -> int | None:
    """The number in an environment variable, unless it is root's or none at all."""
    value = os.environ.get(variable, "")
    return int(value) if value.isascii() and value.isdigit() and 0 < int(value) < 2**32 - 1 else None


def _nobody() -> tuple[int, int]:
    import pwd  # here: Windows has none, and does not come this way

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return _NOBODY, _NOBODY
    return entry.pw_uid, entry.pw_gid


def _forbid_new_privileges() -> str:
    import ctypes  # here: 5 ms that only this needs

    try:
        failed = ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    except (OSError, AttributeError):
        failed = -1
    return "new privileges possible" if failed else "no new privileges"
