"""SHA-512 digests of whole files, from whoever can be trusted to know them.

The one rule: a pin is of the whole file. The digest that a device prints as Computed or Embedded Hash is of other bytes and
is refused as a pin.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware.keys import published

_SHA512_LINE = re.compile(r"^(?P<sha512>[0-9a-fA-F]{128}) [ *](?P<name>\S.*)$")
_LARGEST_BYTES = 1 << 24
_KINDS_BY_LENGTH = {32: "an MD5", 40: "a SHA-1", 64: "a SHA-256", 96: "a SHA-384"}


@dataclass(frozen=True, slots=True)
class Pin:
    """A file's SHA-512 in small letters, and its name where the source tells it."""

    sha512: str
    name: str = ""


class PinSource(Protocol):
    """Something that lists files: a pin file, Cisco's Bulk Hash file, one digest of the user's."""

    @property
    def source(self) -> str:
        """Who says so, for people."""

    def listed(self, name: str, sha512: str) -> Iterable[Pin]:
        """The pins that bear this file name or this digest."""


@dataclass(frozen=True, slots=True)
class PinList:
    """Pins in memory."""

    source: str
    pins: tuple[Pin, ...]

    def listed(self, name: str, sha512: str) -> Iterable[Pin]:
        return [pin for pin in self.pins if pin.sha512 == sha512 or pin.name in ("", name)]


def single_pin(text: str) -> PinList:
    """The user's own `--sha512`, in letters of either size. Raises AnchorUnusable."""
    return PinList("--sha512", (Pin(checked_sha512(text, "--sha512")),))


def checked_sha512(text: str, shown_as: str) -> str:
    """A SHA-512 in small letters. Raises AnchorUnusable for every other digest."""
    digest = "".join(text.split()).lower()
    if not re.fullmatch("[0-9a-f]{128}", digest):
        kind = _KINDS_BY_LENGTH.get(len(digest), f"{len(digest)} characters")
        raise AnchorUnusable(
            f"{shown_as} is no SHA-512", seen=f"{kind}: {digest[:40]}", hint="a SHA-512 has 128 hexadecimal digits"
        )
    for known in published():
        if digest == known.signed_sha512:
            raise signed_pin(shown_as, f"{known.file}, {known.source}")
    return digest


def signed_pin(shown_as: str, seen: str) -> AnchorUnusable:
    """The error for a digest of the wrong kind."""
    return AnchorUnusable(
        f"{shown_as} is the digest of the signed bytes that a device prints as Computed Hash, not that of the whole file",
        seen=seen,
        hint="compare with the SHA-512 on the download page, or `verify /sha-512` on a device",
    )


class _FilePin(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str = ""
    file_sha512: str = ""
    signed_sha512: str = ""
    source: str = ""

    @field_validator("file")
    @classmethod
    def _is_a_name(cls, text: str) -> str:
        if "/" in text:
            raise ValueError("a file's name without folders")
        return text


class _PinFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    pin: tuple[_FilePin, ...]


def pin_file(path: Path) -> PinList:
    """Pins from a file: what `sha512sum` prints, or TOML with a [[pin]] a file. Raises AnchorUnusable.

    A [[pin]] has `file`, `file_sha512` and `source`; a `signed_sha512` may stand beside it and is never compared with a file.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_BYTES + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AnchorUnusable(f"cannot read the pins {path}", seen=str(error)) from error
    if len(text) > _LARGEST_BYTES:
        raise AnchorUnusable(f"the pins {path} are too many", hint="a pin file has a line or a table a file")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = [_SHA512_LINE.match(line) for line in lines]
    if lines and all(found):
        pins = [Pin(checked_sha512(it["sha512"], str(path)), it["name"].rpartition("/")[2]) for it in found if it]
        return PinList(str(path), tuple(pins))
    return PinList(str(path), _toml_pins(text, path))


def _toml_pins(text: str, path: Path) -> tuple[Pin, ...]:
    try:
        tables = _PinFile.model_validate(tomllib.loads(text)).pin
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise AnchorUnusable(
            f"the pins {path} can't be read",
            seen=str(error).splitlines()[0],
            hint='write lines as sha512sum does, or [[pin]] with file = "…" and file_sha512 = "…"',
        ) from error
    return tuple(Pin(checked_sha512(it.file_sha512, str(path)), it.file) for it in tables if it.file_sha512)
