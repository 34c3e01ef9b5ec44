"""Who counts as expected, and how many answers anybody gets."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tftp.access import Devices, Everybody, Ourselves, RateLimit, networks


@pytest.mark.parametrize(
    ("client", "local", "admitted"),
    [
        ("192.0.2.10", "192.0.2.1", True),
        ("192.0.2.11", "192.0.2.1", False),
        ("198.51.100.77", "192.0.2.1", True),
        ("127.0.0.1", "192.0.2.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.200.1.1", "127.0.0.1", True),
        ("192.0.2.11", "127.0.0.1", False),
        ("2001:db8::5", "2001:db8::1", True),
        ("2001:db8::6", "2001:db8::1", False),
        ("::1", "::1", True),
    ],
)
def test_the_expected_devices_are_admitted_and_loopback_only_at_loopback(
    client: str, local: str, *, admitted: bool
) -> None:
    devices = Devices(networks(["192.0.2.10", "198.51.100.0/24", "2001:db8::5"]))
    assert devices.admits(client, local) is admitted


def test_ourselves_are_those_who_ask_from_the_address_they_ask() -> None:
    assert Ourselves().admits("192.0.2.1", "192.0.2.1")
    assert not Ourselves().admits("127.0.0.1", "127.0.0.2")
    assert Everybody().admits("203.0.113.1", "192.0.2.1")


def test_so_many_a_second_and_a_burst() -> None:
    limit = RateLimit(per_second=10, burst=3)
    assert [limit.allows("a", 100.0) for _ in range(5)] == [True, True, True, False, False]
    assert limit.allows("b", 100.0)
    assert [limit.allows("a", 100.1) for _ in range(2)] == [True, False]
    assert [limit.allows("a", 200.0) for _ in range(4)] == [True, True, True, False]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=200))
def test_no_pattern_of_asking_gets_more_than_the_limit(gaps: list[float]) -> None:
    limit, now, allowed = RateLimit(per_second=5, burst=4), 0.0, 0
    for gap in gaps:
        now += gap
        allowed += limit.allows("a", now)
    assert allowed <= 4.5 + now * 5


def test_a_flood_from_ever_new_addresses_is_neither_remembered_nor_answered_without_end() -> None:
    limit = RateLimit(per_second=1, burst=1)
    assert sum(limit.allows(str(number), 0.0) for number in range(20_000)) == RateLimit.KEYS
    assert len(limit._next) == RateLimit.KEYS
    assert limit.allows("later", 2.0)
    assert len(limit._next) == 1
