"""The simulated network card against a server of a few lines, over loopback."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from serial_console.simulated.network import FetchRequest, UdpNetwork, UdpTransfer
from serial_console.simulated.script import Report

CONTENT = bytes(range(251)) * 1000
REQUEST = FetchRequest("image.bin", "127.0.0.1", "127.0.0.1", 512, packet_seconds=4.0, retries=3)


class SmallServer:
    """Answers one read request in lock-step; `deaf_to` first packets are not answered."""

    def __init__(self, content: bytes = CONTENT, deaf_to: int = 0) -> None:
        self.seen: list[bytes] = []
        self.client: tuple[str, int] | None = None
        self._content = content
        self._deaf_to = deaf_to
        self._well_known = _socket()
        self._session = _socket()
        self.wire: tuple[str, int] = self._well_known.getsockname()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._thread.join()
        self._well_known.close()
        self._session.close()

    def _serve(self) -> None:
        for _ in range(self._deaf_to + 1):
            packet, self.client = self._well_known.recvfrom(1024)
            self.seen.append(packet)
        size = 512
        if b"blksize" in packet:
            size = 1460
            self._session.sendto(b"\x00\x06blksize\x001460\x00", self.client)
            self._session.recv(64)
        for number in range(len(self._content) // size + 1):
            block = self._content[number * size :][:size]
            self._session.sendto(b"\x00\x03" + (number + 1).to_bytes(2, "big") + block, self.client)
            self._session.recv(64)


def _socket() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind(("127.0.0.1", 0))
    opened.settimeout(10)
    return opened


@contextmanager
def transfer_from(wire: tuple[str, int], request: FetchRequest = REQUEST, speed: float = 1.0) -> Iterator[UdpTransfer]:
    with closing(UdpNetwork(wire, speed).begin(request)) as transfer:
        yield transfer


def to_the_end(transfer: UdpTransfer) -> Report:
    while True:
        report = transfer.step()
        if report is not None and report.ended:
            return report


@pytest.mark.parametrize("block_size", [512, 1460])
def test_a_file_comes_whole_in_either_block_size(block_size: int) -> None:
    request = FetchRequest("image.bin", "127.0.0.1", "10.0.0.1", block_size, 4.0, 3)
    with closing(SmallServer()) as server, transfer_from(server.wire, request) as transfer:
        assert to_the_end(transfer) == Report(len(CONTENT), len(CONTENT) // block_size + 1, ended=True)
        assert transfer.fetch.sha512 == hashlib.sha512(CONTENT).hexdigest()


def test_a_loopback_address_is_the_one_the_requests_come_from() -> None:
    request = FetchRequest("image.bin", "127.0.0.1", "127.0.0.9", 512, 4.0, 3)
    with closing(SmallServer()) as server, transfer_from(server.wire, request) as transfer:
        to_the_end(transfer)
        assert server.client is not None
        assert server.client[0] == "127.0.0.9"


def test_a_lost_request_is_sent_again_however_fast_the_device_s_clock_runs() -> None:
    with closing(SmallServer(deaf_to=1)) as server, transfer_from(server.wire, speed=1000) as transfer:
        assert to_the_end(transfer).failure == ""
        assert server.seen == [b"\x00\x01image.bin\x00octet\x00"] * 2


def test_a_server_that_never_answers_times_out() -> None:
    with closing(_socket()) as nobody, transfer_from(nobody.getsockname(), speed=1000) as transfer:
        assert to_the_end(transfer) == Report(0, 0, ended=True, failure="timed out")


def test_a_closed_port_counts_as_silence() -> None:
    with closing(_socket()) as gone:
        wire = gone.getsockname()
    with transfer_from(wire, speed=1000) as transfer:
        assert to_the_end(transfer).failure == "timed out"


def test_a_stranger_s_block_does_not_get_in() -> None:
    """The kernel drops it: the socket is connected to the first answer's port."""
    with closing(SmallServer()) as server, transfer_from(server.wire) as transfer, closing(_socket()) as stranger:
        while not transfer.fetch.blocks:
            transfer.step()
        assert server.client is not None
        stranger.sendto(b"\x00\x05\x00\x00go away\x00", server.client)
        assert to_the_end(transfer).failure == ""


def test_a_slice_ends_where_a_fault_wants_to_strike() -> None:
    request = FetchRequest("image.bin", "127.0.0.1", "127.0.0.1", 512, 4.0, 3, stop_after=2048)
    with closing(SmallServer()) as server, transfer_from(server.wire, request) as transfer:
        while (report := transfer.step()) is None:
            pass
        assert report.received == 2048
        to_the_end(transfer)
