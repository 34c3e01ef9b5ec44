"""Any bytes at all end in a declared verdict, and no change of a file raises what can be said of it."""

import hashlib
import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_attacks import UNCOVERED, attacks, good
from signed_image import FIRMWARE_NAME, MAGIC, key

from rommon_tool import firmware as verifier
from rommon_tool.firmware import Anchors, Verdict, Verification
from rommon_tool.firmware.keys import TrustedKey
from rommon_tool.firmware.pins import Pin, PinList

#: How much a verdict says for a file. Those that end in the same exit code say the same.
STRENGTH = {30: 0, 32: 0, 31: 1, 0: 2}
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def anchors(proved_range: str) -> Anchors:
    modulus = key().public_key().public_numbers().n
    trusted = TrustedKey("right", modulus, "2026-01-01", "a test", proved_range=proved_range)
    pins = PinList("the test", (Pin(hashlib.sha512(good()).hexdigest(), FIRMWARE_NAME),))
    return Anchors((trusted,), (pins,), asked_keys=True)


def judged(data: bytes, held_against: Anchors) -> Verification:
    with TemporaryDirectory() as folder:
        path = Path(folder, FIRMWARE_NAME)
        path.write_bytes(data)
        return verifier.verify(path, held_against)


def check_declared(found: Verification, data: bytes) -> None:
    assert found.verdict in get_args(Verdict)
    assert found.exit_code in STRENGTH
    assert found.sha512 == hashlib.sha512(data).hexdigest()
    assert found.reason
    assert found.is_proved or found.missing


@QUIET
@given(st.binary(max_size=2048))
def test_any_bytes_end_in_a_verdict(data: bytes) -> None:
    check_declared(judged(data, anchors("payload")), data)


@QUIET
@given(st.binary(max_size=600), st.booleans(), st.integers(0, 0x220))
def test_any_bytes_behind_a_good_beginning_end_in_a_verdict(data: bytes, has_magic: bool, kept: int) -> None:
    whole = good() if has_magic else good().removeprefix(MAGIC)
    found = judged(whole[:kept] + data, anchors(""))
    check_declared(found, whole[:kept] + data)
    assert not found.is_proved or whole[:kept] + data in (good(), good().removeprefix(MAGIC))


changes = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), st.integers(0, 3000), st.integers(0, 7)),
        st.tuples(st.just("set"), st.integers(0, 0x220), st.integers(0, 255)),
        st.tuples(st.just("cut"), st.integers(0, 3000), st.integers(1, 64)),
        st.tuples(st.just("insert"), st.integers(0, 3000), st.integers(1, 64)),
        st.tuples(st.just("repeat"), st.integers(0, 3000), st.integers(1, 64)),
        st.tuples(st.just("swap"), st.integers(0, 2900), st.integers(1, 64)),
    ),
    min_size=1,
    max_size=4,
)


def changed(data: bytes, how: list[tuple[str, int, int]]) -> bytes:
    for what, place, amount in how:
        at = min(place, max(0, len(data) - 1))
        middle = data[at : at + amount]
        if what == "flip":
            data = data[:at] + bytes([data[at] ^ 1 << amount]) + data[at + 1 :] if data else data
        elif what == "set":
            data = data[:at] + bytes([amount]) + data[at + 1 :]
        elif what == "cut":
            data = data[:at] + data[at + amount :]
        elif what == "insert":
            data = data[:at] + bytes(amount) + data[at:]
        elif what == "repeat":
            data = data[:at] + middle + data[at:]
        else:
            data = data[:at] + data[at + amount : at + 2 * amount] + middle + data[at + 2 * amount :]
    return data


@QUIET
@given(changes)
def test_a_mutation_never_raises_the_verdict(how: list[tuple[str, int, int]]) -> None:
    data = changed(good(), how)
    held = anchors("payload")
    found = judged(data, held)
    check_declared(found, data)
    if data == good():
        assert found.verdict == "signature-valid"
        return
    # The pin names this file: whatever the signature still says, one of the two says no.
    assert found.verdict in ("mismatch", "conflict")
    # By the signature alone only the bytes that it is not over may differ.
    alone = judged(data, Anchors(held.keys, asked_keys=True))
    if alone.is_proved:
        assert data.endswith(good()[0x1D0:])


def test_a_mutation_of_an_attack_never_raises_its_verdict() -> None:
    """Seeded: each attack, changed further in a few places, says no more than it did."""
    chance = random.Random(5506)
    held = Anchors(anchors("payload").keys, asked_keys=True)
    small = [row for row in attacks() if row.verdicts != UNCOVERED and len(row.made()) < 1 << 16]
    for row in chance.sample(small, 25):
        data = row.made()
        before = STRENGTH[judged(data, held).exit_code]
        for _ in range(3):
            places = [("flip", chance.randrange(max(1, len(data))), chance.randrange(8)) for _ in range(2)]
            after = judged(changed(data, places), held)
            assert STRENGTH[after.exit_code] <= max(before, 1), (row.name, after.verdict)
            assert not after.is_proved or changed(data, places)[0x1D0:] == good()[0x1D0:]
