"""A transfer in a process of its own, floods to pour beside it, and devices that begin in the midst of them.

The one rule: its speed beside a flood is compared with its speed beside the same flood sent to a port where nobody
listens, just before and just after: what the flood costs the machine is not the server's doing, what it costs on top is.
Where those two differ, something else on the machine took part, and the turn tells nothing.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

import pytest
from tftp_crowd import Crowd
from tftp_rig import LOCALHOST, Client, request

PER_SECOND = 8000
TURN_SECONDS = 1.0
MUST = 0.9
_ALIKE = 0.1
_ENOUGH_TURNS = 5
#: A device repeats its request so often.
_DEVICES_TIMER_SECONDS = 0.2
_DEVICE_EVERY_SECONDS = 0.25

Targets = Callable[[], list[tuple[str, int]]]


class Told(NamedTuple):
    """A line of `live_transfer.py`: what it had done by then."""

    when: float
    blocks: int
    repeated: int
    port: int
    waited: float


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
        self.told: list[Told] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        while not self.told:
            self.check()
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._reader.join()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            when, blocks, repeated, port, waited = line.split()
            self.told.append(Told(float(when), int(blocks), int(repeated), int(port), float(waited)))

    def check(self) -> None:
        """It has met no wrong byte."""
        assert self._process.poll() is None, self._process.stderr and self._process.stderr.read()

    def speed(self, since: float, until: float) -> float | None:
        """Blocks a second between two moments, less what was spent on being let in; None if it was all of the time."""
        within = [told for told in self.told if since <= told.when <= until]
        if len(within) < 2:
            return None
        first, last = within[0], within[-1]
        moved_seconds = last.when - first.when - (last.waited - first.waited)
        return (last.blocks - first.blocks) / moved_seconds if moved_seconds > (until - since) / 4 else None


class Flood:
    """Sends the datagrams in turn from ever other addresses, at a steady pace."""

    def __init__(self, crowd: Crowd, datagrams: Sequence[bytes], sources: Sequence[str]) -> None:
        self._crowd, self._datagrams, self._sources = crowd, datagrams, sources
        self.sent = 0

    def pour(self, at: Targets, seconds: float) -> None:
        began, first = time.monotonic(), self.sent
        while (spent := time.monotonic() - began) < seconds:
            targets = at()
            for _ in range(max(int(spent * PER_SECOND) - (self.sent - first), 0)):
                number = self.sent
                source = self._sources[number * 7919 % len(self._sources)]
                self._crowd.say(self._datagrams[number % len(self._datagrams)], source, targets[number % len(targets)])
                self.sent += 1
            self._crowd.hear_all()
            time.sleep(0.002)


class Siege:
    """Turns of the flood at the server and at nobody, and the share of its speed that the transfer kept in each."""

    def __init__(self, flood: Flood, live: LiveTransfer, targets: Targets) -> None:
        self._flood, self._live, self._targets = flood, live, targets
        self._aside: float | None = None
        self.shares: list[float] = []
        self.turns = self.poured = 0

    def turn(self) -> None:
        before, sent = self._aside, self._flood.sent
        beside = self._speed_beside(self._targets)
        self.poured += self._flood.sent - sent
        with _dead_end() as nobody:
            self._aside = after = self._speed_beside(lambda: [nobody])
        self._live.check()
        self.turns += 1
        if beside and before and after and abs(before - after) < _ALIKE * max(before, after):
            self.shares.append(2 * beside / (before + after))

    def judge(self) -> None:
        """Whether the transfer kept its speed, as far as this machine was quiet enough to tell."""
        if len(self.shares) < _ENOUGH_TURNS:
            pytest.skip(f"the machine was too busy to tell the speed beside the flood: {self}")
        assert statistics.median(self.shares) >= MUST

    def __str__(self) -> str:
        if not self.shares:
            return f"none of {self.turns} turns was quiet"
        share, ends = statistics.median(self.shares), f"{min(self.shares):.2f} to {max(self.shares):.2f}"
        return f"speed {share:.3f} of that beside a dead end ({len(self.shares)} quiet turns of {self.turns}, {ends})"

    def _speed_beside(self, targets: Targets) -> float | None:
        began = time.monotonic()
        self._flood.pour(targets, TURN_SECONDS)
        return self._live.speed(began, time.monotonic())


class Newcomers:
    """Devices that nobody has heard of, one after the other: how long each waits for its first block."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ended = threading.Event()
        self.waits: list[float] = []
        self._thread = threading.Thread(target=self._come)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _come(self) -> None:
        while not self._ended.wait(_DEVICE_EVERY_SECONDS):
            number = len(self.waits)
            self.waits.append(self._wait_of(f"127.1.{number // 250}.{number % 250 + 1}"))

    def _wait_of(self, source: str) -> float:
        began = time.monotonic()
        with Client(self._port, source=source) as device:
            device.socket.settimeout(_DEVICES_TIMER_SECONDS)
            while time.monotonic() - began < 10:
                device.ask(request(b"asa.bin"))
                try:
                    device.hear()
                except TimeoutError:
                    continue
                waited = time.monotonic() - began
                device.ack(1)
                device.say(b"\0\5\0\0enough\0")
                return waited
        return float("inf")

    @property
    def usual_wait(self) -> float:
        """What all but one in twenty were within, in seconds."""
        return sorted(self.waits)[len(self.waits) * 95 // 100]

    def __str__(self) -> str:
        ranked = sorted(self.waits)
        return f"{len(ranked)} new devices waited {statistics.median(ranked):.3f} s, at most {ranked[-1]:.3f} s"


@contextmanager
def _dead_end() -> Iterator[tuple[str, int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind((LOCALHOST, 0))
        nobody.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield nobody.getsockname()
