"""What an image is held against: pin files, Cisco's Bulk Hash file, keys that a device printed, calibrations."""

import datetime
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from signed_image import FIRMWARE_NAME, firmware, key, pem, system

from rommon_tool import firmware as verifier
from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware import Anchors, load_anchors
from rommon_tool.firmware.anchors import default_anchors
from rommon_tool.firmware.bulk_hash import Authorities, bulk_hash, cisco_authorities
from rommon_tool.firmware.calibration import calibration_from, calibration_of
from rommon_tool.firmware.device_keys import device_keys
from rommon_tool.firmware.keys import TrustedKey, bundled_keys
from rommon_tool.firmware.trust import Trust, read_trust, trust_path, write_trust

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / FIRMWARE_NAME
    path.write_bytes(firmware().built(key()))
    return path


def sha512(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


# ---- pins


def test_a_pin_file_may_be_what_sha512sum_prints(image: Path, tmp_path: Path) -> None:
    pins = tmp_path / "SHA512SUMS"
    pins.write_text(f"# from the download page\n{sha512(image).upper()} *{FIRMWARE_NAME}\n{'0' * 128}  other.bin\n")
    assert verifier.verify(image, load_anchors(pins=pins)).verdict == "matches-pin"


def test_a_pin_file_may_be_a_table_with_two_columns_that_are_never_mixed(image: Path, tmp_path: Path) -> None:
    pins, digest = tmp_path / "pins.toml", sha512(image)
    signed = "d824bdee" + "0" * 120
    text = f'[[pin]]\nfile = "{FIRMWARE_NAME}"\nsigned_sha512 = "{signed}"\nsource = "a device"\n'
    pins.write_text(text)
    assert verifier.verify(image, load_anchors(pins=pins)).verdict == "unverifiable"
    pins.write_text(text + f'file_sha512 = "{digest}"\n')
    assert verifier.verify(image, load_anchors(pins=pins)).verdict == "matches-pin"
    pins.write_text(text + f'file_sha512 = "{"1" * 128}"\n')
    assert verifier.verify(image, load_anchors(pins=pins)).verdict == "mismatch"


def test_a_pin_under_another_name_is_the_same_bytes_and_the_name_is_told(image: Path, tmp_path: Path) -> None:
    pins = tmp_path / "SHA512SUMS"
    pins.write_text(f"{sha512(image)}  asa5500-firmware-1114.SPA\n")
    found = verifier.verify(image, load_anchors(pins=pins))
    assert found.verdict == "matches-pin"
    assert "under the name asa5500-firmware-1114.SPA" in found.reason
    # Else an older version could be sent as a newer one by calling it so.
    assert found.version == "1.1.14"
    assert "listed as asa5500-firmware-1114.SPA" in found.recognised.disagreement


def test_a_name_that_is_listed_with_other_bytes_is_a_mismatch_though_these_bytes_are_listed_elsewhere(
    image: Path, tmp_path: Path
) -> None:
    pins = tmp_path / "SHA512SUMS"
    pins.write_text(f"{'1' * 128}  {FIRMWARE_NAME}\n{sha512(image)}  other.SPA\n")
    assert verifier.verify(image, load_anchors(pins=pins)).verdict == "mismatch"


def test_two_sources_that_disagree_are_a_conflict(image: Path, tmp_path: Path) -> None:
    pins = tmp_path / "SHA512SUMS"
    pins.write_text(f"{'1' * 128}  {FIRMWARE_NAME}\n")
    assert verifier.verify(image, load_anchors(sha512=sha512(image), pins=pins)).verdict == "conflict"


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        ("d41d8cd98f00b204e9800998ecf8427e", "MD5"),
        ("0" * 64, "SHA-256"),
        ("g" * 128, "128 characters"),
        ("12", "2 char"),
    ],
)
def test_a_digest_of_another_kind_is_no_pin(digest: str, told: str) -> None:
    with pytest.raises(AnchorUnusable) as caught:
        load_anchors(sha512=digest)
    assert told in caught.value.seen


def test_the_digest_that_the_signature_holds_is_no_pin_of_the_file(image: Path) -> None:
    embedded = verifier.verify(image, trusting()).embedded_sha512
    with pytest.raises(AnchorUnusable, match="Computed Hash"):
        verifier.verify(image, replace(trusting(), pins=load_anchors(sha512=embedded).pins))


