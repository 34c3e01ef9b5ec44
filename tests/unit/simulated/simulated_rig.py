"""A simulated device in virtual time, with a network that lives in memory."""

from memory_network import MemoryNetwork

from serial_console.simulated import SimulatedDevice
from serial_console.simulated.events import CommandEntered, Event


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
