"""No attack on a signed image ends in a proof, whatever is trusted; and none in anything but a verdict."""

import tracemalloc
from pathlib import Path

import pytest
from image_attacks import PAYLOAD, UNCOVERED, Attack, attacks, good
from signed_image import FIRMWARE_NAME, key, pem

from rommon_tool import firmware as verifier
from rommon_tool.firmware import Anchors, Verification, load_anchors
from rommon_tool.firmware.keys import TrustedKey

# Far more than a parse needs, far less than a file of a million objects has.
MOST_MEMORY_BYTES = 8 << 20


def trusting(proved_range: str = "payload") -> Anchors:
    modulus = key().public_key().public_numbers().n
    return Anchors((TrustedKey("right", modulus, "2026-01-01", "a test", proved_range=proved_range),), asked_keys=True)


def verdict_of(data: bytes, folder: Path, anchors: Anchors) -> Verification:
    path = folder / FIRMWARE_NAME
    path.write_bytes(data)
    return verifier.verify(path, anchors)


def test_the_file_that_all_attacks_begin_with_is_good(tmp_path: Path) -> None:
    assert verdict_of(good(), tmp_path, trusting()).verdict == "signature-valid"


@pytest.mark.parametrize("attack", attacks(), ids=str)
def test_an_attack_ends_in_its_verdict_and_in_no_proof(attack: Attack, tmp_path: Path) -> None:
    data = attack.made()
    found = verdict_of(data, tmp_path, trusting())
    assert found.verdict in attack.verdicts, found.reason
    if attack.verdicts == UNCOVERED:
        # Signed all the same: what was changed is not covered, and is told so, or makes it no firmware.
        assert data != good() or attack.name.endswith("control")
        return
    assert found.exit_code in (30, 31, 32)
    # Without the proved range, and without the key, there is less to say, never more.
    for anchors in (trusting(""), load_anchors(), Anchors()):
        assert not verdict_of(data, tmp_path, anchors).is_proved
    if found.verdict == "unreadable":
        assert "at offset 0x" in found.reason


def test_a_bit_flip_in_any_byte_before_and_at_the_payload_is_noticed_or_listed_as_uncovered(tmp_path: Path) -> None:
    """The signature is over the payload alone: of the envelope only what a label tells is left to trust, and it says so."""
    uncovered = []
    for offset in range(0x220):
        data = bytearray(good())
        data[offset] ^= 1 << offset % 8
        found = verdict_of(bytes(data), tmp_path, trusting())
        if found.verdict == "signature-valid":
            uncovered.append(offset)
            assert all(label.covered is not True for label in found.labels)
        else:
            assert found.verdict in ("unreadable", "mismatch", "unverifiable"), hex(offset)
    # The four attributes, the digits of the serial, the key version, and no byte else.
    attributes = {0xB3, 0xB7, 0xBB, 0xBF}
    assert set(uncovered) <= attributes | set(range(0x75, 0x7D)) | {0x1C6}
    assert attributes <= set(uncovered)
    assert max(uncovered) < PAYLOAD


@pytest.mark.parametrize("offset", [0xB3, 0x42, 0x75])
def test_what_the_signed_range_covers_can_not_be_changed(offset: int, tmp_path: Path) -> None:
    from dataclasses import replace

    from signed_image import firmware

    data = bytearray(replace(firmware(), range="attributes-and-payload").built(key()))
    assert verdict_of(bytes(data), tmp_path, trusting("attributes-and-payload")).verdict == "signature-valid"
    data[offset] ^= 1
    assert verdict_of(bytes(data), tmp_path, trusting("attributes-and-payload")).verdict in ("mismatch", "unreadable")


@pytest.mark.parametrize(
    "attack", [it for it in attacks() if it.name in ("a million objects", "10 000 levels")], ids=str
)
def test_memory_stays_bounded(attack: Attack, tmp_path: Path) -> None:
    path = tmp_path / FIRMWARE_NAME
    path.write_bytes(attack.made())
    verifier.verify(path, trusting())  # what is loaded once does not count
    tracemalloc.start()
    try:
        verifier.verify(path, trusting())
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY_BYTES
    finally:
        tracemalloc.stop()


def test_another_key_is_never_told_to_be_tampering(tmp_path: Path) -> None:
    anchors = load_anchors(keys=[pem(key(1), tmp_path / "other.pem")])
    found = verdict_of(good(), tmp_path, anchors)
    assert "not signed by a key you trust" in found.reason