@pytest.mark.parametrize("text", ["", "hello", "[[pin]]\nfoo = 1\n", '[[pin]]\nfile = "a/b"\n', "\0\xff"])
def test_a_file_that_is_no_pin_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "pins").write_bytes(text.encode("latin-1"))
    with pytest.raises(AnchorUnusable):
        load_anchors(pins=tmp_path / "pins")
    with pytest.raises(AnchorUnusable):
        load_anchors(pins=tmp_path / "missing")


# ---- Cisco's Bulk Hash file


def test_the_shipped_certificates_are_the_pinned_ones() -> None:
    both = cisco_authorities()
    both.issuer.verify_directly_issued_by(both.root)
    assert "Cisco Root CA M2" in both.root.subject.rfc4514_string()
    assert "Innerspace SubCA RSA" in both.issuer.subject.rfc4514_string()


@dataclass(frozen=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    private: rsa.RSAPrivateKey


def issued(name: str, by: Issued | None, number: int, *, days: int = 3650, is_authority: bool = True) -> Issued:
    private, subject = key(number), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(private.public_key())
        .serial_number(number + 1)
        .not_valid_before(NOW - datetime.timedelta(days=3650))
        .not_valid_after(NOW - datetime.timedelta(days=3650) + datetime.timedelta(days=days + 3650))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority, **usage
            ),
            critical=True,
        )
    )
    return Issued(builder.sign((by.private if by else private), SHA256()), private)


@dataclass(frozen=True)
class Office:
    """Everybody who stands behind a list."""

    root: Issued
    issuer: Issued
    signer: Issued

    @property
    def authorities(self) -> Authorities:
        return Authorities(self.root.certificate, self.issuer.certificate)


@cache
def office() -> Office:
    root = issued("a root", None, 10)
    issuer = issued("an issuer", root, 11)
    return Office(root, issuer, issued("the list's", issuer, 12, is_authority=False))


