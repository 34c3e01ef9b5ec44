"""Frames taken apart just as far as a diagnosis of TFTP looks: Ethernet and its like, VLAN tags, ARP, IP, UDP, ICMP.

The one rule: whatever bytes come, the answer is a sighting or None, in a time bounded by the frame's length.

A capture of one image holds hundreds of thousands of frames. A packet library that makes an object of every layer takes
100 us for each; this takes a few, so that the diagnosis comes while somebody waits for it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

#: Whether a UDP checksum holds. `unfilled`: the sender's network card was to fill it in; `unseen`: the frame was cut.
Checksum = Literal["good", "bad", "absent", "unfilled", "unseen"]

_ARP, _IPV4, _IPV6 = 0x0806, 0x0800, 0x86DD
_TAGS = {0x8100, 0x88A8, 0x9100}
_ICMP, _UDP, _ICMPV6 = 1, 17, 58
_V6_EXTENSIONS, _V6_FRAGMENT = {0, 43, 60}, 44
_MOST_EXTENSIONS = 8
# AF_INET6 is another number on each system that writes captures of its loopback.
_FAMILIES = {2: _IPV4, 10: _IPV6, 24: _IPV6, 28: _IPV6, 30: _IPV6}


class Arp(NamedTuple):
    """`sender` at hardware address `mac` asks who has `target`, or answers that it has `sender` itself."""

    seconds: float
    mac: str
    sender: str
    target: str
    is_answer: bool
    vlan: int


class Datagram(NamedTuple):
    """A whole UDP datagram. `payload` may be cut short by the capture, `payload_bytes` is what was sent."""

    seconds: float
    source: str
    source_port: int
    target: str
    target_port: int
    payload: bytes
    payload_bytes: int
    checksum: Checksum
    mac: str
    vlan: int


class Unreachable(NamedTuple):
    """`reporter` could not deliver the datagram that `source` sent to `target`. `is_port`: nobody listens there."""

    seconds: float
    reporter: str
    is_port: bool
    source: str
    source_port: int
    target: str
    target_port: int


class Fragment(NamedTuple):
    """A piece of an IP packet that was too large for the network."""

    seconds: float
    source: str
    target: str


class Other(NamedTuple):
    """Any other IP packet; a sign of life. `is_ping`: an ICMP echo request or its answer."""

    seconds: float
    source: str
    target: str
    is_ping: bool
    vlan: int


Sighting = Arp | Datagram | Unreachable | Fragment | Other


class _Link(NamedTuple):
    """What stands before the network layer. `vlan` is 0 where there is no tag."""

    kind: int
    offset: int
    mac: bytes = b""
    vlan: int = 0


def sighted(link_type: int, frame: bytes, seconds: float) -> Sighting | None:
    """What a frame tells; None if it is of no interest, or cut too short. `seconds` is its time, as the sighting's."""
    link = _LINKS[link_type](frame)
    if link.kind == _IPV4:
        return _ipv4(frame, link, seconds)
    if link.kind == _ARP:
        return _arp(frame, link, seconds)
    if link.kind == _IPV6:
        return _ipv6(frame, link, seconds)
    return None


def is_known_link(link_type: int) -> bool:
    """Whether frames of this link type (as https://www.tcpdump.org/linktypes.html numbers them) can be read."""
    return link_type in _LINKS


def _ethernet(frame: bytes) -> _Link:
    return _tagged(frame, 12, frame[6:12])


def _tagged(frame: bytes, offset: int, mac: bytes) -> _Link:
    """From the EtherType at `offset` on, through any VLAN tags; the outermost is the one that a switch looks at."""
    kind, vlan = int.from_bytes(frame[offset : offset + 2]), 0
    offset += 2
    while kind in _TAGS and offset + 4 <= len(frame):
        vlan = vlan or int.from_bytes(frame[offset : offset + 2]) & 0xFFF
        kind = int.from_bytes(frame[offset + 2 : offset + 4])
        offset += 4
    return _Link(kind, offset, mac, vlan)


def _cooked(frame: bytes) -> _Link:
    return _tagged(frame, 14, frame[6:12])


def _cooked_2(frame: bytes) -> _Link:
    link = _tagged(frame, 0, frame[12:18])
    # The protocol stands first here; a tag's own four bytes would follow the header, which no system is seen to write.
    return _Link(link.kind, 20, link.mac)


def _loopback(frame: bytes) -> _Link:
    family = frame[:4]
    # Host byte order of whoever recorded it: one of the two readings is a family, the other is none.
    kind = _FAMILIES.get(int.from_bytes(family, "little")) or _FAMILIES.get(int.from_bytes(family)) or 0
    return _Link(kind, 4)


def _raw(frame: bytes) -> _Link:
    return _Link({4: _IPV4, 6: _IPV6}.get(frame[0] >> 4 if frame else 0, 0), 0)


_LINKS: dict[int, Callable[[bytes], _Link]] = {
    0: _loopback,
    108: _loopback,
    1: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    228: _raw,
    229: _raw,
    113: _cooked,
    276: _cooked_2,
}


