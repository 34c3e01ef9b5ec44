"""A running or startup configuration as lines that rules can look at.

The one rule: what a person wrote freely (names, descriptions, remarks, banners, certificates) is no command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rommon_tool.asa_version import AsaVersion

_OWN_VERSION = re.compile(r"^(?::\s*)?ASA Version (\S+)", re.MULTILINE)
_HARDWARE = re.compile(r"^:?\s*Hardware:\s*([^\s,]+)", re.MULTILINE)
_FREE_TEXT = re.compile(
    r"^ *(?:description|banner|access-list \S+ (?:line \d+ )?remark|:|!|Cryptochecksum|ASA Version)"
)
#: After these words of an access list stands a name, which may be a word that a rule looks for.
_NAMED = re.compile(r"(?<= object )\S+|(?<= object-group )\S+|(?<=^access-list )\S+")
_CERTIFICATE = re.compile(r"^ +certificate (?:ca |self-signed |ra-\w+ )*[0-9a-f]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One command. `plain` is the text with the names of objects made harmless; `block` is the line it stands below."""

    number: int
    text: str
    plain: str
    block: str = ""

    @property
    def depth(self) -> int:
        return len(self.text) - len(self.text.lstrip(" "))


@dataclass(frozen=True, slots=True)
class Configuration:
    """`version` and `hardware` are what the text itself says of the device that wrote it."""

    lines: tuple[Line, ...]
    version: AsaVersion | None
    hardware: str

    @classmethod
    def read(cls, text: str) -> Configuration:
        own, hardware = _OWN_VERSION.search(text), _HARDWARE.search(text)
        return cls(tuple(_commands(text.splitlines())), _version(own), hardware[1] if hardware else "")

    def has(self, pattern: str) -> bool:
        """Whether a line matches."""
        search = re.compile(pattern, re.IGNORECASE).search
        return any(search(line.plain) for line in self.lines)

    def lines_below(self, index: int) -> int:
        """How many lines belong to the block that the line at `index` begins."""
        depth, count = self.lines[index].depth, 0
        for line in self.lines[index + 1 :]:
            if line.depth <= depth:
                break
            count += 1
        return count


def _version(found: re.Match[str] | None) -> AsaVersion | None:
    try:
        return AsaVersion.parse(found[1]) if found else None
    except ValueError:
        return None


def _commands(lines: Iterable[str]) -> Iterator[Line]:
    block, in_certificate = "", False
    for number, raw in enumerate(lines, 1):
        text = raw.rstrip()
        if in_certificate:
            in_certificate = text.strip() != "quit"
        elif text.strip() and not _FREE_TEXT.match(text):
            in_certificate = _CERTIFICATE.match(text) is not None
            if not text.startswith(" "):
                block = text
            yield Line(number, text, _NAMED.sub("NAME", text), "" if block is text else block)
