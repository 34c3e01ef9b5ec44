"""What time does to transfers. The clock is the test's: a minute of silence passes in microseconds."""

from __future__ import annotations

import errno
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tftp.events import (
    Event,
    TransferCompleted,
    TransferFailed,
    TransferProgressed,
    TransferRetransmitted,
    TransferStalled,
)
from tftp.listening import Listener
from tftp.places import TooManyTransfers
from tftp.polling import SelectorPoller
from tftp.private_copy import Content
from tftp.request import Request
from tftp.sessions import Sessions
from tftp.settings import ServerSettings
from tftp.transfer import Transfer

IMAGE = bytes(range(256)) * 20
LAST = len(IMAGE) // 512 + 1
TICK = 0.02
LOCALHOST = "127.0.0.1"


def _ack(block: int) -> bytes:
    return bytes((0, 4, 0, block))


@dataclass
class Bench:
    """Sessions, the sockets of devices, and a clock."""

    listener: Listener = field(default_factory=lambda: Listener(LOCALHOST, 0))
    poller: SelectorPoller = field(default_factory=SelectorPoller)
    events: list[Event] = field(default_factory=list)
    devices: list[socket.socket] = field(default_factory=list)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.sessions = Sessions(
            self.listener, self.poller, self.events.append, ServerSettings(max_sessions=4, max_per_client=2)
        )

    def device(self, address: str = LOCALHOST) -> socket.socket:
        device = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        device.bind((address, 0))
        device.settimeout(0)
        self.devices.append(device)
        return device

    def begin(self, device: socket.socket | None = None, **options: str) -> Transfer:
        device = device or self.device()
        request = Request("asa.bin", "octet", options)
        self.sessions.begin(device.getsockname(), LOCALHOST, request, Content.of_bytes(IMAGE), self.now)
        address, port = device.getsockname()
        return self.sessions.newest[f"{address}:{port}"]

    def ack(self, transfer: Transfer, *, after: float = 0.001) -> None:
        self.now += after
        self.sessions.hear(transfer, transfer.awaited, self.now)

    def acknowledged(self, **options: str) -> Transfer:
        """A transfer with block 2 under way and a round trip of 1 ms."""
        transfer = self.begin(**options)
        while transfer.block < 2:
            self.ack(transfer)
        self.heard()
        return transfer

    def heard(self) -> list[bytes]:
        """What the newest device has received, headers only."""
        packets = []
        while True:
            try:
                packets.append(self.devices[-1].recv(65536)[:4])
            except BlockingIOError:
                return packets

    def wait(self, seconds: float) -> list[float]:
        """Let time pass; answers when packets came to the newest device, counted from the beginning of the wait."""
        came: list[float] = []
        for turn in range(1, round(seconds / TICK) + 1):
            self.sessions.tick(self.now + turn * TICK)
            came += [round(turn * TICK, 3)] * len(self.heard())
        self.now += seconds
        return came

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def close(self) -> None:
        self.sessions.end_all(self.now)
        self.poller.close()
        self.listener.close()
        for device in self.devices:
            device.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def test_a_device_that_never_answers_gets_the_first_block_three_times_in_all(bench: Bench) -> None:
    bench.begin()
    assert bench.heard() == [b"\0\3\0\1"]
    assert bench.wait(60) == pytest.approx([0.5, 1.5], abs=2 * TICK)
    (failed,) = bench.of(TransferFailed)
    assert failed.reason == "never-acknowledged"
    assert bench.sessions.by_fd == bench.sessions.newest == {}


def test_a_repeated_request_earns_one_more_first_block_but_a_flood_of_them_does_not(bench: Bench) -> None:
    device = bench.device()
    bench.begin(device)
    bench.wait(5)
    bench.begin(device)
    assert bench.heard() == [b"\0\3\0\1"]
    for _ in range(1000):
        bench.now += 0.001
        bench.begin(device)
    assert 15 <= len(bench.heard()) <= 20


def test_the_transfer_of_before_a_restart_goes_on_until_the_new_one_is_acknowledged(bench: Bench) -> None:
    device = bench.device()
    old = bench.begin(device)
    bench.ack(old)
    new = bench.begin(device)
    bench.wait(0.1)
    assert set(bench.sessions.by_fd.values()) == {old, new}
    bench.ack(new)
    bench.wait(0.1)
    assert list(bench.sessions.by_fd.values()) == [new]
    assert [event.reason for event in bench.of(TransferFailed)] == ["replaced"]


