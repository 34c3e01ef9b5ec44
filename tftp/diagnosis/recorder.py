"""The recorder's own process: `python -m tftp.diagnosis.recorder`, started by `tftp.diagnosis.recording.Recording`.

The one rule: it never stands in the way. It reads what the kernel copies for it, at a lower priority than the server;
what it cannot keep up with is lost to the recording, counted, and never to the transfer. Linux only.

    in   one JSON line: {"interface": NAME, "file": PATH, "port": 69, "server": ADDRESS, "device": ADDRESS}; its end is
         the order to write the file and to stop
    out  {"kind": "Recording"} or {"kind": "Refused", "reason": TEXT}; at the end {"kind": "Recorded", "packets": N, "missed": N}
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tftp.diagnosis.keeping import Keeper
from tftp.diagnosis.pcap import SNAP_BYTES, write_pcap
from tftp.privileges import drop_privileges

STDIN, STDOUT = 0, 1
_ETH_P_ALL = 3
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_AUXDATA = 263, 6, 8
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 26, 33, 35
_BUFFER_BYTES = 16 << 20
_NICENESS = 10
_BATCH_SECONDS = 0.02
_VLAN_VALID = 1 << 4
_AT_ONCE = 20_000
_ANCILLARY_BYTES = 128
_OUTGOING = 4


def _filter(device: str, port: int, *, is_loopback: bool) -> list[tuple[int, int, int, int]]:
    """Classic BPF: ARP; of IP what is UDP or ICMP and, if the device is known, from or to it or the TFTP port."""
    load_half, load_byte, load_word, equal, give = 0x28, 0x30, 0x20, 0x15, 0x06
    load_half_x, load_header_x = 0x48, 0xB1
    every, none = (give, 0, 0, 0xFFFF), (give, 0, 0, 0)
    packet_type = 0xFFFFF000 + 4  # SKF_AD_OFF + SKF_AD_PKTTYPE
    # Loopback shows every packet twice, once as it leaves.
    program = [(load_half, 0, 0, packet_type), (equal, 0, 1, _OUTGOING), none] if is_loopback else []
    program += [(load_half, 0, 0, 12), (equal, 0, 1, 0x0806), every]
    program += [(equal, 0, 4, 0x86DD), (load_byte, 0, 0, 20), (equal, 1, 0, 17), (equal, 0, 1, 58), every]
    program += [(load_half, 0, 0, 12), (equal, 1, 0, 0x0800), none, (load_byte, 0, 0, 23)]
    program += [(equal, 2, 0, 17), (equal, 1, 0, 1), none]
    if is_loopback or not device or ":" in device:
        return [*program, every]
    address = int.from_bytes(socket.inet_aton(device))
    program += [(load_word, 0, 0, 26), (equal, 0, 1, address), every]
    program += [(load_word, 0, 0, 30), (equal, 0, 1, address), every]
    program += [(load_header_x, 0, 0, 14), (load_half_x, 0, 0, 14), (equal, 0, 1, port), every]
    return [*program, (load_half_x, 0, 0, 16), (equal, 0, 1, port), every, none]


def _opened(settings: dict[str, Any]) -> socket.socket:
    """A socket that sees the interface's packets. Raises OSError."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    is_loopback = settings["interface"] == "lo"
    program = _filter(settings["device"], settings["port"], is_loopback=is_loopback)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    tap.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(code)))
    with suppress(OSError):
        tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    tap.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
    tap.settimeout(0)
    # Bound last: a filter that came later would let other packets in before it.
    tap.bind((settings["interface"], _ETH_P_ALL))
    return tap


def _record(tap: socket.socket, keeper: Keeper) -> int:
    """Read until our input ends; the number of packets seen."""
    view = memoryview(bytearray(SNAP_BYTES))
    packets = 0
    while True:
        select.select([tap.fileno(), STDIN], [], [])
        # Waking up for every packet would cost the server more than the packets themselves do.
        ended, _, _ = select.select([STDIN], [], [], _BATCH_SECONDS)
        packets += _drain(tap, view, keeper)
        if ended and not os.read(STDIN, 4096):
            return packets


def _drain(tap: socket.socket, view: memoryview, keeper: Keeper) -> int:
    """Take what waits, up to a number that keeps the order to stop heard."""
    for count in range(_AT_ONCE):
        try:
            length, ancillary, _, _ = tap.recvmsg_into([view], _ANCILLARY_BYTES, socket.MSG_TRUNC)
        except OSError:  # nothing waits; or the interface is down, and may come back
            return count
        nanoseconds, tag = _told(ancillary)
        frame = bytes(view[: min(length, SNAP_BYTES)])
        # The kernel takes the outermost VLAN tag out of the frame: it belongs where it was.
        keeper.take(nanoseconds, frame[:12] + tag + frame[12:], length + len(tag))
    return _AT_ONCE


def _told(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, bytes]:
    """The time of a packet in nanoseconds, and its VLAN tag as bytes of the frame."""
    nanoseconds, tag = 0, b""
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, rest = struct.unpack("ll", value[:16])
            nanoseconds = seconds * 1_000_000_000 + rest
        elif level == _SOL_PACKET and kind == _PACKET_AUXDATA:
            status, _, _, _, _, tci, protocol = struct.unpack("IIIHHHH", value[:20])
            if status & _VLAN_VALID:
                tag = struct.pack("!HH", protocol or 0x8100, tci)
    return nanoseconds, tag


def _say(**fields: Any) -> None:
    with suppress(OSError):
        os.write(STDOUT, json.dumps(fields).encode("ascii") + b"\n")


def _finish(tap: socket.socket, keeper: Keeper, file: IO[bytes], packets: int) -> None:
    _, missed = struct.unpack("II", tap.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
    try:
        with file:
            write_pcap(file, keeper.frames())
    except OSError as error:
        _say(kind="Refused", reason=error.strerror or str(error))
        return
    _say(kind="Recorded", packets=packets, missed=missed)


def main() -> int:
    """Record until the input ends. The exit code: 1 if nothing could be recorded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(STDIN, "rb", buffering=0, closefd=False) as parent:
        settings = json.loads(parent.readline())
    try:
        tap = _opened(settings)
        file = Path(settings["file"]).open("wb")  # noqa: SIM115 - closed when it is written, at the end
    except OSError as error:
        _say(kind="Refused", reason=error.strerror or str(error))
        return 1
    os.nice(_NICENESS)
    drop_privileges()
    keeper = Keeper(settings["port"], settings["server"], settings["device"])
    _say(kind="Recording")
    _finish(tap, keeper, file, _record(tap, keeper))
    return 0


if __name__ == "__main__":
    sys.exit(main())
