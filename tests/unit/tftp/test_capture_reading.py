"""Files of captured packets: every kind of link, cut, fragmented, damaged and hostile ones."""

from __future__ import annotations

import gzip
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Packet, Raw
from scapy.utils import PcapNgWriter
from seen_frames import (
    CLIENT_PORT,
    DATA_PORT,
    DEVICE,
    PORT,
    SERVER,
    ack,
    asks,
    blocks,
    hears,
    is_at,
    rrq,
    who_has,
    written,
)

from tftp.diagnosis import diagnosed
from tftp.diagnosis.capture import Capture
from tftp.diagnosis.sightings import Arp, Datagram, Fragment, Sighting, Unreachable, sighted
from tftp.errors import CaptureToolMissing, CaptureUnreadable

PACKET = asks()[IP]
PACKET_6 = IPv6(src="2001:db8::10", dst="2001:db8::1") / UDP(sport=CLIENT_PORT, dport=PORT) / Raw(rrq())
# Given in full: scapy would ask the network for an address that is left open.
NEAR = Ether(src="02:00:00:00:00:10", dst="02:00:00:00:00:01")
MAC = bytes.fromhex("020000000010")


def sightings(path: Path) -> list[Sighting]:
    return list(Capture(path).sightings())


def pcap(link_type: int, *frames: bytes, order: str = "<", magic: int = 0xA1B2C3D4) -> bytes:
    """A pcap as its format's description has it, at one second after the epoch and 500 of its units."""
    head = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, link_type)
    return head + b"".join(struct.pack(order + "IIII", 1, 500, len(frame), len(frame)) + frame for frame in frames)


