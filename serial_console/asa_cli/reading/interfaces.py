"""`show interface ip brief`: the addresses that a device has, wherever they came from.

The columns are documented, and held by the tests of ntc-templates: Interface, IP-Address, OK?, Method, Status, Protocol.
"""

import re

from serial_console.asa_cli.reading.unclear import unclear

_HEADING = re.compile(r"(?m)^Interface +IP-Address +OK\?")
_ROW = re.compile(r"(?m)^(\S+) +(\d+\.\d+\.\d+\.\d+) +(?:YES|NO)\b")


def read_addresses(text: str) -> list[str]:
    """The IPv4 addresses, each once, in the order of the table.

    Raises `AnswerUnclear` for a text without the table's heading.
    """
    if not _HEADING.search(text):
        raise unclear("interface", text)
    found = dict.fromkeys(match[2] for match in _ROW.finditer(text))
    return list(found)
