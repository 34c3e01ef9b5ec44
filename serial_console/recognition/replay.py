"""What the tool understands of each line of a recorded console. The patterns are the platforms' own, then the table's.

A line is judged by itself and by the few lines before it that named the device: memory stays bounded.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from platforms import Platform
from serial_console.recognition.recording import RecordedLine
from serial_console.recognition.states import (
    Sighting,
    behind_prompt,
    family_of,
    names_something,
    state_of,
    state_of_line,
)
from serial_console.recognition.visible import odd_share, visible
from serial_console.transcript import printable

_NAMING_LINES = 12
_TAIL_BYTES = 16 * 1024
_SETTING = re.compile(r"^\s*([A-Z][A-Z0-9_]*)=(.*)$")
# Fewer marks than these stand in sentences as well.
_MARKS = 5
_ODD_SHARE = 0.3
_ODD_BYTES = 8


@dataclass(frozen=True, slots=True)
class Understood:
    """One thing that a line is taken for: what kind, the text that shows it, and whose pattern found it.

    `name` goes further than the kind: which complaint, which variable, which state of the table.
    """

    kind: str
    seen: str
    name: str = ""
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as a terminal shows it, and what is understood of it: nothing, or one thing or more."""

    line: RecordedLine
    text: str
    understood: tuple[Understood, ...]


class Replay:
    """Reads a recording line by line. Afterwards `families` were named by it, and `ending()` is where it stopped."""

    def __init__(self, platforms: Sequence[Platform]) -> None:
        self._patterns = _patterns(platforms)
        self._naming: deque[str] = deque(maxlen=_NAMING_LINES)
        self._tail = b""
        self.families: dict[str, int] = {}

    def read(self, lines: Iterable[RecordedLine]) -> Iterator[ReadLine]:
        """Yield each line that holds any text."""
        for line in lines:
            text = visible(line.data).strip("\n")
            if _is_odd(line.data):
                # Nothing of it would show otherwise.
                text = printable(line.data.rstrip(b"\r\n"))
            if text.strip():
                yield ReadLine(line, text, self._understood(line, text))

    def ending(self) -> Sighting | None:
        """What hung on the console when the recording ended; None if its last text is not known."""
        return state_of("\n".join(self._naming).encode("latin-1") + b"\n" + self._tail)

    def _understood(self, line: RecordedLine, text: str) -> tuple[Understood, ...]:
        if line.direction == "#":
            return (Understood("note", text),)
        if line.direction == ">":
            return (Understood("typed", text),)
        self._tail = (self._tail + line.data)[-_TAIL_BYTES:]
        if _is_odd(line.data):
            return (Understood("unreadable", text[:40]),)
        if names_something(text):
            self._naming.append(text)
            self.families |= {family: line.number for family in [family_of(text)] if family}
        found = [*self._by_platform(line.data), *_setting(text)]
        typed = behind_prompt(text)
        return (*(found or self._by_table(text)), *([Understood("typed", typed)] if typed else []))

    def _by_platform(self, data: bytes) -> Iterator[Understood]:
        """The first match of each kind; a pattern that must stand last sees the line without its end."""
        kinds = set()
        bare = data.rstrip(b"\r\n")
        for pattern, kind, name, families in self._patterns:
            found = pattern.search(data) or pattern.search(bare)
            if found and kind not in kinds and not (kind == "progress" and _is_sentence(found[0], bare)):
                kinds.add(kind)
                yield Understood(kind, visible(found[0]).strip()[:80], name, families)

    def _by_table(self, text: str) -> tuple[Understood, ...]:
        sighting = state_of_line(text, "\n".join([*self._naming, text]))
        if sighting is None or sighting.state.name == "question":
            return ()
        kind = "prompt" if sighting.state.kind == "monitor" else sighting.state.kind
        families = (sighting.family,) if sighting.family else ()
        return (Understood(kind, sighting.seen, sighting.state.name, families),)


def _is_sentence(marks: bytes, line: bytes) -> bool:
    return len(marks) < _MARKS and marks != line


def _is_odd(data: bytes) -> bool:
    return len(data) >= _ODD_BYTES and odd_share(data) > _ODD_SHARE


def _setting(text: str) -> Iterator[Understood]:
    if found := _SETTING.match(text):
        yield Understood("variable", found[2], found[1])


def _patterns(platforms: Sequence[Platform]) -> list[tuple[re.Pattern[bytes], str, str, tuple[str, ...]]]:
    """Every pattern with its kind, its name, and the families that have it."""
    known: dict[tuple[bytes, str, str], list[str]] = {}
    compiled: dict[bytes, re.Pattern[bytes]] = {}
    for platform in platforms:
        for kind, name, pattern in _of(platform):
            compiled[pattern.pattern] = pattern
            known.setdefault((pattern.pattern, kind, name), []).append(platform.name)
    return [(compiled[text], kind, name, tuple(families)) for (text, kind, name), families in known.items()]


def _of(platform: Platform) -> Iterator[tuple[str, str, re.Pattern[bytes]]]:
    entry, netboot, boot = platform.break_in, platform.netboot, platform.boot
    kinds: dict[str, Sequence[re.Pattern[bytes]]] = {
        "erase-question": platform.erase_question,
        "banner": platform.banner,
        "power-on": entry.power_on,
        "break-notice": entry.notice,
        "countdown": entry.countdown,
        "interrupted": entry.interrupted,
        "prompt": (platform.console.prompt,),
        "refusal": platform.console.invalid_command,
        "ping": (platform.ping.success,),
        "save-failure": platform.save.failure if platform.save else (),
        "download-started": netboot.started,
        "progress": (netboot.progress,),
        "received": netboot.received,
        "launching": netboot.launching,
        "boot-mark": entry.window_passed,
    }
    if boot:
        kinds |= {
            "version": (boot.version,),
            "pager": (boot.pager,),
            "login": boot.login,
            "question": boot.questions,
            "booted-prompt": (boot.prompt,),
            "image-file": (boot.image_file,),
            "log": (boot.log_line,),
        }
    for kind, patterns in kinds.items():
        yield from ((kind, "", pattern) for pattern in patterns)
    for name, patterns in netboot.complaints.items():
        yield from (("complaint", name, pattern) for pattern in patterns)
