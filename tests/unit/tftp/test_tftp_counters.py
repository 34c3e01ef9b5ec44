"""What the counters make of the server's events."""

from __future__ import annotations

import pytest

from tftp.counters import Counters
from tftp.events import (
    Event,
    RequestReceived,
    RequestRefused,
    ServerListening,
    TransferCompleted,
    TransferFailed,
    TransferProgressed,
    TransferRetransmitted,
    TransferStalled,
    TransferStopped,
    UploadCompleted,
    UploadFailed,
)

TOTAL = 10_000


def asked(client: str = "192.0.2.10") -> RequestReceived:
    return RequestReceived(client, 1024, "asa.bin", "octet")


def progressed(taken: int, client: str = "192.0.2.10", port: int = 1024) -> TransferProgressed:
    return TransferProgressed(client, port, "asa.bin", taken // 512, taken, TOTAL)


def stalled(taken: int) -> TransferStalled:
    return TransferStalled("192.0.2.10", 1024, "asa.bin", taken // 512, taken, TOTAL, 3.0)


def resent(taken: int) -> TransferRetransmitted:
    return TransferRetransmitted("192.0.2.10", 1024, "asa.bin", taken // 512, taken, TOTAL, "timer", 1, 0.01, 1)


def completed(*, acknowledged: bool = True, port: int = 1024) -> TransferCompleted:
    return TransferCompleted("192.0.2.10", port, "asa.bin", TOTAL, 2.5, 3, acknowledged)


def failed(taken: int, reason: str = "timed-out") -> TransferFailed:
    return TransferFailed("192.0.2.10", 1024, "asa.bin", taken // 512, taken, TOTAL, reason)  # type: ignore[arg-type]


def counted(*events: Event, devices: tuple[str, ...] = ()) -> Counters:
    counters = Counters(devices)
    for event in events:
        counters(event)
    return counters


def test_requests_refusals_and_outcomes_are_counted_by_what_they_were() -> None:
    refused = RequestRefused("192.0.2.10", 1024, "x", 1, "not-found")
    stopped = TransferStopped("192.0.2.10", 1024, "asa.bin", 1, 512, TOTAL, 0, "enough")
    counts = counted(
        asked(), refused, asked(), completed(), completed(acknowledged=False), stopped, failed(0)
    ).snapshot()
    assert (counts.requests, counts.refusals) == (2, {"not-found": 1})
    assert counts.transfers == {"completed": 1, "unconfirmed": 1, "stopped": 1, "timed-out": 1}
    assert (counts.resent_blocks, counts.completed_seconds) == (6, 5.0)


def test_files_that_were_taken_are_counted_and_their_bytes_are_not_mixed_with_those_given() -> None:
    whole = UploadCompleted("192.0.2.10", 1024, "running-config", 700, 0.1, "00")
    counts = counted(whole, UploadFailed("192.0.2.10", 1025, "running-config", 300, "timed-out")).snapshot()
    assert (counts.uploads, counts.bytes) == ({"completed": 1, "failed": 1}, 0)


def test_a_byte_is_counted_once_however_often_it_is_told() -> None:
    told = (progressed(2_000), stalled(4_000), progressed(4_000), resent(5_000), progressed(9_000), completed())
    counts = counted(*told).snapshot()
    assert (counts.bytes, counts.stalls) == (TOTAL, 1)


def test_bytes_are_counted_while_the_transfer_is_under_way() -> None:
    counts = counted(progressed(2_000), progressed(3_000)).snapshot()
    assert (counts.bytes, counts.active) == (3_000, 1)


@pytest.mark.parametrize(
    "events",
    [
        (progressed(3_000), failed(4_000, "replaced"), progressed(1_000), completed()),
        (progressed(3_000), progressed(1_000), completed(), failed(4_000, "replaced")),
    ],
    ids=["the old one ends first", "the new one is told first"],
)
def test_a_device_that_began_anew_has_taken_both_transfers_bytes(events: tuple[Event, ...]) -> None:
    counts = counted(*events).snapshot()
    assert counts.bytes >= TOTAL + 3_000
    assert counts.active == 0


def test_a_transfer_is_active_from_its_first_progress_to_its_end() -> None:
    counters = Counters()
    seen = []
    for event in (asked(), progressed(512), progressed(512, port=1025), completed(), failed(512), completed(port=1025)):
        counters(event)
        seen.append(counters.snapshot().active)
    assert seen == [0, 1, 2, 1, 1, 0]


def test_only_devices_that_were_named_are_counted_apart() -> None:
    counters = counted(asked(), asked("198.51.100.66"), progressed(512), devices=("192.0.2.10", "192.0.2.11"))
    by_device = counters.by_device()
    assert set(by_device) == {"192.0.2.10", "192.0.2.11"}
    assert (by_device["192.0.2.10"].requests, by_device["192.0.2.10"].bytes, by_device["192.0.2.10"].active) == (
        1,
        512,
        1,
    )
    assert by_device["192.0.2.11"].requests == 0
    assert counters.snapshot().requests == 2


def test_a_snapshot_does_not_change_any_more() -> None:
    counters = counted(asked())
    before = counters.snapshot()
    counters(asked())
    assert (before.requests, counters.snapshot().requests) == (1, 2)


def test_what_a_flood_of_ports_could_grow_stays_bounded() -> None:
    counters = counted(*(progressed(512, port=port) for port in range(1, 60_000)))
    assert counters.snapshot().active <= 1024


def test_what_is_no_request_and_no_transfer_counts_for_nothing() -> None:
    counters = counted(ServerListening("192.0.2.1", 69))
    assert counters.snapshot() == Counters().snapshot()
