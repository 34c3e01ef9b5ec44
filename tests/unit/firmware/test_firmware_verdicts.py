"""What the verifier says of files that are as they should be, and of the genuine figures that are public."""

import dataclasses
import hashlib
from pathlib import Path

import pytest
from signed_image import FIRMWARE_NAME, RANGES, SYSTEM_NAME, Recipe, firmware, key, pem, system

from rommon_tool import firmware as verifier
from rommon_tool.errors import ImageLayoutUnknown, ImageMismatch, ImageNotVerified
from rommon_tool.firmware import Anchors, Verification, load_anchors
from rommon_tool.firmware.keys import TrustedKey


def file(folder: Path, recipe: Recipe, name: str = FIRMWARE_NAME, signed_by: int = 0) -> Path:
    path = folder / name
    path.write_bytes(recipe.built(key(signed_by)))
    return path


def trusting(number: int = 0, proved_range: str = "", *, asked: bool = True) -> Anchors:
    numbers = key(number).public_key().public_numbers()
    trusted = TrustedKey("the test's key", numbers.n, "2026-01-01", "made by the test", proved_range=proved_range)
    return Anchors(keys=(trusted,), asked_keys=asked)


@pytest.mark.parametrize("hashed", RANGES)
@pytest.mark.parametrize("has_magic", [True, False])
def test_a_signature_over_any_of_the_ranges_is_valid_and_the_range_is_named(
    tmp_path: Path, hashed: str, has_magic: bool
) -> None:
    recipe = dataclasses.replace(firmware(), range=hashed, has_magic=has_magic)
    found = verifier.verify(file(tmp_path, recipe), trusting())
    assert (found.verdict, found.exit_code) == ("signature-valid", 0)
    # Without the magic two ranges are the same bytes: the first of them is named.
    same = {"signature-zeroed-behind-magic": "signature-zeroed"} if not has_magic else {}
    assert found.matched_range == same.get(hashed, hashed)
    assert found.signed_sha512 == found.embedded_sha512 == hashlib.sha512(recipe.signed_bytes()).hexdigest()
    assert found.key is not None
    assert found.key.label == "the test's key"


def test_firmware_is_recognised_with_its_version_and_families(tmp_path: Path) -> None:
    found = verifier.verify(file(tmp_path, firmware()), trusting())
    assert (found.kind, found.version, found.families) == ("rommon-firmware", "1.1.18", ("asa5506x",))
    assert found.rommon_objections() == ()


def test_a_validly_signed_operating_system_is_no_rommon_firmware(tmp_path: Path) -> None:
    found = verifier.verify(file(tmp_path, system(), FIRMWARE_NAME), trusting())
    assert found.verdict == "signature-valid"
    assert found.kind == "lfbff-system"
    assert "it holds an operating system" in found.rommon_objections()


def test_a_payload_that_was_changed_is_a_mismatch_once_the_range_is_proved(tmp_path: Path) -> None:
    path = file(tmp_path, firmware())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert verifier.verify(path, trusting(proved_range="payload")).verdict == "mismatch"
    unknown = verifier.verify(path, trusting())
    assert (unknown.verdict, unknown.exit_code) == ("unverifiable", 31)
    assert "hashed range unknown" in unknown.reason


def test_a_key_that_the_user_names_and_that_did_not_sign_says_no(tmp_path: Path) -> None:
    found = verifier.verify(file(tmp_path, firmware()), load_anchors(keys=[pem(key(1), tmp_path / "other.pem")]))
    assert (found.verdict, found.exit_code) == ("mismatch", 30)
    assert "not signed by a key you trust" in found.reason
    assert "tamper" not in found.reason


def test_one_of_several_keys_is_enough(tmp_path: Path) -> None:
    keys = [pem(key(1), tmp_path / "other.pem"), pem(key(0), tmp_path / "right.pem")]
    assert verifier.verify(file(tmp_path, firmware()), load_anchors(keys=keys)).verdict == "signature-valid"


def test_without_a_key_of_the_user_s_a_strange_signature_is_undecided(tmp_path: Path) -> None:
    found = verifier.verify(file(tmp_path, firmware()))
    assert (found.verdict, found.exit_code) == ("unverifiable", 31)
    assert "--sha512" in found.missing


