"""Devices that do anything in any order, as a state machine of hypothesis, beside one that just downloads.

The one rule: whatever the others do, each device gets the next block of its own transfer when it acknowledges the last,
and every byte that anybody ever gets is right.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tftp_crowd import addresses
from tftp_rig import ACKS, Bystander, Client, request

FILES = {
    "asa.bin": bytes(range(256)) * 600,
    "exact.bin": bytes(range(255, -1, -1)) * 8,
    "short.bin": b"short",
    "empty.bin": b"",
}
#: Each device has an address of its own: what the server counts by address is for other tests.
SOURCES = itertools.cycle(addresses(60_000))
_TIMER_SECONDS, _TRIES = 0.3, 30

options = st.dictionaries(
    st.sampled_from([b"tsize", b"timeout", b"nonsense"]), st.sampled_from([b"0", b"3", b"x"]), max_size=2
)
block_sizes = st.none() | st.sampled_from([8, 100, 512, 1468, 8192])
garbage = st.binary(max_size=80) | st.builds(
    lambda packet, at, byte: packet[: at % (len(packet) + 1)] + bytes([byte]) + packet[at % (len(packet) + 1) + 1 :],
    st.sampled_from([request(b"asa.bin"), b"\0\2asa.bin\0octet\0", b"\0\6blksize\0008\0", b"\0\3\0\1data"]),
    st.integers(0, 40),
    st.integers(0, 255),
)


@dataclass
class Asking:
    """One request of a device: what it may lead to."""

    datagram: bytes
    content: bytes
    blksize: int
    has_options: bool

    def data(self, block: int) -> bytes:
        return b"\0\3" + (block & 0xFFFF).to_bytes(2) + self.content[(block - 1) * self.blksize : block * self.blksize]

    def is_right(self, packet: bytes) -> bool:
        """Whether the packet is one that this request may bring, at any time."""
        if packet[:2] == b"\0\6":
            return self.has_options
        block = int.from_bytes(packet[2:4])
        return block > 0 and packet == self.data(block) and (block - 1) * self.blksize <= len(self.content)


@dataclass
class Device:
    """A port of a device, and what it has come to. `block` is the one it was given last, 0 the OACK.

    `left` are the ports of the server's that it will hear no more: those of transfers before the last request.
    """

    client: Client
    asked: list[Asking] = field(default_factory=list)
    left: set[tuple[str, int]] = field(default_factory=set)
    block: int = 0
    is_acknowledged: bool = False
    has_ended: bool = False

    @property
    def asking(self) -> Asking:
        return self.asked[-1]

    @property
    def has_all(self) -> bool:
        return self.block > len(self.asking.content) // self.asking.blksize

    def asks(self, asking: Asking) -> None:
        """Ask, for the first time or anew, and take the first packet of the new transfer."""
        if self.asked and (self.is_acknowledged or self.asking != asking):
            self.left.add(self.client.peer)
        self.asked.append(asking)
        self.block, self.is_acknowledged, self.has_ended = 0, False, False
        self._until_heard(lambda: self.client.ask(asking.datagram), b"\0\6" if asking.has_options else b"\0\3\0\1")
        self.block = 0 if asking.has_options else 1

    def acknowledges(self) -> None:
        """Acknowledge the last block and take the next, if there is one."""
        self.is_acknowledged = True
        if self.has_all:
            self.client.ack(self.block)
            self.has_ended = True
            return
        self.block += 1
        self._until_heard(lambda: self.client.ack(self.block - 1), self.asking.data(self.block))

    def _until_heard(self, say: Callable[[], None], start: bytes) -> None:
        """Say it until the answer comes, as a device with a timer does. Nothing wrong may come before it."""
        peer = self.client.peer
        self.client.socket.settimeout(_TIMER_SECONDS)
        for _ in range(_TRIES):
            say()
            try:
                while not ((packet := self.client.hear()).startswith(start) and self.client.peer not in self.left):
                    assert any(asking.is_right(packet) for asking in self.asked), packet[:60]
                    self.client.peer = peer
            except TimeoutError:
                continue
            assert self.asking.is_right(packet), packet[:60]
            return
        raise AssertionError(f"never heard {start!r}")


class Devices(RuleBasedStateMachine):
    """A subclass says at which `port` the server listens and that it serves FILES."""

    port: ClassVar[int]
    devices: Bundle[Device] = Bundle("devices")

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Device] = []

    @initialize()
    def a_bystander_downloads(self) -> None:
        self.bystander = Bystander(self.port, b"asa.bin", FILES["asa.bin"], source=next(SOURCES))

    @invariant()
    def the_bystander_goes_on(self) -> None:
        if hasattr(self, "bystander"):
            self.bystander.goes_on(1)

    @rule(target=devices, name=st.sampled_from(sorted(FILES)), blksize=block_sizes, more=options)
    def a_device_asks(self, name: str, blksize: int | None, more: dict[bytes, bytes]) -> Device:
        device = Device(Client(self.port, source=next(SOURCES)))
        self.all.append(device)
        device.asks(_asking(name, blksize, more))
        return device

    @rule(device=devices, name=st.sampled_from(sorted(FILES)), blksize=block_sizes, again=st.booleans())
    def a_device_restarts(self, device: Device, name: str, blksize: int | None, again: bool) -> None:
        device.asks(device.asking if again else _asking(name, blksize, {}))

    @rule(device=devices, blocks=st.integers(1, 4))
    def a_device_acknowledges(self, device: Device, blocks: int) -> None:
        for _ in range(blocks):
            if not device.has_ended:
                device.acknowledges()

    @rule(device=devices, copies=st.integers(1, 20))
    def a_device_acknowledges_the_block_before_again(self, device: Device, copies: int) -> None:
        for _ in range(copies if device.block > 1 else 0):
            device.client.ack(device.block - 1)

    @rule(device=devices, ahead=st.integers(1, 65000))
    def a_device_acknowledges_what_it_was_never_sent(self, device: Device, ahead: int) -> None:
        device.client.say(ACKS[(device.block + ahead) & 0xFFFF])

    @rule(device=devices, tail=st.binary(max_size=40))
    def a_device_says_error(self, device: Device, tail: bytes) -> None:
        device.client.say(b"\0\5" + tail)
        device.has_ended = True

    @rule(device=devices, nonsense=garbage)
    def a_device_talks_nonsense(self, device: Device, nonsense: bytes) -> None:
        if nonsense[:2] not in (b"\0\4", b"\0\5"):
            device.client.say(nonsense)

    @rule(device=devices, nonsense=garbage | st.just(b"\0\5\0\0stop\0") | st.sampled_from(ACKS[:9]))
    def a_stranger_talks_into_a_transfer(self, device: Device, nonsense: bytes) -> None:
        with Client(self.port, source=next(SOURCES)) as stranger:
            stranger.socket.sendto(nonsense, device.client.peer)

    @rule(nonsense=garbage)
    def a_stranger_talks_nonsense_at_the_door(self, nonsense: bytes) -> None:
        with Client(self.port, source=next(SOURCES)) as stranger:
            stranger.ask(nonsense)

    @rule(device=consumes(devices))
    def a_device_vanishes(self, device: Device) -> None:
        device.client.socket.close()

    def teardown(self) -> None:
        if hasattr(self, "bystander"):
            self.bystander.finishes()
            self.bystander.__exit__()
        for device in self.all:
            device.client.socket.close()


def _asking(name: str, blksize: int | None, more: dict[bytes, bytes]) -> Asking:
    asked = more | ({b"blksize": str(blksize).encode()} if blksize else {})
    content = FILES[name]
    is_heeded = blksize or more.get(b"timeout") == b"3" or (content and more.get(b"tsize") in (b"0", b"3"))
    return Asking(request(name.encode(), asked), content, blksize or 512, bool(is_heeded))
