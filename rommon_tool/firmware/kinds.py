"""What an image file is: by its name, by its content, and for which families.

The one rule: a name says what somebody called the file; the content decides where the two disagree, and both are told.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from platforms import Platform, load_platform, platform_names
from rommon_tool.firmware.container import Container, begins_like_one
from rommon_tool.firmware.layout import HexBytes

KindId = Literal[
    "rommon-firmware",
    "asa-lfbff",
    "asa-smp",
    "asa-classic",
    "firepower-package",
    "fxos-lfbff",
    "fxos-bundle",
    "ftd-boot",
    "asdm",
    "access-point-tar",
    "lfbff-system",
    "lfbff-firmware",
    "lfbff-broken",
    "tar",
    "web-page",
    "zip",
    "unknown",
]
_LFBFF_TITLES: dict[KindId, str] = {
    "lfbff-system": "signed container (LFBFF) with an operating system",
    "lfbff-firmware": "signed container (LFBFF) without an operating system, as firmware is",
    "lfbff-broken": "signed container (LFBFF) that is damaged",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


Name = Annotated[re.Pattern[str], BeforeValidator(re.compile)]


class Kind(_Part):
    """A kind of file by its name. `families` adds to those whose platform file knows the name."""

    id: KindId
    title: str
    names: tuple[Name, ...]
    version: str
    families: tuple[str, ...] = ()
    content: tuple[KindId, ...]
    loads: bool
    instead: str = ""
    source: str

    def version_in(self, name: str) -> str | None:
        """The version that a name of this kind tells, empty if it tells none; None for another kind's name."""
        for pattern in self.names:
            if found := pattern.search(name):
                groups = {key: value or "" for key, value in found.groupdict().items()}
                if not groups:
                    return ""
                numbers = {key: int(value) if key == "patch" else value for key, value in groups.items()}
                return self.version.format(**numbers)
        return None


class Content(_Part):
    """First bytes that tell what a file is."""

    id: KindId
    title: str
    offset: int
    value: HexBytes


class Kinds(_Part):
    """The table of `data/kinds.toml`."""

    kind: tuple[Kind, ...]
    content: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is. `families` are names of platforms, none where neither name nor content tells.

    `disagreement` says how name and content contradict each other; `kind` then is what the content shows. `loads` is None
    where it is not known whether a boot monitor boots such a file; `instead` says what to do with one that it does not.
    """

    kind: KindId
    title: str
    version: str = ""
    families: tuple[str, ...] = ()
    loads: bool | None = None
    instead: str = ""
    disagreement: str = ""


HEAD_BYTES = 512


@cache
def kinds() -> Kinds:
    """The shipped table."""
    text = resources.files(__package__).joinpath("data", "kinds.toml").read_text("utf-8")
    return Kinds.model_validate(tomllib.loads(text))


def recognise(name: str, head: bytes = b"", container: Container | None = None) -> Recognised:
    """What a file of this name is whose first `HEAD_BYTES` bytes are `head`; `container` is its parse, if it has one."""
    inside, title = _content(head, container)
    for kind in kinds().kind:
        version = kind.version_in(name.rpartition("/")[2])
        if version is None:
            continue
        if _may_be(inside, kind):
            return Recognised(
                kind.id, kind.title, version, _families(name, kind), kind.loads, kind.instead, _doubt(kind, inside)
            )
        return Recognised(
            inside,
            title,
            loads=_LOADS.get(inside),
            disagreement=f"the name says {kind.title}, the content is a {title}",
        )
    return Recognised(inside, title, families=_own_families(name), loads=_LOADS.get(inside))


# What content alone proves of a boot monitor's use for it.
_LOADS: dict[KindId, bool] = {"web-page": False, "zip": False, "lfbff-firmware": False}


def _may_be(inside: KindId, kind: Kind) -> bool:
    """Whether a file with this content may be what its name says."""
    if inside == "unknown" or inside in kind.content:
        return True
    if inside.startswith("lfbff"):
        signed = any(content.startswith("lfbff") for content in kind.content) and inside == "lfbff-broken"
        return signed or kind.id in ("firepower-package", "fxos-bundle", "ftd-boot")
    return not kind.content and inside not in ("web-page", "zip")


def _doubt(kind: Kind, inside: KindId) -> str:
    if kind.content and inside == "unknown":
        return f"the name says {kind.title}, and the content does not begin like one"
    return ""


def _content(head: bytes, container: Container | None) -> tuple[KindId, str]:
    if container is not None:
        kind: KindId = "lfbff-system" if container.has_operating_system else "lfbff-firmware"
        return kind, _LFBFF_TITLES[kind]
    if begins_like_one(head):
        return "lfbff-broken", _LFBFF_TITLES["lfbff-broken"]
    for content in kinds().content:
        if head[content.offset :].lower().startswith(content.value.lower()):
            return content.id, content.title
    return "unknown", "file of unknown content"


def _families(name: str, kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*kind.families, *_own_families(name))))


def _own_families(name: str) -> tuple[str, ...]:
    """The platforms whose file knows the name; names in small letters occur."""
    last = name.rpartition("/")[2].encode("utf-8", "replace")
    return tuple(
        family.name
        for family in _platforms()
        if any(re.search(it.pattern, last, re.IGNORECASE) for it in family.image_names)
    )


@cache
def _platforms() -> tuple[Platform, ...]:
    return tuple(load_platform(name) for name in platform_names())
