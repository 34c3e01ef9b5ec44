"""From the text of a console to the state of what hangs on it: one pure function over a table that is data.

`states.toml` holds the table. A state whose text waits for somebody (a prompt, a question) stands last on the console,
with nothing behind it; any other is told by the latest text that belongs to one. Earlier rows of the table win.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serial_console.recognition.visible import visible

# A prompt or question is a line, sometimes two or three; patterns are tried on no more.
_TAIL_LINES = 4
_TAIL_LETTERS = 512
_CONTEXT_BYTES = 16 * 1024
_NOISE_LINES = 40
_PROMPT = (
    r"(?:rommon #?\d+ ?>|(?:switch|ap):|=>|>(?= )|[A-Za-z0-9][\w.\-]{0,62} login:"
    r"|[A-Za-z0-9][\w.\-/()]{0,100}(?: /[\w\-/]{1,80}\*? ?)?[>#]) ?"
)
_PROMPT_AND_MORE = re.compile(rf"^({_PROMPT})(\S.*)$", re.MULTILINE)


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Known(_Row):
    """One text by which something is known, and how that is known."""

    value: str
    evidence: Literal["captured", "documented", "automation", "recalled", "ours"]
    source: str = Field(min_length=1)


Kind = Literal["monitor", "prompt", "question", "login", "pager", "starting", "running", "trouble"]


class State(_Row):
    """One thing that can be on a console.

    `last` states wait for somebody, so that their text stands last. `given` names the marks of which one must stand
    before it. A state that is not `sure` is the best guess: its text alone can't tell it from others.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: str
    kind: Kind
    software: str = ""
    families: tuple[str, ...] = ()
    last: bool = False
    sure: bool = True
    given: str = ""
    patterns: tuple[Known, ...] = Field(min_length=1)
    advice: str


class Mark(_Row):
    """Texts that tell whose console it is, wherever they stand."""

    texts: tuple[Known, ...]


class _Table(_Row):
    parts: dict[str, str]
    marks: dict[str, Mark]
    families: dict[str, Mark]
    state: tuple[State, ...]


class Sighting(_Row):
    """A state, the text that shows it, and what the text says besides: `details` such as host, context, unit."""

    state: State
    seen: str
    evidence: Known
    sure: bool
    family: str = ""
    details: dict[str, str] = {}


def known_states() -> tuple[State, ...]:
    """The rows of the table, in their order."""
    return _table().state


def state_of(text: bytes, *, settled: bool = True) -> Sighting | None:
    """The state that a console's text shows, or None for a text that is not known.

    `settled` says that nothing has come since for a while. Without it no prompt or question is told: more of the line
    may be on its way.
    """
    shown = visible(text[-_CONTEXT_BYTES:])
    found = (settled and _standing_last(shown, shown)) or _latest(shown, shown)
    sighting = found[1] if found else None
    # Log lines come at any moment, and the prompt or login that stood before them still waits.
    behind = shown[found[0] :] if found and found[1].state.kind != "running" else shown
    if settled and (sighting is None or not sighting.state.last):
        sighting = _prompt_before_noise(behind, shown, shown) or sighting
    return sighting and sighting.model_copy(update={"family": sighting.family or family_of(shown, sighting.state)})


def state_of_line(line: str, context: str) -> Sighting | None:
    """The state that one line shows, as if it stood last. `context` is what may name whose console it is."""
    found = _standing_last(line, context) or _latest(line, context)
    sighting = found[1] if found else _prompt_before_noise(line, line, context)
    return sighting and sighting.model_copy(update={"family": family_of(context, sighting.state)})


def family_of(shown: str, state: State | None = None) -> str:
    """The family that the text names, the latest one; else the state's own where it has but one."""
    named = [(found.end(), name) for name, patterns in _families() for p in patterns for found in p.finditer(shown)]
    own = state.families if state else ()
    fitting = [entry for entry in named if not own or entry[1] in own]
    return max(fitting)[1] if fitting else own[0] if len(own) == 1 else ""


def behind_prompt(line: str) -> str:
    """What stands behind the prompt that a line begins with: a command, as its echo shows it."""
    found = _PROMPT_AND_MORE.match(line)
    return found[2] if found else ""