def test_a_device_that_asks_for_ever_other_things_keeps_the_one_it_acknowledged(bench: Bench) -> None:
    device = bench.device()
    old = bench.begin(device)
    bench.ack(old)
    for number in range(10):
        bench.begin(device, option=str(number))
    assert len(bench.sessions.by_fd) == 2
    assert old.fd in bench.sessions.by_fd
    bench.wait(11)
    assert list(bench.sessions.newest.values()) == [old]
    assert bench.of(TransferFailed) == []


def test_a_device_that_asks_for_another_file_hears_no_more_of_the_first(bench: Bench) -> None:
    device = bench.device()
    bench.begin(device)
    new = bench.begin(device, tsize="0")
    assert list(bench.sessions.by_fd.values()) == [new]
    assert [event.reason for event in bench.of(TransferFailed)] == ["replaced"]


def test_time_in_which_the_server_stood_still_is_not_the_silence_of_the_device(bench: Bench) -> None:
    bench.acknowledged()
    bench.wait(50)
    bench.now += 3600
    bench.sessions.forgive(3600)
    bench.wait(9)
    assert bench.of(TransferFailed) == []
    bench.wait(2)
    assert [event.reason for event in bench.of(TransferFailed)] == ["timed-out"]


def test_a_transfer_that_gave_way_to_its_own_successor_is_not_closed_twice(bench: Bench) -> None:
    device = bench.device()
    connected_to, refusals = bench.listener.connected_to, [OSError(errno.EADDRINUSE, "every data port is taken")]

    def short_of_ports(client: tuple[str, int], local: str) -> socket.socket:
        if len(bench.sessions.by_fd) and refusals:
            raise refusals.pop()
        return connected_to(client, local)

    bench.listener.connected_to = short_of_ports
    bench.begin(device)
    new = bench.begin(device, tsize="0")
    assert bench.sessions.by_fd == {new.fd: new}
    bench.ack(new)
    assert new.is_acknowledged


def test_a_file_of_one_window_of_which_nothing_arrived_is_not_called_complete(bench: Bench) -> None:
    transfer = bench.begin(windowsize="64")
    bench.ack(transfer)
    bench.wait(70)
    assert bench.of(TransferCompleted) == []
    assert [event.reason for event in bench.of(TransferFailed)] == ["timed-out"]


def test_every_device_gets_its_share_of_a_limit_for_all(bench: Bench) -> None:
    limits = ServerSettings(max_sessions=8, bytes_per_second=1_000_000)
    sessions = Sessions(bench.listener, bench.poller, bench.events.append, limits)
    for number in range(8):
        device, request = bench.device(f"127.0.0.{number + 1}"), Request("asa.bin", "octet", {"blksize": "8"})
        sessions.begin(device.getsockname(), LOCALHOST, request, Content.of_bytes(IMAGE * 20), bench.now)
    transfers = list(sessions.by_fd.values())
    for turn in range(400):
        for transfer in transfers:
            if not transfer.is_held:
                sessions.hear(transfer, transfer.awaited, bench.now + turn * 0.002)
        sessions.tick(bench.now + turn * 0.002 + 0.001)
    blocks = [transfer.block for transfer in transfers]
    assert min(blocks) > 0.5 * max(blocks)
    sessions.end_all(bench.now)


def test_a_silent_device_gets_its_block_again_ever_later_until_past_its_own_timer(bench: Bench) -> None:
    bench.acknowledged()
    came = bench.wait(40)
    gaps = [round(later - sooner, 2) for sooner, later in zip([0.0, *came], came, strict=False)]
    doubled = [0.01 * 2**times for times in range(10)]
    assert gaps == pytest.approx([*doubled, 8, 8, 8], abs=2 * TICK)


def test_a_transfer_is_given_up_after_a_minute_of_silence(bench: Bench) -> None:
    bench.acknowledged()
    bench.wait(59.9)
    assert bench.of(TransferFailed) == []
    bench.wait(0.2)
    (failed,) = bench.of(TransferFailed)
    assert (failed.reason, failed.block, failed.bytes, failed.total) == ("timed-out", 2, 512, len(IMAGE))


def test_a_device_that_asks_for_a_long_timer_is_waited_for_longer(bench: Bench) -> None:
    bench.acknowledged(timeout="100")
    bench.wait(299)
    assert bench.of(TransferFailed) == []
    bench.wait(2)
    assert len(bench.of(TransferFailed)) == 1


def test_a_cable_that_is_out_for_twenty_seconds_does_not_end_the_transfer(bench: Bench) -> None:
    transfer = bench.acknowledged()

    def unreachable(*_: object) -> None:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    send, transfer.send = transfer.send, unreachable
    assert bench.wait(20) == []
    transfer.send = send
    assert bench.wait(8)
    for _ in range(2, LAST + 1):
        bench.ack(transfer)
    (completed,) = bench.of(TransferCompleted)
    assert completed.resent_blocks == 1


