"""Which packets of a long transfer a diagnosis needs, out of hundreds of thousands that all went well.

The one rule: bounded memory, and a few microseconds a packet. Kept are ARP, ICMP, requests, OACK, ERROR and whatever
else the device sends; of DATA and ACK the first ones, the last ones, every 1024th, the ends of 15- and 16-bit counters,
and all that is out of the ordinary (repeated, jumping, after a pause) together with the packets just before it.
"""

from __future__ import annotations

import heapq
import socket
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tftp.diagnosis.pcap import SNAP_BYTES, Frame
from tftp.diagnosis.sightings import Arp, Datagram, sighted

_FIRST_FRAMES, _LAST_FRAMES = 8, 6
_EVERY = 1024
_PAUSE_NANOSECONDS = 300_000_000
_LARGEST_WINDOW = 64
_DATA_SNAP_BYTES = 128
_ETHERNET = 1
_MOST_FLOWS, _MOST_STRANGE_ARPS, _MOST_LATE = 4096, 1000, 8192
_LIMIT_BYTES = 8 << 20
_RECORD_BYTES = 16


@dataclass(slots=True)
class _Flow:
    """One direction of a transfer: how far it is, and its latest frames, which are not kept yet."""

    block: int
    nanoseconds: int
    frames: int = 0
    recent: deque[Frame] = field(default_factory=lambda: deque(maxlen=_LAST_FRAMES))


class Keeper:
    """Takes every frame and keeps what tells something; `frames` then hands those out in the order of their time."""

    def __init__(self, port: int, server: str = "", device: str = "", *, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._port = port.to_bytes(2)
        self._ours = {server, device} - {""}
        self._device = device
        self._flows: dict[bytes, _Flow] = {}
        self._clients: dict[bytes, None] = {}
        self._early: list[Frame] = []
        self._late: deque[Frame] = deque(maxlen=_MOST_LATE)
        self._room_bytes = limit_bytes
        self._strange_arps = 0

    def take(self, nanoseconds: int, frame: bytes, wire_bytes: int) -> None:
        """Look at one Ethernet frame."""
        # IPv4 without options, UDP, DATA or ACK: nearly every frame of a transfer is of this form.
        if frame[12:15] == b"\x08\0\x45" and frame[23:24] == b"\x11" and frame[42:44] in (b"\0\3", b"\0\4"):
            self._block(nanoseconds, frame, wire_bytes)
        elif self._is_of_interest(frame):
            self._keep(Frame(nanoseconds, frame[:SNAP_BYTES], wire_bytes))

    def frames(self) -> Iterator[Frame]:
        """All that was kept, with the latest frames of every transfer."""
        kept = sorted((*self._early, *self._late))
        return heapq.merge(kept, sorted(frame for flow in self._flows.values() for frame in flow.recent))

    def _block(self, nanoseconds: int, frame: bytes, wire_bytes: int) -> None:
        key = frame[26:38]
        if not self._is_clients(frame[26:30] + frame[34:36], frame[30:34] + frame[36:38]):
            return
        block = int.from_bytes(frame[44:46])
        flow = self._flows.get(key) or self._new_flow(key, block, nanoseconds)
        kept = Frame(nanoseconds, frame[:_DATA_SNAP_BYTES], wire_bytes)
        if self._is_ordinary(flow, block, nanoseconds):
            flow.recent.append(kept)
        else:
            for each in flow.recent:
                self._keep(each)
            flow.recent.clear()
            self._keep(kept)
        flow.frames += 1
        flow.block, flow.nanoseconds = block, nanoseconds

    @staticmethod
    def _is_ordinary(flow: _Flow, block: int, nanoseconds: int) -> bool:
        return (
            flow.frames >= _FIRST_FRAMES
            and 1 <= (block - flow.block) & 0xFFFF <= _LARGEST_WINDOW
            and nanoseconds - flow.nanoseconds < _PAUSE_NANOSECONDS
            and block % _EVERY != 0
            and (block + 3) & 0x7FFF > 5
        )

    def _new_flow(self, key: bytes, block: int, nanoseconds: int) -> _Flow:
        if len(self._flows) >= _MOST_FLOWS:
            oldest = self._flows.pop(next(iter(self._flows)))
            for each in oldest.recent:
                self._keep(each)
        flow = self._flows[key] = _Flow(block, nanoseconds)
        return flow

    def _is_clients(self, source: bytes, target: bytes) -> bool:
        """Whether one end has asked our port: on a loopback interface everybody's packets pass by."""
        return source in self._clients or target in self._clients

    def _is_of_interest(self, frame: bytes) -> bool:
        sighting = sighted(_ETHERNET, frame, 0.0)
        if isinstance(sighting, Datagram):
            return self._is_datagram_of_interest(sighting)
        if isinstance(sighting, Arp) and not self._ours & {sighting.sender, sighting.target}:
            self._strange_arps += 1
            return self._strange_arps <= _MOST_STRANGE_ARPS
        return sighting is not None

    def _is_datagram_of_interest(self, datagram: Datagram) -> bool:
        port = int.from_bytes(self._port)
        ends = [_packed(datagram.source, datagram.source_port), _packed(datagram.target, datagram.target_port)]
        if datagram.target_port == port and len(self._clients) < _MOST_FLOWS:
            self._clients[ends[0]] = None
        return (
            port in {datagram.source_port, datagram.target_port}
            or self._is_clients(*ends)
            or self._is_devices(datagram)
        )

    def _is_devices(self, datagram: Datagram) -> bool:
        return bool(self._device) and self._device in {datagram.source, datagram.target}

    def _keep(self, frame: Frame) -> None:
        self._room_bytes -= len(frame.head) + _RECORD_BYTES
        if self._room_bytes > 0:
            self._early.append(frame)
        else:
            self._late.append(frame)


def _packed(address: str, port: int) -> bytes:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address) + port.to_bytes(2)
