"""What a command and a line of the configuration are, and which one a typed line means.

    COMMANDS = (Command(("show", "reload"), show_reload), Command(("reload", "cancel"), cancel))

    def show_reload(session: Session, words: list[str]) -> Script[None]:
        session.print("No reload is scheduled.")
        yield from ()

`words` are what stands behind the command's own words. Keywords are abbreviated as people do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from ..script import Script

if TYPE_CHECKING:
    from .session import Session

Act: TypeAlias = Callable[["Session", list[str]], Script[None]]
Configure: TypeAlias = Callable[["Session", list[str], bool], Script[bool]]
INCOMPLETE = "ERROR: % Incomplete command"
AMBIGUOUS = "ERROR: % Ambiguous command"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of EXEC mode; it can be typed in configuration mode as well."""

    words: tuple[str, ...]
    act: Act
    privileged: bool = True
    in_context: bool = True  # whether a security context has it


@dataclass(frozen=True, slots=True)
class Setting:
    """A line of the configuration that begins with these words.

    `many`: several such lines may stand beside each other; else the last one counts. `opens` is the mode that the line
    leads into, such as `config-if`; lines of that mode have its name as `inside`. `act` may refuse the line (False) or keep
    it; it gets the words behind the keywords, and whether `no` stood before them.
    """

    words: tuple[str, ...]
    many: bool = False
    opens: str = ""
    inside: str = ""
    act: Configure | None = None


class Worded(Protocol):
    """What begins with keywords."""

    @property
    def words(self) -> tuple[str, ...]: ...


Known = TypeVar("Known", bound=Worded)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why no command was found; `at` is the index of the first word that fits none."""

    why: str
    at: int = 0


def find(known: Sequence[Known], typed: list[str]) -> Known | Unclear:
    """What a line means: of those that fit, the one with most keywords; a keyword written out beats an abbreviation."""
    fitting = [one for one in known if _fits(one.words, typed)]
    if not fitting:
        return _unclear(known, typed)
    longest = max(len(one.words) for one in fitting)
    best = [one for one in fitting if len(one.words) == longest]
    exact = [one for one in best if _exactness(one.words, typed) == max(_exactness(two.words, typed) for two in best)]
    if len({one.words for one in exact}) > 1:
        return Unclear(AMBIGUOUS)
    return exact[0]


def _fits(words: tuple[str, ...], typed: list[str]) -> bool:
    return len(typed) >= len(words) and _agree(words, typed) == len(words)


def _agree(words: tuple[str, ...], typed: list[str]) -> int:
    """How many words agree, from the first one on."""
    agreeing = 0
    for word, given in zip(words, typed, strict=False):
        if not word.startswith(given.lower()):
            break
        agreeing += 1
    return agreeing


def _exactness(words: tuple[str, ...], typed: list[str]) -> int:
    return sum(word == given.lower() for word, given in zip(words, typed, strict=False))


def _unclear(known: Sequence[Known], typed: list[str]) -> Unclear:
    agreeing = max((_agree(one.words, typed) for one in known), default=0)
    return Unclear(INCOMPLETE if agreeing == len(typed) else "", agreeing)