def test_a_router_that_says_unreachable_does_not_end_the_transfer(bench: Bench) -> None:
    transfer = bench.acknowledged()
    bench.sessions.broken(transfer, OSError(errno.EHOSTUNREACH, "No route to host"), bench.now)
    bench.wait(59)
    assert bench.of(TransferFailed) == []
    bench.wait(2)
    (failed,) = bench.of(TransferFailed)
    assert (failed.reason, failed.detail) == ("timed-out", "No route to host")


def test_why_nothing_could_be_sent_stands_in_the_failure(bench: Bench) -> None:
    transfer = bench.acknowledged()

    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    transfer.send = refused
    bench.wait(61)
    (failed,) = bench.of(TransferFailed)
    assert failed.detail == "Operation not permitted"


def test_the_timer_follows_the_round_trip(bench: Bench) -> None:
    transfer = bench.acknowledged(blksize="8")
    for _ in range(500):
        bench.ack(transfer, after=0.3)
        bench.heard()
    first, *_ = bench.wait(2)
    assert 0.3 < first < 0.5


def test_a_round_trip_longer_than_the_timer_is_learnt_and_not_answered_with_ever_more_copies(bench: Bench) -> None:
    transfer = bench.acknowledged(blksize="8")
    copies = []
    for _ in range(40):
        copies.append(len(bench.wait(0.3)))
        bench.ack(transfer)
        bench.heard()
    assert copies[0] > 1
    assert copies[10:] == [0] * 30


@pytest.mark.parametrize("acknowledges_copies", [True, False])
@pytest.mark.parametrize("trip", [0.03, 0.3, 1.0])
def test_a_device_far_away_gets_each_block_once_as_soon_as_the_server_knows(
    bench: Bench, trip: float, acknowledges_copies: bool
) -> None:
    transfer = bench.acknowledged(blksize="8")
    on_the_way = [(bench.now + trip, 2)]  # when an ACK arrives, and of which block
    sent = Counter[int]()
    while transfer.block < 60:
        bench.now += 0.002
        while on_the_way and on_the_way[0][0] <= bench.now:
            bench.sessions.hear(transfer, _ack(on_the_way.pop(0)[1]), bench.now)
        bench.sessions.tick(bench.now)
        for packet in bench.heard():
            sent[packet[3]] += 1
            if acknowledges_copies or sent[packet[3]] == 1:
                on_the_way.append((bench.now + trip, packet[3]))
    assert [sent[block] for block in range(20, 60)] == [1] * 40
    assert sum(sent.values()) < 60 + 25


def test_an_acknowledgement_that_comes_twice_at_once_brings_nothing(bench: Bench) -> None:
    transfer = bench.acknowledged()
    for _ in range(100):
        bench.sessions.hear(transfer, _ack(1), bench.now + 0.009)
    assert bench.heard() == []


def test_a_device_that_repeats_its_acknowledgement_during_a_long_wait_is_answered_at_once_and_once(
    bench: Bench,
) -> None:
    transfer = bench.acknowledged()
    bench.wait(7)
    for _ in range(100):
        bench.sessions.hear(transfer, _ack(1), bench.now)
    assert bench.heard() == [b"\0\3\0\2"]


def test_a_stall_is_told_once_and_again_after_it_moved(bench: Bench) -> None:
    transfer = bench.acknowledged()
    bench.wait(2.9)
    assert bench.of(TransferStalled) == []
    bench.wait(10)
    (stalled,) = bench.of(TransferStalled)
    assert stalled.seconds == pytest.approx(3, abs=2 * TICK)
    bench.ack(transfer)
    bench.wait(10)
    assert len(bench.of(TransferStalled)) == 2


def test_what_is_sent_again_is_told_at_once_and_then_once_a_second(bench: Bench) -> None:
    bench.acknowledged()
    sent_again = len(bench.wait(7.5))
    told = bench.of(TransferRetransmitted)
    assert (told[0].block, told[0].cause, told[0].times, told[0].resent_blocks) == (2, "timer", 1, 1)
    assert 0.01 <= told[0].waited_seconds <= 2 * TICK
    assert [event.times for event in told] == sorted({event.times for event in told})
    assert len(told) < sent_again == told[-1].times
    assert told[-1].resent_blocks == 1


def test_without_a_loss_nothing_is_told_of_sending_again(bench: Bench) -> None:
    transfer = bench.begin()
    while transfer.completed_at is None:
        bench.ack(transfer)
    assert bench.of(TransferCompleted)[0].resent_blocks == 0
    assert bench.of(TransferRetransmitted) == []


def test_a_first_block_that_is_not_answered_is_told_for_each_time_it_is_sent(bench: Bench) -> None:
    bench.begin(blksize="512")
    bench.wait(9)
    assert [(event.block, event.times) for event in bench.of(TransferRetransmitted)] == [(0, 1), (0, 2)]


