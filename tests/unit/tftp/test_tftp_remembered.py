"""What is kept of addresses, for how long, and how many."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tftp.remembered import Remembered, RoughlyRemembered

DEVICE = "192.0.2.10"
Kind = Callable[[float], Remembered | RoughlyRemembered]
KINDS = pytest.mark.parametrize("kind", [lambda seconds: Remembered(seconds, most=100), RoughlyRemembered])


@KINDS
@pytest.mark.parametrize("now", [0.0, 12_345.6, 1e9])
def test_an_address_is_known_for_its_time_and_no_longer(kind: Kind, now: float) -> None:
    remembered = kind(10)
    assert not remembered.has(DEVICE, now)
    remembered.remember(DEVICE, now)
    assert remembered.has(DEVICE, now + 9.8)
    assert not remembered.has(DEVICE, now + 10.2)
    assert not remembered.has("192.0.2.11", now)


@KINDS
def test_being_remembered_again_lasts_from_then_on(kind: Kind) -> None:
    remembered = kind(10)
    remembered.remember(DEVICE, 100.0)
    remembered.remember(DEVICE, 108.0)
    assert remembered.has(DEVICE, 117.0)


def test_past_the_most_the_oldest_is_forgotten() -> None:
    remembered = Remembered(seconds=10, most=3)
    for number in (1, 2, 3, 1, 4):
        remembered.remember(str(number), 0.0)
    assert [number for number in range(1, 5) if remembered.has(str(number), 1.0)] == [1, 3, 4]


def test_of_twenty_thousand_addresses_most_are_known_and_hardly_a_stranger() -> None:
    remembered = RoughlyRemembered(10)
    for number in range(20_000):
        remembered.remember(f"10.0.{number // 250}.{number % 250}", 50.0)
    known = sum(remembered.has(f"10.0.{number // 250}.{number % 250}", 52.0) for number in range(20_000))
    mistaken = sum(remembered.has(f"10.9.{number // 250}.{number % 250}", 52.0) for number in range(20_000))
    assert known > 15_000
    assert mistaken < 20
