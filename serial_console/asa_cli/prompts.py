"""The prompts of an ASA and of the FXOS under it, read from one line of text.

    HOST[/CONTEXT][/pri/act][(MODE)]>|#       firepower-2120(local-mgmt)#       firepower /firmware*#

The prompt alone can't tell an ASA from FXOS where both have only a name: `show version` can.
"""

import re
from dataclasses import dataclass
from typing import Literal

_HOST = r"(?P<host>[A-Za-z0-9][A-Za-z0-9.\-]{0,62})"
_ASA = re.compile(rf"{_HOST}(?P<parts>(?:/[\w.\-]+)*)(?:\((?P<mode>[\w.\-]+)\))?(?P<level>[>#]) ?\Z")
_FXOS = re.compile(
    rf"{_HOST}(?:\((?P<mode>local-mgmt|fxos|adapter[\w ]*|cimc)\))?(?P<scope>(?: ?/[\w\-]+)*)(?P<dirty>\*)? ?# ?\Z"
)
_MODULE = re.compile(r"Firepower-module\d+> ?\Z")
_MONITOR = re.compile(r"(?i)(?:rom ?mon(?:itor)?|monitor) ?#? ?\d+ ?> ?\Z")
_UNITS, _STATES = ("pri", "sec"), re.compile(r"(?:act|stby|standby|active)(?:NoFailover)?\Z")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt. `context`, `unit` (pri, sec), `state` (act, stby) and `mode` are empty where it shows none."""

    text: str
    host: str
    privileged: bool
    mode: str = ""
    context: str = ""
    unit: str = ""
    state: str = ""
    software: Literal["asa", "fxos"] = "asa"

    @property
    def configures(self) -> bool:
        """Whether it is one of the configuration modes."""
        return self.software == "asa" and bool(self.mode)


def prompt_in(line: str) -> Prompt | None:
    """The prompt that a line is, with nothing behind it; None for any other line."""
    if is_monitor(line):
        return None
    if _MODULE.match(line):
        return Prompt(line.rstrip(), line.partition(">")[0], privileged=False, software="fxos")
    found = _ASA.match(line)
    if found and found["mode"] not in ("local-mgmt", "fxos", "cimc"):
        return _asa(line, found)
    found = _FXOS.match(line)
    if found is None:
        return None
    mode = found["mode"] or found["scope"].strip()
    return Prompt(line.rstrip(), found["host"], privileged=True, mode=mode, software="fxos")


def is_monitor(line: str) -> bool:
    """Whether the line is a boot monitor's prompt: no ASA runs there."""
    return _MONITOR.match(line) is not None


def _asa(line: str, found: re.Match[str]) -> Prompt:
    words = [part for part in found["parts"].split("/") if part]
    unit = next((word for word in words if word in _UNITS), "")
    state = next((word for word in words if _STATES.match(word)), "")
    others = [word for word in words if word not in (unit, state)]
    return Prompt(
        text=line.rstrip(),
        host=found["host"],
        privileged=found["level"] == "#",
        mode=found["mode"] or "",
        context="/".join(others),
        unit=unit,
        state=state,
    )
