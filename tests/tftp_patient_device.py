"""A device on a bad network: it has a timer of its own, repeats what was not answered, and gives up at last.

The one rule: as boot monitors do it. Kinds differ in one thing: whether a repeated block is acknowledged again (most),
or passed over until the device's own timer runs out (U-Boot).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tftp_rig import ACKS, Client, request


@dataclass
class PatientDevice:
    """Fetches a file through `client`; in windows (RFC 7440) where that is agreed on.

    `timer_seconds` is its own timer, `gives_up_seconds` the longest silence; `at` is what happens to the world once
    that many blocks have come.
    """

    client: Client
    timer_seconds: float = 0.25
    gives_up_seconds: float = 30.0
    acknowledges_again: bool = True
    at: dict[int, Callable[[], None]] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)
    blocks: int = 0
    repeated: int = 0

    def fetch(self, name: bytes, options: dict[bytes, bytes] | None = None) -> bytes:
        """Raises TimeoutError when nothing new has come for `gives_up_seconds`."""
        self._last = request(name, options)
        self._peer: tuple[str, int] | None = None
        self._blksize, self._window = 512, 1
        self._unacknowledged, self._has_complained = 0, False
        self._say()
        while not self._is_complete(self._hear()):
            pass
        self._say()
        return bytes(self.data)

    def _say(self) -> None:
        with suppress(OSError):  # the network is down: as good as lost
            self.client.socket.sendto(self._last, self._peer or self.client.server)

    def _hear(self) -> bytes:
        """The next packet of the transfer; what has to be repeated meanwhile, is."""
        given_up_at = time.monotonic() + self.gives_up_seconds
        self.client.socket.settimeout(self.timer_seconds)
        while time.monotonic() < given_up_at:
            try:
                packet, peer = self.client.socket.recvfrom(0x10000)
            except TimeoutError:
                self._has_complained = False
                self._say()
                continue
            except OSError:
                continue
            if peer == self._peer or (self._peer is None and packet.startswith((b"\0\6", b"\0\3\0\1", b"\0\5"))):
                self._peer = peer
                return packet
        raise TimeoutError(f"nothing new after block {self.blocks}")

    def _is_complete(self, packet: bytes) -> bool:
        assert packet[:2] in (b"\0\3", b"\0\6"), packet[:100]
        number = int.from_bytes(packet[2:4])
        if packet[:2] == b"\0\6":
            self._agree(packet)
        elif number == (self.blocks + 1) & 0xFFFF:
            return self._takes(packet)
        else:
            self.repeated += 1
            self._complains()
        return False

    def _takes(self, packet: bytes) -> bool:
        """The next block; whether it was the last."""
        self.blocks += 1
        self.data += packet[4:]
        self._last, self._has_complained = ACKS[self.blocks & 0xFFFF], False
        self.at.get(self.blocks, lambda: None)()
        if len(packet) - 4 < self._blksize:
            return True
        self._unacknowledged += 1
        if self._unacknowledged >= self._window:
            self._unacknowledged = 0
            self._say()
        return False

    def _complains(self) -> None:
        """A block out of turn: say once what was the last in turn. In lock-step, every time."""
        if self.acknowledges_again and not (self._has_complained and self._window > 1):
            self._has_complained, self._unacknowledged = True, 0
            self._say()

    def _agree(self, packet: bytes) -> None:
        strings = packet[2:].split(b"\0")
        agreed = dict(zip(strings[:-1:2], strings[1:-1:2], strict=True))
        self._blksize, self._window = int(agreed.get(b"blksize", b"512")), int(agreed.get(b"windowsize", b"1"))
        if self.blocks == 0:
            self._last = ACKS[0]
            self._say()
