"""Devices that are not there: `sim://NAME`, pseudo-terminals, TCP. Imports nothing else of this project.

    device = SimulatedDevice.from_url("sim://asa5500x?fault=noise:0.01")   # virtual time, no thread
    with PtyLine("sim://asa5506x?speed=20") as line: ...                    # real time, on line.url

The simulator is written from captures and documents, never from the driver's tables: the two must be able to
disagree.
"""

from typing import TYPE_CHECKING

from .device import SimulatedDevice, watching
from .errors import PortDiedError, SimulationError
from .families import FAMILIES
from .faults import FAULTS
from .live import LiveDevice
from .options import OPTIONS, Options

if TYPE_CHECKING:
    from .lines import PtyLine, Rfc2217Line, TcpLine

__all__ = [
    "FAMILIES",
    "FAULTS",
    "OPTIONS",
    "LiveDevice",
    "Options",
    "PortDiedError",
    "PtyLine",
    "Rfc2217Line",
    "SimulatedDevice",
    "SimulationError",
    "TcpLine",
    "watching",
]


def __getattr__(name: str) -> object:
    """Load the lines only when they are asked for: a pseudo-terminal exists on POSIX alone."""
    if name in ("PtyLine", "TcpLine", "Rfc2217Line"):
        from . import lines

        return getattr(lines, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
