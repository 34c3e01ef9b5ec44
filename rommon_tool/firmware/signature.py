"""RSASSA-PKCS1-v1_5 with SHA-512, as the envelope's tag 0B holds it.

The one rule: `cryptography` decides, by `verify`. What is recovered from a signature is for showing and for choosing
which bytes to hash.
"""

from rommon_tool.firmware.keys import SIGNATURE_BYTES, TrustedKey


def recovered_digest(signature: bytes, key: TrustedKey) -> bytes | None:
    """The SHA-512 digest that this key's owner signed: what a device prints as Embedded Hash. None: not this key's."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA512

    if len(signature) != SIGNATURE_BYTES or int.from_bytes(signature, "big") >= key.modulus:
        return None
    try:
        return key.public.recover_data_from_signature(signature, PKCS1v15(), SHA512())
    except (InvalidSignature, ValueError):
        return None


def is_signed(signature: bytes, digest: bytes, key: TrustedKey) -> bool:
    """Whether the key's owner signed this SHA-512 digest (64 bytes)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA512

    if len(signature) != SIGNATURE_BYTES or int.from_bytes(signature, "big") >= key.modulus:
        return False
    try:
        key.public.verify(signature, digest, PKCS1v15(), Prehashed(SHA512()))
    except (InvalidSignature, ValueError):
        return False
    return True
