"""What a recording keeps of a long transfer: little, and all that a diagnosis needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from seen_frames import (
    CLIENT_PORT,
    DEVICE,
    EXPECTED,
    IMAGE,
    OTHER,
    PORT,
    SERVER,
    ack,
    asks,
    data,
    error,
    hears,
    is_at,
    ping,
    says,
    udp,
    unreachable,
    who_has,
)

from tftp.diagnosis import diagnosed
from tftp.diagnosis.findings import Finding
from tftp.diagnosis.keeping import Keeper
from tftp.diagnosis.pcap import recorded_sightings, write_pcap

BLOCK_AT = 44
MILLISECOND = 1_000_000
# Without a checksum: a wrong one would be judged.
DATA, ACK = bytes(hears(data(1), chksum=0)), bytes(says(ack(1), chksum=0))


def numbered(frame: bytes, block: int) -> bytes:
    """The same frame with another block number; scapy would take minutes for so many."""
    return frame[:BLOCK_AT] + (block & 0xFFFF).to_bytes(2) + frame[BLOCK_AT + 2 :]


def lockstep(first: int, last: int) -> Iterator[bytes]:
    for block in range(first, last + 1):
        yield numbered(DATA, block)
        yield numbered(ACK, block)


def kept(frames: Iterable[bytes], folder: Path, **settings: int) -> tuple[int, list[Finding]]:
    """How many bytes of these frames, a millisecond apart, are recorded, and what is found in them."""
    keeper = Keeper(PORT, SERVER, DEVICE, **settings)
    for number, frame in enumerate(frames):
        keeper.take(1_700_000_000_000_000_000 + number * MILLISECOND, frame, len(frame))
    with (folder / "kept.pcap").open("wb") as file:
        write_pcap(file, keeper.frames())
    return (folder / "kept.pcap").stat().st_size, diagnosed(recorded_sightings(folder / "kept.pcap"), EXPECTED)


@pytest.mark.parametrize("rollover_to", [0, 1])
def test_of_a_transfer_over_the_rollover_a_thousandth_is_kept_and_every_block_is_counted(
    rollover_to: int, tmp_path: Path
) -> None:
    after, last = 65_536 + rollover_to, 66_001 + rollover_to
    frames = [bytes(asks()), *lockstep(1, 65_535), *lockstep(after, last - 1)]
    size, (first, *_) = kept([*frames, bytes(hears(data(last, 5))), numbered(ACK, last)], tmp_path)
    assert first.cause == "nothing-wrong", first
    assert f"all 66001 blocks of '{IMAGE}'" in first.seen
    assert size < 150_000


def test_every_repetition_is_kept_with_what_came_before_it(tmp_path: Path) -> None:
    frames = [bytes(asks()), *lockstep(1, 500)]
    for block in range(501, 1000):
        frames += [numbered(DATA, block)] * (2 if block % 10 == 0 else 1)
        frames.append(numbered(ACK, block))
    _, found = kept([*frames, *[numbered(DATA, 1000)] * 3], tmp_path)
    assert found[0].cause == "transfer-stalled"
    assert "block 999" in found[0].seen
    lossy = next(each for each in found if each.cause == "lossy-network")
    assert lossy.seen.startswith("49 of 1000 blocks were sent again (5%)")


def test_a_pause_is_kept_with_its_block(tmp_path: Path) -> None:
    keeper = Keeper(PORT, SERVER, DEVICE)
    times = [number * MILLISECOND + (4_000 * MILLISECOND if number > 700 else 0) for number in range(2_000)]
    for nanoseconds, frame in zip(times, [bytes(asks()), *lockstep(1, 999)], strict=False):
        keeper.take(nanoseconds, frame, len(frame))
    blocks = {frame.head[BLOCK_AT : BLOCK_AT + 2] for frame in keeper.frames()}
    assert (350).to_bytes(2) in blocks
    assert (360).to_bytes(2) not in blocks


def test_a_storm_fills_no_more_than_the_limit_and_the_end_is_kept(tmp_path: Path) -> None:
    storm = [numbered(DATA, 7)] * 40_000
    gone = [numbered(DATA, 8), bytes(unreachable(hears(data(8))))]
    size, found = kept([bytes(asks()), *lockstep(1, 6), *storm, ACK, *gone], tmp_path, limit_bytes=100_000)
    assert size < 100_000 + 8192 * 200
    assert found[0].cause == "client-gone"


def test_packets_of_others_are_not_kept() -> None:
    keeper = Keeper(PORT, SERVER, DEVICE)
    others = udp(OTHER, SERVER, b"\0\3\0\1secret", ports=(5000, 6000))
    wanted = [who_has(DEVICE, SERVER), is_at(SERVER, DEVICE), asks(), hears(error(2)), ping(DEVICE, SERVER)]
    for number, frame in enumerate([others, *wanted, others]):
        keeper.take(number, bytes(frame), len(frame))
    assert [frame.head for frame in keeper.frames()] == [bytes(frame) for frame in wanted]


def test_whoever_asks_the_servers_port_is_followed_at_his_own_port() -> None:
    keeper = Keeper(PORT, SERVER)
    follow = [asks(source=OTHER), udp(SERVER, OTHER, data(1), ports=(40000, CLIENT_PORT))]
    for frame in follow:
        keeper.take(0, bytes(frame), len(frame))
    assert len(list(keeper.frames())) == 2
