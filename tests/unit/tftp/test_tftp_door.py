"""How often the listening port is looked at, whatever comes."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from tftp.access import Audience, Everybody
from tftp.door import Door
from tftp.listening import Listener
from tftp.polling import SelectorPoller
from tftp.reception import Look

LOCALHOST = "127.0.0.1"


class Queue:
    """What waits in the port's buffer: requests that are worth an answer, and others."""

    def __init__(self, *looks: Look) -> None:
        self.looks = list(looks)

    def receive(self, _audience: Callable[[], Audience], _now: float) -> Look:
        return self.looks.pop(0) if self.looks else Look.AT_NOTHING


class Porch:
    """A door with a real socket before it, so that the poller tells whether it is open."""

    def __init__(self, *looks: Look) -> None:
        self.now = 1000.0
        self.queue = Queue(*looks)
        self.poller = SelectorPoller()
        self.listener = Listener(LOCALHOST, 0)
        self.door = Door(self.listener, self.poller, self.queue)  # type: ignore[arg-type]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.sendto(b"\0\1", (LOCALHOST, self.listener.port))

    def __enter__(self) -> Porch:
        return self

    def __exit__(self, *_: object) -> None:
        self.poller.close()
        self.listener.close()

    @property
    def is_open(self) -> bool:
        return self.poller.poll(1 if not self.door.is_shut else 0) != []

    def hears(self) -> None:
        self.door.hear(Everybody, self.now)

    def ticks(self, *, after: float = 0.002, is_idle: bool = False) -> None:
        self.now += after
        self.door.tick(Everybody, self.now, is_idle=is_idle)


def test_requests_that_are_worth_an_answer_are_dealt_with_one_a_turn() -> None:
    with Porch(*[Look.AT_REQUEST] * 10) as porch:
        porch.hears()
        porch.ticks()
        assert len(porch.queue.looks) == 9
        assert porch.is_open


def test_after_one_in_vain_the_port_is_left_alone_until_the_next_tick() -> None:
    with Porch(Look.IN_VAIN, *[Look.IN_VAIN] * 1000) as porch:
        porch.hears()
        assert not porch.is_open
        porch.ticks()
        assert 900 < len(porch.queue.looks) < 1000
        assert not porch.is_open


@pytest.mark.parametrize(("tick_seconds", "ticks"), [(0.002, 100), (0.01, 20)])
def test_a_crowd_takes_no_larger_a_share_of_the_time_however_often_the_clock_is_looked_at(
    tick_seconds: float, ticks: int
) -> None:
    with Porch(*[Look.IN_VAIN] * 5000) as porch:
        porch.hears()
        for _ in range(ticks):
            porch.ticks(after=tick_seconds)
        assert 4999 - len(porch.queue.looks) == pytest.approx(1000, rel=0.05)


def test_after_a_long_turn_not_all_that_waits_is_looked_at_in_one_go() -> None:
    with Porch(*[Look.IN_VAIN] * 5000) as porch:
        porch.hears()
        porch.ticks(after=10)
        assert len(porch.queue.looks) > 4900


def test_the_port_is_heard_again_at_once_when_nothing_is_left_in_it() -> None:
    with Porch(Look.IN_VAIN, Look.IN_VAIN, Look.AT_REQUEST) as porch:
        porch.hears()
        porch.ticks()
        assert porch.is_open


def test_while_no_transfer_moves_a_crowd_is_passed_quickly() -> None:
    with Porch(*[Look.IN_VAIN] * 900, Look.AT_REQUEST) as porch:
        porch.hears()
        porch.ticks(is_idle=True)
        assert porch.queue.looks == []
        assert porch.is_open
