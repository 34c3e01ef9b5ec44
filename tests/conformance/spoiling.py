"""Which values of a platform the recordings prove: each is replaced by a wrong one, and something must object.

`PYTHONPATH=tests python tests/conformance/spoiling.py` prints the list for every family.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import pytest
from driver_checks import DRIVER_CHECKS
from reading_checks import Check, reading_checks
from recordings import FAMILIES, of_family
from sighting import value_at

from platforms import AccessPoint, Platform, load_platform

_NEVER = re.compile(rb"(?!)")
Known = TypeVar("Known", Platform, AccessPoint)


@dataclass(frozen=True, slots=True)
class Spoilt(Generic[Known]):
    """A platform with one wrong value, or one wrong pattern of several: `label` is its path."""

    label: str
    path: str
    platform: Known


def spoilt(platform: Known) -> Iterator[Spoilt[Known]]:
    """Every value that is not this tool's own choice, spoilt in turn."""
    for path, evidence in platform.evidence.items():
        if evidence.kind == "ours":
            continue
        value = value_at(platform, path)
        if isinstance(value, tuple) and value and isinstance(value[0], re.Pattern):
            for i in range(len(value)):
                wrong = (*value[:i], _NEVER, *value[i + 1 :])
                yield Spoilt(f"{path}[{i}]", path, _replaced(platform, path.split("."), wrong))
        else:
            yield Spoilt(path, path, _replaced(platform, path.split("."), _wrong(value)))


@cache
def checks(family: str) -> tuple[Check, ...]:
    """What the shipped platform passes. A check that it fails is another test's business, and proves nothing here."""
    reading = [check for recording in of_family(family) for check in reading_checks(recording)]
    return tuple(check for check in (*reading, *DRIVER_CHECKS[family]) if not _fails(check, load_platform(family)))


def objection(family: str, platform: Platform) -> str:
    """The first check that this platform does not pass, played whole; empty if it passes all."""
    return next((check.name for check in checks(family) if _fails(check, platform)), "")


def _fails(check: Check, platform: Platform) -> bool:
    try:
        check.run(platform, False)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - however a check fails, it objects
        return True
    return False


def report(families: tuple[str, ...] = FAMILIES) -> str:
    """Each value with the first check that objects to its spoiling, or with nothing."""
    lines = []
    for family in families:
        for it in spoilt(load_platform(family)):
            kind = it.platform.evidence[it.path].kind
            lines.append(f"{family}  {it.label:40} {kind:11} {objection(family, it.platform) or '-'}")
    return "\n".join(lines)


def _wrong(value: Any) -> Any:
    if isinstance(value, re.Pattern):
        return _NEVER
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 2
    if isinstance(value, tuple):
        return tuple(reversed(value)) if len(value) > 1 else ()
    # A played line takes either erase character: one that it refuses would prove nothing about the device.
    return {"\b": "\x7f", "\x1b": "\x03", "\r": "?"}.get(value, f"wrong {value}")


def _replaced(part: Any, path: list[str], value: Any) -> Any:
    key, *rest = path
    if isinstance(part, dict):
        return part | {key: _replaced(part[key], rest, value) if rest else value}
    return part.model_copy(update={key: _replaced(getattr(part, key), rest, value) if rest else value})


if __name__ == "__main__":
    print(report())
