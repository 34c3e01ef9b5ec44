"""Lost, repeated and late packets, devices that restart, stop or vanish, and packets of others."""

from __future__ import annotations

import socket

import pytest
from tftp_rig import ACKS, LOCALHOST, Client, Running, download, on_one_processor, request, serving

from tftp.events import (
    RequestReceived,
    TransferCompleted,
    TransferFailed,
    TransferProgressed,
    TransferStopped,
)

IMAGE = bytes(range(256)) * 200
LAST = len(IMAGE) // 512 + 1
#: A machine that is busy with other things makes an answer late now and then, and a block that is late is sent again.
SPARE = LAST // 5


def test_lost_blocks_and_lost_acknowledgements_cost_one_repetition_each() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        got = download(client, b"asa.bin", lost_data=frozenset({9, 30, LAST}), lost_acks=frozenset({1, 17, 30}))
        assert got.data == IMAGE
        assert got.repeated.keys() >= {1, 9, 17, 30, LAST}
        (completed,) = running.wait_for(TransferCompleted)
        assert 5 <= completed.resent_blocks < 5 + SPARE


def test_a_lost_option_acknowledgement_is_repeated() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin", {b"tsize": b"0"}))
        first = client.hear()
        assert client.hear() == first
        client.ack(0)
        assert client.hear()[:4] == b"\0\3\0\1"


@pytest.mark.parametrize("copies", [2, 3])
def test_a_device_that_acknowledges_everything_twice_gets_everything_once(copies: int) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        got = download(client, b"asa.bin", ack_copies=copies)
        assert got.data == IMAGE
        assert len(got.repeated) < SPARE


def test_an_acknowledgement_of_a_block_not_sent_yet_moves_nothing() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        for number in (2, 3, 65535, 0):
            client.ack(number)
        assert client.hears_nothing()
        client.ack(1)
        assert client.hear()[:4] == b"\0\3\0\2"


def test_an_acknowledgement_with_the_rest_of_a_buffer_behind_it_counts() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        client.say(ACKS[1] + bytes(512))
        assert client.hear()[:4] == b"\0\3\0\2"


def test_a_device_that_asks_again_from_the_same_port_gets_block_1_again() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        for block in (1, 2, 3):
            assert client.hear()[:4] == b"\0\3" + block.to_bytes(2)
            client.ack(block)
        client.hear()
        before = client.peer
        assert download(client, b"asa.bin").data == IMAGE
        assert client.peer != before
        running.wait_for(TransferCompleted)
        assert [failed.reason for failed in running.of(TransferFailed)] == ["replaced"]


def test_a_request_that_the_network_delivers_twice_does_not_disturb_the_transfer() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        client.ack(1)
        assert client.hear()[:4] == b"\0\3\0\2"
        first = client.peer
        client.ask(request(b"asa.bin"))
        assert client.hear()[:4] == b"\0\3\0\1"
        client.say(b"\0\5\0\5Unknown transfer ID\0")  # as RFC 1350 has a client answer the copy
        client.peer = first
        for block in range(2, LAST + 1):
            client.ack(block)
            if block < LAST:
                assert client.hear()[:4] == b"\0\3" + (block + 1).to_bytes(2)
        running.wait_for(TransferCompleted)
        assert running.of(TransferStopped) == running.of(TransferFailed) == []


def test_a_request_repeated_before_the_first_acknowledgement_is_answered_from_the_same_port() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        transfer = client.peer
        client.ask(request(b"asa.bin"))
        assert client.hear()[:4] == b"\0\3\0\1"
        assert client.peer == transfer


