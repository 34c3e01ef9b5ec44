"""Crowds: thousands of requests, forged packets and repetitions, and what is left of the server for the device."""

from __future__ import annotations

import os
import shlex
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hostile_corpus import DATAGRAMS
from tftp_crowd import Crowd, addresses, paced
from tftp_patient_device import PatientDevice
from tftp_rig import ACKS, LOCALHOST, PATIENCE_SECONDS, Bystander, Client, request, serving

from tftp.events import RequestReceived, TransferCompleted, TransferFailed, TransferStopped
from tftp.process import ServerProcess

IMAGE = bytes(range(256)) * 20
MANY = 10_000
#: What an interpreter's memory may grow by without anything being kept: arenas, and buffers that have found their size.
NOISE_BYTES = 3 << 20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 on the loopback")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    with ServerProcess(tmp_path / "asa.bin", bind=LOCALHOST, port=0) as server:
        server.arm(["192.0.2.10"])
        yield server


def _child(server: ServerProcess) -> psutil.Process:
    assert server._process is not None
    return psutil.Process(server._process.pid)


def _memory_bytes(server: ServerProcess) -> int:
    return int(_child(server).memory_info().rss)


def _half_open(crowd: Crowd, server: ServerProcess, count: int) -> None:
    for source in paced(addresses(count), MANY):
        crowd.say(request(b"asa.bin"), source, (LOCALHOST, server.port))


def _starts(server: ServerProcess, within_seconds: float = PATIENCE_SECONDS) -> None:
    """A device gets the image, although its first requests may drown: it repeats them, as every device does."""
    with Client(server.port, source="127.0.0.77") as device:
        device.socket.settimeout(0.2)
        for _ in range(round(within_seconds / 0.2)):
            device.ask(request(b"asa.bin"))
            try:
                assert device.hear() == b"\0\3\0\1" + IMAGE[:512]
                break
            except TimeoutError:
                continue
        else:
            pytest.fail("the device's request was never answered")


def test_ten_thousand_requests_that_nobody_follows_up_cost_no_memory_and_the_device_starts(
    server: ServerProcess,
) -> None:
    with Crowd() as crowd:
        _half_open(crowd, server, 1000)
        _starts(server)
        before = _memory_bytes(server)
        with Bystander(server.port, b"asa.bin", IMAGE) as bystander:
            bystander.goes_on(1)
            _half_open(crowd, server, MANY)
            _starts(server)
            bystander.finishes()
        assert _memory_bytes(server) - before < NOISE_BYTES
        answers = Counter(crowd_member for _, crowd_member in crowd.hear_all())
        assert max(answers.values()) <= 3


def test_every_hostile_datagram_thirty_times_over_leaves_the_servers_memory_as_it_was(server: ServerProcess) -> None:
    with Crowd() as crowd:

        def besiege(rounds: int) -> None:
            sources = paced(addresses(rounds * len(DATAGRAMS)), 4000)
            for source, hostile in zip(sources, DATAGRAMS * rounds, strict=True):
                crowd.say(hostile.datagram, source, (LOCALHOST, server.port))
            _starts(server)

        besiege(5)
        before = _memory_bytes(server)
        besiege(30)
        assert _memory_bytes(server) - before < NOISE_BYTES


def test_ten_thousand_forged_acknowledgements_and_errors_change_nothing_in_a_transfer() -> None:
    forged = [ACKS[4], b"\0\5\0\0stop\0", ACKS[3], ACKS[5], b"\0\5\0\3", b"\0\3\0\1data", request(b"asa.bin")]
    with (
        serving({"asa.bin": IMAGE}) as running,
        Bystander(running.port, b"asa.bin", IMAGE) as bystander,
        Crowd() as crowd,
    ):
        bystander.goes_on(3)
        for number, source in enumerate(addresses(MANY)):
            crowd.say(forged[number % len(forged)], source, bystander.peer)
        for number in range(100):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:
                neighbour.bind((LOCALHOST, 0))
                neighbour.sendto(forged[number % len(forged)], bystander.peer)
        bystander.finishes()
        (completed,) = running.wait_for(TransferCompleted)
        assert completed.bytes == len(IMAGE)
        assert running.of(TransferStopped) == running.of(TransferFailed) == []


