"""Read the image from our own server, before a device is sent to it.

The one rule: the reader is not ours. tftpy's client shares neither the loop nor the parser with the server.
"""

from __future__ import annotations

import hashlib
import ipaddress

import tftpy
from tftpy.TftpClient import TftpClient

from tftp.errors import SelfTestFailed

_BLKSIZE = 65464
_TIMEOUT_SECONDS = 2


class _Digest:
    """A file to write to that keeps the length and the hash alone."""

    closed = False

    def __init__(self) -> None:
        self.bytes = 0
        self._hash = hashlib.sha512()

    def write(self, data: bytes) -> None:
        self.bytes += len(data)
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def close(self) -> None:
        self.closed = True


def self_test(address: str, port: int, name: str, *, image_bytes: int, sha512: str) -> None:
    """Download the whole image from `address`, an IPv4 address of ours, and compare it. Raises SelfTestFailed.

    The whole, because only then the sum says something; it goes over the loopback interface whatever the address is, in
    blocks of 65464 bytes, at some 200 MB/s with the hash. It shows that the server answers from that address and with
    the right bytes; a firewall between us and the device it cannot show.
    """
    where = f"{name} from {address} port {port}"
    digest = _Digest()
    client = TftpClient(  # type: ignore[no-untyped-call]
        address, port, {"blksize": _BLKSIZE}, localip=_local(address), flock=False
    )
    try:
        client.download(name, digest, timeout=_TIMEOUT_SECONDS)  # type: ignore[no-untyped-call]
    except (tftpy.TftpException, OSError) as error:
        raise SelfTestFailed(
            f"our own read of {where} failed",
            seen=str(error) or type(error).__name__,
            hint="look for a local firewall that drops UDP to this machine's own address",
        ) from error
    if digest.bytes != image_bytes or digest.hexdigest() != sha512:
        raise SelfTestFailed(
            f"our own read of {where} brought other bytes",
            seen=f"{digest.bytes} bytes, SHA-512 {digest.hexdigest()[:16]}...; expected {image_bytes}, {sha512[:16]}...",
            hint="check who else serves TFTP at that address",
        )


def _local(address: str) -> str:
    """The source to send from: the address itself, by which the server knows that it is us."""
    return str(ipaddress.ip_address(address))
