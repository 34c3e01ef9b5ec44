"""`show failover` and `show mode`: which unit this is, what the other one does, and whether there are contexts.

Sources: eighteen captured outputs, of pairs, of active/active pairs with groups, and of failover that is off.
"""

import re
from dataclasses import dataclass

from serial_console.asa_cli.reading.unclear import unclear

_ON = re.compile(r"(?m)^Failover (On|Off) *$")
_OWN = re.compile(r"(?m)^Failover unit (\w+)")
_VERSIONS = re.compile(r"(?m)^Version: Ours ([^,\s]+), Mate (\S+)")
_HOST = re.compile(r"(?m)^ *(This|Other) host: *(Primary|Secondary)(?: *- *(\S[^\n]*?))? *$")
_GROUP = re.compile(r"(?m)^ *Group (\d+) +State: *(\S[^\n]*?) *$")
_MODE = re.compile(r"(?m)^Security context mode: *(\w+)")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a pair. `states` has one state, or one for each group of an active/active pair."""

    name: str
    states: tuple[str, ...]

    @property
    def is_active(self) -> bool:
        """Whether it carries traffic, of any group."""
        return "Active" in self.states

    @property
    def is_ready(self) -> bool:
        """Whether it could take over now."""
        return bool(self.states) and all(state in ("Active", "Standby Ready") for state in self.states)


@dataclass(frozen=True, slots=True)
class Failover:
    """A pair as one unit sees it; with failover off there is no pair, and `this` and `other` are None."""

    is_on: bool
    this: Unit | None = None
    other: Unit | None = None
    own_version: str = ""
    mate_version: str = ""


def read_failover(text: str) -> Failover:
    """Read `show failover`. Raises `AnswerUnclear` unless it says On or Off, or says On and names no unit."""
    on = _ON.search(text)
    if on is None:
        raise unclear("state of failover", text)
    if on[1] == "Off":
        return Failover(is_on=False)
    versions = _VERSIONS.search(text)
    units = _units(text)
    if "This" not in units:
        raise unclear("unit of a failover pair", text)
    own, mate = (versions[1], versions[2]) if versions else ("", "")
    return Failover(True, units["This"], units.get("Other"), own, mate)  # noqa: FBT003 - it is on


def read_is_multiple(text: str) -> bool:
    """Whether `show mode` tells of several security contexts. Raises `AnswerUnclear`."""
    found = _MODE.search(text)
    if found is None:
        raise unclear("security context mode", text)
    return found[1] == "multiple"


def _units(text: str) -> dict[str, Unit]:
    """Both hosts, `This` and `Other`; what stands between them belongs to the first."""
    found = list(_HOST.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    units = {}
    for match, end in zip(found, ends, strict=True):
        groups = tuple(group[2] for group in _GROUP.finditer(text, match.end(), end))
        units[match[1]] = Unit(match[2], (match[3],) if match[3] else groups)
    return units