def test_ten_thousand_requests_from_one_port_bring_a_handful_of_answers() -> None:
    with (
        serving({"asa.bin": IMAGE}) as running,
        Bystander(running.port, b"asa.bin", IMAGE) as bystander,
        Client(running.port, source="127.0.0.66") as attacker,
    ):
        bystander.goes_on(3)
        began = time.monotonic()
        for _ in range(MANY):
            attacker.ask(request(b"asa.bin"))
        answers = attacker.hear_all()
        assert len(answers) <= 2 + (time.monotonic() - began) / 0.05
        assert set(answers) == {b"\0\3\0\1" + IMAGE[:512]}
        bystander.finishes()


class PowerCut(Exception):
    """The device is off, and comes back with the same port."""


def _cut() -> None:
    raise PowerCut


def test_a_device_that_restarts_again_and_again_gets_block_1_each_time_and_the_image_at_last() -> None:
    """More often than the server admits requests of one address; so it may have to repeat its own."""
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        for _ in range(25):
            with pytest.raises(PowerCut):
                PatientDevice(client, timer_seconds=0.1, at={2: _cut}).fetch(b"asa.bin")
        assert PatientDevice(client, timer_seconds=0.1).fetch(b"asa.bin") == IMAGE
        running.wait_for(TransferCompleted)
        assert {failed.reason for failed in running.of(TransferFailed)} == {"replaced"}


@pytest.fixture
def short_of_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerProcess]:
    """A server that may open some twenty transfers."""
    limited = tmp_path / "python"
    limited.write_text(f'#!/bin/sh\nulimit -n 32\nexec {shlex.quote(sys.executable)} "$@"\n')
    limited.chmod(0o755)
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    monkeypatch.setattr(sys, "executable", str(limited))
    with ServerProcess(tmp_path / "asa.bin", bind=LOCALHOST, port=0) as server:
        server.arm(["192.0.2.10"])
        yield server


def test_a_server_without_descriptors_left_goes_on_with_its_transfers(short_of_descriptors: ServerProcess) -> None:
    server = short_of_descriptors
    with Crowd() as crowd, Bystander(server.port, b"asa.bin", IMAGE) as bystander:
        bystander.goes_on(3)
        _half_open(crowd, server, 500)
        bystander.finishes()
        assert server.wait_for(TransferCompleted, PATIENCE_SECONDS) is not None


def test_requests_that_nobody_follows_up_give_way_where_descriptors_are_short(
    short_of_descriptors: ServerProcess,
) -> None:
    with Crowd() as crowd:
        _half_open(crowd, short_of_descriptors, 500)
        _starts(short_of_descriptors, within_seconds=2)


def test_a_program_that_sends_everything_back_cannot_be_made_to_talk_with_the_server_for_ever() -> None:
    """As the echo service on port 7 would, or another server: both were used to keep two machines busy."""
    with serving({"asa.bin": IMAGE}) as running, Client(running.port, source="127.0.0.66") as mirror:
        heard = 0
        for first in (request(b"asa.bin"), request(b"no such file"), b"\0\1"):
            mirror.ask(first)
            for _ in range(5):
                for packet in mirror.hear_all():
                    heard += 1
                    mirror.say(packet)
                    mirror.socket.sendto(packet, mirror.server)
        assert heard <= 3 * 3


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may forge a sender's port")
def test_a_request_from_port_0_is_not_answered_and_harms_nobody() -> None:
    with serving({"asa.bin": IMAGE}) as running, Bystander(running.port, b"asa.bin", IMAGE) as bystander:
        bystander.goes_on(3)
        body = request(b"asa.bin")
        header = b"\0\0" + running.port.to_bytes(2) + (8 + len(body)).to_bytes(2) + b"\0\0"
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
            raw.bind(("127.0.0.66", 0))
            for _ in range(3):
                raw.sendto(header + body, (LOCALHOST, 0))
        with Client(running.port) as other:
            assert other.hears_nothing()
        assert [event.client for event in running.of(RequestReceived) if event.client == "127.0.0.66"] == []
        bystander.finishes()
        running.wait_for(TransferCompleted)
        assert running.of(TransferFailed) == []
