"""Find a platform by name, by file, or by what a console printed.

In a platform file every value is a table `{ value = …, evidence = …, source = … }`; reading it separates the
values from their evidence and refuses a value that has none.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from platforms.errors import PlatformFileInvalid, PlatformUnknown
from platforms.model import AccessPoint, Platform, Stranger

_File = TypeVar("_File", Platform, Stranger, AccessPoint)
_WITHOUT_EVIDENCE = ("name", "title", "models")


@cache
def platform_names() -> tuple[str, ...]:
    """The shipped families, in alphabetical order."""
    files = resources.files(__package__).joinpath("data").iterdir()
    return tuple(sorted(Path(file.name).stem for file in files if file.name.endswith(".toml")))


@cache
def strangers() -> tuple[Stranger, ...]:
    """The devices that are recognised in order to be refused, in alphabetical order."""
    files = resources.files(__package__).joinpath("data", "strangers").iterdir()
    paths = sorted((file for file in files if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(_read(Stranger, file.read_text("utf-8"), file.name) for file in paths)


@cache
def access_point() -> AccessPoint:
    """The access point's loader, which is recovered in another way than the firewalls' monitors."""
    text = resources.files(__package__).joinpath("data", "loaders", "ap.toml").read_text("utf-8")
    return _read(AccessPoint, text, "ap")


@cache
def load_platform(name: str) -> Platform:
    """Return the shipped family of that name, or the one in a file if `name` ends in `.toml`."""
    if name.endswith(".toml"):
        return load_platform_file(Path(name))
    if name not in platform_names():
        message = f"there is no platform '{name}'"
        raise PlatformUnknown(message, hint=f"use one of {', '.join(platform_names())}, or a path to a .toml file")
    text = resources.files(__package__).joinpath("data", f"{name}.toml").read_text("utf-8")
    return read_platform(text, name)


def load_platform_file(path: Path) -> Platform:
    """Read a platform from a file of the user's own."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the platform file {path}"
        raise PlatformFileInvalid(message, seen=str(error), hint="give the path of a readable .toml file") from error
    return read_platform(text, str(path))


def read_platform(text: str, origin: str) -> Platform:
    """Parse one platform file; `origin` names it in errors."""
    return _read(Platform, text, origin)


def _read(kind: type[_File], text: str, origin: str) -> _File:
    evidence: dict[str, Any] = {}
    try:
        values = _values(tomllib.loads(text), "", evidence)
        return kind.model_validate({**values, "evidence": evidence})
    except tomllib.TOMLDecodeError as error:
        raise _invalid(origin, str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _invalid(origin, f"{place}: {first['msg']}") from error


def recognise(text: bytes, among: Iterable[Platform] | None = None) -> list[Platform]:
    """Return the families whose banner stands in `text`; where no banner does, those whose prompt does."""
    families = list(among) if among is not None else [load_platform(name) for name in platform_names()]
    by_banner = [family for family in families if any(pattern.search(text) for pattern in family.banner)]
    return by_banner or [family for family in families if family.console.prompt.search(text)]


def _values(table: dict[str, Any], path: str, evidence: dict[str, Any]) -> dict[str, Any]:
    return {key: _value(entry, f"{path}{key}", evidence) for key, entry in table.items()}


def _value(entry: Any, path: str, evidence: dict[str, Any]) -> Any:
    if isinstance(entry, dict) and "value" not in entry:
        return _values(entry, f"{path}.", evidence)
    if path in _WITHOUT_EVIDENCE:
        return entry
    if not isinstance(entry, dict):
        raise _invalid(path, "the value has no evidence: write { value = …, evidence = …, source = … }")
    evidence[path] = {"kind": entry.get("evidence"), "source": entry.get("source", "")}
    return entry["value"]


def _invalid(origin: str, seen: str) -> PlatformFileInvalid:
    return PlatformFileInvalid(f"the platform {origin} is not valid", seen=seen, hint="compare with `rommon platforms`")
