"""Read the image from our own server, before a device is sent to it.

The one rule: the reader shares nothing with the server, neither parser nor packets nor timers. It is written from RFC
1350 and 2348 alone, and does no more than they ask of a client.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

from tftp.errors import SelfTestFailed

_BLKSIZE: Final = 65464
_TIMEOUT_SECONDS = 2.0
_TRIES: Final = 5
_LAST_NUMBER: Final = 65535
_DATA, _ERROR, _OACK = b"\0\3", b"\0\5", b"\0\6"

_Wanted = Callable[[bytes], bool]


def self_test(address: str, port: int, name: str, *, image_bytes: int, sha512: str) -> None:
    """Download the whole image from `address`, one of ours, and compare it. Raises SelfTestFailed.

    The whole, because only then the sum says something; it goes over the loopback interface whatever the address is, in
    blocks of 65464 bytes, at some 200 MB/s with the hash. It shows that the server answers from that address and with
    the right bytes; a firewall between us and the device it cannot show.
    """
    where = f"{name} from {address} port {port}"
    received, digest = 0, hashlib.sha512()
    try:
        for block in _read(address, port, name):
            received += len(block)
            digest.update(block)
    except OSError as error:
        raise SelfTestFailed(
            f"our own read of {where} failed",
            seen=error.strerror or str(error) or type(error).__name__,
            hint="look for a local firewall that drops UDP to this machine's own address",
        ) from error
    if received != image_bytes or digest.hexdigest() != sha512:
        raise SelfTestFailed(
            f"our own read of {where} brought other bytes",
            seen=f"{received} bytes, SHA-512 {digest.hexdigest()[:16]}...; expected {image_bytes}, {sha512[:16]}...",
            hint="check who else serves TFTP at that address",
        )


def _read(address: str, port: int, name: str) -> Iterator[bytes]:
    """The file block by block. Raises OSError, with the server's words if it answers with an ERROR."""
    family, server = _numeric(address, port)
    with socket.socket(family, socket.SOCK_DGRAM) as ours:
        # The address itself is the source, by which the server knows that it is us.
        ours.bind(_numeric(address, 0)[1])
        ours.settimeout(_TIMEOUT_SECONDS)
        request = b"\0\1" + name.encode("utf-8", "surrogateescape") + b"\0octet\0blksize\0%d\0" % _BLKSIZE
        packet, peer = _exchange(ours, request, server, lambda it: it[:2] == _OACK or it[:4] == _DATA + b"\0\1")
        blksize = 512
        if packet[:2] == _OACK:
            blksize = _agreed_blksize(packet)
            packet, _ = _exchange(ours, b"\0\4\0\0", peer, lambda it: it[:4] == _DATA + b"\0\1")
        number = 1
        while True:
            yield packet[4:]
            acknowledgement = b"\0\4" + packet[2:4]
            if len(packet) < blksize + 4:
                ours.sendto(acknowledgement, peer)
                return
            packet, _ = _exchange(ours, acknowledgement, peer, _is_data_after(number))
            number = int.from_bytes(packet[2:4])


def _exchange(ours: socket.socket, packet: bytes, peer: Any, is_wanted: _Wanted) -> tuple[bytes, Any]:
    """Send until what is wanted comes back. Raises OSError: for an ERROR, or TimeoutError."""
    for _ in range(_TRIES):
        ours.sendto(packet, peer)
        try:
            while True:
                answer, sender = ours.recvfrom(_BLKSIZE + 4)
                if answer[:2] == _ERROR:
                    raise ConnectionAbortedError(f"ERROR {answer[3]}: {answer[4:-1].decode('ascii', 'replace')}")
                if is_wanted(answer):
                    return answer, sender
        except TimeoutError:
            pass
    raise TimeoutError(f"no answer within {_TRIES * _TIMEOUT_SECONDS:g} s")


def _is_data_after(number: int) -> _Wanted:
    """After block 65535 a server goes on with 0 or with 1: no document says which, and a device has to bear with ours."""
    numbers = (0, 1) if number == _LAST_NUMBER else (number + 1,)
    heads = [_DATA + each.to_bytes(2) for each in numbers]
    return lambda packet: packet[:4] in heads


def _agreed_blksize(oack: bytes) -> int:
    strings = oack[2:].split(b"\0")
    options = dict(zip(strings[::2], strings[1::2], strict=False))
    return int(options.get(b"blksize", b"512"))


def _numeric(address: str, port: int) -> tuple[socket.AddressFamily, Any]:
    """For `socket`: the family of an IPv4 or IPv6 address, and the address with its interface if it names one."""
    family, _, _, _, found = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
    return family, found