def test_an_acknowledgement_that_comes_again_late_is_told_as_the_cause(bench: Bench) -> None:
    transfer = bench.acknowledged()
    bench.sessions.hear(transfer, _ack(1), bench.now + 0.5)
    (told,) = bench.of(TransferRetransmitted)
    assert (told.cause, told.block, told.times, told.waited_seconds) == ("repeated-ack", 2, 1, 0.5)


def test_a_window_that_lost_a_block_is_told_with_what_is_sent_again_for_it(bench: Bench) -> None:
    transfer = bench.begin(windowsize="4")
    bench.ack(transfer)
    assert transfer.block == 4
    bench.sessions.hear(transfer, _ack(1), bench.now + 0.001)
    (told,) = bench.of(TransferRetransmitted)
    assert (told.cause, told.block, told.times, told.resent_blocks) == ("gap", 2, 1, 3)


def test_progress_is_told_five_times_a_second_at_most(bench: Bench) -> None:
    transfer = bench.acknowledged(blksize="8")
    for _ in range(300):
        bench.wait(TICK)
        bench.ack(transfer, after=0)
    told = bench.of(TransferProgressed)
    assert 25 <= len(told) <= 31
    assert told[-1].bytes <= 302 * 8
    assert all(event.total == len(IMAGE) for event in told)


def _at_the_last_block(bench: Bench) -> Transfer:
    transfer = bench.acknowledged()
    while transfer.block < LAST:
        bench.ack(transfer)
    bench.heard()
    return transfer


def test_without_the_last_acknowledgement_the_transfer_is_complete_but_not_confirmed(bench: Bench) -> None:
    transfer = _at_the_last_block(bench)
    assert len(bench.wait(30)) > 5
    (completed,) = bench.of(TransferCompleted)
    assert (completed.acknowledged, completed.bytes) == (False, len(IMAGE))
    bench.ack(transfer)
    bench.wait(60)
    assert len(bench.of(TransferCompleted)) == 1
    assert bench.of(TransferFailed) == []


def test_a_device_that_never_confirms_the_end_is_not_a_failure(bench: Bench) -> None:
    _at_the_last_block(bench)
    bench.wait(70)
    assert len(bench.of(TransferCompleted)) == 1
    assert bench.of(TransferFailed) == []
    assert bench.sessions.by_fd == {}


def test_the_port_stays_open_for_two_seconds_after_the_last_acknowledgement(bench: Bench) -> None:
    transfer = _at_the_last_block(bench)
    bench.ack(transfer)
    bench.wait(1.9)
    assert list(bench.sessions.by_fd.values()) == [transfer]
    assert bench.sessions.is_idle
    bench.sessions.hear(transfer, _ack(LAST), bench.now)
    assert bench.heard() == []
    bench.wait(0.2)
    assert bench.sessions.by_fd == {}


def test_when_all_places_move_the_next_device_is_told_to_come_again(bench: Bench) -> None:
    transfers = [bench.begin(bench.device(f"127.0.0.{number}")) for number in range(1, 5)]
    for transfer in transfers:
        bench.ack(transfer)
    with pytest.raises(TooManyTransfers):
        bench.begin(bench.device("127.0.0.9"))
    bench.now += 2
    bench.ack(transfers[1])
    bench.begin(bench.device("127.0.0.9"))
    (failed,) = bench.of(TransferFailed)
    assert (failed.client, failed.reason) == ("127.0.0.1", "crowded-out")


def test_transfers_that_have_ended_and_only_linger_do_not_pile_up(bench: Bench) -> None:
    for _ in range(50):
        transfer = bench.begin(size="0")
        while transfer.completed_at is None:
            bench.ack(transfer)
    assert len(bench.sessions.by_fd) <= 2 * 4


def test_two_hundred_forged_requests_from_one_address_make_a_few_events_only(bench: Bench) -> None:
    for _ in range(200):
        bench.begin()
    assert len(bench.sessions.by_fd) == 2
    assert len(bench.of(TransferFailed)) == 20


@settings(
    max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(st.lists(st.binary(max_size=8) | st.binary(max_size=300), max_size=30))
def test_no_packet_breaks_a_transfer(bench: Bench, packets: list[bytes]) -> None:
    transfer = bench.begin()
    for packet in packets:
        bench.now += 0.01
        if transfer.fd in bench.sessions.by_fd:
            bench.sessions.hear(transfer, packet, bench.now)
    bench.sessions.tick(bench.now)
    assert all(event.reason != "defect" for event in bench.of(TransferFailed))
    bench.sessions.end_all(bench.now)