def test_a_device_may_go_on_to_another_file_from_the_same_port() -> None:
    with serving({"asa.bin": IMAGE, "asdm.bin": b"asdm"}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        client.ask(request(b"asdm.bin"))
        assert client.hear() == b"\0\3\0\1asdm"
        client.ack(1)
        (completed,) = running.wait_for(TransferCompleted)
        assert completed.name == "asdm.bin"


def test_the_last_acknowledgement_may_come_twice_and_completion_is_told_once() -> None:
    with serving({"asa.bin": b"short"}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        for _ in range(3):
            client.ack(1)
        running.wait_for(TransferCompleted)
        assert client.hears_nothing()
        assert len(running.of(TransferCompleted)) == 1


def test_a_device_that_says_stop_is_told_apart_from_a_failure() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        for block in (1, 2):
            client.hear()
            client.ack(block)
        client.hear()
        client.say(b"\0\5\0\0header is \x1b[2Jenough\0")
        (stopped,) = running.wait_for(TransferStopped)
        assert (stopped.code, stopped.text, stopped.block) == (0, "header is \\x1b[2Jenough", 3)
        assert (stopped.bytes, stopped.total) == (1024, len(IMAGE))
        assert running.of(TransferFailed) == []


def test_a_device_that_vanishes_is_noticed_by_its_closed_port() -> None:
    with serving({"asa.bin": IMAGE}) as running:
        with Client(running.port) as client:
            client.ask(request(b"asa.bin"))
            client.hear()
            client.ack(1)
            client.hear()
        (failed,) = running.wait_for(TransferFailed)
        assert (failed.reason, failed.block, failed.bytes) == ("client-gone", 2, 512)


def test_a_device_that_boots_without_the_last_acknowledgement_is_not_a_failure() -> None:
    with serving({"asa.bin": IMAGE}) as running:
        with Client(running.port) as client:
            client.ask(request(b"asa.bin"))
            for block in range(1, LAST):
                client.hear()
                client.ack(block)
            client.hear()
        (completed,) = running.wait_for(TransferCompleted)
        assert not completed.acknowledged
        assert running.of(TransferFailed) == []


def _spoofed(running: Running, victim: Client, datagrams: list[bytes]) -> None:
    """Another address, and another port of the same address, which both know the transfer's port."""
    for source in ("127.0.0.9", LOCALHOST):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((source, 0))
            for datagram in datagrams:
                stranger.sendto(datagram, victim.peer)


def test_packets_of_others_change_nothing_in_a_transfer() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        _spoofed(running, client, [ACKS[1], b"\0\5\0\0stop\0", request(b"asa.bin")])
        assert client.hears_nothing()
        client.ack(1)
        assert client.hear()[:4] == b"\0\3\0\2"
        assert running.of(TransferStopped) == []
        assert [event.name for event in running.of(RequestReceived)].count("asa.bin") == 1


def test_two_devices_are_served_side_by_side_and_each_is_named_in_its_events() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as one, Client(running.port) as two:
        for client in (one, two):
            client.ask(request(b"asa.bin"))
        for block in range(1, LAST + 1):
            for client in (one, two):
                assert client.hear()[4:] == IMAGE[(block - 1) * 512 : block * 512]
                client.ack(block)
        completed = running.wait_for(TransferCompleted, 2)
        assert {event.port for event in completed} == {one.socket.getsockname()[1], two.socket.getsockname()[1]}


@pytest.mark.parametrize(("now", "finishes"), [(False, True), (True, False)])
def test_stop_waits_for_the_transfer_unless_it_is_to_be_now(*, now: bool, finishes: bool) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        running.server.stop(now=now)
        if finishes:
            for block in range(1, LAST):
                client.ack(block)
                client.hear()
            client.ack(LAST)
        running.thread.join(5)
        assert not running.thread.is_alive()
        assert not running.server.is_running.is_set()
        assert [event.acknowledged for event in running.of(TransferCompleted)] == ([True] if finishes else [])
        assert [event.reason for event in running.of(TransferFailed)] == ([] if finishes else ["server-stopped"])


def test_progress_is_told_while_the_transfer_runs_and_not_for_every_block() -> None:
    image = bytes(512) * 10_000
    with on_one_processor(), serving({"asa.bin": image}) as running, Client(running.port) as client:
        download(client, b"asa.bin")
        (completed,) = running.wait_for(TransferCompleted)
    told = running.of(TransferProgressed)
    assert len(told) <= completed.seconds * 5 + 1
    assert [event.bytes for event in told] == [(event.block - 1) * 512 for event in told]
