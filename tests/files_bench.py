"""A booted simulated ASA in virtual time, with files on its disk, and a server of ours that lives in memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self, TypeVar

from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.run import Run, Steps
from rommon_tool.progress import Progress
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.version import read_version

Result = TypeVar("Result")


class MemoryTaker:
    """Stands for the server that takes uploads: what the device's network was sent lies in its folder."""

    def __init__(self, network: MemoryNetwork, folder: Path) -> None:
        self.network, self.folder = network, folder
        self.orders: list[tuple[str, str, int]] = []
        self.refused = self.failed = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def url(self, name: str) -> str:
        return f"tftp://192.168.1.21/{name}"

    def nearest(self, addresses: Sequence[str]) -> list[str]:
        return list(addresses)

    def expect(self, name: str, client: str, largest_bytes: int) -> None:
        self.orders.append((name, client, largest_bytes))

    def poll(self) -> Iterator[object]:
        return iter(())

    def taken(self, name: str, seconds: float) -> Path | None:
        if name not in self.network.files:
            return None
        path = self.folder / name
        path.write_bytes(self.network.files[name])
        return path


class FilesBench:
    def __init__(self, options: str = "", files: dict[str, bytes] | None = None) -> None:
        self.network = MemoryNetwork()
        self.line = SimulatedLine(f"sim://asa5506x?state=booted{options}", network=self.network)
        for name, content in (files or {}).items():
            self.line.device._chassis.disk.write(name, content)
        self.cli = AsaCli(self.line)
        self.cli.log_in()
        self.cli.enable()
        self.cli.pager_off()
        self.progress = Progress("test")

    @property
    def asa(self) -> Asa:
        return Asa(self.cli, read_version(self.cli.run("show version")), self.line)

    @property
    def names(self) -> list[str]:
        return list(self.line.device._chassis.disk.files())

    def content(self, name: str) -> bytes:
        return bytes(self.line.device._chassis.disk.read(name))

    def finish(self, steps: Steps[Result]) -> Result:
        return Run(steps, self.progress).finish()