def tar_of(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def a_list(
    rows: list[tuple[str, str]], header: str = "Image File Name,MD5 Checksum,SHA512 Checksum,Status,Size"
) -> bytes:
    lines = [header, *(f"{name},0123,{digest.upper()},Active,1" for name, digest in rows)]
    return tar_of({"BulkHash.csv": "\r\n".join(lines).encode() + b"\r\n"})


def bulk(folder: Path, inner: bytes, signer: Issued, extra: dict[str, bytes] | None = None) -> Path:
    members = {
        "BulkHash.tar": inner,
        "BulkHash.tar.signature": signer.private.sign(inner, PKCS1v15(), SHA512()),
        "BULKHASH-CCO_RELEASE.cer": signer.certificate.public_bytes(Encoding.PEM),
        "README": b"how to",
    }
    path = folder / "BulkHashFile.tar"
    path.write_bytes(tar_of(members | (extra or {})))
    return path


def test_a_list_whose_chain_and_signature_hold_proves_a_file(image: Path, tmp_path: Path) -> None:
    path = bulk(tmp_path, a_list([("other.bin", "0" * 128), (FIRMWARE_NAME, sha512(image))]), office().signer)
    source = bulk_hash(path, office().authorities, NOW)
    found = verifier.verify(image, Anchors(pins=(source,)))
    assert (found.verdict, found.exit_code) == ("matches-pin", 0)
    assert "BulkHashFile.tar" in found.reason
    image.write_bytes(b"something else")
    assert verifier.verify(image, Anchors(pins=(source,))).verdict == "mismatch"


def test_a_file_that_the_list_does_not_know_stays_undecided(image: Path, tmp_path: Path) -> None:
    source = bulk_hash(bulk(tmp_path, a_list([("x", "0" * 128)]), office().signer), office().authorities, NOW)
    assert verifier.verify(image, Anchors(pins=(source,))).verdict == "well-formed"


def spoilt_list(folder: Path) -> Path:
    inner = a_list([(FIRMWARE_NAME, "0" * 128)])
    return bulk(folder, inner, office().signer, {"BulkHash.tar": a_list([(FIRMWARE_NAME, "1" * 128)])})


def of(signer: Callable[[], Issued], extra: dict[str, bytes] | None = None) -> Callable[[Path], Path]:
    return lambda folder: bulk(folder, a_list([(FIRMWARE_NAME, "0" * 128)]), signer(), extra)


def _other_root() -> Issued:
    stranger = issued("an issuer", issued("another root", None, 13), 14)
    return issued("the list's", stranger, 12, is_authority=False)


BAD_LISTS: dict[str, Callable[[Path], Path]] = {
    "another list under the signature": spoilt_list,
    "a chain to another root": of(_other_root),
    "a certificate that signed itself": of(lambda: issued("the list's", None, 12, is_authority=False)),
    "an expired certificate": of(lambda: issued("the list's", office().issuer, 12, days=-1, is_authority=False)),
    "an authority's certificate": of(lambda: issued("an authority", office().issuer, 12)),
    "a name that leads out": of(lambda: office().signer, {"../../etc/cron.d/x": b"boo"}),
    "an absolute name": of(lambda: office().signer, {"/etc/passwd": b"boo"}),
    "two certificates": of(lambda: office().signer, {"second.cer": b"boo"}),
    "no signature of 256 bytes": of(lambda: office().signer, {"BulkHash.tar.signature": b"boo"}),
    "an empty signature": of(lambda: office().signer, {"BulkHash.tar.signature": b""}),
    "a certificate that is none": of(lambda: office().signer, {"BULKHASH-CCO_RELEASE.cer": b"boo"}),
}


@pytest.mark.parametrize("name", BAD_LISTS)
def test_a_list_that_nobody_stands_behind_is_refused_and_nothing_is_unpacked(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = BAD_LISTS[name](folder)
    with pytest.raises(AnchorUnusable, match="can't be trusted"):
        bulk_hash(path, office().authorities, NOW)
    assert [each.name for each in folder.iterdir()] == [path.name]


@pytest.mark.parametrize("data", [b"", b"no tar", b"\x1f\x8b\x08" + bytes(600)])
def test_a_file_that_is_no_tar_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(data)
    for path in (tmp_path / "x.tar", tmp_path, tmp_path / "missing.tar"):
        with pytest.raises(AnchorUnusable):
            load_anchors(bulk_hash=path)


def test_a_list_of_the_test_s_own_authorities_is_not_cisco_s(tmp_path: Path) -> None:
    with pytest.raises(AnchorUnusable, match="can't be trusted"):
        load_anchors(bulk_hash=bulk(tmp_path, a_list([("x", "0" * 128)]), office().signer))


def test_a_list_whose_columns_are_not_known_is_refused(image: Path, tmp_path: Path) -> None:
    inner = a_list([(FIRMWARE_NAME, "0" * 128)], header="a,b,c,d,e")
    source = bulk_hash(bulk(tmp_path, inner, office().signer), office().authorities, NOW)
    with pytest.raises(AnchorUnusable, match="can't be trusted"):
        verifier.verify(image, Anchors(pins=(source,)))


# ---- the user's own keys


def printed(modulus: int, *, kind: str = "Release (Primary)", number: int = 1, exponent: str = "65537") -> str:
    """As a 5516-X prints it in Cisco's ASA forensic investigation guide, "show software authenticity keys"."""
    digits = f"{modulus:0512X}"
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    rows = [":".join(pairs[at : at + 16]) for at in range(0, len(pairs), 16)]
    body = ":\n        ".join(rows)
    return (
        f"Public Key #{number} Information\n--------------------------\nKey Type              : {kind}\n"
        f"Public Key Algorithm  : 2048-bit RSA\nModulus :\n        {body}\n"
        f"Exponent              : {exponent}\nKey Version           : A\n\n"
    )


def own_modulus(number: int = 0) -> int:
    return key(number).public_key().public_numbers().n


def trusting(number: int = 0) -> Anchors:
    return Anchors((TrustedKey("own", own_modulus(number), "2026-01-01", "the test"),), asked_keys=True)


def test_the_keys_of_a_device_are_read_from_what_it_prints() -> None:
    (release,) = bundled_keys()
    text = "ciscoasa# show software authenticity keys\n\n" + printed(release.modulus) + printed(own_modulus(), number=2)
    for each in (
        text,
        text.replace("\n", "\r\n"),
        text.replace("Exponent", "<--- More --->\r              \rExponent", 1),
    ):
        found = device_keys(each)
        assert [key.modulus for key in found] == [release.modulus, own_modulus()]
        assert found[0].type == "Release (Primary)"
        assert found[0].version == "A"
        assert found[0].is_release
    assert not device_keys(printed(own_modulus(), kind="Development"))[0].is_release


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ciscoasa# show version",
        printed(own_modulus())[:300],
        printed(own_modulus(), exponent="3"),
        printed(own_modulus() >> 1),
        printed(own_modulus() >> 8),
        "Public Key #1 Information\n" * 3,
    ],
)
def test_a_key_that_is_not_whole_or_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(AnchorUnusable):
        device_keys(text)


