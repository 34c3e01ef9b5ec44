"""Give up what only the port needed.

The one rule: never pretend. What could not be given up is said, and the caller shows it.
"""

from __future__ import annotations

import codecs
import os
import sys

_NOBODY = 65534
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4


def forbid_new_privileges() -> str:
    """No program that this process starts has more rights than its user. Answers what was done; nothing but on Linux.

    To be called before any thread is begun: the system knows it of each thread, and threads have it from their beginner.
    What this process may do itself, as open a low port, it still may.
    """
    if sys.platform != "linux":
        return ""
    import ctypes  # here: 5 ms that only this needs

    try:
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)  # an old kernel has none to clear
        failed = prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    except (OSError, AttributeError):
        failed = -1
    return "new privileges possible" if failed else "no new privileges"


def drop_privileges() -> str:
    """Become the user behind sudo, or nobody, and never gain privileges again. Answers what was done, in words.

    Root alone has anything to give up; on Linux the way back is closed for every user.
    """
    # First what imports: as nobody the modules of a Python in somebody's home can't be read any more, codecs included.
    for codec in ("ascii", "latin-1", "utf-8", "idna"):
        codecs.lookup(codec)
    done = list(filter(None, [forbid_new_privileges()]))
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
