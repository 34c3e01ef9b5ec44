"""The device's own TFTP client (RFC 1350, options of RFC 2347 and 2348), without a socket.

Packets in, packets out. It shares nothing with any server: the two may disagree, and should be seen to.
"""

import hashlib

DATA, ACK, ERROR, OACK = 3, 4, 5, 6
BLOCK_BYTES = 512
HASH_CHUNK = 1 << 16  # hashing 512 bytes at a time costs more than the block's whole handling


class TftpFetch:
    """One read request and what has come of it so far.

    `block_size` above 512 is asked for with an option; a server that does not answer it with an OACK gets
    blocks of 512, as RFC 2347 demands. Block numbers roll over from 65535 to 0.
    """

    def __init__(self, name: str, block_size: int = BLOCK_BYTES, *, keeps: bool = False) -> None:
        self.received = 0
        self.blocks = 0
        self.finished = False
        self.failure = ""
        self._name = name
        self._wanted = block_size
        self._block_size = BLOCK_BYTES
        self._expected = b"\x00\x03\x00\x01"
        self._previous: bytes | None = None
        self._chunk = bytearray()
        self._kept: bytearray | None = bytearray() if keeps else None
        self._sha512 = hashlib.sha512()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.last_sent = self._request()

    @property
    def ended(self) -> bool:
        return self.finished or bool(self.failure)

    @property
    def sha512(self) -> str:
        self._hash_chunk()
        return self._sha512.hexdigest()

    @property
    def md5(self) -> str:
        self._hash_chunk()
        return self._md5.hexdigest()

    def content(self) -> bytes:
        """The file, where it was kept."""
        self._hash_chunk()
        return bytes(self._kept or b"")

    def receive(self, packet: bytes) -> bytes | None:
        """Take one packet; returns the packet to answer with, or None to say nothing."""
        head = packet[:4]
        if head == self._expected:
            return self._take_block(packet)
        if head == self._previous:
            return self.last_sent  # our ACK was lost: the server repeats its block
        opcode = int.from_bytes(packet[:2], "big")
        if opcode == OACK and not self.blocks:
            return self._take_options(packet)
        if opcode == ERROR:
            self._take_error(packet)
        return None

    def _request(self) -> bytes:
        fields = [self._name.encode("latin-1"), b"octet"]
        if self._wanted != BLOCK_BYTES:
            fields += [b"blksize", str(self._wanted).encode()]
        return b"\x00\x01" + b"".join(field + b"\x00" for field in fields)

    def _take_block(self, packet: bytes) -> bytes:
        self.blocks += 1
        size = len(packet) - 4
        self.received += size
        self._chunk += memoryview(packet)[4:]
        if len(self._chunk) >= HASH_CHUNK:
            self._hash_chunk()
        if size < self._block_size:
            self.finished = True
        self._previous = self._expected
        self._expected = b"\x00\x03" + ((self.blocks + 1) & 0xFFFF).to_bytes(2, "big")
        self.last_sent = b"\x00\x04" + packet[2:4]
        return self.last_sent

    def _take_options(self, packet: bytes) -> bytes:
        words = packet[2:].split(b"\x00")
        options = dict(zip(words[0::2], words[1::2], strict=False))
        size = options.get(b"blksize", b"")
        if not size.isdigit() or not 8 <= int(size) <= self._wanted:
            self.failure = "bad option"
            return b"\x00\x05\x00\x08bad blksize\x00"
        self._block_size = int(size)
        self.last_sent = b"\x00\x04\x00\x00"
        return self.last_sent

    def _take_error(self, packet: bytes) -> None:
        code = int.from_bytes(packet[2:4], "big")
        text = packet[4:].split(b"\x00")[0].decode("latin-1")
        self.failure = "file not found" if code == 1 else f"error {code} {text}".rstrip()

    def _hash_chunk(self) -> None:
        if self._kept is not None:
            self._kept += self._chunk
        self._sha512.update(self._chunk)
        self._md5.update(self._chunk)
        self._chunk.clear()
