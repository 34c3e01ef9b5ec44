"""What a terminal would show of some bytes. Pure; whatever comes, the result is printable lines ended by `\\n`."""

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-9;?]*[Hf](?P<moved>)"  # the cursor moves: boot menus draw their lines like that
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]*[0-~]"
    r"|\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*)?\Z"  # cut short: its rest has not come yet
    r"|\^\[(?:\[[A-D])?"  # keys that somebody pressed, echoed
)
_LINE_ENDS = re.compile(r"[\r\n\x0b\x0c]+")
_ERASED = re.compile(r"[^\n\x08]\x08")
_ODD = re.compile(r"[^\n\t\x20-\x7e]")


def visible(data: bytes) -> str:
    """Text as it would stand on a terminal: escape sequences and echoed keys gone, backspaces applied.

    Every run of CR and LF is one `\\n`: devices end lines as CR LF, LF CR and worse.
    """
    text = data.decode("latin-1")
    text = _ESCAPES.sub(lambda found: "\n" if found["moved"] is not None else "", text)
    text = _LINE_ENDS.sub("\n", text)
    while "\x08" in text:
        shorter = _ERASED.sub("", text)
        text = shorter if shorter != text else text.replace("\x08", "")
    return _ODD.sub("", text)


def odd_share(data: bytes) -> float:
    """The share of bytes that no console text holds: high with another baud rate, 0.0 for no bytes."""
    odd = sum(1 for byte in data if not (32 <= byte < 127 or byte in (7, 8, 9, 10, 13, 27)))
    return odd / len(data) if data else 0.0
