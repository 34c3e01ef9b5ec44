"""`load` against a simulated device in virtual time, whole, and struck by something after so many bytes of its console.

The procedure is the real one; the image lies on an external server, which is a file in memory. The device judges.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from platforms import load_platform
from rommon_tool.cli.exit_codes import DONE, exit_code
from rommon_tool.job import Job, NetworkSettings
from rommon_tool.procedures.load_image import Connect, LoadImage
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress
from serial_console.simulated.events import Answered, Booted, Erased, PoweredOn, Reloaded, Typed

IMAGES = {
    "asa5500x": "asa961-smp-k8.bin",
    "asa5506x": "asa984-22-lfbff-k8.SPA",
    "fpr2100": "cisco-asa-fp2k.9.14.1.SPA",
}
CONTENT = bytes(range(256)) * 200
_NETWORK = NetworkSettings("10.86.118.4/24", "10.86.118.21", external_server=True)

Strike = Literal["reboot-after", "port-dies", "log-line"]
STRIKES: tuple[Strike, ...] = get_args(Strike)


@dataclass(frozen=True)
class Load:
    """How a load ended: its exit code, the error's cause (empty for none), and what happened to the device.

    `timed` has each event behind the number of bytes that were printed before it was told; `heard` is what was printed.
    """

    code: int
    cause: str
    timed: tuple[tuple[int, object], ...]
    heard: bytes

    @property
    def events(self) -> list[object]:
        return [event for _, event in self.timed]

    @property
    def is_false_success(self) -> bool:
        """Whether it says that the image runs, and the device runs another, or none. What it has not shown yet is no lie."""
        shown = [event for count, event in self.timed if count < len(self.heard) or not isinstance(event, Reloaded)]
        lives = [event for event in shown if isinstance(event, Booted | Reloaded | PoweredOn)]
        runs = bool(lives) and isinstance(lives[-1], Booted) and lives[-1].source == "netboot"
        return self.code == DONE and not runs

    @property
    def typed_into_old_software(self) -> bytes:
        return typed_into_old_software(self.events)

    @property
    def answered(self) -> list[object]:
        return [event for event in self.events if isinstance(event, Answered | Erased)]


def typed_into_old_software(events: Iterable[object]) -> bytes:
    """All that was typed at software that had booted from flash."""
    typed, old = b"", False
    for event in events:
        old = event.source == "flash" if isinstance(event, Booted) else old and not isinstance(event, Reloaded)
        typed += event.data if old and isinstance(event, Typed) else b""
    return typed


def load_by(
    connect: Connect,
    family: str,
    port: str,
    *,
    retries: int = 1,
    silence_seconds: float = 0,
    timeout_seconds: float = 300,
) -> tuple[int, str]:
    """Run the procedure on a console; return its exit code and cause."""
    job = Job(
        Path(IMAGES[family]),
        port,
        _NETWORK,
        timeout_seconds=timeout_seconds,
        stall_seconds=silence_seconds,
        boot_seconds=silence_seconds,
        retries=retries,
    )
    progress = Progress("device")
    try:
        Run(LoadImage(job, progress, connect).steps(), progress).finish()
    except Exception as error:  # noqa: BLE001 - every end has its code, a defect's too
        return exit_code(error), getattr(error, "cause", repr(error))
    return DONE, ""


@cache
def loaded(family: str, strike: Strike | None = None, after_bytes: int = 0, *, retries: int = 1) -> Load:
    """One load in virtual time, of a device that boots an old image from its flash if it restarts and is not stopped."""
    fault = f"&fault={strike}:{after_bytes}" if strike else ""
    events: list[tuple[int, object]] = []
    lines: list[SimulatedLine] = []

    def connect(url: str, *, baud: int, record: object) -> SimulatedLine:
        line = SimulatedLine(url, network=MemoryNetwork({IMAGES[family]: CONTENT}))
        line.device.subscribe(lambda event: events.append((line.device.printed_bytes, event)))
        lines.append(line)
        return line

    code, cause = load_by(connect, family, f"sim://{family}?flash=old{fault}", retries=retries)
    return Load(code, cause, tuple(events), lines[0].heard)


def launch_bytes(family: str) -> range:
    """Where in the golden exchange the text stands by which the device says that it launches the image."""
    heard = loaded(family).heard
    found = [match for pattern in load_platform(family).netboot.launching if (match := pattern.search(heard))]
    first = min(found, key=lambda match: match.start())
    return range(first.start(), first.end() + 1)
