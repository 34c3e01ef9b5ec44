"""The figures that are public of genuine images: the bundled key recovers their digests.

The signatures are the values of envelope tag 0B of two genuine images; the digest of the second is the Embedded Hash that
Cisco's FTD forensic investigation guide prints for os.img, whose whole-file SHA-512 the same guide prints, too.
"""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from signed_image import (
    BOOT,
    CONTAINER,
    KERNEL_PARAMETERS,
    MAGIC,
    ROOT,
    ROOT_FILE_SYSTEM,
    Recipe,
    header,
    system,
    with_payload,
)

from rommon_tool import firmware as verifier
from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware import load_anchors
from rommon_tool.firmware.container import parse
from rommon_tool.firmware.keys import bundled_keys
from rommon_tool.firmware.signature import is_signed, recovered_digest
from rommon_tool.firmware.source import opened

KNOWN = json.loads(Path(__file__).with_name("known_answers.json").read_text("utf-8"))
SIGNATURES = [pytest.param(it, id=it["serial"]) for it in KNOWN["signatures"]]
OS_IMG = KNOWN["signatures"][1]


def test_the_bundled_key_is_the_published_one() -> None:
    (key,) = bundled_keys()
    modulus = f"{key.modulus:x}"
    assert modulus == KNOWN["release_key"]["modulus_hex"]
    assert hashlib.sha256(bytes.fromhex(modulus)).hexdigest() == KNOWN["release_key"]["modulus_sha256"]
    assert key.platforms == ("asa5506x", "isa3000")
    assert "forensic" in key.source


@pytest.mark.parametrize("known", SIGNATURES)
def test_the_bundled_key_recovers_the_digest_of_a_genuine_signature(known: dict[str, str]) -> None:
    (key,) = bundled_keys()
    signature = bytes.fromhex(known["signature_hex"])
    digest = recovered_digest(signature, key)
    assert digest is not None
    assert digest.hex() == known["recovered_digest_sha512"]
    assert is_signed(signature, digest, key)
    assert not is_signed(signature, hashlib.sha512(b"else").digest(), key)


def test_the_digest_of_a_genuine_image_is_not_that_of_its_whole_file() -> None:
    assert OS_IMG["file_sha512"] != OS_IMG["recovered_digest_sha512"]


def test_the_published_lengths_add_up_to_the_published_size(tmp_path: Path) -> None:
    """The contents are holes: only the headers are read."""
    boot, files = header(BOOT, 0, 0x444870), header(ROOT_FILE_SYSTEM, 0, 0x5E83ED0)
    kernel = header(KERNEL_PARAMETERS, 0x70, 0) + bytes(0x70)
    inside = len(kernel) + len(files) + 0x5E83ED0 + len(boot) + 0x444870
    container = header(CONTAINER, 0x20, inside, children=1) + bytes(0x20)
    envelope = Recipe().envelope(bytes.fromhex(OS_IMG["signature_hex"])) + bytes(8)
    path = tmp_path / "os.img"
    with path.open("wb") as file:
        file.write(MAGIC + header(ROOT, len(envelope), len(container) + inside, children=1) + envelope)
        assert file.tell() == 0x1D0
        file.write(container + kernel + files)
        file.seek(0x5E83ED0, 1)
        file.write(boot)
        file.truncate(file.tell() + 0x444870)
    assert path.stat().st_size == OS_IMG["size"]
    with opened(path) as source:
        parsed = parse(source)
    assert [found.role for found in parsed.objects] == [
        "root",
        "container",
        "kernel-parameters",
        "root-file-system",
        "boot",
    ]
    assert parsed.has_operating_system


def test_a_genuine_signature_is_read_and_stays_undecided_while_no_range_is_proved(tmp_path: Path) -> None:
    path = tmp_path / "asa941-lfbff-k8.SPA"
    path.write_bytes(dataclasses.replace(system(), signature=bytes.fromhex(OS_IMG["signature_hex"])).built())
    found = verifier.verify(path)
    assert found.embedded_sha512 == OS_IMG["recovered_digest_sha512"]
    assert found.serial == OS_IMG["serial"]
    # The contents are not the genuine ones; but as long as no range is proved, nobody can tell that from a wrong range.
    assert found.verdict == "unverifiable"
    assert "hashed range unknown" in found.reason
    assert found.key is not None
    assert found.signed_sha512 == ""


def test_the_offsets_are_the_published_ones(tmp_path: Path) -> None:
    built = system().built()
    assert built.startswith(MAGIC)
    assert built[0x30:0x35] == bytes.fromhex("0100020101")
    assert int.from_bytes(built[0x38:0x3C], "big") == 396
    assert (built[0x3C], built[0x3F], built[0x72], built[0x7D], built[0xC0], built[0x1C3]) == (3, 4, 5, 6, 0x0B, 0x0C)
    assert built[0x1C7] == 0xEB
    path = tmp_path / "asa941-lfbff-k8.SPA"
    path.write_bytes(built)
    labels = {label.name: label.origin for label in verifier.verify(path).labels}
    assert "0xC3" in labels["Signature Algorithm"]


@pytest.mark.parametrize("name", ["the chapter's 1108", "os.img"])
def test_the_digest_that_a_device_prints_is_refused_as_a_pin_of_the_file(name: str) -> None:
    # From "Upgrade the ROMMON Image" of the configuration guide.
    chapter = """d824bdeecce1308fc64427367fa559e9 eefe8f182491652ee4c05e6e751f7a4f
                 5cdea28540cf60acde3ab9b65ff55a9f 4e0cfb84b9e2317a856580576612f4af"""
    digest = chapter if name != "os.img" else OS_IMG["recovered_digest_sha512"]
    with pytest.raises(AnchorUnusable, match="Computed Hash"):
        load_anchors(sha512=digest)


def test_a_payload_of_nothing_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "asa941-lfbff-k8.SPA"
    path.write_bytes(with_payload(system(), b"").built())
    assert verifier.verify(path).verdict == "unreadable"
