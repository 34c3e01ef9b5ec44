"""The verifier against many more mutations than the suite has time for: every bit of an image, and random heaps of changes.

The one rule: every change is judged, and its number and seed name it.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from image_attacks import PAYLOAD, UNCOVERED, attacks, good
from signed_image import FIRMWARE_NAME, key

from rommon_tool import firmware as verifier
from rommon_tool.firmware import Anchors, Verification
from rommon_tool.firmware.keys import TrustedKey

HEAPS = 20_000
# What the signature over the payload leaves open: four attributes, the serial's digits, the key version.
OPEN = {0xB3, 0xB7, 0xBB, 0xBF, *range(0x75, 0x7D), 0x1C6}


def judged(data: bytes, path: Path) -> Verification:
    path.write_bytes(data)
    modulus = key().public_key().public_numbers().n
    trusted = TrustedKey("right", modulus, "2026-01-01", "a campaign", proved_range="payload")
    return verifier.verify(path, Anchors((trusted,), asked_keys=True))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FIRMWARE_NAME


def test_no_single_bit_can_change_unnoticed(path: Path, tell: Callable[[str], None]) -> None:
    for offset in range(len(good())):
        for bit in range(8):
            data = bytearray(good())
            data[offset] ^= 1 << bit
            found = judged(bytes(data), path)
            assert not found.is_proved or offset in OPEN, (hex(offset), bit)
    tell(f"{8 * len(good())} flipped bits judged")


def heaped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at, amount = chance.randrange(len(changed) + 1), chance.randrange(1, 40)
        what = chance.randrange(4)
        if what == 0:
            changed[at : at + amount] = chance.randbytes(amount)
        elif what == 1:
            del changed[at : at + amount]
        elif what == 2:
            changed[at:at] = changed[:amount]
        else:
            changed[at : at + 2] = chance.choice([b"\0\0", b"\xff\xff", b"\x80\0", b"\0\x01"])
    return bytes(changed)


def test_no_heap_of_changes_raises_a_verdict(path: Path, seed: int, tell: Callable[[str], None]) -> None:
    chance = random.Random(seed)
    beginnings = [good(), *(row.made() for row in attacks() if row.verdicts != UNCOVERED)]
    beginnings = [data for data in beginnings if len(data) < 1 << 15]
    for number in range(HEAPS):
        data = heaped(chance.choice(beginnings), chance)
        found = judged(data, path)
        if found.is_proved:
            assert data[-len(good()[PAYLOAD:]) :] == good()[PAYLOAD:], (seed, number)
        else:
            assert found.exit_code in (30, 31, 32), (seed, number)
    tell(f"{HEAPS} heaps of changes judged, none raised a verdict")
