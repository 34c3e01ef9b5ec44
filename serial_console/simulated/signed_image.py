"""The device's own look at a signed image, before it boots or installs it.

Written from the published layout and RFC 8017, with plain numbers and no library for the signature: it shares nothing with
the verifier of this project, so that the two can disagree. Which bytes a real device hashes is not known; this one hashes
what lies behind the envelope.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .errors import SimulationError

MAGIC = bytes.fromhex("11bb8d46d638014da26b7d66620dfc74")
ROOT = bytes.fromhex("60d090eb09f71a4a9f309e45f7287490")
HEADER_BYTES, UNIT_BYTES = 32, 16
SIGNER, SERIAL, SIGNATURE, KEY_VERSION = 0x04, 0x05, 0x0B, 0x0C
CONTAINERS = (0x03,)
# RFC 8017, section 9.2: what stands before a SHA-512 digest in a signature.
DIGEST_INFO = bytes.fromhex("3051300d060960864801650304020305000440")


@dataclass(frozen=True, slots=True)
class Examined:
    """What the device found. `embedded` is empty where the signature is not of its key; digests are hexadecimal."""

    computed: str
    embedded: str
    signer: str
    serial: str
    key_version: str

    @property
    def is_genuine(self) -> bool:
        return bool(self.embedded) and self.embedded == self.computed


def modulus_of(path: Path) -> int:
    """The modulus of the RSA key in a PEM file. Raises SimulationError."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"option 'key' takes a public key in PEM: {error}"
        raise SimulationError(message) from error
    if not isinstance(public, RSAPublicKey) or public.public_numbers().e != 65537:
        message = "option 'key' takes an RSA key with the exponent 65537"
        raise SimulationError(message)
    return public.public_numbers().n


def examine(content: bytes, modulus: int) -> Examined | None:
    """Look at an image in memory; None for one that is no signed container, or no whole one."""
    start = len(MAGIC) if content.startswith(MAGIC) else 0
    header = content[start : start + HEADER_BYTES]
    if header[:16] != ROOT or len(header) < HEADER_BYTES:
        return None
    metadata = int.from_bytes(header[16:19], "little") * UNIT_BYTES
    data = int.from_bytes(header[19:24], "little") * UNIT_BYTES
    payload = start + HEADER_BYTES + metadata
    if payload + data != len(content):
        return None
    found = _tags(content[start + HEADER_BYTES : payload])
    if SIGNATURE not in found:
        return None
    return Examined(
        hashlib.sha512(content[payload:]).hexdigest(),
        _embedded(found[SIGNATURE], modulus),
        found.get(SIGNER, b"").decode("latin-1"),
        found.get(SERIAL, b"").decode("latin-1"),
        found.get(KEY_VERSION, b"").decode("latin-1"),
    )


def _tags(envelope: bytes) -> dict[int, bytes]:
    """Every tag's value, those within containers too; the first of each counts."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 3 <= len(envelope) and envelope[at] not in (0x00, 0xEB):
        tag, length = envelope[at], int.from_bytes(envelope[at + 1 : at + 3], "big")
        found.setdefault(tag, envelope[at + 3 : at + 3 + length])
        at += 3 if tag in CONTAINERS else 3 + length
    return found


def _embedded(signature: bytes, modulus: int) -> str:
    """The digest in a signature of this key, empty if it is another's."""
    number = int.from_bytes(signature, "big")
    size = (modulus.bit_length() + 7) // 8
    if len(signature) != size or number >= modulus:
        return ""
    message = pow(number, 65537, modulus).to_bytes(size, "big")
    digest = message[-64:]
    padding = b"\xff" * (size - 3 - len(DIGEST_INFO) - len(digest))
    return digest.hex() if message == b"\x00\x01" + padding + b"\x00" + DIGEST_INFO + digest else ""
