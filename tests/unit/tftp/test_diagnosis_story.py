"""What a story counts, where a capture lacks something or holds more than anybody wants."""

from __future__ import annotations

from collections.abc import Iterator

from seen_frames import CLIENT_PORT, DATA_PORT, DEVICE, PORT, SERVER, ack, data, rrq

from tftp.diagnosis.sightings import Datagram
from tftp.diagnosis.story import Story

BLOCK = 512


def to_server(payload: bytes, *, port: int = CLIENT_PORT, target_port: int = DATA_PORT) -> Datagram:
    return Datagram(1.0, DEVICE, port, SERVER, target_port, payload, len(payload), "good", "", 0)


def to_device(payload: bytes) -> Datagram:
    return Datagram(1.0, SERVER, DATA_PORT, DEVICE, CLIENT_PORT, payload[:4], len(payload), "good", "", 0)


def asks(name: str = "asa.bin", port: int = CLIENT_PORT) -> Datagram:
    return to_server(rrq(name), port=port, target_port=PORT)


def lockstep(first: int, last: int) -> Iterator[Datagram]:
    """The ends, and of what is between as little as a recording keeps."""
    for block in (*range(first, min(first + 5, last)), *range(first + 5, last, 1024), last):
        yield to_device(data(block))
        yield to_server(ack(block))


def test_blocks_are_counted_right_though_the_capture_lacks_the_one_with_the_number_0() -> None:
    (transfer,) = (
        Story().take([asks(), *lockstep(1, 65_535), *lockstep(65_537, 131_072), *lockstep(131_073, 131_100)]).transfers
    )
    assert (transfer.sent, transfer.acknowledged, transfer.skips_zero) == (131_100, 131_100, False)


def test_blocks_are_counted_right_through_two_rollovers_to_1() -> None:
    wire = [*lockstep(1, 65_535), *lockstep(1, 65_535), *lockstep(1, 10)]
    (transfer,) = Story().take([asks(), *wire]).transfers
    assert (transfer.sent, transfer.acknowledged) == (131_080, 131_080)
    assert (transfer.sent_again, transfer.acknowledged_again) == (0, 0)


def test_a_flood_of_requests_leaves_the_transfers_that_moved_and_the_latest_of_a_client() -> None:
    story = Story().take([asks("first"), *lockstep(1, 3)])
    for number in range(5_000):
        story.take([asks(f"other{number}", port=2000 + number % 4)])
    assert len(story.transfers) <= 4096
    assert story.transfers[0].request.name == "first"
    story.take(lockstep(4, 9))
    assert story.transfers[0].acknowledged == 9
    # Of each port, the request that came last is the one that answers are to.
    story.take([Datagram(2.0, SERVER, DATA_PORT, DEVICE, 2003, data(1)[:4], BLOCK + 4, "good", "", 0)])
    assert [each.request.name for each in story.transfers if each.sent == 1] == ["other4999"]
