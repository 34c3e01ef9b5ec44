"""The file of a recording: a classic pcap of Ethernet frames, which any tool opens.

The one rule: only what `write_pcap` has written is read back here. Files of other tools are `tftp.diagnosis.capture`'s.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from tftp.diagnosis.sightings import Sighting, sighted
from tftp.errors import CaptureUnreadable

#: No frame of a recording is kept beyond this.
SNAP_BYTES = 640
_ETHERNET = 1
_HEAD = struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, SNAP_BYTES, _ETHERNET)
_RECORD = struct.Struct("<IIII")


class Frame(NamedTuple):
    """`nanoseconds` since the epoch, the first bytes of the frame, and its length on the wire."""

    nanoseconds: int
    head: bytes
    wire_bytes: int


def write_pcap(file: IO[bytes], frames: Iterable[Frame]) -> None:
    """Write a whole file."""
    file.write(_HEAD)
    for nanoseconds, head, wire_bytes in frames:
        seconds, rest = divmod(nanoseconds, 1_000_000_000)
        file.write(_RECORD.pack(seconds, rest, len(head), wire_bytes) + head)


def recorded_sightings(path: Path) -> Iterator[Sighting]:
    """What a recording of ours tells. Raises CaptureUnreadable."""
    try:
        with path.open("rb") as file:
            if file.read(len(_HEAD)) != _HEAD:
                raise CaptureUnreadable(f"{path} is no recording of this tool")
            while len(record := file.read(_RECORD.size)) == _RECORD.size:
                seconds, rest, length, _ = _RECORD.unpack(record)
                sighting = sighted(_ETHERNET, file.read(min(length, SNAP_BYTES)), seconds + rest * 1e-9)
                if sighting is not None:
                    yield sighting
    except OSError as error:
        raise CaptureUnreadable(f"cannot read {path}", seen=error.strerror or "") from error
