"""A device that downloads an image again and again and compares every byte: `live_transfer.py PORT IMAGE`.

Every tenth of a second it prints a line: the time (monotonic, in seconds), the blocks it has got so far, the repetitions
among them, the server's port of the transfer under way, and the seconds that it has spent on being let in.
It ends with its standard input, and at the first wrong byte.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from pathlib import Path

ACKS = [b"\0\4" + number.to_bytes(2) for number in range(0x10000)]
REQUEST = b"\0\1asa.bin\0octet\0"
TIMER_SECONDS = 0.5
_BLOCKS_A_LOOK = 256


class Tally:
    """Counts, and says so ten times a second."""

    def __init__(self) -> None:
        self.blocks = self.repeated = 0
        self.waited = 0.0
        self._due = 0.0

    def look(self, port: int) -> None:
        now = time.monotonic()
        if now >= self._due:
            print(f"{now:.4f} {self.blocks} {self.repeated} {port} {self.waited:.4f}", flush=True)
            self._due = now + 0.1
        if select.select([sys.stdin], [], [], 0)[0]:
            sys.exit(0)


def ask(device: socket.socket, server: tuple[str, int]) -> tuple[bytes, tuple[str, int]]:
    """The first packet, and where it came from. A request that drowns is repeated."""
    for _ in range(60):
        device.sendto(REQUEST, server)
        try:
            return device.recvfrom(0x10000)
        except TimeoutError:
            continue
    sys.exit("the server did not answer for half a minute")


def download(server: tuple[str, int], image: memoryview, tally: Tally) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind(("127.0.0.77", 0))
        device.settimeout(TIMER_SECONDS)
        began = time.monotonic()
        packet, peer = ask(device, server)
        tally.waited += time.monotonic() - began
        device.connect(peer)
        last = len(image) // 512 + 1
        block = 1
        while True:
            if packet[2:4] == (block & 0xFFFF).to_bytes(2):
                if packet[:2] != b"\0\3" or packet[4:] != image[(block - 1) * 512 : block * 512]:
                    sys.exit(f"wrong bytes in block {block}: {packet[:60]!r}")
                device.send(ACKS[block & 0xFFFF])
                tally.blocks += 1
                if block == last:
                    return
                block += 1
            elif packet[:2] == b"\0\5":
                sys.exit(f"the server ended the transfer at block {block}: {packet!r}")
            else:
                tally.repeated += 1
            if not block % _BLOCKS_A_LOOK:
                tally.look(peer[1])
            packet = hear(device, ACKS[(block - 1) & 0xFFFF], peer[1], tally)


def hear(device: socket.socket, last_ack: bytes, port: int, tally: Tally) -> bytes:
    while True:
        try:
            return device.recv(0x10000)
        except TimeoutError:
            tally.look(port)
            device.send(last_ack)


def main() -> None:
    server, image = ("127.0.0.1", int(sys.argv[1])), memoryview(Path(sys.argv[2]).read_bytes())
    tally = Tally()
    while True:
        download(server, image, tally)


if __name__ == "__main__":
    main()
