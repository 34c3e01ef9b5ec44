"""Which versions a model can run at all."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from pydantic import BaseModel, ConfigDict

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade.findings import Confidence
from rommon_tool.downgrade.rules import Pattern, Version

#: This tool's own names of families (platforms/), where the hardware calls itself otherwise.
_FAMILIES: Final = {
    "asa5500": "ASA5510",
    "asa5500x": "ASA5525",
    "asa5506x": "ASA5508",
    "fpr1000": "FPR-1120",
    "fpr2100": "FPR-2110",
    "fpr3100": "FPR-3110",
}


class Model(BaseModel):
    """`last` is a train. `without`: trains in between that never ran on it."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    regex: Pattern
    first: Version
    last: Version | None = None
    without: tuple[Version, ...] = ()
    no_way_back_from: Version | None = None
    confidence: Confidence
    source: str = (
        'Recalled from the ASA compatibility tables and "ASA New Features by Release"; not checked against them'
    )

    def why_not(self, target: AsaVersion, own: AsaVersion | None) -> str:
        """Why `target` can't run on this model; empty if it can. `own` is the version that it runs now."""
        if target < self.first:
            return f"{self.name} runs {self.first} and later"
        if self.last is not None and target.train > self.last.train:
            return f"the last versions for {self.name} are {self.last.major}.{self.last.minor}"
        if target.train in {each.train for each in self.without}:
            return f"no {target.major}.{target.minor} was made for {self.name}"
        gate = self.no_way_back_from
        if gate is not None and own is not None and own >= gate > target:
            return f"{self.name} can't go back from {gate} and later"
        return ""


def model_of(hardware: str) -> Model | None:
    """The model that `show version` calls so, or a person, or this tool; None if no table has it."""
    wanted = _FAMILIES.get(hardware.lower(), hardware.strip().replace(" ", "-"))
    if re.match(r"^\d{4}", wanted):
        wanted = f"ASA{wanted}"
    return next((model for model in _models() if model.regex.search(wanted) or model.name == hardware), None)


@cache
def _models() -> tuple[Model, ...]:
    text = files("rommon_tool.downgrade").joinpath("models.toml").read_text("utf-8")
    return tuple(Model.model_validate(each) for each in tomllib.loads(text)["model"])
