"""`show reload`: when the device restarts by itself. No output of it was ever captured: both forms are recalled."""

import re

from serial_console.asa_cli.reading.unclear import unclear

_NONE = re.compile(r"(?i)\bno (?:scheduled )?reload\b|\bnot scheduled\b")
_SCHEDULED = re.compile(r"(?i)scheduled (?:for|in|at) +(\S[^\n]*?) *$", re.MULTILINE)


def read_reload(text: str) -> str:
    """When a reload is scheduled, in the device's words; empty if none is. Raises `AnswerUnclear`."""
    if found := _SCHEDULED.search(text):
        return found[1]
    if _NONE.search(text):
        return ""
    raise unclear("scheduled reload", text)
