"""Captures made for tests: scapy, which shares nothing with our own reading of frames, builds them and their checksums."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet, Raw
from scapy.utils import wrpcap

from tftp.diagnosis import diagnosed
from tftp.diagnosis.capture import Capture
from tftp.diagnosis.findings import Expected, Finding

SERVER, DEVICE, OTHER = "192.0.2.1", "192.0.2.10", "192.0.2.99"
SERVER_MAC, DEVICE_MAC, OTHER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:10", "02:00:00:00:00:99"
MACS = {SERVER: SERVER_MAC, DEVICE: DEVICE_MAC, OTHER: OTHER_MAC}
PORT, DATA_PORT, CLIENT_PORT = 69, 40000, 1024
IMAGE = "asa984-22-lfbff-k8.SPA"
EXPECTED = Expected(SERVER, PORT, DEVICE, IMAGE)

Frames = list[Packet]


def rrq(name: str = IMAGE, options: bytes = b"", mode: str = "octet") -> bytes:
    return b"\0\1" + name.encode() + b"\0" + mode.encode() + b"\0" + options


def data(block: int, size: int = 512) -> bytes:
    return b"\0\3" + (block & 0xFFFF).to_bytes(2) + bytes(size)


def ack(block: int) -> bytes:
    return b"\0\4" + (block & 0xFFFF).to_bytes(2)


def error(code: int, text: str = "") -> bytes:
    return b"\0\5" + code.to_bytes(2) + text.encode() + b"\0"


def oack(**options: int) -> bytes:
    return b"\0\6" + b"".join(f"{name}\0{value}\0".encode() for name, value in options.items())


def udp(source: str, target: str, payload: bytes, *, ports: tuple[int, int], **fields: Any) -> Packet:
    """A datagram as it is on the wire. `fields` may give a `chksum` for UDP."""
    frame = Ether(src=MACS[source], dst=MACS.get(target, "ff:ff:ff:ff:ff:ff"))
    return frame / IP(src=source, dst=target) / UDP(sport=ports[0], dport=ports[1], **fields) / Raw(payload)


def asks(payload: bytes | None = None, *, source: str = DEVICE, target: str = SERVER, **fields: Any) -> Packet:
    """The device asks at the server's port."""
    return udp(source, target, rrq() if payload is None else payload, ports=(CLIENT_PORT, PORT), **fields)


def says(payload: bytes, **fields: Any) -> Packet:
    """The device says something to the transfer's port."""
    return udp(DEVICE, SERVER, payload, ports=(CLIENT_PORT, DATA_PORT), **fields)


def hears(payload: bytes, *, source: str = SERVER, port: int = DATA_PORT, **fields: Any) -> Packet:
    """The server sends something to the device."""
    return udp(source, DEVICE, payload, ports=(port, CLIENT_PORT), **fields)


def who_has(sender: str, target: str) -> Packet:
    return Ether(src=MACS[sender], dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=MACS[sender], psrc=sender, pdst=target)


def is_at(sender: str, target: str, mac: str = "") -> Packet:
    mac = mac or MACS[sender]
    return Ether(src=mac, dst=MACS[target]) / ARP(op=2, hwsrc=mac, psrc=sender, hwdst=MACS[target], pdst=target)


def unreachable(undelivered: Packet) -> Packet:
    """The system that `undelivered` went to says that its port is closed."""
    inner = undelivered[IP]
    frame = Ether(src=undelivered.dst, dst=undelivered.src) / IP(src=inner.dst, dst=inner.src)
    return frame / ICMP(type=3, code=3) / Raw(bytes(inner)[:28])


def ping(source: str, target: str) -> Packet:
    return Ether(src=MACS[source], dst=MACS[target]) / IP(src=source, dst=target) / ICMP()


def tagged(frame: Packet, vlan: int) -> Packet:
    return Ether(src=frame.src, dst=frame.dst) / Dot1Q(vlan=vlan) / frame.payload


def blocks(first: int, last: int, size: int = 512) -> Frames:
    """Blocks that pass, each with its ACK."""
    return [frame for block in range(first, last + 1) for frame in (hears(data(block, size)), says(ack(block)))]


def sampled(last: int) -> Frames:
    """A long transfer of which only every 1024th block was kept, and the last ones."""
    kept = [*range(1, 5), *range(1024, last - 4, 1024), *range(last - 4, last + 1)]
    return [frame for block in kept for frame in (hears(data(block)), says(ack(block)))]


def written(frames: Iterable[Packet], path: Path, **settings: Any) -> Path:
    """The frames as a pcap, 10 ms apart where they have no time of their own."""
    made = list(frames)
    for number, frame in enumerate(made):
        frame.time = 1_700_000_000 + number / 100
    wrpcap(str(path), made, **settings)
    return path


def found(frames: Iterable[Packet], folder: Path, expected: Expected | None = EXPECTED) -> list[Finding]:
    """The findings in a capture of these frames."""
    return diagnosed(Capture(written(frames, folder / "seen.pcap")).sightings(), expected)
