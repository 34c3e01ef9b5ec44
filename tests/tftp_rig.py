"""A server to test and a device to test it with: what every test of the TFTP server from outside is made of.

The one rule: the device is written from RFC 1350 alone and shares no code with the server. It loses packets, repeats
them and says wrong things at chosen blocks; no test depends on chance.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from tftp.events import Event
from tftp.private_copy import Content
from tftp.process import ServerProcess
from tftp.server import RecoveryTftpServer
from tftp.settings import ServerSettings

E = TypeVar("E")
LOCALHOST = "127.0.0.1"
PATIENCE_SECONDS = 10.0

ACKS = [b"\0\4" + number.to_bytes(2) for number in range(0x10000)]


class InMemory:
    """Files that are there for a test only."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = {name: Content.of_bytes(data) for name, data in files.items()}

    def find(self, name: str) -> Content | None:
        return self.files.get(name)


@dataclass
class Running:
    """A server that serves in a thread, and what it told."""

    server: RecoveryTftpServer = field(init=False)
    thread: threading.Thread = field(init=False)
    events: list[Event] = field(default_factory=list)
    told: threading.Condition = field(default_factory=threading.Condition)

    @property
    def port(self) -> int:
        return int(self.server.listenport or 0)

    def tell(self, event: Event) -> None:
        with self.told:
            self.events.append(event)
            self.told.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def wait_for(self, kind: type[E], count: int = 1) -> list[E]:
        with self.told:
            assert self.told.wait_for(lambda: len(self.of(kind)) >= count, PATIENCE_SECONDS), (kind, self.events[-5:])
            return self.of(kind)


@contextmanager
def serving(files: dict[str, bytes] | Any, bind: str = LOCALHOST, **options: Any) -> Iterator[Running]:
    running = Running()
    served = InMemory(files) if isinstance(files, dict) else files
    running.server = RecoveryTftpServer(files=served, on_event=running.tell, **options)
    running.server.bind(bind, 0)
    running.thread = threading.Thread(target=running.server.serve)
    running.thread.start()
    try:
        yield running
    finally:
        running.server.stop(now=True)
        running.thread.join(PATIENCE_SECONDS)
        assert not running.thread.is_alive(), "the server did not stop"


def request(name: bytes, options: dict[bytes, bytes] | None = None, *, mode: bytes = b"octet") -> bytes:
    parts = [name, mode, *(part for pair in (options or {}).items() for part in pair)]
    return b"\0\1" + b"".join(part + b"\0" for part in parts)


