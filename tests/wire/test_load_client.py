"""The load client that the benchmarks believe: what it counts, what it notices, and what it answers."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tftp_rig import serving

from benchmarks.load_client import Load, compiled, run
from tftp.settings import ServerSettings

IMAGE = bytes(range(256)) * 10 + b"end"  # 2563 bytes: five blocks and 3 bytes
PATIENCE_SECONDS = 20

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="the load client needs a C compiler")


class PlayedServer:
    """A server that sends what the test says, to one device."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE_SECONDS)
        self.port = self.socket.getsockname()[1]

    def hear(self) -> bytes:
        packet, self.device = self.socket.recvfrom(2048)
        return packet

    def send(self, number: int, data: bytes | None = None, blksize: int = 512) -> None:
        body = IMAGE[(number - 1) * blksize : number * blksize] if data is None else data
        self.socket.sendto(b"\0\3" + number.to_bytes(2, "big") + body, self.device)

    def send_oack(self, options: bytes) -> None:
        self.socket.sendto(b"\0\6" + options, self.device)

    def hear_acks(self, *numbers: int) -> None:
        assert [self.hear() for _ in numbers] == [b"\0\4" + number.to_bytes(2, "big") for number in numbers]


@contextmanager
def device(load: Load, folder: Path) -> Iterator[tuple[PlayedServer, Future[dict[str, Any]]]]:
    """A load client that loads IMAGE from a played server, and its report to come."""
    file = folder / "asa.bin"
    file.write_bytes(IMAGE)
    compiled()
    server = PlayedServer()
    with server.socket, ThreadPoolExecutor(1) as pool:
        yield server, pool.submit(run, load, "127.0.0.1", server.port, file)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMMON_BENCH_CACHE", str(tmp_path_factory.getbasetemp() / "bench-cache"))


def test_a_device_asks_without_options_unless_it_is_told_to(tmp_path: Path) -> None:
    with device(Load(), tmp_path) as (server, report):
        assert server.hear() == b"\0\1asa.bin\0octet\0"
        server.send(1, b"")
        assert report.result()["failures"] == [f"ended after 0 of {len(IMAGE)} bytes"]


def test_one_wrong_byte_is_a_failure(tmp_path: Path) -> None:
    with device(Load(), tmp_path) as (server, report):
        server.hear()
        server.send(1)
        server.hear_acks(1)
        server.send(2, IMAGE[512:1023] + b"?")
        assert report.result()["failures"] == ["block 2 (512 bytes) is not what the file has at 512"]


def test_an_error_of_the_server_is_a_failure_in_its_words(tmp_path: Path) -> None:
    with device(Load(), tmp_path) as (server, report):
        server.hear()
        server.socket.sendto(b"\0\5\0\1no such file\0", server.device)
        assert report.result()["failures"] == ["the server's ERROR 1: no such file"]


def test_an_option_larger_than_asked_is_a_failure(tmp_path: Path) -> None:
    with device(Load(blksize=1024), tmp_path) as (server, report):
        assert server.hear() == b"\0\1asa.bin\0octet\0blksize\x001024\0"
        server.send_oack(b"blksize\x001468\0")
        assert "more than was asked: blksize 1468" in report.result()["failures"][0]


def test_a_repeated_block_is_acknowledged_again_and_counted(tmp_path: Path) -> None:
    with device(Load(), tmp_path) as (server, report):
        server.hear()
        for number in (1, 1, 2, 1, 2):
            server.send(number)
        server.hear_acks(1, 1, 2, 2)  # block 1 is old by then, and an ACK of it would only start a second stream
        for number in (3, 4, 5, 6):
            server.send(number)
            server.hear_acks(number)
        outcome = report.result()
        assert (outcome["failures"], outcome["bytes"], outcome["duplicates"]) == ([], len(IMAGE), 3)


def test_a_gap_in_a_window_is_told_once_and_the_window_starts_anew_behind_it(tmp_path: Path) -> None:
    with device(Load(blksize=512, windowsize=4), tmp_path) as (server, report):
        assert server.hear().endswith(b"windowsize\x004\0")
        server.send_oack(b"blksize\x00512\0windowsize\x004\0")
        server.hear_acks(0)
        for number in (1, 3, 4):
            server.send(number)
        server.hear_acks(1)
        for number in (2, 3, 4, 5):
            server.send(number)
        server.hear_acks(5)
        server.send(6)
        server.hear_acks(6)
        assert report.result()["failures"] == []


def test_a_window_that_comes_twice_is_acknowledged_once_more(tmp_path: Path) -> None:
    with device(Load(blksize=512, windowsize=3), tmp_path) as (server, report):
        server.hear()
        server.send_oack(b"windowsize\x003\0")
        server.hear_acks(0)
        for number in (1, 2, 3, 1, 2, 3, 4, 5, 6):
            server.send(number)
        server.hear_acks(3, 3, 6)
        assert report.result()["duplicates"] == 3


def test_what_nobody_answers_is_asked_again_and_then_given_up(tmp_path: Path) -> None:
    with device(Load(timeout_ms=20), tmp_path) as (server, report):
        assert len({server.hear() for _ in range(11)}) == 1
        assert report.result()["failures"] == ["no answer after block 0"]


def test_many_devices_that_lose_packets_get_every_byte(tmp_path: Path) -> None:
    file = tmp_path / "asa.bin"
    file.write_bytes(IMAGE * 4)
    load = Load(clients=5, timeout_ms=100, lose_received=0.05, lose_sent=0.05)
    with serving({"asa.bin": file.read_bytes()}, settings=ServerSettings(max_per_client=None)) as running:
        outcome = run(load, "127.0.0.1", running.port, file, seed=7)
    assert (outcome["failures"], outcome["bytes"]) == ([], 5 * file.stat().st_size)
    assert len(outcome["session_seconds"]) == 5
    assert outcome["retransmissions"] + outcome["duplicates"] > 0