def test_an_imported_key_takes_part_from_then_on_and_only_for_its_families(image: Path, tmp_path: Path) -> None:
    assert verifier.verify(image).verdict == "unverifiable"
    imported = TrustedKey("own", own_modulus(), "2026-01-01", "a device", ("asa5506x",))
    write_trust(Trust().with_key(imported))
    found = verifier.verify(image)
    assert (found.verdict, found.reason.endswith("trusted since 2026-01-01")) == ("signature-valid", True)
    other = tmp_path / "fxos-k8-fp2k-lfbff.82.10.1.377i.SSB"
    other.write_bytes(system().built(key()))
    assert not verifier.verify(other).is_proved
    write_trust(read_trust().without(imported.fingerprint))
    assert verifier.verify(image).verdict == "unverifiable"


def test_the_same_key_from_a_device_stands_in_for_the_bundled_one() -> None:
    (release,) = bundled_keys()
    write_trust(Trust().with_key(replace(release, label="of my device", since="2026-02-02")))
    keys = default_anchors().keys
    assert [(it.label, it.since) for it in keys] == [("of my device", "2026-02-02")]


def test_a_calibration_holds_for_its_key_alone(image: Path, tmp_path: Path) -> None:
    record = calibration_of(verifier.verify(image, trusting()), date="2026-01-01")
    assert record is not None
    assert calibration_from(json.loads(record.line())) == record
    write_trust(Trust().with_calibration(record))
    damaged = tmp_path / "isa3000-firmware-1005.SPA"
    damaged.write_bytes(firmware().built(key())[:-1] + b"\0")
    right, other = pem(key(), tmp_path / "right.pem"), pem(key(1), tmp_path / "other.pem")
    assert verifier.verify(damaged, load_anchors(keys=[right])).verdict == "mismatch"
    damaged.write_bytes(firmware().built(key(1))[:-1] + b"\0")
    assert verifier.verify(damaged, load_anchors(keys=[other])).verdict == "unverifiable"


def test_once_a_range_is_proved_a_signature_over_another_is_a_mismatch(image: Path, tmp_path: Path) -> None:
    record = calibration_of(verifier.verify(image, trusting()), date="2026-01-01")
    assert record is not None
    write_trust(Trust().with_calibration(record))
    image.write_bytes(replace(firmware(), range="metadata-zeroed").built(key()))
    found = verifier.verify(image, load_anchors(keys=[pem(key(), tmp_path / "right.pem")]))
    assert found.verdict == "mismatch"
    assert found.embedded_sha512 in found.reason


def test_a_file_that_does_not_settle_the_range_gives_no_record(image: Path) -> None:
    image.write_bytes(firmware().built(key())[:-1] + b"\0")
    assert calibration_of(verifier.verify(image, trusting()), date="2026-01-01") is None
    assert calibration_of(verifier.verify(image), date="2026-01-01") is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"v": 1, "keys": [{"label": "x"}]}', '{"v": 1, "calibrations": [{}]}']
)
def test_a_damaged_store_is_an_error_and_not_an_anchor_less(text: str) -> None:
    trust_path().parent.mkdir(parents=True)
    trust_path().write_text(text)
    with pytest.raises(AnchorUnusable, match=r"can't be read|not whole"):
        default_anchors()


def test_a_record_of_a_range_that_is_not_listed_is_refused() -> None:
    with pytest.raises(AnchorUnusable, match="does not know"):
        calibration_from(
            dict.fromkeys(("range", "key_fingerprint", "file", "bytes", "file_sha512", "signed_sha512", "date"), "x")
        )


def test_the_store_is_its_user_s_alone() -> None:
    write_trust(Trust().with_key(TrustedKey("own", own_modulus(), "2026-01-01", "a device")))
    assert trust_path().stat().st_mode & 0o077 == 0
    assert [it.name for it in trust_path().parent.iterdir()] == ["trust.json"]
