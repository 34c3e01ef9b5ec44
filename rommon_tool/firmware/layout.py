"""The layout of an LFBFF file as data, and the schema that it must satisfy.

The one rule: what is known of the format stands in `data/lfbff.toml`, each part marked proved, inferred or unknown. The
parser goes by it and adds nothing.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Mark = Literal["proved", "inferred", "unknown"]
Place = Literal[
    "start",
    "root",
    "metadata",
    "attributes",
    "signature_tlv",
    "signature",
    "signature_end",
    "envelope_end",
    "payload",
    "end",
]
HexBytes = Annotated[bytes, BeforeValidator(lambda text: bytes.fromhex(text) if isinstance(text, str) else text)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Part):
    """Bounds of what is read at all; bytes, and numbers of objects."""

    file_bytes: int = Field(gt=0)
    metadata_bytes: int = Field(gt=0)
    objects: int = Field(gt=0)
    depth: int = Field(gt=0)


class Magic(_Part):
    """Bytes that may stand before the root object."""

    value: HexBytes
    mark: Mark
    note: str = ""


class HeaderField(_Part):
    """One field of an object's header. A `length` counts units of 16 bytes."""

    name: Literal["guid", "metadata_length", "data_length", "has_children", "reserved"]
    length: int = Field(gt=0)
    kind: Literal["guid", "length", "flag", "zero"]
    mark: Mark


class KnownObject(_Part):
    """An object whose GUID is known. `is_operating_system`: no ROMMON firmware holds one."""

    guid: UUID
    role: str
    title: str
    mark: Mark
    is_operating_system: bool = False


class Tag(_Part):
    """One entry of the envelope. `inside` is the tag of its container; lengths are in bytes."""

    tag: int = Field(ge=0, le=255)
    name: str
    kind: Literal["fixed", "rest", "container", "text", "hex-text", "bytes"]
    mark: Mark
    inside: int | None = None
    value: HexBytes = b""
    shortest: int = 0
    longest: int = 65535
    same_as: str = ""
    note: str = ""


class EnvelopeEnd(_Part):
    """What follows the last tag: one pad byte, then fill bytes."""

    pad: HexBytes
    fill: HexBytes
    mark: Mark
    note: str = ""


class Piece(_Part):
    """Bytes between two places, or as many zeros."""

    start: Place
    end: Place
    zeroed: bool = False


def _piece(text: object) -> object:
    if not isinstance(text, str):
        return text
    start, _, end = text.removeprefix("zero:").partition("..")
    return {"start": start, "end": end, "zeroed": text.startswith("zero:")}


class HashedRange(_Part):
    """A candidate for the bytes that the signature is made over."""

    id: str = Field(pattern=r"^[a-z][a-z-]+$")
    pieces: tuple[Annotated[Piece, BeforeValidator(_piece)], ...]
    mark: Mark

    @model_validator(mode="after")
    def _covers_the_payload(self) -> Self:
        if self.pieces[-1] != Piece(start="payload", end="end"):
            raise ValueError("a range must end with the whole payload")
        if any(piece.end in ("end",) for piece in self.pieces[:-1]):
            raise ValueError("only the last piece may lie behind the envelope")
        return self


class Layout(_Part):
    """All that is known of the format."""

    limits: Limits
    magic: Magic
    header: tuple[HeaderField, ...]
    object: tuple[KnownObject, ...]
    envelope: tuple[Tag, ...]
    envelope_end: EnvelopeEnd
    range: tuple[HashedRange, ...]

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        for names in ([tag.name for tag in self.envelope], [known.guid for known in self.object]):
            if len(set(names)) != len(names):
                raise ValueError(f"something is listed twice in {names}")
        if {entry.same_as for entry in self.envelope} - {""} - {entry.name for entry in self.envelope}:
            raise ValueError("same_as names no entry")
        return self

    @property
    def header_bytes(self) -> int:
        return sum(field.length for field in self.header)

    def known(self, guid: UUID) -> KnownObject | None:
        return next((known for known in self.object if known.guid == guid), None)

    def tags(self, inside: int | None) -> tuple[Tag, ...]:
        """The entries directly within a container, or of the envelope itself; in their order."""
        return tuple(entry for entry in self.envelope if entry.inside == inside)


@cache
def lfbff() -> Layout:
    """The shipped layout."""
    text = resources.files(__package__).joinpath("data", "lfbff.toml").read_text("utf-8")
    return Layout.model_validate(tomllib.loads(text))
