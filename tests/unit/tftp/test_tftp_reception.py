"""Datagrams at the listening port, one after another and without a network."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import cast

from tftp.access import Admission, Audience, Devices, Ourselves, networks
from tftp.events import Event, RequestReceived, RequestRefused
from tftp.listening import Listener, SocketAddress
from tftp.private_copy import Content
from tftp.reception import Look, Reception
from tftp.request import Request
from tftp.sessions import Sessions
from tftp.uploads import Uploads

OURS, DEVICE = "192.0.2.1", "192.0.2.10"
RRQ = b"\0\1asa984-22-lfbff-k8.SPA\0octet\0"


class Bench:
    """Stands in for the listener, the sessions and the files of a reception, and keeps what it did with them."""

    def __init__(self, *turns: Callable[[], tuple[bytes, SocketAddress, str]]) -> None:
        self.turns = list(turns)
        self.events: list[Event] = []
        self.begun: list[SocketAddress] = []
        self.audience: Audience = Ourselves()
        self.reception = Reception(
            cast(Listener, self),
            cast(Sessions, self),
            self,
            None,
            cast(Uploads, self),
            tell=self.events.append,
            admission=Admission(max_sessions=256, max_per_client=2),
            wake=lambda: None,
        )

    def receive(self) -> tuple[bytes, SocketAddress, str]:
        if not self.turns:
            raise BlockingIOError
        return self.turns.pop(0)()

    def connected_to(self, client: SocketAddress, local: str) -> socket.socket:
        raise OSError("no network here")

    def takes(self, request: Request, client: SocketAddress, local: str) -> bool:
        return False

    def find(self, name: str) -> Content | None:
        return Content.of_bytes(b"image")

    def begin(self, client: SocketAddress, local: str, request: Request, content: Content, now: float) -> None:
        self.begun.append(client)


def test_what_a_device_sends_after_the_server_was_armed_never_meets_the_audience_of_before() -> None:
    def armed_while_the_server_waits() -> tuple[bytes, SocketAddress, str]:
        bench.audience = Devices(networks([DEVICE]))
        return RRQ, (DEVICE, 2000), OURS

    bench = Bench(armed_while_the_server_waits)
    bench.reception.receive(lambda: bench.audience, 0.0)
    assert [type(event) for event in bench.events] == [RequestReceived]
    assert bench.begun == [(DEVICE, 2000)]


def test_a_flood_of_requests_waits_while_the_transfers_have_their_turn() -> None:
    bench = Bench(*[lambda: (RRQ, (OURS, 2000), OURS)] * 100)
    bench.reception.receive(lambda: bench.audience, 0.0)
    assert len(bench.begun) == 1
    assert len(bench.turns) == 99


def test_a_source_port_of_0_is_not_answered_because_no_answer_can_reach_it() -> None:
    bench = Bench(lambda: (RRQ, (OURS, 0), OURS))
    bench.reception.receive(lambda: bench.audience, 0.0)
    assert bench.begun == bench.events == []


def test_a_flood_is_dropped_without_an_answer_and_told_in_one_event() -> None:
    turn = [lambda: (RRQ, (OURS, 2000), OURS)]
    bench = Bench(*turn * 1000)
    looks = [bench.reception.receive(lambda: bench.audience, 0.0) for _ in range(1001)]
    assert looks == [Look.AT_REQUEST] * 60 + [Look.IN_VAIN] * 940 + [Look.AT_NOTHING]
    assert len(bench.begun) == 60
    (flooded,) = [event for event in bench.events if isinstance(event, RequestRefused)]
    assert (flooded.reason, flooded.code, flooded.client) == ("flooded", None, OURS)
    bench.turns = turn * 80
    for _ in range(80):
        bench.reception.receive(lambda: bench.audience, 6.0)
    told = [event.detail for event in bench.events if isinstance(event, RequestRefused)]
    assert told == [f"{count} requests dropped since the last word of it" for count in (1, 940)]
