"""Packets cut ahead: every block once, in order, under its number, whatever the block and window size."""

from __future__ import annotations

import os
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tftp.private_copy import Content
from tftp.wire import Numbering, Stretches, Wire, Wires

IMAGE = os.urandom(700_000)


def _wire(size: int, blksize: int, windowsize: int = 1, rollover_to: Literal[0, 1] = 0) -> Wire:
    content = Content.of_bytes(IMAGE[:size])
    return Wire(content, blksize, windowsize, Numbering(rollover_to), Stretches())


def _packets(wire: Wire, first: int = 1) -> list[tuple[int, bytes]]:
    """Block number and bytes of each packet; each burst is looked at as the kernel would cut it."""
    packets = []
    for acknowledgement, burst in wire.steps(first):
        cut = [bytes(burst[at : at + wire.packet_bytes]) for at in range(0, len(burst), wire.packet_bytes)]
        assert 1 <= len(cut) <= wire.windowsize
        assert all(packet[:2] == b"\0\3" for packet in cut)
        assert acknowledgement == b"\0\4" + cut[-1][2:4]
        packets += [(int.from_bytes(packet[2:4]), packet[4:]) for packet in cut]
    return packets


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 131072, 700_000])
@pytest.mark.parametrize("windowsize", [1, 2, 16, 64])
def test_a_file_ends_with_a_block_that_is_short_or_empty(size: int, windowsize: int) -> None:
    packets = _packets(_wire(size, 512, windowsize))
    assert b"".join(data for _, data in packets) == IMAGE[:size]
    assert [number for number, _ in packets] == list(range(1, size // 512 + 2))
    assert len(packets[-1][1]) == size % 512


@given(size=st.integers(0, 5000), blksize=st.integers(8, 900), windowsize=st.integers(1, 64), data=st.data())
@settings(max_examples=100)
def test_from_any_block_on_the_rest_of_the_file_follows(
    size: int, blksize: int, windowsize: int, data: st.DataObject
) -> None:
    wire = _wire(size, blksize, windowsize)
    first = data.draw(st.integers(1, wire.last_block))
    packets = _packets(wire, first)
    assert [number for number, _ in packets] == list(range(first, wire.last_block + 1))
    assert b"".join(packet for _, packet in packets) == IMAGE[(first - 1) * blksize : size]


@pytest.mark.parametrize("windowsize", [1, 16])
@pytest.mark.parametrize(("rollover_to", "expected"), [(0, [65534, 65535, 0, 1]), (1, [65534, 65535, 1, 2])])
def test_after_65535_comes_the_number_that_was_set(
    windowsize: int, rollover_to: Literal[0, 1], expected: list[int]
) -> None:
    packets = _packets(_wire(8 * 65600, 8, windowsize, rollover_to), 65534)
    assert [number for number, _ in packets][:4] == expected


@given(block=st.integers(0, 400_000), ahead=st.integers(0, 60_000), rollover_to=st.sampled_from([0, 1]))
def test_a_number_tells_which_of_the_next_blocks_is_meant(block: int, ahead: int, rollover_to: Literal[0, 1]) -> None:
    numbering = Numbering(rollover_to)
    assert numbering.blocks_from(block, numbering.number(block + ahead)) == ahead


def test_devices_that_load_the_same_file_in_the_same_way_share_its_packets() -> None:
    wires, content = Wires(Numbering()), Content.of_bytes(IMAGE)
    one, other = wires.of(content, 512, 1), wires.of(content, 512, 1)
    assert next(one.steps(1))[1] is next(other.steps(1))[1]
    assert wires.of(content, 1468, 1) is not one


def test_packets_of_many_files_are_kept_within_a_bound() -> None:
    stretches = Stretches(largest_bytes=1 << 20)
    for _ in range(20):
        wire = Wire(Content.of_bytes(IMAGE), 512, 1, Numbering(), stretches)
        assert sum(len(burst) - 4 for _, burst in wire.steps(1)) == len(IMAGE)
    kept = sum(len(packet) for _, packets in stretches._kept.values() for packet in packets)
    assert 1 << 19 < kept <= 1 << 20
