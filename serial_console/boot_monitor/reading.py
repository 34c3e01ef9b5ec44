"""Pure readers of what a boot monitor prints. They take bytes of any line ending and know no device."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_SETTING = re.compile(rb"^[ \t]*([A-Za-z_][A-Za-z0-9_]*)=(.*)$", re.MULTILINE)
_LINE_ENDS = re.compile(rb"[\r\n]+")
_KEYS = re.compile(r"(?:\^\[)+$")  # ESC that came too late for the window, as it is echoed
# Two of the twelve characters of `rommon #12>` may be wrong, and two of its word.
_ALIKE, _ALIKE_WORD = 0.7, 0.6
_BEHIND_THE_WORD = 8


def text_of(data: bytes) -> str:
    """Bytes as text, one character each."""
    return data.decode("latin-1")


def lines_of(data: bytes) -> list[str]:
    """The lines of some output without blank ones, whichever line ends it has."""
    return [line.strip() for line in text_of(_LINE_ENDS.sub(b"\n", data)).split("\n") if line.strip()]


def settings(dump: bytes) -> dict[str, str]:
    """The `NAME=value` lines of a variable dump. A name that comes twice with two values is left out: one of them is noise."""
    found: dict[str, str] = {}
    doubtful = set()
    for match in _SETTING.finditer(_LINE_ENDS.sub(b"\n", dump)):
        name, value = text_of(match[1]), text_of(match[2].rstrip(b" \t"))
        if found.setdefault(name, value) != value:
            doubtful.add(name)
    return {name: value for name, value in found.items() if name not in doubtful}


def same_setting(role: str, wanted: str, shown: str) -> bool:
    """Whether a dump shows what was set. Only an interface may be typed shorter than it is shown, or in other case."""
    if role != "interface":
        return wanted == shown
    typed, canonical = _interface(wanted), _interface(shown)
    return bool(typed[0]) and canonical[0].startswith(typed[0]) and typed[1] == canonical[1]


def looks_unreadable(data: bytes, *, enough: int = 96, share: float = 0.3) -> bool:
    """Whether bytes look like another baud rate's: of at least `enough`, more than `share` are no text."""
    if len(data) < enough:
        return False
    odd = sum(1 for byte in data if not (32 <= byte < 127 or byte in (8, 9, 10, 13, 27)))
    return odd > share * len(data)


def is_nearly_prompt(prompt: re.Pattern[bytes], text: bytes, known: str = "") -> bool:
    """Whether the text ends in a prompt that noise has hit: alike the `known` one, or with most letters of the pattern's word."""
    last = _KEYS.sub("", text_of(re.split(rb"[\r\n]", text)[-1]).strip())
    if known and _likeness(last, known) > _ALIKE:
        return True
    word = max(re.findall("[a-z]{4,}", text_of(prompt.pattern).lower()), key=len, default="")
    is_short = len(last) <= len(word) + _BEHIND_THE_WORD
    return bool(word) and is_short and _likeness(last[: len(word) + 1].lower(), word) > _ALIKE_WORD


def _likeness(left: str, right: str) -> float:
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def first_match(patterns: Iterable[re.Pattern[bytes]], text: bytes) -> re.Match[bytes] | None:
    """The match of the first pattern that stands in the text."""
    return next((found for pattern in patterns if (found := pattern.search(text))), None)


def _interface(name: str) -> tuple[str, str]:
    found = re.fullmatch(r"([A-Za-z-]+?)\s*(\d[\d/.:]*)?", name.strip())
    return (found[1].lower(), found[2] or "") if found else ("", name)
