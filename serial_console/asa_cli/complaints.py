"""The lines by which an ASA refuses a command. Pure.

Sources: captures for `ERROR: % Invalid input`, `ERROR: 'X' is not valid` and the refused removal; unicon and netmiko for
the rest; `%Error …` of the file commands is documented for `dir` and `verify` and recalled for the others.
"""

import re

_COMPLAINT = re.compile(
    r"(?mi)^(?:"
    r"%? ?error[ :][^\n]*"
    r"|% (?!warning)[^\n]+"
    r"|command authorization failed[^\n]*"
    r"|removing object-group \([^)\n]*\) failed[^\n]*"
    r"|[^\n]*\bmust be in the (?:system|admin) (?:execution space|context)[^\n]*"
    r"|WARNING: TFTP download incomplete![^\n]*"
    r")"
)
_INVALID = re.compile(r"(?i)invalid input|incomplete command|ambiguous command|invalid command")


def complaint_in(text: str) -> str:
    """The lines of a refusal, joined by ` / `; empty if there is none. A warning is no refusal."""
    return " / ".join(found[0].strip() for found in _COMPLAINT.finditer(text))


def is_unknown_command(complaint: str) -> bool:
    """Whether the device does not know the command at all, or not at this prompt."""
    return _INVALID.search(complaint) is not None
