"""The recordings in `tests/transcripts/FOLDER/NAME.txt`: scripts for `played_line`, each with a header that says where it is from.

    # capture: SOURCE, FILE:FIRST-LAST[,FIRST-LAST]      or `# documented:`, if the lines are a guide's and not a device's
    # families: asa5505 asa5500x                         whose patterns must read it: the device's own, and its sisters'
    # line end: crlf | lfcr                              captures are published without theirs

`captures.toml` holds the hash of the cited lines. Keys (`>! \\e`) are in no capture: they stand where the text shows
that somebody must have pressed them, and so do the Enters behind prompts that come twice.
"""

import hashlib
import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from played_line import LINE_ENDS, Script

FOLDER = Path(__file__).parents[1] / "transcripts"
_HEADER = re.compile(
    r"# (?P<kind>capture|documented): (?P<source>.+), (?P<file>\S+\.txt):(?P<lines>[\d,-]+)\n"
    r"# families: (?P<families>\S+(?: \S+)*)\n"
    r"# line end: (?P<line_end>\w+)\n"
)
# A run of marks counts as one: publishers shorten it, with a remark in brackets.
_MARKS = re.compile(r"!+(?:\[[^\]\n]* more [^\]\n]*\])?")


@dataclass(frozen=True)
class Recording:
    """One recording and where its device lines come from."""

    name: str
    kind: Literal["capture", "documented"]
    source: str
    file: str
    lines: str
    families: tuple[str, ...]
    script: Script


@dataclass(frozen=True, slots=True)
class Cited:
    """What `captures.toml` stores of a recording's lines as they stand in the capture."""

    capture: str
    lines: str
    sha256: str


@cache
def recordings() -> dict[str, Recording]:
    """Every recording by its name, `FOLDER/NAME`."""
    paths = sorted(FOLDER.glob("*/*.txt"))
    return {recording.name: recording for recording in map(_read, paths)}


def of_family(family: str) -> list[Recording]:
    return [recording for recording in recordings().values() if family in recording.families]


@cache
def cited() -> dict[str, Cited]:
    table = tomllib.loads((FOLDER / "captures.toml").read_text("utf-8"))
    return {name: Cited(**entry) for name, entry in table.items()}


def digest(text: str) -> str:
    """The hash of some lines, as `captures.toml` says."""
    lines = [_MARKS.sub("!", line).rstrip(" ") for line in text.removesuffix("\n").split("\n")]
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("latin-1")).hexdigest()


def original_lines(citation: Cited) -> str | None:
    """The cited lines of the capture itself, if the folder in ROMMON_CAPTURES has it."""
    folder = os.environ.get("ROMMON_CAPTURES")
    found = sorted(Path(folder).rglob(citation.capture)) if folder else []
    if not found:
        return None
    lines = found[0].read_text("latin-1").split("\n")
    ranges = [part.partition("-") for part in citation.lines.split(",")]
    return "".join(f"{line}\n" for first, _, last in ranges for line in lines[int(first) - 1 : int(last or first)])


def _read(path: Path) -> Recording:
    text = path.read_text("latin-1")
    name = f"{path.parent.name}/{path.stem}"
    header = _HEADER.match(text)
    assert header is not None, f"{name} does not begin with the three lines that say where it is from"
    kind, source, file, lines, families, line_end = header.groups()
    script = Script.read(text, line_end=LINE_ENDS[line_end], name=name)
    kind = "capture" if kind == "capture" else "documented"
    return Recording(name, kind, source, file, lines, tuple(families.split()), script)


FAMILIES = tuple(sorted({family for recording in recordings().values() for family in recording.families}))
