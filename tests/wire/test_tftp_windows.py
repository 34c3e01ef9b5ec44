"""Windows (RFC 7440): several blocks for each ACK, cut by the kernel or by us, with blocks and ACKs lost."""

from __future__ import annotations

import errno
import os
import random
import socket
from collections.abc import Iterator

import pytest
from tftp_rig import Client, request, serving

from tftp import links
from tftp.settings import ServerSettings

SO_NO_CHECK = 11  # asm-generic/socket.h
_cuts_segments = links.cuts_segments
IMAGE = os.urandom(300_000)


class WindowedDevice:
    """Reads by windows as RFC 7440 has it, from that text alone; loses what it is told to, by chance from a seed."""

    def __init__(self, client: Client, *, lost: float = 0.0, seed: int = 0) -> None:
        self._client, self._lost, self._chance = client, lost, random.Random(seed)
        self.packets = 0
        self.options: dict[bytes, bytes] = {}

    def fetch(self, options: dict[bytes, bytes]) -> bytes:
        self._client.ask(request(b"asa.bin", options))
        answer = self._client.hear()
        assert answer[:2] == b"\0\6", answer
        strings = answer[2:].split(b"\0")[:-1]
        self.options = dict(zip(strings[::2], strings[1::2], strict=True))
        return b"".join(self._blocks(int(self.options[b"windowsize"]), int(self.options.get(b"blksize", b"512"))))

    def _blocks(self, windowsize: int, blksize: int) -> Iterator[bytes]:
        taken, since_ack, is_gap_told = 0, 0, False
        self._client.ack(0)
        while True:
            packet = self._next()
            if packet is None:  # its own timer
                self._client.ack(taken)
                since_ack, is_gap_told = 0, False
            elif packet[2:4] == ((taken + 1) & 0xFFFF).to_bytes(2):
                taken, since_ack, is_gap_told = taken + 1, since_ack + 1, False
                yield packet[4:]
                if len(packet) < blksize + 4:
                    self._client.ack(taken)
                    return
                if since_ack == windowsize:
                    since_ack = 0
                    self._ack(taken)
            elif not is_gap_told:
                since_ack, is_gap_told = 0, True
                self._ack(taken)

    def _ack(self, block: int) -> None:
        if self._chance.random() >= self._lost:
            self._client.ack(block)

    def _next(self) -> bytes | None:
        self._client.socket.settimeout(0.5)
        while True:
            try:
                packet = self._client.hear()
            except TimeoutError:
                return None
            self.packets += 1
            if self._chance.random() >= self._lost:
                return packet


def _says_that_it_cuts(connected: socket.socket, segment_bytes: int) -> bool:
    """Segments need the checksum that this switches off: the kernel then refuses to send (EINVAL)."""
    connected.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    return _cuts_segments(connected, segment_bytes)


@pytest.fixture(params=["cut by the kernel", "cut by us", "the kernel changes its mind"])
def cutting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How windows become packets. The third: the path takes no segments, which is only seen when sending."""
    kind = str(request.param)
    if kind == "cut by us":
        monkeypatch.setattr(links, "cuts_segments", lambda *_: False)
    if kind == "the kernel changes its mind":
        monkeypatch.setattr(links, "cuts_segments", _says_that_it_cuts)
    return kind


@pytest.mark.parametrize(("blksize", "windowsize"), [(512, 4), (1468, 16), (1468, 44), (8192, 7), (512, 64), (8, 64)])
@pytest.mark.usefixtures("cutting")
def test_an_image_comes_by_windows_with_one_packet_for_each_block(blksize: int, windowsize: int) -> None:
    image = IMAGE[: 300 * blksize]
    with serving({"asa.bin": image}) as running, Client(running.port) as client:
        device = WindowedDevice(client)
        assert device.fetch({b"blksize": b"%d" % blksize, b"windowsize": b"%d" % windowsize}) == image
        assert device.options == {b"blksize": b"%d" % blksize, b"windowsize": b"%d" % windowsize}
        # A little more on a machine so busy that a block takes longer than the timer.
        assert device.packets <= 1.5 * (len(image) // blksize + 1)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("cutting")
def test_what_is_lost_of_a_window_comes_again(seed: int) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        device = WindowedDevice(client, lost=0.05, seed=seed)
        assert device.fetch({b"blksize": b"1024", b"windowsize": b"8"}) == IMAGE


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ({b"windowsize": b"65535"}, b"64"),
        ({b"windowsize": b"65535", b"blksize": b"1468"}, b"44"),
        ({b"windowsize": b"65535", b"blksize": b"65464"}, b"1"),
    ],
)
def test_a_window_is_not_larger_than_one_call_can_send(asked: dict[bytes, bytes], agreed: bytes) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        device = WindowedDevice(client)
        assert device.fetch(asked) == IMAGE
        assert device.options[b"windowsize"] == agreed


def test_the_largest_window_and_block_are_what_was_set() -> None:
    settings = ServerSettings(largest_blksize=1024, largest_windowsize=4)
    with serving({"asa.bin": IMAGE}, settings=settings) as running, Client(running.port) as client:
        device = WindowedDevice(client)
        assert device.fetch({b"blksize": b"8192", b"windowsize": b"16"}) == IMAGE
        assert device.options == {b"blksize": b"1024", b"windowsize": b"4"}


def test_an_acknowledgement_in_the_middle_of_a_window_has_the_rest_sent_from_there() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin", {b"windowsize": b"4"}))
        client.hear()
        client.ack(0)
        assert [client.hear()[3] for _ in range(4)] == [1, 2, 3, 4]
        client.ack(2)
        assert [client.hear()[3] for _ in range(4)] == [3, 4, 5, 6]
        client.ack(6)
        assert [client.hear()[3] for _ in range(4)] == [7, 8, 9, 10]


def test_blocks_that_the_path_has_become_too_small_for_are_sent_in_fragments() -> None:
    """As when a tunnel on the way lowers its MTU: the system then refuses to send, and says so."""
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin", {b"blksize": b"8192"}))
        client.hear()
        (transfer,) = running.server.sessions.values()
        send, refusals = transfer.send, []

        def too_big(packet: bytes) -> int:
            refusals.append(packet)
            transfer.send = send
            raise OSError(errno.EMSGSIZE, "Message too long")

        transfer.send = too_big
        client.ack(0)
        assert client.hear() == b"\0\3\0\1" + IMAGE[:8192]
        assert len(refusals) == 1
