"""Ten thousand senders out of one socket, as an attacker forges them (Linux: all of 127.0.0.0/8 is ours).

The one rule: what is sent is sent at a known pace, and the sender's port is open, so that no closed port ends anything
in the server's favour.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable, Iterator
from typing import Self

#: Python 3.11 does not name it.
_IP_PKTINFO = 8


def addresses(count: int) -> Iterator[str]:
    """Loopback addresses that no other test uses."""
    return (f"127.{64 + number // 62500}.{number // 250 % 250 + 1}.{number % 250 + 1}" for number in range(count))


class Crowd:
    """One UDP port at every loopback address."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("0.0.0.0", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, datagram: bytes, source: str, target: tuple[str, int]) -> None:
        """Send from one of the crowd's addresses."""
        sender = struct.pack("=I4s4s", 0, socket.inet_aton(source), bytes(4))
        self.socket.sendmsg([datagram], [(socket.IPPROTO_IP, _IP_PKTINFO, sender)], 0, target)

    def hear_all(self) -> list[tuple[bytes, tuple[str, int]]]:
        """What has come so far, and from where."""
        heard = []
        self.socket.settimeout(0)
        try:
            while True:
                heard.append(self.socket.recvfrom(0x10000))
        except BlockingIOError:
            return heard


def paced(items: Iterable[str], per_second: float) -> Iterator[str]:
    """The items, no faster than so many a second, and as evenly as sleeping allows."""
    began = time.monotonic()
    for number, item in enumerate(items):
        early = began + number / per_second - time.monotonic()
        if early > 0.001:
            time.sleep(early)
        yield item
