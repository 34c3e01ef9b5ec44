"""What is measured: which devices load which file how, and which bars the outcome is held against.

The one rule: a bar names the server that it is held against, and that server is measured in the same round.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.load_client import Load
from benchmarks.tftp.figures import (
    BEST_PEER,
    BLOCKS,
    CPU,
    MEGABYTES,
    MEMORY,
    PER_BLOCK,
    SECONDS,
    TURN,
    Bar,
    Figure,
)
from benchmarks.tftp.peers import ATFTPD, DNSMASQ, HPA, OURS

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Work:
    """`side_by_side`: the servers run at the same time, because what is measured is waiting and not work."""

    name: str
    title: str
    file_bytes: int
    load: Load
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...] = ()
    one_cpu: bool = False
    side_by_side: bool = False
    ours_alone: bool = False

    @property
    def yardsticks(self) -> set[str]:
        """The servers without which a bar could not be told; BEST_PEER stands for all."""
        return {OURS} | {bar.against for bar in self.bars if bar.against is not None}


def _many(name: str, clients: int, mib: int, *more: Bar) -> Work:
    extra = tuple(bar.figure for bar in more)
    return Work(
        name,
        f"{clients} clients, {mib} MiB each, 512",
        mib * _MIB,
        Load(clients=clients),
        (BLOCKS, TURN, *extra),
        (Bar(BLOCKS, HPA, 1.9, 2.4), Bar(BLOCKS, DNSMASQ, 1.0, 1.15), *more),
    )


def _lossy(name: str, percent: float, kib: int, must_ms: float) -> Work:
    return Work(
        name,
        f"{percent:g} % loss each way, 512",
        kib << 10,
        Load(lose_received=percent / 100, lose_sent=percent / 100, deadline_seconds=60),
        (PER_BLOCK,),
        (Bar(PER_BLOCK, None, must_ms, None),),
        ours_alone=True,
    )


ALL_WORK = (
    Work(
        "one_cpu",
        "1 client, 64 MiB, 512, both on one CPU",
        64 * _MIB,
        Load(),
        (BLOCKS, TURN),
        (Bar(BLOCKS, HPA, 0.95, 1.0), Bar(BLOCKS, DNSMASQ, None, 1.0)),
        one_cpu=True,
    ),
    Work(
        "not_pinned",
        "1 client, 64 MiB, 512, not pinned",
        64 * _MIB,
        Load(),
        (BLOCKS, TURN),
        (Bar(BLOCKS, HPA, 2.0, 2.7),),
    ),
    _many("clients_16", 16, 8),
    _many("clients_48", 48, 4, Bar(CPU, HPA, 0.6, 0.5)),
    _many("clients_200", 200, 1, Bar(MEMORY, None, 60, None)),
    Work(
        "thinking",
        "48 clients that think 300 us a block, 1 MiB each, 512",
        _MIB,
        Load(clients=48, think_us=300),
        (TURN, BLOCKS),
        (Bar(TURN, HPA, 0.5, 1 / 3),),
    ),
    Work(
        "window_48",
        "48 clients, 8 MiB each, blksize 1468, windowsize 16",
        8 * _MIB,
        Load(clients=48, blksize=1468, windowsize=16),
        (MEGABYTES,),
        (Bar(MEGABYTES, HPA, 6.0, None), Bar(MEGABYTES, ATFTPD, 2.5, None), Bar(MEGABYTES, None, None, 1000.0)),
    ),
    Work(
        "window_1",
        "1 client, 64 MiB, blksize 1468, windowsize 16",
        64 * _MIB,
        Load(blksize=1468, windowsize=16),
        (MEGABYTES,),
    ),
    Work(
        "loss",
        "0.3 % loss each way, 1 MiB, 512",
        _MIB,
        Load(lose_received=0.003, lose_sent=0.003, deadline_seconds=60),
        (SECONDS,),
        (Bar(SECONDS, BEST_PEER, 1.0, 0.5),),
        side_by_side=True,
    ),
    _lossy("loss_1", 1, 1024, 0.6),
    _lossy("loss_5", 5, 512, 3.0),
    _lossy("loss_20", 20, 256, 25.0),
)


def _devices(clients: int, mib: int) -> Work:
    title = f"{clients} clients, {mib} MiB each, 512, not pinned"
    return Work(f"devices_{clients}", title, mib * _MIB, Load(clients=clients), (BLOCKS, TURN))


#: For the plot of speed against the number of devices; measured when asked for.
DEVICES = tuple(_devices(clients, mib) for clients, mib in ((1, 16), (4, 8), (16, 4), (48, 2), (100, 1), (200, 1)))