@lru_cache(4096)
def _address(packed: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


@lru_cache(4096)
def _hardware(mac: bytes) -> str:
    return mac.hex(":")


def _arp(frame: bytes, link: _Link, seconds: float) -> Arp | None:
    body = frame[link.offset : link.offset + 28]
    if len(body) < 28 or body[2:6] != b"\x08\x00\x06\x04" or body[6:8] not in (b"\0\1", b"\0\2"):
        return None
    sender, target = _address(body[14:18]), _address(body[24:28])
    return Arp(seconds, _hardware(body[8:14]), sender, target, body[7] == 2, link.vlan)


def _ipv4(frame: bytes, link: _Link, seconds: float) -> Sighting | None:
    start = link.offset
    if len(frame) < start + 20 or frame[start] >> 4 != 4:
        return None
    header_bytes = 4 * (frame[start] & 15)
    source, target = _address(frame[start + 12 : start + 16]), _address(frame[start + 16 : start + 20])
    if int.from_bytes(frame[start + 6 : start + 8]) & 0x3FFF:
        return Fragment(seconds, source, target)
    protocol, body = frame[start + 9], start + header_bytes
    if protocol == _UDP:
        is_whole = _sums_up(frame[start:body]) if len(frame) >= body else True
        datagram = _udp(frame, body, frame[start + 12 : start + 20], link, seconds)
        return datagram if is_whole or datagram is None else datagram._replace(checksum="bad")
    if protocol == _ICMP and len(frame) > body:
        return _icmp(frame, body, (source, target), link, seconds)
    return Other(seconds, source, target, is_ping=False, vlan=link.vlan)


def _sums_up(header: bytes) -> bool:
    """Whether an IPv4 header's checksum holds, or was left to the network card of the sender."""
    return header[10:12] == b"\0\0" or not int.from_bytes(header) % 0xFFFF


def _ipv6(frame: bytes, link: _Link, seconds: float) -> Sighting | None:
    start = link.offset
    if len(frame) < start + 40 or frame[start] >> 4 != 6:
        return None
    source, target = _address(frame[start + 8 : start + 24]), _address(frame[start + 24 : start + 40])
    protocol, body = frame[start + 6], start + 40
    for _ in range(_MOST_EXTENSIONS):
        if protocol not in _V6_EXTENSIONS or len(frame) < body + 2:
            break
        protocol, body = frame[body], body + 8 * (1 + frame[body + 1])
    if protocol == _V6_FRAGMENT:
        return Fragment(seconds, source, target)
    if protocol == _UDP:
        return _udp(frame, body, frame[start + 8 : start + 40], link, seconds)
    if protocol == _ICMPV6 and len(frame) > body:
        return _icmpv6(frame, body, (source, target), link, seconds)
    return Other(seconds, source, target, is_ping=False, vlan=link.vlan)


def _udp(frame: bytes, start: int, addresses: bytes, link: _Link, seconds: float) -> Datagram | None:
    header = frame[start : start + 8]
    if len(header) < 8:
        return None
    length = int.from_bytes(header[4:6])
    if length < 8:
        return None
    datagram = frame[start : start + length]
    source_port, target_port = int.from_bytes(header[:2]), int.from_bytes(header[2:4])
    checksum = _checksum(datagram, length, addresses)
    mac = _hardware(link.mac)
    half = len(addresses) // 2
    source, target = _address(addresses[:half]), _address(addresses[half:])
    return Datagram(
        seconds, source, source_port, target, target_port, datagram[8:], length - 8, checksum, mac, link.vlan
    )


def _checksum(datagram: bytes, length: int, addresses: bytes) -> Checksum:
    """Judge a UDP checksum (RFC 768). The ones' complement sum of 16-bit words is the number modulo 0xFFFF."""
    told = datagram[6:8]
    if told == b"\0\0":
        return "absent"
    pseudo_header = int.from_bytes(addresses) + _UDP + length
    if len(datagram) < length:
        return "unseen"
    words = datagram + b"\0" if length % 2 else datagram
    if not (pseudo_header + int.from_bytes(words)) % 0xFFFF:
        return "good"
    # What a system hands to its network card to complete: the sum of the pseudo header alone, not inverted.
    return "unfilled" if (pseudo_header - int.from_bytes(told)) % 0xFFFF == 0 else "bad"


def _icmp(frame: bytes, start: int, ends: tuple[str, str], link: _Link, seconds: float) -> Sighting:
    kind, code = frame[start], frame[start + 1 : start + 2]
    inner = start + 8
    if kind == 3 and len(frame) >= inner + 20 and frame[inner + 9] == _UDP:
        quoted = frame[inner + 12 : inner + 16], frame[inner + 16 : inner + 20]
        ports = frame[inner + 4 * (frame[inner] & 15) :]
        return _unreachable(ends[0], quoted, ports, seconds, is_port=code == b"\3")
    return Other(seconds, *ends, is_ping=kind in (0, 8), vlan=link.vlan)


def _icmpv6(frame: bytes, start: int, ends: tuple[str, str], link: _Link, seconds: float) -> Sighting:
    kind, code = frame[start], frame[start + 1 : start + 2]
    inner = start + 8
    if kind == 1 and len(frame) >= inner + 40 and frame[inner + 6] == _UDP:
        quoted = frame[inner + 8 : inner + 24], frame[inner + 24 : inner + 40]
        return _unreachable(ends[0], quoted, frame[inner + 40 :], seconds, is_port=code == b"\4")
    return Other(seconds, *ends, is_ping=kind in (128, 129), vlan=link.vlan)


def _unreachable(
    reporter: str, quoted: tuple[bytes, bytes], ports: bytes, seconds: float, *, is_port: bool
) -> Unreachable:
    source, target = map(_address, quoted)
    return Unreachable(
        seconds, reporter, is_port, source, int.from_bytes(ports[:2]), target, int.from_bytes(ports[2:4])
    )