def test_without_any_anchor_only_the_structure_is_known(tmp_path: Path) -> None:
    found = verifier.verify(file(tmp_path, firmware()), Anchors())
    assert (found.verdict, found.exit_code) == ("well-formed", 31)


def test_a_pin_decides_for_whatever_file_it_is(tmp_path: Path) -> None:
    path = tmp_path / "asa961-smp-k8.bin"
    path.write_bytes(b"anything")
    digest = hashlib.sha512(b"anything").hexdigest()
    assert verifier.verify(path, load_anchors(sha512=digest.upper())).verdict == "matches-pin"
    found = verifier.verify(path, load_anchors(sha512=hashlib.sha512(b"else").hexdigest()))
    assert (found.verdict, found.exit_code) == ("mismatch", 30)
    assert digest in found.reason


def test_a_pin_and_a_key_that_disagree_are_a_conflict(tmp_path: Path) -> None:
    path = file(tmp_path, firmware())
    digest = hashlib.sha512(path.read_bytes()).hexdigest()
    anchors = load_anchors(sha512=digest, keys=[pem(key(1), tmp_path / "other.pem")])
    assert verifier.verify(path, anchors).verdict == "conflict"
    wrong = load_anchors(sha512="0" * 128, keys=[pem(key(0), tmp_path / "right.pem")])
    assert verifier.verify(path, wrong).verdict == "conflict"


def test_a_valid_signature_is_more_than_a_pin(tmp_path: Path) -> None:
    path = file(tmp_path, firmware())
    digest = hashlib.sha512(path.read_bytes()).hexdigest()
    anchors = load_anchors(sha512=digest, keys=[pem(key(0), tmp_path / "right.pem")])
    assert verifier.verify(path, anchors).verdict == "signature-valid"


def refused(path: Path, anchors: Anchors) -> type[Exception]:
    with pytest.raises(ImageNotVerified) as caught:
        verifier.verify(path, anchors).check()
    return type(caught.value)


def test_whoever_refuses_gets_an_error_for_each_verdict(tmp_path: Path) -> None:
    path = file(tmp_path, firmware())
    assert refused(path, load_anchors(sha512="0" * 128)) is ImageMismatch
    assert refused(path, Anchors()) is ImageNotVerified
    path.write_bytes(b"no image")
    assert refused(path, Anchors()) is ImageLayoutUnknown


def test_a_classic_image_carries_no_signature_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "asa961-smp-k8.bin"
    path.write_bytes(b"\x90" * 1000)
    found: Verification = verifier.verify(path)
    assert (found.verdict, found.kind, found.version) == ("unverifiable", "asa-smp", "9.6(1)")
    assert set(found.families) >= {"asa5500", "asa5500x"}


def test_every_label_tells_where_it_comes_from(tmp_path: Path) -> None:
    found = verifier.verify(file(tmp_path, firmware()), trusting())
    labels = {label.name: label for label in found.labels}
    assert labels["Organization Unit"].value == "NCS_Kenton_ASA"
    assert "written in the file at 0x42" in labels["Organization Unit"].origin
    assert "not covered by the signature" in labels["Organization Unit"].origin
    assert "'abraxas'" in labels["Common Name"].origin
    assert labels["Certificate Serial Number"].value == "5AB844ED"
    assert "reads as 2018-03-26 00:55:09 UTC" in labels["Certificate Serial Number"].origin
    assert labels["Computed Hash SHA2"].value == labels["Embedded Hash SHA2"].value == found.embedded_sha512
    assert all(label.origin for label in found.labels)


def test_a_label_within_the_signed_range_is_covered(tmp_path: Path) -> None:
    recipe = dataclasses.replace(firmware(), range="attributes-and-payload")
    labels = {label.name: label for label in verifier.verify(file(tmp_path, recipe), trusting()).labels}
    assert labels["Organization Unit"].covered is True
    assert labels["Key Version"].covered is False


def test_the_embedded_hash_is_not_known_without_the_key(tmp_path: Path) -> None:
    labels = {label.name: label for label in verifier.verify(file(tmp_path, firmware(), SYSTEM_NAME)).labels}
    assert labels["Embedded Hash SHA2"].value == ""
    assert labels["Embedded Hash SHA2"].origin == "needs the key that signed it"
