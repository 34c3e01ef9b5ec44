"""Read captured packets from a file: any pcap or pcapng, also gzipped, as Wireshark and tcpdump write them.

The one rule: a file is either read to its end, or ends in one `CaptureUnreadable`; memory does not grow with its size.

The file formats are scapy's work. scapy is GPL-2.0 and an extra of its own (`rommon-tool[capture]`), and this is the one
module that imports it, when a file is read. Of its readers only the raw ones are used: see `tftp.diagnosis.sightings`.
"""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from tftp.diagnosis.sightings import Sighting, is_known_link, sighted
from tftp.errors import CaptureToolMissing, CaptureUnreadable

# No frame is longer; a block that claims to be would only eat memory.
_LONGEST_READ_BYTES = 4 << 20


class Capture:
    """A file of captured packets. After `sightings` ended, `packets` is their number.

    `is_cut_short` then tells that the file breaks off in its last packet, as one does whose recording was killed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.packets = 0
        self.is_cut_short = False

    def sightings(self) -> Iterator[Sighting]:
        """What the packets tell, one by one. Raises CaptureUnreadable, CaptureToolMissing."""
        try:
            with self._path.open("rb") as file:
                yield from self._read(file)
        except (OSError, EOFError, zlib.error) as error:
            seen = getattr(error, "strerror", None) or str(error)
            raise CaptureUnreadable(f"cannot read the capture {self._path}", seen=seen) from error

    def _read(self, file: IO[bytes]) -> Iterator[Sighting]:
        stream = _Bounded(_unpacked(file))
        reader = self._reader(stream)
        strange: set[int] = set()
        for frame, meta in self._frames(reader, stream):
            link_type = int(getattr(meta, "linktype", getattr(reader, "linktype", -1)))
            if not is_known_link(link_type):
                strange.add(link_type)
            elif (sighting := sighted(link_type, frame, _seconds(reader, meta))) is not None:
                yield sighting
            self.packets += 1
        self.is_cut_short = stream.broke_off
        if strange:
            self._refuse_strange(strange)

    def _reader(self, stream: _Bounded) -> Any:
        utils = _scapy_utils()
        try:
            return utils.RawPcapNgReader(stream)
        except Exception as error:
            raise self._damaged(str(error)) from error

    def _frames(self, reader: Any, stream: _Bounded) -> Iterator[tuple[bytes, Any]]:
        try:
            yield from reader
            remains = stream.read(1)
        except Exception as error:
            raise self._damaged(str(error)) from error
        # The reader ends without a word at whatever it cannot take for a packet.
        if remains:
            raise self._damaged("what follows is no packet")

    def _refuse_strange(self, link_types: set[int]) -> None:
        raise CaptureUnreadable(
            f"{self._path} holds packets of a link type that is not known here",
            seen=f"link type {', '.join(map(str, sorted(link_types)[:5]))}",
            hint="record on an Ethernet interface",
        )

    def _damaged(self, seen: str) -> CaptureUnreadable:
        where = f"is damaged after {self.packets} packets" if self.packets else "is no capture of packets"
        return CaptureUnreadable(
            f"{self._path} {where}", seen=seen, hint="give a pcap or pcapng file, as tcpdump or Wireshark write it"
        )


class _Bounded:
    """A file that never hands out more in one piece than a frame may need, and knows whether its end came too early."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.broke_off = False

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LONGEST_READ_BYTES:
            raise ValueError(f"a block of {size} bytes")
        data = self._file.read(size)
        self.broke_off = self.broke_off or 0 < len(data) < size
        return data


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    # Here and not by the reader, which would unpack a block of 4 GB at once.
    is_packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return cast(IO[bytes], gzip.GzipFile(fileobj=file)) if is_packed else file


def _scapy_utils() -> Any:
    # It warns of every odd byte on stderr, where the one error of ours belongs.
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    try:
        from scapy import utils
    except ImportError as error:
        raise CaptureToolMissing(
            "reading a capture needs scapy, which is not installed", hint="pip install 'rommon-tool[capture]'"
        ) from error
    return utils


def _seconds(reader: Any, meta: Any) -> float:
    if hasattr(meta, "sec"):
        return float(meta.sec + meta.usec * (1e-9 if reader.nano else 1e-6))
    if meta.tshigh is None:  # a simple packet block has no time
        return 0.0
    return float(((meta.tshigh << 32) + meta.tslow) / meta.tsresol)
