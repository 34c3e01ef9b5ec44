"""The rules: which version brought a line, which took it away, and how anybody knows.

The one rule: a rule is data. Its source and confidence travel with every finding, for most of them are recalled.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade.findings import Confidence, Effect

Answer = Literal["yes", "no", "unsure"]
_EFFECTS: Final[dict[str, Effect]] = {
    "reject": "reject",
    "platform": "reject",
    "reject-default-line": "reject-default-line",
    "reset-to-blank": "reset-to-blank",
    "revert-default": "changed",
    "semantic": "changed",
    "migrate": "note",
    "procedure": "note",
    "note": "note",
}


def _compiled(text: object) -> object:
    return re.compile(text, re.IGNORECASE) if isinstance(text, str) else text


def _parsed(text: object) -> object:
    return AsaVersion.parse(text) if isinstance(text, str) else text


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]
Version = Annotated[AsaVersion, BeforeValidator(_parsed)]


class Rule(BaseModel):
    """What both kinds share. `platforms` names models (`models.toml`); empty means all."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: str
    regex: Pattern
    what: str
    effect: Literal[
        "reject",
        "platform",
        "reject-default-line",
        "reset-to-blank",
        "revert-default",
        "semantic",
        "migrate",
        "procedure",
        "note",
    ]
    confidence: Confidence
    source: str
    version_doubtful: bool = False
    seen_in: tuple[Version, ...] = ()
    platforms: tuple[str, ...] = ()
    only_with: str = ""
    only_without: str = ""

    @property
    def told_effect(self) -> Effect:
        return _EFFECTS[self.effect]


class Introduced(Rule):
    """A line that came with a version. `also`: the first versions of older trains that got it later."""

    introduced: Version
    also: tuple[Version, ...] = ()
    #: As the device writes the line by itself; any other value is the user's own.
    default_line: Pattern | None = None

    def accepted_by(self, version: AsaVersion) -> Answer:
        """A train between two that are named is unsure: usually without the command, and one device showed the opposite."""
        firsts = sorted((self.introduced, *self.also))
        for first in firsts:
            if first.train == version.train:
                return "yes" if version >= first else "no"
        if version.train > firsts[-1].train:
            return "yes"
        return "no" if version.train < firsts[0].train else "unsure"


class Removed(Rule):
    """A line that went with a version. `block`: only below a line that matches."""

    removed: Version
    block: Pattern | None = None


@cache
def introduced() -> tuple[Introduced, ...]:
    """Every rule on a line that came, in the order of the versions."""
    return tuple(Introduced.model_validate(each) for each in _table("introduced"))


@cache
def removed() -> tuple[Removed, ...]:
    """Every rule on a line that went, in the order of the versions."""
    return tuple(Removed.model_validate(each) for each in _table("removed"))


def _table(name: str) -> list[dict[str, object]]:
    text = files("rommon_tool.downgrade").joinpath(f"{name}.toml").read_text("utf-8")
    found: list[dict[str, object]] = tomllib.loads(text)[name]
    return found
