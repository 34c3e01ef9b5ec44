"""Limits on bytes a second, in a time of the tests' own."""

from __future__ import annotations

import pytest

from tftp.pacing import Pace, Pacing

PACKET = 516


def _sent(paces: list[Pace], seconds: float) -> list[int]:
    """What each may send in that time when all try every two milliseconds, as often as they are let."""
    sent = [0] * len(paces)
    for turn in range(round(seconds / 0.002)):
        for number, pace in enumerate(paces):
            while pace.allows(PACKET, 100 + turn * 0.002):
                sent[number] += PACKET
    return sent


def _paces(pacing: Pacing, count: int) -> list[Pace]:
    paces = [pacing.of(f"192.0.2.{number}", 100.0) for number in range(count)]
    return [pace for pace in paces if pace is not None]


def test_a_limit_for_each_device_is_kept_by_each() -> None:
    assert _sent(_paces(Pacing(None, 100_000), 3), 10) == pytest.approx([1_000_000] * 3, rel=0.02)


def test_a_limit_for_all_is_kept_by_all_together() -> None:
    assert sum(_sent(_paces(Pacing(100_000, None), 3), 10)) == pytest.approx(1_000_000, rel=0.02)


def test_the_smaller_limit_counts() -> None:
    assert sum(_sent(_paces(Pacing(50_000, 100_000), 1), 10)) == pytest.approx(500_000, rel=0.02)


def test_two_transfers_of_one_device_share_its_limit() -> None:
    pacing = Pacing(None, 100_000)
    assert pacing.of("192.0.2.1", 0.0) is not None
    one = pacing.of("192.0.2.1", 0.0)
    assert one is pacing.of("192.0.2.1", 0.0)


def test_a_pause_earns_no_more_than_a_moment_of_the_rate() -> None:
    (pace,) = _paces(Pacing(None, 100_000), 1)
    assert pace.allows(PACKET, 100.0)
    burst = 0
    while pace.allows(PACKET, 200.0):
        burst += PACKET
    assert burst <= 100_000 * 0.05 + PACKET


def test_devices_that_have_gone_are_forgotten() -> None:
    pacing = Pacing(None, 100_000)
    for number in range(1000):
        pacing.of(str(number), 0.0)
    assert len(pacing._of_client) <= 1


def test_without_limits_nothing_is_counted() -> None:
    assert Pacing(None, None).of("192.0.2.1", 0.0) is None