class Client:
    """One UDP port of a device."""

    def __init__(self, port: int, host: str = LOCALHOST, source: str = LOCALHOST) -> None:
        self.server = self.peer = (host, port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.settimeout(PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, datagram: bytes) -> None:
        """Send to the listening port; the next answer tells the transfer's port."""
        self.peer = self.server
        self.socket.sendto(datagram, self.server)

    def ask_until_heard(self, datagram: bytes) -> bytes:
        """Ask as devices do, again after a while: in a flood, the server's buffer has no room for some."""
        self.socket.settimeout(PATIENCE_SECONDS / 20)
        try:
            for _ in range(20):
                self.ask(datagram)
                with suppress(TimeoutError):
                    return self.hear()
        finally:
            self.socket.settimeout(PATIENCE_SECONDS)
        raise TimeoutError("no answer to any of 20 requests")

    def say(self, datagram: bytes) -> None:
        """Send to the transfer's port."""
        self.socket.sendto(datagram, self.peer)

    def ack(self, block: int) -> None:
        self.say(ACKS[block & 0xFFFF])

    def hear(self) -> bytes:
        datagram, self.peer = self.socket.recvfrom(0x10000)
        return datagram

    def heard_until(self, block: int) -> bytes:
        """The DATA of that block; what comes before it is passed over."""
        while (packet := self.hear())[:4] != b"\0\3" + (block & 0xFFFF).to_bytes(2):
            pass
        return packet

    def hears_nothing(self) -> bool:
        """Whether nothing has come by the time that the server has dealt with everything."""
        return self.hear_all() == []

    def hear_all(self) -> list[bytes]:
        """What has come by the time that the server has dealt with everything that was sent to it.

        Others ask it three times: it answers one question a turn, so by the last answer a whole turn of its loop has
        passed. From an address each, because refusals to one address are limited.
        """
        for number in range(3):
            with Client(self.server[1], self.server[0], source=f"127.0.9.{number + 1}") as other:
                other.ask_until_heard(request(b"no such file"))
        heard = []
        self.socket.settimeout(0)
        try:
            while True:
                heard.append(self.hear())
        except BlockingIOError:
            return heard
        finally:
            self.socket.settimeout(PATIENCE_SECONDS)


class Bystander:
    """A device in the middle of its download: it goes on as far as it is told to, and minds every byte.

    The last block may come again, because real time passes; nothing else may.
    """

    def __init__(self, port: int, name: bytes, content: bytes, *, source: str = LOCALHOST) -> None:
        self._client = Client(port, source=source)
        self._content = content
        self._last_block = len(content) // 512 + 1
        assert self._client.ask_until_heard(request(name)) == self._data(1)
        self.block = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.socket.close()

    @property
    def peer(self) -> tuple[str, int]:
        """The transfer's port, which a forger would have to know."""
        return self._client.peer

    def goes_on(self, blocks: int) -> None:
        for _ in range(min(blocks, self._last_block - self.block)):
            self._client.ack(self.block)
            self._hear_next()

    def finishes(self) -> None:
        self.goes_on(self._last_block)
        self._client.ack(self.block)

    def _hear_next(self) -> None:
        block = self.block + 1
        while (packet := self._client.hear()) != self._data(block):
            assert packet == self._data(block - 1), (block, packet[:60])
        self.block = block

    def _data(self, block: int) -> bytes:
        return b"\0\3" + (block & 0xFFFF).to_bytes(2) + self._content[(block - 1) * 512 : block * 512]


@dataclass
class Download:
    data: bytes
    options: dict[bytes, bytes]
    copies: Counter[int]
    last_number: int

    @property
    def repeated(self) -> dict[int, int]:
        return {block: count for block, count in self.copies.items() if count > 1}


def download(
    client: Client,
    name: bytes,
    options: dict[bytes, bytes] | None = None,
    *,
    lost_data: frozenset[int] = frozenset(),
    lost_acks: frozenset[int] = frozenset(),
    ack_copies: int = 1,
    rollover_to: int = 0,
) -> Download:
    """Fetch a file in lock-step. Blocks count on past 65535; each lost packet is lost once, 0 being the OACK."""
    cycle = 0x10000 - rollover_to
    client.ask(request(name, options))
    packet = client.hear()
    agreed: dict[bytes, bytes] = {}
    still_lost_data, still_lost_acks = set(lost_data), set(lost_acks)
    if packet[:2] == b"\0\6":
        strings = packet[2:].split(b"\0")[:-1]
        agreed = dict(zip(strings[::2], strings[1::2], strict=True))
        client.ack(0)
        packet = client.hear()
    blksize = int(agreed.get(b"blksize", b"512"))
    parts: list[bytes] = []
    copies: Counter[int] = Counter()
    client.socket.connect(client.peer)
    send, receive = client.socket.send, client.socket.recv
    block = 1
    while True:
        number = int.from_bytes(packet[2:4])
        assert packet[:2] == b"\0\3", packet[:100]
        if number == (block - rollover_to) % cycle + rollover_to:
            copies[block] += 1
            if block in still_lost_data:
                still_lost_data.discard(block)
            else:
                parts.append(packet[4:])
                if block in still_lost_acks:
                    still_lost_acks.discard(block)
                else:
                    for _ in range(ack_copies):
                        send(ACKS[number])
                if len(packet) < blksize + 4:
                    return Download(b"".join(parts), agreed, copies, number)
                block += 1
        else:
            assert number in (0, (block - 1 - rollover_to) % cycle + rollover_to), f"{number} instead of block {block}"
            copies[block - 1] += 1
            send(ACKS[number])
        packet = receive(0x10000)


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Lock-step between two processors of a virtual machine measures how fast they wake each other, not the server."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def served_by_a_process(
    image: bytes, folder: Path, settings: ServerSettings | None = None
) -> Iterator[tuple[ServerProcess, Client]]:
    """For long downloads: client and server would otherwise wait for each other's turn in the interpreter."""
    (folder / "asa.bin").write_bytes(image)
    process = ServerProcess(folder / "asa.bin", bind=LOCALHOST, port=0, settings=settings)
    with on_one_processor(), process as server, Client(server.port) as client:
        yield server, client
