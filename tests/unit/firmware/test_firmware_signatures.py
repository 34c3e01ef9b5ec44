"""RSASSA-PKCS1-v1_5 as others judge it: Project Wycheproof's vectors, and the `openssl` command on every case here."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signed_image import key, pem

from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware.keys import TrustedKey, checked_modulus, key_from_pem
from rommon_tool.firmware.signature import is_signed, recovered_digest

VECTORS = json.loads((Path(__file__).with_name("wycheproof") / "rsa_signature_2048_sha512.json").read_text("utf-8"))
DIGEST = hashlib.sha512(b"the bytes that are signed").digest()
# The DER of a DigestInfo before the digest, from RFC 8017, section 9.2.
INFO = {
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
}


def trusted(modulus: int) -> TrustedKey:
    return TrustedKey("a test's", modulus, "2026-01-01", "made by the test")


def test_wycheproof_agrees_on_every_vector() -> None:
    """In one test: they are many, and each takes less time than the test around it would."""
    judged = {"valid": 0, "invalid": 0, "acceptable": 0}
    for group in VECTORS["groups"]:
        if int(group["exponent"], 16) != 65537:
            continue
        with_key = trusted(int(group["modulus"], 16))
        for case in group["tests"]:
            signature, digest = bytes.fromhex(case["sig"]), hashlib.sha512(bytes.fromhex(case["msg"])).digest()
            # "acceptable" is the missing NULL, which no encoding of RFC 8017 has: here it is refused.
            is_valid = case["result"] == "valid"
            assert is_signed(signature, digest, with_key) is is_valid, case
            assert (recovered_digest(signature, with_key) == digest) is is_valid, case
            judged[case["result"]] += 1
    assert judged == {"valid": 7, "invalid": 250, "acceptable": 1}


def test_the_vectors_with_the_exponent_3_meet_a_key_that_is_refused() -> None:
    (group,) = [group for group in VECTORS["groups"] if int(group["exponent"], 16) == 3]
    with pytest.raises(AnchorUnusable):
        checked_modulus(int(group["modulus"], 16), 3, "the vectors' key")


def padded(inside: bytes, *, size: int = 256, fill: bytes = b"\xff", kind: bytes = b"\x01") -> bytes:
    """PKCS#1 v1.5 around what should be a DigestInfo."""
    return b"\x00" + kind + fill * (size - 3 - len(inside)) + b"\x00" + inside


def signed(message: bytes, private: rsa.RSAPrivateKey | None = None) -> bytes:
    """RSA of a padded message, whatever it is."""
    numbers = (private or key()).private_numbers()
    modulus = numbers.public_numbers.n
    return pow(int.from_bytes(message, "big"), numbers.d, modulus).to_bytes(256, "big")


def right() -> bytes:
    return key().sign(DIGEST, PKCS1v15(), Prehashed(SHA512()))


def modulus() -> int:
    return key().public_key().public_numbers().n


def info(name: str) -> bytes:
    return INFO[name] + hashlib.new(name, b"the bytes that are signed").digest()


@dataclass(frozen=True)
class Forgery:
    """A signature that is not one, though its maker had the private key or knew a weakness."""

    name: str
    signature: bytes

    def __str__(self) -> str:
        return self.name


def forgeries() -> list[Forgery]:
    good, n = right(), modulus()
    number = int.from_bytes(good, "big")
    whole = INFO["sha512"] + DIGEST
    missing_null = bytes.fromhex("304f300b0609608648016503040203") + b"\x04\x40" + DIGEST
    long_length = bytes.fromhex("308151300d060960864801650304020305000440") + DIGEST
    long_octets = bytes.fromhex("3052300d06096086480165030402030500048140") + DIGEST
    garbage = b"\x30\x53\x30\x0f\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x02\xab\xcd\x04\x40" + DIGEST
    short = b"\x00\x01" + b"\xff" * 8 + b"\x00" + whole
    return [
        Forgery("a DigestInfo of SHA-1", signed(padded(info("sha1")))),
        Forgery("a DigestInfo of SHA-256", signed(padded(info("sha256")))),
        Forgery("a DigestInfo of MD5", signed(padded(info("md5")))),
        Forgery("SHA-512 named over a digest of SHA-256", signed(padded(INFO["sha512"] + info("sha256")[-32:]))),
        Forgery("no DigestInfo at all", signed(padded(DIGEST))),
        Forgery("a missing NULL", signed(padded(missing_null))),
        Forgery("a BER long length of the sequence", signed(padded(long_length))),
        Forgery("a BER long length of the digest", signed(padded(long_octets))),
        Forgery("garbage in the AlgorithmIdentifier", signed(padded(garbage))),
        Forgery("short padding with garbage behind", signed(short.ljust(256, b"\xaa"))),
        Forgery("short padding moved to the end", signed(bytes(256 - len(short)) + short)),
        Forgery("padding that is not FF", signed(padded(whole, fill=b"\xfe"))),
        Forgery("one byte of the padding changed", signed(padded(whole)[:60] + b"\x7f" + padded(whole)[61:])),
        Forgery("block type 0", signed(padded(whole, kind=b"\x00"))),
        Forgery("block type 2", signed(padded(whole, kind=b"\x02"))),
        Forgery("a byte behind the digest", signed(padded(whole + b"\x00"))),
        Forgery("0", bytes(256)),
        Forgery("1", (1).to_bytes(256, "big")),
        Forgery("n - 1", (n - 1).to_bytes(256, "big")),
        Forgery("n", n.to_bytes(256, "big")),
        Forgery("all ones", b"\xff" * 256),
        Forgery("s + n", _at_most_256(number + n)),
        Forgery("n - s", (n - number).to_bytes(256, "big")),
        Forgery("255 bytes", good[1:]),
        Forgery("257 bytes", b"\x00" + good),
        Forgery("257 bytes, one behind", good + b"\x00"),
        Forgery("no byte", b""),
        Forgery("little-endian", good[::-1]),
        Forgery("another key's", key(1).sign(DIGEST, PKCS1v15(), Prehashed(SHA512()))),
        Forgery("of other bytes", key().sign(hashlib.sha512(b"x").digest(), PKCS1v15(), Prehashed(SHA512()))),
    ]


