"""A million datagrams, made of valid packets and chance, beside a transfer that must stay right and nearly as fast.

Its speed beside the flood is compared with its speed beside the same flood sent to a port where nobody listens: what
the flood costs the machine is not the server's doing, what it costs on top is.
"""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil
from tftp_crowd import Crowd, addresses
from tftp_rig import ACKS, LOCALHOST, request

from tftp.process import ServerProcess

DATAGRAMS = 1_000_000
PER_SECOND = 8000
ROUND_SECONDS = 4.0
#: One in so many goes to the port of the transfer itself, as a forger's would who guesses it.
_AT_THE_TRANSFER = 5
MUST = 0.9
GROWTH_BYTES = 8 << 20
_MANY = 20_000

VALID = [
    request(b"asa.bin"),
    request(b"asa.bin", {b"blksize": b"1468", b"tsize": b"0"}),
    request(b"asa.bin", {b"windowsize": b"64", b"blksize": b"65464"}),
    request(b"no such file"),
    b"\0\2" + request(b"asa.bin", {b"tsize": b"99"})[2:],
    b"\0\3\0\1" + bytes(512),
    ACKS[0],
    ACKS[1],
    b"\0\5\0\0stop\0",
    b"\0\6blksize\x001468\0",
]


def _datagrams(seed: int) -> list[bytes]:
    """Valid, mutated and random ones, a third each."""
    chance = random.Random(seed)
    return [chance.choice([_valid, _mutated, _random])(chance) for _ in range(_MANY)]


def _valid(chance: random.Random) -> bytes:
    return chance.choice(VALID)


def _mutated(chance: random.Random) -> bytes:
    packet = bytearray(chance.choice(VALID))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(packet))
        packet[at : at + chance.choice([0, 1, 1, 5])] = chance.randbytes(chance.choice([0, 1, 1, 9, 600]))
        packet = packet or bytearray(1)
    return bytes(packet)


def _random(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice([0, 1, 2, 3, 4, 20, 100, 512, 1024, 1500]))


class LiveTransfer:
    """The device in a process of its own, and what it has told so far."""

    def __init__(self, port: int, image: Path) -> None:
        script = Path(__file__).with_name("live_transfer.py")
        self._process = subprocess.Popen(
            [sys.executable, script, str(port), str(image)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.told: list[tuple[float, int, int, int, float]] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            when, blocks, repeated, port, waited = line.split()
            self.told.append((float(when), int(blocks), int(repeated), int(port), float(waited)))

    def check(self) -> None:
        assert self._process.poll() is None, self._process.stderr and self._process.stderr.read()

    def speed(self, since: float, until: float) -> float:
        """Blocks a second between two moments, less what was spent on beginning a transfer."""
        within = [(when - waited, blocks) for when, blocks, _, _, waited in self.told if since <= when <= until]
        (first, blocks_first), (last, blocks_last) = within[0], within[-1]
        return (blocks_last - blocks_first) / (last - first)


class Flood:
    """Sends the datagrams in turn from ever other addresses, at a steady pace."""

    def __init__(self, crowd: Crowd, datagrams: list[bytes]) -> None:
        self._crowd, self._datagrams = crowd, datagrams
        self._sources = list(addresses(_MANY))
        self.sent = 0

    def pour(self, at: Callable[[], list[tuple[str, int]]], seconds: float) -> None:
        began, first = time.monotonic(), self.sent
        while (spent := time.monotonic() - began) < seconds:
            targets = at()
            for _ in range(max(int(spent * PER_SECOND) - (self.sent - first), 0)):
                number = self.sent
                target = targets[number % len(targets)]
                self._crowd.say(self._datagrams[number % _MANY], self._sources[number * 7919 % _MANY], target)
                self.sent += 1
            self._crowd.hear_all()
            time.sleep(0.002)


@contextmanager
def _dead_end() -> Iterator[tuple[str, int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind((LOCALHOST, 0))
        nobody.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield nobody.getsockname()


def test_a_million_datagrams_do_not_touch_the_transfer_beside_them(
    seed: int, tell: Callable[[str], None], tmp_path: Path
) -> None:
    image = tmp_path / "asa.bin"
    image.write_bytes(random.Random(seed).randbytes(1 << 20) * 200)
    with (
        ServerProcess(image, bind=LOCALHOST, port=0) as server,
        Crowd() as crowd,
        _dead_end() as dead_end,
    ):
        server.arm(["192.0.2.10"])
        assert server._process is not None
        child = psutil.Process(server._process.pid)
        flood = Flood(crowd, _datagrams(seed))
        with LiveTransfer(server.port, image) as live:
            before, ratios, poured = 0, [], 0
            while poured < DATAGRAMS:
                aside = _speed_beside(flood, live, lambda: [dead_end])
                sent_before = flood.sent
                beside = _speed_beside(
                    flood,
                    live,
                    lambda: [(LOCALHOST, server.port)] * (_AT_THE_TRANSFER - 1) + [(LOCALHOST, live.told[-1][3])],
                )
                poured += flood.sent - sent_before
                live.check()
                server.poll()
                ratios.append(beside / aside)
                before = before or child.memory_info().rss
            grown = child.memory_info().rss - before
            blocks, repeated = live.told[-1][1:3]
    ratio = statistics.median(ratios)
    tell(f"{poured} datagrams at {PER_SECOND} a second; {blocks} blocks beside them right, {repeated} repeated")
    tell(
        f"speed beside the flood {ratio:.3f} of that beside a dead end (rounds {min(ratios):.2f} to {max(ratios):.2f})"
    )
    tell(f"the server's memory grew by {grown >> 10} KiB; {os.cpu_count()} processors")
    assert grown < GROWTH_BYTES
    assert ratio >= MUST


def _speed_beside(flood: Flood, live: LiveTransfer, targets: Callable[[], list[tuple[str, int]]]) -> float:
    while not live.told:
        live.check()
        time.sleep(0.01)
    began = time.monotonic()
    flood.pour(targets, ROUND_SECONDS)
    return live.speed(began, time.monotonic())
