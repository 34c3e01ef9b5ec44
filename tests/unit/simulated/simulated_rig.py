"""A simulated device in virtual time, with a network that lives in memory."""

from dataclasses import dataclass, field

from serial_console.simulated import SimulatedDevice
from serial_console.simulated.events import CommandEntered, Event
from serial_console.simulated.network import FetchRequest
from serial_console.simulated.script import Report
from serial_console.simulated.tftp_client import TftpFetch

BLOCKS_PER_STEP = 16


class MemoryTransfer:
    """Answers a TftpFetch as a TFTP server would; knows blksize unless told not to."""

    def __init__(self, request: FetchRequest, content: bytes | None, *, knows_options: bool) -> None:
        self.fetch = TftpFetch(request.name, request.block_size)
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


class Bench:
    """One device on the bench: `bench.enter("set")` types a line and returns what came back."""

    def __init__(self, url: str, files: dict[str, bytes] | None = None) -> None:
        self.events: list[Event] = []
        self.network = MemoryNetwork(files or {})
        self.device = SimulatedDevice.from_url(url, self.events.append, self.network)
        self.device.meet()

    def after(self, seconds: float) -> bytes:
        self.device.advance(seconds)
        return self.device.printed()

    def press(self, data: bytes, seconds: float = 0.0) -> bytes:
        self.device.type(data)
        return self.after(seconds)

    def enter(self, line: str, seconds: float = 0.0) -> bytes:
        return self.press(line.encode() + b"\r", seconds)

    def lines(self, line: str, seconds: float = 0.0) -> list[str]:
        """What a line brings, as text without its line ends, the echo first and the prompt last."""
        return self.enter(line, seconds).decode("latin-1").replace("\n\r", "\n").replace("\r\n", "\n").split("\n")

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def commands(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, CommandEntered)]


IMAGE_A, IMAGE_B = "asa961-smp-k8.bin", "asa984-22-lfbff-k8.SPA"
CONTENT = bytes(range(256)) * 400  # 102400 bytes: a multiple of 512, as every classic image is


def classic_at_prompt(options: str = "", content: bytes = CONTENT) -> Bench:
    return Bench(f"sim://asa5500x?state=monitor{options}", {IMAGE_A: content})


def kenton_at_prompt(options: str = "", content: bytes = CONTENT) -> Bench:
    return Bench(f"sim://asa5506x?state=monitor{options}", {IMAGE_B: content})


def configure_classic(bench: Bench) -> None:
    for line in ("address 10.86.118.4", "server 10.86.118.21", f"file {IMAGE_A}"):
        bench.enter(line)


def configure_kenton(bench: Bench) -> None:
    for line in ("ADDRESS=10.86.118.4", "NETMASK=255.255.255.0", "SERVER=10.86.118.21", f"IMAGE={IMAGE_B}"):
        bench.enter(line)
