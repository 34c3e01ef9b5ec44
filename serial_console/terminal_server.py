"""An IOS terminal server's lines, by the TCP ports that they are reached at: what frees one that somebody else holds.

A line answers at 2000 plus its number (telnet), 4000 plus it (plain TCP) and 6000 plus it (binary telnet). A line that is
held refuses the connection, and is often held by a session that nobody sits at any more.
"""

from urllib.parse import urlsplit

_SCHEMES = ("socket", "telnet", "rfc2217")
_BASES = (2000, 4000, 6000)
_LINES = range(1, 1000)
_REFUSED = ("refused", "10061")  # the words of POSIX, the number of Windows


def line_number(url: str) -> int | None:
    """The line at the other end, if this is a port at which terminal servers have their lines."""
    try:
        parts = urlsplit(url)
        port = parts.port or 0
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES:
        return None
    return next((port - base for base in _BASES if port - base in _LINES), None)


def freeing_hint(url: str, trouble: str) -> str:
    """What to try where a connection was refused; empty if it was not, or if the port is no terminal server's."""
    line = line_number(url)
    if line is None or not any(word in trouble.lower() for word in _REFUSED):
        return ""
    return (
        f"if this is an IOS terminal server, somebody else may hold line {line}: `show line {line}` there tells, "
        f"`clear line {line}` frees it (nobody warns who sits at it), then run again"
    )
