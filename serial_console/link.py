"""What a console's URL tells before it is opened: what the way to the device carries besides text. Nothing is looked up."""

import re

# Every other scheme, and a tty, carries both.
_WITHOUT_RATE = ("socket://", "telnet://", "ssh://")
_WITHOUT_BREAK = ("socket://",)


def carries_rate(url: str) -> bool:
    """Whether the line rate is ours to set; else it is the console server's."""
    return not url.lower().startswith(_WITHOUT_RATE)


def carries_break(url: str) -> bool:
    """Whether a BREAK can reach the device. A plain TCP connection has no byte for it."""
    return not url.lower().startswith(_WITHOUT_BREAK)


def limits(url: str) -> list[str]:
    """What can't be done on this console, one clause each, for people."""
    no_break = [] if carries_break(url) else ["it can't carry BREAK"]
    no_rate = [] if carries_rate(url) else ["its line rate is the console server's, whatever --baud says"]
    return no_break + no_rate


def without_password(url: str) -> str:
    """A URL as it may be shown and kept."""
    return re.sub(r"(?<=://)([^/?#@:]*):[^/?#]*@", r"\1:***@", url)
