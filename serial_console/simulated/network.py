"""The device's network card: TFTP over real UDP sockets, HTTP and FTP over TCP.

A slice of a transfer never lasts longer than a few hundredths of a second, so that the console and the power switch
are heard meanwhile.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from .script import Report, Transfer
from .stream_clients import StreamRequest, StreamTransfer
from .tftp_client import TftpFetch
from .tftp_sender import TftpSend

SLICE_SECONDS = 0.02
# However fast the device's clock runs, the server on the other side lives in real time.
SHORTEST_RETRY_SECONDS = 0.25
# A blksize of 1460 and some room. A larger buffer, allocated for each packet, halves the speed.
LARGEST_PACKET = 2048


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What a boot monitor asks its network card for; times are the device's own."""

    name: str
    server: str
    address: str
    block_size: int
    packet_seconds: float
    retries: int
    keeps: bool = False  # the content stays with the transfer: it is a file to be written somewhere
    port: int = 69
    stop_after: int | None = None  # end the slice once that many bytes are there, to let a fault strike


class Fetched(Protocol):
    """What has come of a download so far."""

    @property
    def received(self) -> int: ...

    @property
    def blocks(self) -> int: ...

    @property
    def sha512(self) -> str: ...

    @property
    def md5(self) -> str: ...

    def content(self) -> bytes: ...


class Fetching(Transfer, Protocol):
    """A transfer and the file it collects."""

    @property
    def fetch(self) -> Fetched: ...


class Network(Protocol):
    """Where downloads come from."""

    def begin(self, request: FetchRequest) -> Fetching: ...

    def send(self, request: FetchRequest, content: bytes) -> Fetching:
        """Write a file to a TFTP server under the request's name."""

    def open_stream(self, request: StreamRequest) -> Fetching:
        """Read one by HTTP or FTP."""


@dataclass(frozen=True, slots=True)
class UdpNetwork:
    """Real packets, to `wire` or to the server's port 69."""

    wire: tuple[str, int] | None = None
    speed: float = 1.0

    def begin(self, request: FetchRequest) -> "UdpTransfer":
        """Open a socket and send the read request."""
        return self._transfer(request, TftpFetch(request.name, request.block_size, keeps=request.keeps))

    def send(self, request: FetchRequest, content: bytes) -> "UdpTransfer":
        """Open a socket and send the write request."""
        return self._transfer(request, TftpSend(request.name, content))

    def _transfer(self, request: FetchRequest, exchange: TftpFetch | TftpSend) -> "UdpTransfer":
        target = self.wire or (request.server, request.port)
        retry_seconds = max(SHORTEST_RETRY_SECONDS, request.packet_seconds / self.speed)
        return UdpTransfer(request, target, retry_seconds, exchange)

    def open_stream(self, request: StreamRequest) -> StreamTransfer:
        """Connect, and ask for the file. With a `wire`, there."""
        return StreamTransfer(request, self.wire or (request.host, request.port))


class UdpTransfer:
    """Lock-step over one UDP socket. The server's first answer fixes its transfer identifier (its port)."""

    def __init__(
        self,
        request: FetchRequest,
        target: tuple[str, int],
        retry_seconds: float,
        exchange: TftpFetch | TftpSend,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fetch = exchange
        self._request = request
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._retries_left = request.retries
        self._connected = False
        self._target = target
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(SLICE_SECONDS)
        if request.address.startswith("127."):
            with suppress(OSError):  # not every system has all of 127.0.0.0/8
                self._socket.bind((request.address, 0))
        self._deadline = 0.0
        self._transmit(self.fetch.last_sent)

    def step(self) -> Report | None:
        """Answer packets for a slice; None when none came and nothing is due."""
        blocks_before = self.fetch.blocks
        silent = not self._answer_packets()
        if silent and not self.fetch.ended and self._clock() >= self._deadline:
            self._retry()
        if self.fetch.blocks == blocks_before and not self.fetch.ended:
            return None
        return Report(self.fetch.received, self.fetch.blocks, self.fetch.ended, self.fetch.failure)

    def close(self) -> None:
        self._socket.close()

    def _answer_packets(self) -> bool:
        """Do up to a slice of blocks; says whether the line was busy to the end of it."""
        receive, limit = self.fetch.receive, self._request.stop_after
        answered, slice_end = 0, self._clock() + 2 * SLICE_SECONDS
        try:
            while self._clock() < slice_end:
                packet = self._next_packet()
                if packet is None:
                    continue
                reply = receive(packet)
                if reply is not None:
                    self._socket.send(reply)
                    answered += 1
                if self.fetch.ended or (limit is not None and self.fetch.received >= limit):
                    break
        except (TimeoutError, BlockingIOError, ConnectionError):
            return False  # a refusal by ICMP counts as silence: boot monitors don't read ICMP
        finally:
            if answered:
                self._rearm()
        return True

    def _next_packet(self) -> bytes | None:
        if self._connected:
            return self._socket.recv(LARGEST_PACKET)
        packet, source = self._socket.recvfrom(LARGEST_PACKET)
        if source[0] != self._target[0]:
            return None
        self._socket.connect(source)  # from here on the kernel drops packets of other transfers
        self._connected = True
        return packet

    def _retry(self) -> None:
        if self._retries_left <= 0:
            self.fetch.failure = "timed out"
            return
        self._retries_left -= 1
        self._transmit(self.fetch.last_sent)

    def _transmit(self, packet: bytes) -> None:
        with suppress(OSError):  # no route is silence too; the retries run out by themselves
            if self._connected:
                self._socket.send(packet)
            else:
                self._socket.sendto(packet, self._target)
        self._deadline = self._clock() + self._retry_seconds

    def _rearm(self) -> None:
        self._deadline = self._clock() + self._retry_seconds
        self._retries_left = self._request.retries
