"""How many requests may begin a transfer, in a time of the tests' own."""

from __future__ import annotations

from collections import deque

import pytest

from tftp.access import REMEMBERED_ADDRESSES, Admission, Devices, networks

DEVICE = "192.0.2.10"


def _admitted(admission: Admission, client: str, count: int, now: float) -> int:
    return sum(admission.admits(client, now) for _ in range(count))


def test_one_address_may_ask_as_often_as_a_device_that_restarts_for_ever_and_then_fifteen_times_a_second() -> None:
    admission = Admission(max_sessions=256, max_per_client=2)
    assert _admitted(admission, DEVICE, 1000, 0.0) == 60
    assert _admitted(admission, DEVICE, 1000, 1.0) == 15


def test_a_rack_behind_one_address_may_begin_at_once() -> None:
    assert _admitted(Admission(max_sessions=256, max_per_client=None), DEVICE, 200, 0.0) == 200


@pytest.mark.parametrize("max_per_client", [2, None])
def test_a_flood_from_one_address_takes_nothing_from_another(max_per_client: int | None) -> None:
    admission = Admission(max_sessions=256, max_per_client=max_per_client)
    for millisecond in range(10_000):
        _admitted(admission, "192.0.2.66", 10, millisecond / 1000)
        if millisecond % 1000 == 500:
            assert admission.admits(DEVICE, millisecond / 1000)


def test_after_a_burst_from_ten_thousand_addresses_a_device_is_admitted_within_the_second() -> None:
    admission = Admission(max_sessions=256, max_per_client=2)
    admitted = sum(admission.admits(f"10.1.{n >> 8}.{n & 255}", n / 10_000) for n in range(10_000))
    assert admitted == pytest.approx(2 * 256 + 256 / 4 + 256 / 8 + 256 / 8, abs=3)
    assert not admission.admits(DEVICE, 1.0)
    assert admission.admits(DEVICE, 1.1)


class Siege:
    """Requests of the same addresses in turn, none of which is ever followed up."""

    def __init__(self, senders: int, per_second: int = 8000) -> None:
        self.admission = Admission(max_sessions=256, max_per_client=2)
        self.admitted = 0
        self.now = 0.0
        self._senders, self._per_second = senders, per_second
        self._sent = 0
        self._half_open: deque[str] = deque()

    def pour(self, seconds: float) -> None:
        for _ in range(round(seconds * self._per_second)):
            self._sent += 1
            self.now = self._sent / self._per_second
            sender = f"10.{self._sent % self._senders}"
            if self.admission.admits(sender, self.now):
                self.admitted += 1
                self._half_open.append(sender)
                if len(self._half_open) > 256:  # the oldest gives way, as it does in the server
                    self.admission.was_in_vain(self._half_open.popleft(), self.now)

    def asked_by(self, device: str, *, after: float) -> bool:
        """Whether the device is admitted that asks in the midst of it, so many seconds later."""
        self.pour(after)
        return self.admission.admits(device, self.now)


def test_while_a_few_hundred_addresses_ask_for_ever_a_new_device_is_admitted_at_once() -> None:
    siege = Siege(senders=400)
    siege.pour(5)
    for number in range(5):
        siege.pour(0.5)
        assert siege.admission.admits(f"192.0.2.{number}", siege.now)


def test_while_ever_new_addresses_ask_a_device_is_admitted_when_it_asks_again_within_a_second() -> None:
    siege = Siege(senders=200_000)
    siege.pour(3)
    for number in range(3):
        assert any(siege.asked_by(f"192.0.2.{number}", after=0.2) for _ in range(5))


@pytest.mark.parametrize("senders", [400, 20_000])
def test_however_many_ask_a_bounded_number_is_admitted(senders: int) -> None:
    siege = Siege(senders)
    siege.pour(5)
    before = siege.admitted
    siege.pour(3)
    assert siege.admitted - before <= 3 * 128


def test_a_device_whose_request_led_to_nothing_is_trusted_again_after_a_while() -> None:
    siege = Siege(senders=400, per_second=1000)
    siege.admission.was_in_vain(DEVICE, 0.0)
    siege.pour(25)
    for _ in range(3):
        siege.pour(0.2)
        assert not siege.admission.admits(DEVICE, siege.now)
    siege.pour(5)
    assert siege.admission.admits(DEVICE, siege.now)


def test_the_addresses_of_a_flood_are_judged_without_being_remembered_for_ever() -> None:
    devices = Devices(networks(["10.0.0.0/8"]))
    for number in range(3 * REMEMBERED_ADDRESSES):
        assert devices.admits(f"10.1.{number >> 8}.{number & 255}", "192.0.2.1")
    assert len(devices._judged) <= REMEMBERED_ADDRESSES


@pytest.mark.parametrize(
    ("expected", "client", "is_admitted"),
    [
        ("192.0.2.10", "192.0.2.10", True),
        ("192.0.2.10", "::ffff:192.0.2.10", True),
        ("::ffff:192.0.2.10", "192.0.2.10", True),
        ("::ffff:192.0.2.0/120", "192.0.2.77", True),
        ("::/0", "192.0.2.10", False),
        ("2001:db8::/64", "2001:db8::10", True),
        ("2001:db8::/64", "2001:db8:0:1::10", False),
        ("fe80::1", "fe80::1%eth0", True),
        ("fe80::1%eth0", "fe80::1%eth0", True),
        ("fe80::1%eth0", "fe80::1%eth1", False),
        ("fe80::/10", "fe80::1%eth1", True),
    ],
)
def test_an_address_is_expected_however_it_is_written(expected: str, client: str, is_admitted: bool) -> None:
    assert Devices(networks([expected])).admits(client, "2001:db8::1") is is_admitted
