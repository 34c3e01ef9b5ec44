"""Brings a dead Cisco ASA-class firewall back over its serial console.

The API for bench scripts stands in `__all__`; the names load what they need when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from rommon_tool.version import __version__

if TYPE_CHECKING:
    from rommon_tool.job import Job, NetworkSettings, Outcome
    from rommon_tool.procedures.load_image import load_image
    from rommon_tool.progress import Record
    from serial_console.boot_monitor import BootMonitor
    from serial_console.channel import open_line

__all__ = ["BootMonitor", "Job", "NetworkSettings", "Outcome", "Record", "__version__", "load_image", "open_line"]

_HOMES = {
    "BootMonitor": "serial_console.boot_monitor",
    "Job": "rommon_tool.job",
    "NetworkSettings": "rommon_tool.job",
    "Outcome": "rommon_tool.job",
    "Record": "rommon_tool.progress",
    "load_image": "rommon_tool.procedures.load_image",
    "open_line": "serial_console.channel",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rommon_tool' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
