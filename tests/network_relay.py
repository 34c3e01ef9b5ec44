"""Two network stacks of their own and a cable between them that loses, repeats, swaps, delays and damages packets.

The one rule: what happens to the n-th UDP packet of a direction depends on the seed and on n alone. Nothing here touches
the machine's own network: both stacks belong to a thread each and vanish with it (Linux, root, /dev/net/tun).
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import random
import select
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

T = TypeVar("T")

_CLONE_NEWNET: Final = 0x40000000
_TUNSETIFF: Final = 0x400454CA
_IFF_TAP_WITHOUT_HEADER: Final = 0x1002
_TUN = Path("/dev/net/tun")
_ETHERNET, _UDP_HEADER = 14, 8
#: A swapped packet waits for the one behind it, but not for ever.
_SWAPPED_WITHIN_SECONDS: Final = 0.02
_RELAYED = (b"\x08\x00", b"\x08\x06")  # IPv4 and ARP


def skip_reason() -> str | None:
    """Why there can be no network of our own here; None where there can."""
    if not _TUN.exists() or not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("ip"):
        return "network namespaces need Linux, root, /dev/net/tun and ip"
    trial = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return trial.stderr.strip() or None


class Stack:
    """A network stack with one card, `tap0`. What `call` runs, and every thread and process begun there, lives in it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._thread = ThreadPoolExecutor(1)
        self.tap = self.call(self._enter)

    def call(self, function: Callable[[], T]) -> T:
        return self._thread.submit(function).result()

    def ip(self, *lines: str) -> None:
        """Run these lines of `ip`."""
        batch = "\n".join(lines)
        self.call(
            lambda: subprocess.run(["ip", "-batch", "-"], input=batch, text=True, check=True, capture_output=True)
        )

    def close(self) -> None:
        os.close(self.tap)
        self._thread.shutdown()

    def _enter(self) -> int:
        if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        tap = os.open(_TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tap, _TUNSETIFF, struct.pack("16sH22x", b"tap0", _IFF_TAP_WITHOUT_HEADER))
        lines = f"link set lo up\naddress add {self.address}/24 dev tap0\nlink set tap0 up"
        subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True, capture_output=True)
        return tap


@dataclass(frozen=True, slots=True)
class Weather:
    """What the cable does to UDP packets, in each direction; shares are of 1, times are seconds.

    `largest_bytes` is that of an IP packet: larger ones vanish without a word. `clears_checksums` also takes the UDP
    checksum away, so that nobody can notice the damage.
    """

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    corruption: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    largest_bytes: int = 65535
    clears_checksums: bool = False


class Direction:
    """One way through the cable. `packets` counts the UDP packets that went in, `bytes` what they held."""

    def __init__(self, source: int, target: int, weather: Weather, seed: str) -> None:
        self.source, self.target, self.weather = source, target, weather
        self.packets = self.bytes = 0
        self._random = random.Random(seed)
        self._due: list[tuple[float, int, bytes]] = []
        self._swapped: bytes | None = None
        self._number = 0

    def take(self, frame: bytes, now: float) -> None:
        if frame[12:14] not in _RELAYED:
            return
        if not _is_udp(frame):
            self._put(frame, now)
            return
        self.packets += 1
        self.bytes += len(frame) - _ETHERNET
        for each in self._weathered(frame, now):
            delay = self.weather.delay + self._random.random() * self.weather.jitter
            self._put(each, now + delay)

    def _weathered(self, frame: bytes, now: float) -> list[bytes]:
        lost, doubled, swapped, damaged = (self._random.random() for _ in range(4))
        place = self._random.random()
        if lost < self.weather.loss or len(frame) - _ETHERNET > self.weather.largest_bytes:
            return []
        if damaged < self.weather.corruption:
            frame = _damaged(frame, place, cleared=self.weather.clears_checksums)
        if swapped < self.weather.reordering and self._swapped is None:
            self._swapped = frame
            self._put(b"", now + _SWAPPED_WITHIN_SECONDS)  # to let it go by then
            return []
        frames = [frame] * (2 if doubled < self.weather.duplication else 1)
        return frames + self._let_go()

    def _let_go(self) -> list[bytes]:
        frame, self._swapped = self._swapped, None
        return [frame] if frame else []

    def _put(self, frame: bytes, due: float) -> None:
        self._number += 1
        heapq.heappush(self._due, (due, self._number, frame))

    def deliver(self, now: float, *, is_up: bool) -> None:
        """Send what is due. A cable that is not plugged in swallows it."""
        while self._due and self._due[0][0] <= now:
            _, _, frame = heapq.heappop(self._due)
            for each in [frame] if frame else self._let_go():
                if is_up:
                    with suppress(OSError):  # the card at the other end is down
                        os.write(self.target, each)

    def waits_seconds(self, now: float) -> float | None:
        return max(self._due[0][0] - now, 0) if self._due else None


class Network:
    """A server's stack and a device's, and the cable. `is_up` is whether the cable is plugged in."""

    SERVER, DEVICE = "10.86.118.21", "10.86.118.20"

    def __init__(self, weather: Weather | None = None, seed: int = 1) -> None:
        weather = weather or Weather()
        self.server, self.device = Stack(self.SERVER), Stack(self.DEVICE)
        self.to_device = Direction(self.server.tap, self.device.tap, weather, f"{seed} to the device")
        self.to_server = Direction(self.device.tap, self.server.tap, weather, f"{seed} to the server")
        self.is_up = True
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._relay, name="relay")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stop_writer, b"\0")
        self._thread.join()
        for descriptor in (self._stop_reader, self._stop_writer):
            os.close(descriptor)
        self.server.close()
        self.device.close()

    def _relay(self) -> None:
        directions = {each.source: each for each in (self.to_device, self.to_server)}
        while True:
            now = time.monotonic()
            waits = [wait for each in directions.values() if (wait := each.waits_seconds(now)) is not None]
            ready, _, _ = select.select([*directions, self._stop_reader], [], [], min(waits, default=None))
            if self._stop_reader in ready:
                return
            now = time.monotonic()
            for source in ready:
                with suppress(OSError):  # the card is down
                    directions[source].take(os.read(source, 0x10000), now)
            for each in directions.values():
                each.deliver(now, is_up=self.is_up)


def _is_udp(frame: bytes) -> bool:
    return frame[12:14] == b"\x08\x00" and frame[_ETHERNET + 9] == 17


def _damaged(frame: bytes, place: float, *, cleared: bool) -> bytes:
    """One bit turned in what UDP carries, past the four bytes of TFTP's own header where there is more."""
    udp = _ETHERNET + (frame[_ETHERNET] & 15) * 4
    damaged = bytearray(frame)
    first = udp + _UDP_HEADER
    first += 4 if len(frame) > first + 4 else 0
    damaged[first + int(place * (len(frame) - first))] ^= 0x20
    if cleared:
        damaged[udp + 6 : udp + 8] = b"\0\0"
    return bytes(damaged)
