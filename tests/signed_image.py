"""Synthetic signed images: LFBFF files built from a description, signed with keys that are made when they are needed.

Written from the published layout, with none of the verifier's code: the two must be able to disagree.
"""

import functools
import hashlib
import random
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAGIC = bytes.fromhex("11bb8d46d638014da26b7d66620dfc74")
ROOT = "EB90D060-F709-4A1A-9F30-9E45F7287490"
CONTAINER = "9D6A5471-27AE-42EF-9798-C3DFBE0DC55E"
KERNEL_PARAMETERS = "C5040E81-D12E-472D-8921-A02BB0006535"
ROOT_FILE_SYSTEM = "47BF4D1A-7C90-49FC-9041-CDEBA6C3F647"
BOOT = "7985C3E1-5E4A-4789-B696-6D75A1835533"
# The GUIDs of ROM and FPGA objects are not known; these are made up.
ROM = "00000000-0000-4000-8000-00000000a0b0"
FPGA = "00000000-0000-4000-8000-00000000f0a0"
KENTON = "CN=CiscoSystems;OU=NCS_Kenton_ASA;O=CiscoSystems"
CONTROLLERS = (0x0C5B, 0x0C75, 0x0C99, 0x0C77, 0x0C9B, 0x0CBA, 0x0CBB, 0x0CAE, 0x0CAF, 0x0CC1, 0x0CC2)

RANGES = (
    "payload",
    "root-header-and-payload",
    "all-but-envelope",
    "metadata-zeroed",
    "signature-zeroed",
    "signature-zeroed-behind-magic",
    "signature-tlv-removed",
    "attributes-and-payload",
)
FIRMWARE_NAME = "asa5500-firmware-1118.SPA"
SYSTEM_NAME = "asa984-22-lfbff-k8.SPA"


def key(number: int = 0) -> rsa.RSAPrivateKey:
    """The key of that number, made when first asked for."""
    return _made_key(number)


@functools.cache
def _made_key(_: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(private: rsa.RSAPrivateKey, path: Path) -> Path:
    """The public half in a file."""
    path.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def tlv(tag: int, value: bytes) -> bytes:
    return bytes([tag]) + len(value).to_bytes(2, "big") + value


def header(guid: str, metadata: int, data: int, *, children: int = 0, reserved: bytes = bytes(7)) -> bytes:
    """An object's header; `metadata` and `data` are lengths in bytes."""
    lengths = (metadata // 16).to_bytes(3, "little") + (data // 16).to_bytes(5, "little")
    return uuid.UUID(guid).bytes_le + lengths + bytes([children]) + reserved


def leaf(guid: str, data: bytes, metadata: bytes = b"") -> bytes:
    return header(guid, len(metadata), len(data)) + metadata + data


def parent(guid: str, children: bytes, metadata: bytes = b"") -> bytes:
    return header(guid, len(metadata), len(children), children=1) + metadata + children


def filling(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@dataclass(frozen=True)
class Recipe:
    """An image to build. `signature` replaces the one that would be made."""

    payload: bytes = b""
    has_magic: bool = True
    signer: str = KENTON
    signer_again: str = ""
    serial: str = "5AB844ED"
    attributes: tuple[bytes, bytes, bytes, bytes] = (b"\0", b"\1", b"\0", b"\1")
    key_version: str = "A"
    signature: bytes = b""
    range: str = "payload"

    def built(self, private: rsa.RSAPrivateKey | None = None) -> bytes:
        """The file. Without a key and without a signature there are zeros in the signature's place."""
        signature = self.signature
        if private is not None and not signature:
            digest = hashlib.sha512(self.signed_bytes()).digest()
            signature = private.sign(digest, PKCS1v15(), Prehashed(SHA512()))
        return self._file(signature or bytes(256))

    def signed_bytes(self) -> bytes:
        """The bytes of the range that this image is signed over."""
        whole = self._file(bytes(256))
        start = 16 if self.has_magic else 0
        metadata, payload = start + 32, len(whole) - len(self.payload)
        end = self._signature_start(start) + 256
        signature, tag = end - 256, end - 259
        attributes = metadata + 12
        envelope_end = end + 5
        made = {
            "payload": self.payload,
            "root-header-and-payload": whole[start:metadata] + self.payload,
            "all-but-envelope": whole[:metadata] + whole[envelope_end:],
            "metadata-zeroed": whole[:metadata] + bytes(payload - metadata) + self.payload,
            "signature-zeroed": whole,
            "signature-zeroed-behind-magic": whole[start:],
            "signature-tlv-removed": whole[:tag] + whole[end:],
            "attributes-and-payload": whole[attributes:tag] + self.payload,
        }
        assert whole[signature:end] == bytes(256)
        return made[self.range]

    def _signature_start(self, start: int) -> int:
        names = 2 * (3 + len(self.signer)) + 3 + len(self.serial)
        return start + 32 + 5 + 7 + 3 + names + 4 * 4 + 3

    def envelope(self, signature: bytes) -> bytes:
        names = tlv(4, self.signer.encode()) + tlv(5, self.serial.encode())
        names += tlv(6, (self.signer_again or self.signer).encode())
        rest = tlv(3, names)
        for tag, value in zip((7, 8, 9, 10), self.attributes, strict=True):
            rest += tlv(tag, value)
        rest += tlv(0x0B, signature) + tlv(0x0C, self.key_version.encode()) + b"\xeb"
        return tlv(1, b"\1\1") + tlv(2, len(rest).to_bytes(4, "big")) + rest

    def _file(self, signature: bytes) -> bytes:
        envelope = self.envelope(signature)
        envelope += bytes(-len(envelope) % 16)
        return (MAGIC if self.has_magic else b"") + parent(ROOT, self.payload, envelope)


def _controllers() -> bytes:
    return b"".join(number.to_bytes(2, "little") for number in CONTROLLERS).ljust(32, b"\0")


def system(size: int = 4096) -> Recipe:
    """An operating system: kernel parameters, root file system, boot object."""
    children = leaf(KERNEL_PARAMETERS, b"", b"quiet console=ttyS0".ljust(0x70, b"\0"))
    children += leaf(ROOT_FILE_SYSTEM, filling(size)) + leaf(BOOT, filling(256, 2))
    return Recipe(parent(CONTAINER, children, _controllers()))


def firmware(size: int = 2048) -> Recipe:
    """ROMMON firmware: objects whose GUIDs the layout does not know."""
    children = leaf(ROM, filling(size, 3)) + leaf(FPGA, filling(512, 4))
    return Recipe(parent(CONTAINER, children, _controllers()))


def with_payload(recipe: Recipe, payload: bytes) -> Recipe:
    return replace(recipe, payload=payload)
