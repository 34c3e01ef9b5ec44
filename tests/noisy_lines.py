"""Monitors at the end of a noisy line, in virtual time: their variables are set and proved, and the device is asked what it holds."""

from dataclasses import dataclass

from simulated_line import SimulatedLine

from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.errors import ConsoleError

IMAGES = {
    "asa5500x": "asa961-smp-k8.bin",
    "asa5506x": "asa984-22-lfbff-k8.SPA",
    "fpr2100": "cisco-asa-fp2k.9.14.1.SPA",
}
_NETWORK = {
    "address": "10.86.118.4",
    "netmask": "255.255.255.0",
    "server": "10.86.118.21",
    "gateway": "10.86.118.1",
}


@dataclass(frozen=True)
class NoisyRun:
    """How a run ended: with an error, or None. `held` is what the device then holds, of what was `wanted`."""

    error: ConsoleError | None
    wanted: dict[str, str]
    held: dict[str, str]

    @property
    def is_right(self) -> bool:
        return self.error is None and self.held == self.wanted

    @property
    def is_false_success(self) -> bool:
        return self.error is None and self.held != self.wanted


def noisy_run(family: str, rate: float, seed: int, state: str = "monitor") -> NoisyRun:
    """Reach the monitor and set everything, with this share of the bytes wrong each way."""
    line = SimulatedLine(f"sim://{family}?fault=noise:{rate}&seed={seed}&state={state}")
    monitor = BootMonitor(line, load_platform(family))
    settings = _NETWORK | {"image": IMAGES[family]}
    error = None
    try:
        monitor.enter(120)
        monitor.set(**settings)
    except ConsoleError as ended_by:
        error = ended_by
    wanted = {name.upper(): value for name, value in settings.items() if name.upper() in line.device.variables}
    return NoisyRun(error, wanted, {name: line.device.variables[name] for name in wanted})