def _at_most_256(number: int) -> bytes:
    return number.to_bytes(257 if number >> 2048 else 256, "big")


ALL = [Forgery("the right one", right()), *forgeries()]
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")


@pytest.mark.parametrize("forgery", forgeries(), ids=str)
def test_no_forgery_is_a_signature(forgery: Forgery) -> None:
    assert not is_signed(forgery.signature, DIGEST, trusted(modulus()))
    assert recovered_digest(forgery.signature, trusted(modulus())) != DIGEST


def test_the_right_signature_is_one() -> None:
    assert is_signed(right(), DIGEST, trusted(modulus()))
    assert recovered_digest(right(), trusted(modulus())) == DIGEST


@needs_openssl
@pytest.mark.parametrize("case", ALL, ids=str)
def test_openssl_agrees(case: Forgery, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("signature", "digest")}
    files["signature"].write_bytes(case.signature)
    files["digest"].write_bytes(DIGEST)
    key_file = pem(key(), tmp_path / "key.pem")
    common = ["openssl", "pkeyutl", "-pubin", "-inkey", str(key_file), "-pkeyopt", "digest:sha512"]
    verify = [*common, "-verify", "-sigfile", str(files["signature"]), "-in", str(files["digest"])]
    judged = subprocess.run(verify, capture_output=True, check=False).returncode == 0
    assert is_signed(case.signature, DIGEST, trusted(modulus())) is judged
    recover = [*common, "-verifyrecover", "-in", str(files["signature"])]
    recovered = subprocess.run(recover, capture_output=True, check=False)
    ours = recovered_digest(case.signature, trusted(modulus()))
    assert ours == (recovered.stdout if recovered.returncode == 0 else None)


def weak_key(bits: int, exponent: int) -> rsa.RSAPublicKey:
    """A public key of so many bits; nobody needs to know its factors."""
    odd = int.from_bytes(hashlib.shake_256(b"weak").digest(bits // 8 + 1), "big") >> (8 * (bits // 8 + 1) - bits)
    return rsa.RSAPublicNumbers(exponent, odd | 1 | 1 << (bits - 1)).public_key()


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2047, 65537), (3072, 65537), (4096, 65537), (2048, 3)])
def test_a_key_of_another_kind_is_no_anchor(bits: int, exponent: int, tmp_path: Path) -> None:
    path = tmp_path / "weak.pem"
    path.write_bytes(weak_key(bits, exponent).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(AnchorUnusable, match="no key of 2048 bits"):
        key_from_pem(path, since="2026-01-01")


def test_a_key_with_the_exponent_1_is_no_anchor(tmp_path: Path) -> None:
    """No library makes one: with it every padded message is its own signature."""
    path = pem(key(), tmp_path / "key.pem")
    der = key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    # The exponent 65537 ends the key: 02 03 01 00 01. Three bytes that say 1 keep every length.
    changed = der.removesuffix(bytes.fromhex("0203010001")) + bytes.fromhex("0203000001")
    import base64

    path.write_bytes(b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(changed) + b"-----END PUBLIC KEY-----\n")
    with pytest.raises(AnchorUnusable):
        key_from_pem(path, since="2026-01-01")


@pytest.mark.parametrize("data", [b"", b"no key", b"\x00" * 70000, b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_is_no_key_is_no_anchor(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(data)
    with pytest.raises(AnchorUnusable):
        key_from_pem(path, since="2026-01-01")


def test_a_private_key_or_an_elliptic_one_is_no_anchor(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    path = tmp_path / "key.pem"
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(AnchorUnusable):
        key_from_pem(path, since="2026-01-01")
    with pytest.raises(AnchorUnusable):
        key_from_pem(tmp_path / "missing.pem", since="2026-01-01")