LINKS = {
    "ethernet": (1, bytes(NEAR / PACKET), 4),
    "ethernet, IPv6": (1, bytes(NEAR / PACKET_6), 6),
    "VLAN": (1, bytes(NEAR / Dot1Q(vlan=7) / PACKET), 4),
    "VLAN in VLAN": (1, bytes(NEAR / Dot1AD(vlan=9) / Dot1Q(vlan=7) / PACKET), 4),
    "Linux cooked": (113, struct.pack("!HHH", 0, 1, 6) + MAC + b"\0\0\x08\0" + bytes(PACKET), 4),
    "Linux cooked 2": (276, b"\x86\xdd\0\0" + struct.pack("!IHBB", 2, 1, 0, 6) + MAC + b"\0\0" + bytes(PACKET_6), 6),
    "loopback, little-endian": (0, struct.pack("<I", 2) + bytes(PACKET), 4),
    "loopback, big-endian": (0, struct.pack(">I", 2) + bytes(PACKET), 4),
    "loopback of OpenBSD, IPv6": (108, struct.pack(">I", 24) + bytes(PACKET_6), 6),
    "loopback of macOS, IPv6": (0, struct.pack("<I", 30) + bytes(PACKET_6), 6),
    "raw": (101, bytes(PACKET), 4),
    "raw, IPv6": (101, bytes(PACKET_6), 6),
    "raw IPv4": (228, bytes(PACKET), 4),
    "raw IPv6": (229, bytes(PACKET_6), 6),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_request_is_read_from_every_kind_of_link(name: str, tmp_path: Path) -> None:
    link_type, frame, version = LINKS[name]
    (tmp_path / "seen.pcap").write_bytes(pcap(link_type, frame))
    (seen,) = sightings(tmp_path / "seen.pcap")
    assert isinstance(seen, Datagram)
    addresses = (DEVICE, SERVER) if version == 4 else ("2001:db8::10", "2001:db8::1")
    assert (seen.source, seen.target) == addresses
    assert (seen.source_port, seen.target_port, seen.payload) == (CLIENT_PORT, PORT, rrq())
    assert seen.checksum == "good"
    assert seen.vlan == {"VLAN": 7, "VLAN in VLAN": 9}.get(name, 0)


@pytest.mark.parametrize(
    ("order", "magic", "seconds"),
    [("<", 0xA1B2C3D4, 1.0005), (">", 0xA1B2C3D4, 1.0005), ("<", 0xA1B23C4D, 1.0000005), (">", 0xA1B23C4D, 1.0000005)],
)
def test_a_pcap_of_either_byte_order_and_resolution_tells_its_time(
    order: str, magic: int, seconds: float, tmp_path: Path
) -> None:
    (tmp_path / "seen.pcap").write_bytes(pcap(101, bytes(PACKET), order=order, magic=magic))
    (seen,) = sightings(tmp_path / "seen.pcap")
    assert seen.seconds == pytest.approx(seconds, abs=1e-9)


def test_a_pcapng_is_read_as_well(tmp_path: Path) -> None:
    frame = asks()
    frame.time = 1_700_000_000.25
    with PcapNgWriter(str(tmp_path / "seen.pcapng")) as writer:
        writer.write([frame, who_has(DEVICE, SERVER)])
    request, arp = sightings(tmp_path / "seen.pcapng")
    assert isinstance(request, Datagram)
    assert request.payload == rrq()
    assert request.seconds == 1_700_000_000.25
    assert isinstance(arp, Arp)
    assert (arp.sender, arp.target, arp.is_answer) == (DEVICE, SERVER, False)


def test_a_gzipped_capture_is_read_as_well(tmp_path: Path) -> None:
    plain = written([asks(), is_at(SERVER, DEVICE)], tmp_path / "seen.pcap")
    (tmp_path / "seen.pcap.gz").write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    assert sightings(tmp_path / "seen.pcap.gz") == sightings(plain)


def test_a_frame_that_was_cut_still_tells_its_block_and_its_size(tmp_path: Path) -> None:
    frame = bytes(hears(b"\0\3\0\7" + bytes(512)))
    seen = sighted(1, frame[:64], 0.0)
    assert isinstance(seen, Datagram)
    assert (seen.payload[:4], seen.payload_bytes, seen.checksum) == (b"\0\3\0\7", 516, "unseen")


@pytest.mark.parametrize("name", LINKS)
def test_a_frame_cut_anywhere_is_a_sighting_or_none(name: str) -> None:
    link_type, frame, _ = LINKS[name]
    for length in range(len(frame)):
        sighted(link_type, frame[:length], 0.0)


def test_checksums_are_judged_as_the_receivers_system_judges_them() -> None:
    def judged(frame: Packet) -> str:
        seen = sighted(1, bytes(frame), 0.0)
        assert isinstance(seen, Datagram)
        return seen.checksum

    pseudo_header = socket.inet_aton(DEVICE) + socket.inet_aton(SERVER) + struct.pack("!HH", 17, 8 + len(rrq()))
    words = sum(struct.unpack("!6H", pseudo_header))
    unfilled = (words & 0xFFFF) + (words >> 16)
    assert judged(asks()) == "good"
    assert judged(asks(b"\0\1odd\0octet\0")) == "good"
    assert judged(asks(chksum=0)) == "absent"
    assert judged(asks(chksum=0x1234)) == "bad"
    # What Linux hands to a card that completes it: the sum of the pseudo header alone.
    assert judged(asks(chksum=unfilled)) == "unfilled"
    assert judged(NEAR / IP(src=DEVICE, dst=SERVER, chksum=0x1234) / UDP() / Raw(rrq())) == "bad"


def test_pieces_of_a_datagram_are_noted_and_not_taken_for_one() -> None:
    piece = NEAR / IP(src=SERVER, dst=DEVICE, flags="MF", frag=0) / Raw(bytes(64))
    piece_6 = NEAR / IPv6(src="2001:db8::1", dst="2001:db8::10") / IPv6ExtHdrFragment(m=1) / Raw(bytes(64))
    assert sighted(1, bytes(piece), 0.0) == Fragment(0.0, SERVER, DEVICE)
    assert sighted(1, bytes(piece_6), 0.0) == Fragment(0.0, "2001:db8::1", "2001:db8::10")


def test_ipv6_is_read_through_its_extension_headers_and_its_errors_name_the_datagram() -> None:
    request = IPv6(src="2001:db8::10", dst="2001:db8::1") / IPv6ExtHdrHopByHop() / UDP(sport=5, dport=6) / Raw(rrq())
    seen = sighted(229, bytes(request), 0.0)
    assert isinstance(seen, Datagram)
    assert seen.payload == rrq()
    report = IPv6(src="2001:db8::1", dst="2001:db8::10") / ICMPv6DestUnreach(code=4) / Raw(bytes(PACKET_6))
    assert sighted(229, bytes(report), 0.0) == Unreachable(
        0.0, "2001:db8::1", True, "2001:db8::10", CLIENT_PORT, "2001:db8::1", PORT
    )


def test_a_capture_that_breaks_off_in_a_packet_is_read_up_to_there(tmp_path: Path) -> None:
    whole = written([asks(), *blocks(1, 3)], tmp_path / "seen.pcap").read_bytes()
    (tmp_path / "cut.pcap").write_bytes(whole[:-3])
    capture = Capture(tmp_path / "cut.pcap")
    assert len(list(capture.sightings())) == 7
    assert capture.is_cut_short
    assert capture.packets == 7


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no capture of packets"),
        (b"GIF89a" * 20, "is no capture of packets"),
        (pcap(1)[:20], "is no capture of packets"),
        (b"\x1f\x8b" + bytes(40), "is no capture of packets"),
        (gzip.compress(pcap(1, bytes(asks())), mtime=0)[:-20], "is no capture of packets"),
        (pcap(105, bytes(60)), "link type that is not known"),
    ],
)
def test_what_is_no_capture_ends_in_one_error_that_says_so(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "seen.pcap").write_bytes(content)
    with pytest.raises(CaptureUnreadable, match=words):
        sightings(tmp_path / "seen.pcap")


