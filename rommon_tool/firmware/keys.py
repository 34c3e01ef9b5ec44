"""Public keys that a signature may be checked with, and what is known of each.

The one rule: a key is RSA, of exactly 2048 bits, with the exponent 65537. Anything else is no anchor, whatever a library
would accept.
"""

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, field_validator

from rommon_tool.errors import AnchorUnusable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

KEY_BITS = 2048
EXPONENT = 65537
SIGNATURE_BYTES = KEY_BITS // 8
# A PEM file is a few kilobytes; whatever is larger is something else.
_LARGEST_PEM_BYTES = 1 << 16


@dataclass(frozen=True)
class TrustedKey:
    """A public key and why it is trusted.

    `platforms` are the families whose images it signs, none: any. `since` is a date, `source` where the key comes from.
    `proved_range` names the hashed range that a calibration proved for this key, empty if none has.
    """

    label: str
    modulus: int
    since: str
    source: str
    platforms: tuple[str, ...] = ()
    proved_range: str = ""

    @cached_property
    def public(self) -> "RSAPublicKey":
        """The key as `cryptography` has it."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

        return RSAPublicNumbers(EXPONENT, self.modulus).public_key()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the key in DER (SubjectPublicKeyInfo), as `openssl pkey -pubin -outform der | sha256sum` gives it."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return sha256(self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()

    def is_for(self, families: tuple[str, ...]) -> bool:
        """Whether it signs images of one of these families; true where either side is not known."""
        return not families or not self.platforms or bool(set(families) & set(self.platforms))


def checked_modulus(modulus: int, exponent: int, shown_as: str) -> int:
    """The modulus of a key that may be used. Raises AnchorUnusable."""
    if modulus.bit_length() != KEY_BITS or modulus % 2 == 0 or exponent != EXPONENT:
        raise AnchorUnusable(
            f"{shown_as} is no key of {KEY_BITS} bits with the exponent {EXPONENT}",
            seen=f"{modulus.bit_length()} bits, exponent {exponent}",
            hint="Cisco signs these images with such a key: give that one",
        )
    return modulus


def key_from_pem(path: Path, *, since: str) -> TrustedKey:
    """A public key that the user trusts, or a certificate's. Raises AnchorUnusable."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_PEM_BYTES)
        modulus, exponent = _numbers(data)
    except OSError as error:
        raise AnchorUnusable(f"cannot read the key {path}", seen=error.strerror or str(error)) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AnchorUnusable(
            f"{path} holds no RSA public key in PEM",
            hint="`openssl pkey -pubin -in FILE -text` must be able to read it",
        ) from error
    return TrustedKey(path.name, checked_modulus(modulus, exponent, str(path)), since, f"--key {path}")


def _numbers(data: bytes) -> tuple[int, int]:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    is_certificate = b"-----BEGIN CERTIFICATE-----" in data
    public = load_pem_x509_certificate(data).public_key() if is_certificate else load_pem_public_key(data)
    if not isinstance(public, RSAPublicKey):
        raise TypeError("not RSA")
    numbers = public.public_numbers()
    return numbers.n, numbers.e


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _ShippedKey(_Part):
    label: str
    modulus: int
    exponent: int
    platforms: tuple[str, ...]
    since: str
    source: str

    @field_validator("modulus", mode="before")
    @classmethod
    def _from_hex(cls, value: Any) -> Any:
        return int("".join(value.split()), 16) if isinstance(value, str) else value


class Published(_Part):
    """Digests that somebody published of a file: of the whole file, and of the bytes that are signed."""

    file: str
    file_sha512: str = ""
    signed_sha512: str = ""
    source: str


class _Shipped(_Part):
    key: tuple[_ShippedKey, ...]
    published: tuple[Published, ...]


@cache
def _shipped() -> _Shipped:
    text = resources.files(__package__).joinpath("data", "keys.toml").read_text("utf-8")
    return _Shipped.model_validate(tomllib.loads(text))


@cache
def bundled_keys() -> tuple[TrustedKey, ...]:
    """The keys that come with this tool."""
    return tuple(
        TrustedKey(
            key.label, checked_modulus(key.modulus, key.exponent, key.label), key.since, key.source, key.platforms
        )
        for key in _shipped().key
    )


def published() -> tuple[Published, ...]:
    """What was published of genuine files."""
    return _shipped().published
