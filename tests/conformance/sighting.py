"""What the patterns of a platform see in a recording, each by itself, from a line that plays it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

from played_line import PlayedLine, Script
from recordings import Recording, recordings

from platforms import AccessPoint, Platform
from serial_console.line import Patterns, Seen

_LINE_END = {"line end": re.compile(rb"[\r\n]")}
# A prompt or question is one only if nothing follows but the mark and the blank that it may end in.
_MORE = {"more": re.compile(rb"(?s)\A(?=.)(?![:?]? {0,2}\Z)")}
_REST = {"rest": re.compile(rb"(?s).+")}


def value_at(platform: Platform | AccessPoint, path: str) -> Any:
    """The value that stands at a dotted path, as the platform's evidence names it."""
    return reduce(
        lambda part, key: part[key] if isinstance(part, dict) else getattr(part, key), path.split("."), platform
    )


def patterns_at(platform: Platform, path: str) -> dict[str, re.Pattern[bytes]]:
    """The patterns at a path, by number; none if something else stands there."""
    value = value_at(platform, path)
    values = value if isinstance(value, tuple) else (value,)
    return {str(i): pattern for i, pattern in enumerate(values) if isinstance(pattern, re.Pattern)}


def console_paths(platform: Platform) -> Iterator[str]:
    """The paths of all patterns that are looked for on a device's console; a session's are for its supervisor's."""
    for path in platform.evidence:
        if (
            not path.startswith("session.")
            and path not in ("image_names", "boot.netbooted")
            and patterns_at(platform, path)
        ):
            yield path


def seen_in(script: Script, patterns: Patterns, *, bytewise: bool) -> list[Seen]:
    """All that these patterns see while the script is played and its typing is typed."""
    line = PlayedLine(script, bytewise)
    found = []
    while True:
        seen = line.expect({**patterns, **_LINE_END}, 1)
        if not isinstance(seen, Seen):
            if not line.type_as_recorded():
                return found
        elif seen.name in patterns and (not seen.match.re.pattern.endswith(rb"\Z") or _is_last(line)):
            found.append(seen)


def _may_be_in(script: Script, pattern: re.Pattern[bytes]) -> bool:
    """What is nowhere in the whole text is in no piece of it, unless it is tied to the piece's end."""
    return pattern.pattern.endswith(rb"\Z") or pattern.search(script.printed().encode("latin-1")) is not None


def _is_last(line: PlayedLine) -> bool:
    if isinstance(line.expect(_MORE, 1), Seen):
        return False
    line.expect(_REST, 0)
    return True


@dataclass(frozen=True, slots=True)
class Sightings:
    """How often the patterns of each value are seen, marks counted singly, and what their groups hold."""

    counts: dict[str, int]
    groups: dict[str, tuple[str, ...]]


def sightings(recording: Recording, platform: Platform, *, bytewise: bool) -> Sightings:
    """All that a platform sees in a recording. Values that see nothing are left out."""
    found = {
        path: seen
        for path in console_paths(platform)
        if (seen := _sighted(recording.name, tuple(patterns_at(platform, path).items()), bytewise=bytewise))
    }
    counts = {path: sum(map(len, seen)) if path == "netboot.progress" else len(seen) for path, seen in found.items()}
    return Sightings(counts, {path: seen for path, seen in found.items() if _has_groups(platform, path)})


@cache
def _sighted(name: str, patterns: tuple[tuple[str, re.Pattern[bytes]], ...], *, bytewise: bool) -> tuple[str, ...]:
    """What the patterns saw, or what their group holds. Kept, because most values of two platforms are alike."""
    script = recordings()[name].script
    likely = {key: pattern for key, pattern in patterns if _may_be_in(script, pattern)}
    seen = seen_in(script, likely, bytewise=bytewise) if likely else []
    return tuple(it.match[1 if it.match.re.groupindex else 0].decode("latin-1") for it in seen)


def _has_groups(platform: Platform, path: str) -> bool:
    return any(pattern.groupindex for pattern in patterns_at(platform, path).values())
