"""Floods beside a transfer that must stay right and nearly as fast: a million datagrams, and requests that seem in order."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from siege import PER_SECOND, Flood, LiveTransfer, Newcomers, Siege
from tftp_crowd import Crowd, addresses
from tftp_rig import ACKS, LOCALHOST, request

from tftp.process import ServerProcess

DATAGRAMS = 1_000_000
TURNS = 30
#: One in so many goes to the port of the transfer itself, as a forger's would who guesses it.
_AT_THE_TRANSFER = 5
GROWTH_BYTES = 8 << 20
#: Different ones, which then come again.
_MANY = 20_000
#: So many that none comes again before it is forgotten, as when each is forged.
_SENDERS = 200_000

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


@pytest.fixture
def image(seed: int, tmp_path: Path) -> Path:
    image = tmp_path / "asa.bin"
    image.write_bytes(random.Random(seed).randbytes(1 << 20) * 200)
    return image


def test_a_million_datagrams_do_not_touch_the_transfer_beside_them(
    seed: int, tell: Callable[[str], None], image: Path
) -> None:
    with ServerProcess(image, bind=LOCALHOST, port=0) as server, Crowd() as crowd:
        server.arm(["192.0.2.10"])
        assert server._process is not None
        child = psutil.Process(server._process.pid)
        flood = Flood(crowd, _datagrams(seed), list(addresses(_SENDERS)))
        with LiveTransfer(server.port, image) as live:
            others = [(LOCALHOST, server.port)] * (_AT_THE_TRANSFER - 1)
            siege = Siege(flood, live, lambda: [*others, (LOCALHOST, live.told[-1].port)])
            before = 0
            while siege.poured < DATAGRAMS:
                siege.turn()
                server.poll()
                before = before or child.memory_info().rss
            grown = child.memory_info().rss - before
            told = live.told[-1]
    tell(f"{siege.poured} datagrams at {PER_SECOND} a second")
    tell(f"{told.blocks} blocks beside them right, {told.repeated} repeated; {siege}")
    tell(f"the server's memory grew by {grown >> 10} KiB; {os.cpu_count()} processors")
    assert grown < GROWTH_BYTES
    siege.judge()


@pytest.mark.parametrize("senders", [400, _SENDERS])
def test_a_flood_of_requests_leaves_a_new_device_its_second_and_a_transfer_its_speed(
    senders: int, tell: Callable[[str], None], image: Path
) -> None:
    """Where anybody may ask: each is a request in order, and only what follows tells them from a device's."""
    with ServerProcess(image, bind=LOCALHOST, port=0) as server, Crowd() as crowd:
        server.arm(["0.0.0.0/0"])
        flood = Flood(crowd, [request(b"asa.bin")], list(addresses(senders)))
        with LiveTransfer(server.port, image) as live, Newcomers(server.port) as newcomers:
            siege = Siege(flood, live, lambda: [(LOCALHOST, server.port)])
            for _ in range(TURNS):
                siege.turn()
                server.poll()
    tell(f"{siege.poured} requests from {senders} addresses at {PER_SECOND} a second: {newcomers}; {siege}")
    assert newcomers.usual_wait < 1
    siege.judge()
