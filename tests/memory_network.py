"""A simulated device's network that lives in memory: files by name, handed over block by block, in no time."""

from dataclasses import dataclass, field

from serial_console.simulated.network import FetchRequest
from serial_console.simulated.script import Report
from serial_console.simulated.stream_clients import StreamFetch, StreamRequest
from serial_console.simulated.tftp_client import TftpFetch

BLOCKS_PER_STEP = 16
PIECE_BYTES = 10_000


class MemoryTransfer:
    """Answers a TftpFetch as a TFTP server would; knows blksize unless told not to."""

    def __init__(self, request: FetchRequest, content: bytes | None, *, knows_options: bool) -> None:
        self.fetch = TftpFetch(request.name, request.block_size, keeps=request.keeps)
        self.closed = False
        self._content = content
        self._limit = request.stop_after
        self._block_size = request.block_size if knows_options else 512
        self._pending = self._first_answer()

    def step(self) -> Report | None:
        for _ in range(BLOCKS_PER_STEP):
            reply = self.fetch.receive(self._pending)
            if self.fetch.ended or reply is None:
                break
            self._pending = self._block(self.fetch.blocks)
            if self._limit is not None and self.fetch.received >= self._limit:
                break
        return Report(self.fetch.received, self.fetch.blocks, self.fetch.ended, self.fetch.failure)

    def close(self) -> None:
        self.closed = True

    def _first_answer(self) -> bytes:
        if self._content is None:
            return b"\x00\x05\x00\x01File not found\x00"
        if self._block_size != 512:
            return b"\x00\x06blksize\x00%d\x00" % self._block_size
        return self._block(0)

    def _block(self, done: int) -> bytes:
        assert self._content is not None
        data = self._content[done * self._block_size : (done + 1) * self._block_size]
        return b"\x00\x03" + ((done + 1) & 0xFFFF).to_bytes(2, "big") + data


class MemoryStream:
    """Hands over a file as HTTP and FTP would: in pieces of any size, by the whole path that the URL has."""

    def __init__(self, content: bytes | None) -> None:
        self.fetch = StreamFetch(failure="" if content is not None else "file not found")
        self._left = content or b""

    def step(self) -> Report | None:
        if not self.fetch.failure:
            self.fetch.take(self._left[:PIECE_BYTES])
            self._left = self._left[PIECE_BYTES:]
            self.fetch.finished = not self._left
        ended = self.fetch.finished or bool(self.fetch.failure)
        return Report(self.fetch.received, self.fetch.blocks, ended, self.fetch.failure)

    def close(self) -> None:
        """Nothing to give back."""


@dataclass
class MemoryNetwork:
    files: dict[str, bytes] = field(default_factory=dict)
    knows_options: bool = True
    requests: list[FetchRequest] = field(default_factory=list)
    transfers: list[MemoryTransfer] = field(default_factory=list)

    def begin(self, request: FetchRequest) -> MemoryTransfer:
        self.requests.append(request)
        transfer = MemoryTransfer(request, self.files.get(request.name), knows_options=self.knows_options)
        self.transfers.append(transfer)
        return transfer

    def send(self, request: FetchRequest, content: bytes) -> MemoryStream:
        self.files[request.name] = content
        return MemoryStream(content)

    def open_stream(self, request: StreamRequest) -> MemoryStream:
        return MemoryStream(self.files.get(request.path))