def test_a_pcapng_that_is_damaged_in_its_middle_says_after_how_many_packets(tmp_path: Path) -> None:
    with PcapNgWriter(str(tmp_path / "seen.pcapng")) as writer:
        writer.write([asks(), asks()])
    good = (tmp_path / "seen.pcapng").read_bytes()
    (tmp_path / "seen.pcapng").write_bytes(good + struct.pack("<II", 6, 4) + bytes(64))
    with pytest.raises(CaptureUnreadable, match="is damaged after 2 packets"):
        sightings(tmp_path / "seen.pcapng")


def test_a_file_that_is_not_there_or_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CaptureUnreadable) as raised:
        sightings(tmp_path / "none.pcap")
    assert raised.value.seen == "No such file or directory"
    with pytest.raises(CaptureUnreadable):
        sightings(tmp_path)


def test_without_scapy_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scapy", None)
    with pytest.raises(CaptureToolMissing) as raised:
        sightings(written([asks()], tmp_path / "seen.pcap"))
    assert "rommon-tool[capture]" in raised.value.hint


def test_nothing_of_scapy_is_loaded_before_a_capture_is_read() -> None:
    code = "import sys, tftp, tftp.diagnosis.capture, tftp.diagnosis, rommon_tool.cli.diagnose; sys.exit('scapy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


SHARED = [
    pcap(1, *map(bytes, (asks(), *blocks(1, 3)))),
    pcap(113, bytes(60)),
    b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a",
]


@given(head=st.sampled_from([b"", *SHARED]), rest=st.binary(max_size=400), cut=st.integers(0, 400))
def test_any_bytes_as_a_capture_end_in_findings_or_in_the_one_error(
    head: bytes, rest: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.pcap"
    path.write_bytes(head[: len(head) - cut] + rest)
    try:
        assert diagnosed(Capture(path).sightings())
    except CaptureUnreadable:
        return


@given(frame=st.binary(max_size=200), link_type=st.sampled_from(sorted({each[0] for each in LINKS.values()})))
def test_any_frame_is_a_sighting_or_none(frame: bytes, link_type: int) -> None:
    sighted(link_type, frame, 0.0)


@given(
    payloads=st.lists(
        st.tuples(st.booleans(), st.sampled_from([b"\0\1", b"\0\3", b"\0\4", b"\0\5", b"\0\6"]), st.binary(max_size=40))
    )
)
def test_any_conversation_ends_in_printable_findings(payloads: list[tuple[bool, bytes, bytes]]) -> None:
    ends = [(DEVICE, CLIENT_PORT, SERVER, PORT), (SERVER, DATA_PORT, DEVICE, CLIENT_PORT)]
    said = [(ends[is_server], opcode + rest) for is_server, opcode, rest in payloads]
    seen = [
        Datagram(0.0, *end, body, len(body), "good", "", 0)
        for end, body in ((ends[0], rrq()), *said, (ends[0], ack(1)))
    ]
    findings = diagnosed(seen)
    assert findings
    assert all(each.seen.isprintable() and each.seen.isascii() for each in findings)
