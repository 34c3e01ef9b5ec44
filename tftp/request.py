"""Read a request with suspicion.

The one rule: whatever bytes come, the answer is a `Request` or `MalformedRequest`; nothing else is raised, and the time
taken is bounded by the length that is looked at.

tftpy's own parser is not used for what comes in: it raises five other kinds of exception, cannot carry a name that is
not ASCII, and takes 5 ms for a datagram of 60 KB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import tftpy

from tftp.packets import OPCODE_RRQ, OPCODE_WRQ

#: RFC 2347 allows 512; loaders with long paths and many options are seen to send a little more.
LONGEST_REQUEST = 1024

SMALLEST_BLKSIZE, LARGEST_BLKSIZE = 8, 65464
DEFAULT_BLKSIZE = 512
#: Opcode and block number before the bytes of a DATA packet.
HEADER_BYTES = 4
#: What one send() may carry with UDP segmentation offload: the payload of the largest datagram, in so many segments.
LARGEST_SEND_BYTES, MOST_SEGMENTS = 65507, 64

# int() would also take "+512", " 512", "5_12" and the digits of other scripts.
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)


class MalformedRequest(tftpy.TftpException):
    """The datagram is not a request as RFC 1350 and 2347 have it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for. `name` is as sent: bytes that are not UTF-8 are surrogates, as in a file name of Python.

    Names of options and the mode are in lower case; of an option that comes twice the first counts.
    """

    name: str
    mode: str
    options: dict[str, str] = field(default_factory=dict, hash=False)
    is_write: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed on: bytes per block, blocks per ACK, the client's own timer if it told, options to acknowledge."""

    blksize: int = DEFAULT_BLKSIZE
    timeout_seconds: int | None = None
    acknowledged: dict[str, str] = field(default_factory=dict, hash=False)
    windowsize: int = 1


def is_request(datagram: bytes) -> bool:
    """Whether it claims to be a request. Anything else at the listening port is not answered at all.

    Two servers would otherwise send each other ERRORs for ever.
    """
    return datagram[:1] == b"\0" and datagram[1:2] in (b"\1", b"\2")


def parse_request(datagram: bytes) -> Request:
    """The request in `datagram`. Raises MalformedRequest."""
    opcode = int.from_bytes(datagram[:2])
    if opcode not in (OPCODE_RRQ, OPCODE_WRQ):
        raise MalformedRequest("neither a read nor a write request")
    if len(datagram) > LONGEST_REQUEST:
        raise MalformedRequest("request too long")
    # What follows the last NUL is not a string: an option list that breaks off is read as far as it goes.
    strings = datagram[2:].split(b"\0")[:-1]
    if len(strings) < 2:
        raise MalformedRequest("file name or mode without an end")
    name, mode = strings[0], strings[1]
    if not name:
        raise MalformedRequest("empty file name")
    if not mode.isalpha():
        raise MalformedRequest("mode is not a word")
    return Request(
        name=name.decode("utf-8", "surrogateescape"),
        mode=mode.decode("ascii", "replace").lower(),
        options=_options(strings[2:]),
        is_write=opcode == OPCODE_WRQ,
    )


def _options(strings: list[bytes]) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in zip(strings[::2], strings[1::2], strict=False):
        if name:
            options.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return options


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that may be agreed on. `largest_packet` is what the path takes in one piece, if anybody knows."""

    largest_blksize: int = LARGEST_BLKSIZE
    largest_windowsize: int = 1
    largest_packet: int | None = None

    def fitting_blksize(self, asked: int) -> int:
        on_path = self.largest_packet - HEADER_BYTES if self.largest_packet is not None else LARGEST_BLKSIZE
        return max(SMALLEST_BLKSIZE, min(asked, self.largest_blksize, on_path))

    def fitting_window(self, asked: int, blksize: int) -> int:
        """The largest window up to `asked` that can be sent in one call."""
        in_one_send = LARGEST_SEND_BYTES // (blksize + HEADER_BYTES)
        return max(1, min(asked, self.largest_windowsize, in_one_send, MOST_SEGMENTS))


def negotiate(request: Request, size: int, bounds: Bounds = Bounds()) -> Terms:
    """What the server agrees to for a file of `size` bytes: nothing that was not asked, no value it does not hold to.

    RFC 2347 has a server leave out what it does not know or cannot read; the client then goes on without.
    """
    blksize = number_of(request, "blksize")
    timeout = number_of(request, "timeout")
    agreed: dict[str, str] = {}
    if blksize is not None and blksize >= SMALLEST_BLKSIZE:
        blksize = bounds.fitting_blksize(blksize)
        agreed["blksize"] = str(blksize)
    else:
        blksize = DEFAULT_BLKSIZE
    if timeout is not None and 1 <= timeout <= 255:
        agreed["timeout"] = str(timeout)
    else:
        timeout = None
    # Not for an empty file: curl takes a size of 0 for an error, and nobody needs it.
    if size and number_of(request, "tsize") is not None:
        agreed["tsize"] = str(size)
    windowsize = number_of(request, "windowsize") or 0
    if windowsize:
        windowsize = bounds.fitting_window(windowsize, blksize)
        agreed["windowsize"] = str(windowsize)
    return Terms(blksize, timeout, agreed, windowsize or 1)


def number_of(request: Request, option: str) -> int | None:
    """The value of an option, None where it was not sent or is no number."""
    value = request.options.get(option, "")
    return int(value) if _DIGITS.fullmatch(value) else None