def names_something(shown: str) -> bool:
    """Whether a text names whose console it is: what later lines are judged by."""
    return _any_name().search(shown) is not None


def _standing_last(shown: str, context: str) -> tuple[int, Sighting] | None:
    tail = _tail(shown)
    for state, known, pattern in _patterns(last=True):
        found = pattern.search(tail)
        if found and _is_given(state, context):
            return len(shown), _sighted(state, known, found)
    return None


def _tail(shown: str) -> str:
    """The last lines. A line that is cut gets a mark, so that no pattern takes the cut for its beginning."""
    lines = "\n".join(shown.rsplit("\n", _TAIL_LINES)[-_TAIL_LINES:])
    return lines if len(lines) <= _TAIL_LETTERS else "\0" + lines[-_TAIL_LETTERS:]


def _latest(shown: str, context: str) -> tuple[int, Sighting] | None:
    best: tuple[int, Sighting] | None = None
    if not _any_within().search(shown):
        return None
    for state, known, pattern in _patterns(last=False):
        ends = list(pattern.finditer(shown))
        if ends and (best is None or ends[-1].end() > best[0]) and _is_given(state, context):
            best = ends[-1].end(), _sighted(state, known, ends[-1])
    return best


def _prompt_before_noise(behind: str, shown: str, context: str) -> Sighting | None:
    """A prompt that a log line was printed behind: it still waits, but nobody can be sure of it."""
    lines = "\n".join(behind.split("\n")[-_NOISE_LINES:])
    prompts = [found[1] for found in _PROMPT_AND_MORE.finditer(lines)]
    found = _standing_last(shown[: shown.rfind(prompts[-1])] + prompts[-1], context) if prompts else None
    return (
        found[1].model_copy(update={"sure": False})
        if found and found[1].state.kind in {"prompt", "monitor", "login"}
        else None
    )


def _sighted(state: State, known: Known, found: re.Match[str]) -> Sighting:
    details = {name: value for name, value in found.groupdict().items() if value}
    seen = [line.strip() for line in found[0].split("\n") if line.strip()]
    return Sighting(state=state, seen=" / ".join(seen)[-200:], evidence=known, sure=state.sure, details=details)


def _is_given(state: State, shown: str) -> bool:
    return not state.given or any(pattern.search(shown) for pattern in _marks(state.given))


@cache
def _table() -> _Table:
    text = resources.files(__package__).joinpath("states.toml").read_text("utf-8")
    return _Table.model_validate(tomllib.loads(text))


@cache
def _patterns(*, last: bool) -> tuple[tuple[State, Known, re.Pattern[str]], ...]:
    rows = [(state, known) for state in known_states() if state.last is last for known in state.patterns]
    return tuple((state, known, _compiled(known.value, last=last)) for state, known in rows)


@cache
def _marks(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled(known.value) for known in _table().marks[name].texts)


@cache
def _families() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    rows = _table().families.items()
    return tuple((name, tuple(_compiled(known.value) for known in mark.texts)) for name, mark in rows)


@cache
def _any_name() -> re.Pattern[str]:
    """One pattern for all that names a console: most lines name nothing, and are asked but once."""
    named = (*_table().marks.values(), *_table().families.values())
    return _united(known.value for mark in named for known in mark.texts)


@cache
def _any_within() -> re.Pattern[str]:
    return _united(known.value for state in known_states() if not state.last for known in state.patterns)


def _united(values: Iterable[str]) -> re.Pattern[str]:
    parts = (f"(?i:{value[4:]})" if value.startswith("(?i)") else f"(?:{value})" for value in values)
    return re.compile("|".join(parts), re.MULTILINE)


def _compiled(value: str, *, last: bool = False) -> re.Pattern[str]:
    for name, part in _table().parts.items():
        value = value.replace("{" + name + "}", part)
    flags = re.MULTILINE | (re.IGNORECASE if value.startswith("(?i)") else re.NOFLAG)
    value = value.removeprefix("(?i)")
    return re.compile(rf"(?:{value})[ \t]*\Z" if last else value, flags)
