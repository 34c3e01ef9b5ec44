"""The booted device's TFTP write (RFC 1350), without a socket: packets in, packets out, as `tftp_client` reads.

It asks for no options, so that blocks have 512 bytes.
"""

import hashlib

from .tftp_client import ACK, BLOCK_BYTES, ERROR


class TftpSend:
    """One write request and how far it has come. `received` counts the bytes that the server has acknowledged."""

    def __init__(self, name: str, content: bytes) -> None:
        self.received = 0
        self.blocks = 0
        self.finished = False
        self.failure = ""
        self._content = content
        self.last_sent = b"\x00\x02" + name.encode("latin-1") + b"\x00octet\x00"

    @property
    def ended(self) -> bool:
        return self.finished or bool(self.failure)

    @property
    def sha512(self) -> str:
        return hashlib.sha512(self._content).hexdigest()

    @property
    def md5(self) -> str:
        return hashlib.md5(self._content, usedforsecurity=False).hexdigest()

    def content(self) -> bytes:
        return self._content

    def receive(self, packet: bytes) -> bytes | None:
        """Take one packet; returns the packet to answer with, or None to say nothing."""
        kind, number = int.from_bytes(packet[:2], "big"), int.from_bytes(packet[2:4], "big")
        if kind == ERROR:
            self.failure = packet[4:].split(b"\x00")[0].decode("latin-1") or f"error {number}"
        if kind != ACK or number != self.blocks & 0xFFFF:
            return None
        return self._next_block()

    def _next_block(self) -> bytes | None:
        """The block behind the one that was acknowledged; the last one has less than 512 bytes."""
        self.received = min(len(self._content), self.blocks * BLOCK_BYTES)
        if self.blocks > len(self._content) // BLOCK_BYTES:
            self.finished = True
            return None
        data = self._content[self.blocks * BLOCK_BYTES : (self.blocks + 1) * BLOCK_BYTES]
        self.blocks += 1
        self.last_sent = b"\x00\x03" + (self.blocks & 0xFFFF).to_bytes(2, "big") + data
        return self.last_sent
