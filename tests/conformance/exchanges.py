"""What the checks of the driver share: recordings as scripts, reaching a prompt, and the exchanges that every family has.

Erase characters, which clear a line before anything is typed, are left out of what is compared.
"""

from collections.abc import Callable, Iterator

import pytest
from expected import EXPECTED
from played_line import PlayedLine, Script
from recordings import recordings

from platforms import Platform, load_platform, platform_names
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import Booted, BootEvent, MonitorEntered
from serial_console.errors import BootNotProved


def script(name: str) -> Script:
    return recordings()[name].script


def typed(line: PlayedLine) -> bytes:
    return line.typed.replace(b"\b", b"").replace(b"\x7f", b"")


def entered(line: PlayedLine, platform: Platform) -> tuple[BootMonitor, list[object]]:
    """Reach the prompt, not told which family it is; it must be found, unless the recording is a sister family's."""
    is_sister_s = line.name in EXPECTED and platform.name not in EXPECTED[line.name].tells
    others = () if is_sister_s else platform_names()
    families = [platform, *(load_platform(name) for name in others if name != platform.name)]
    monitor = BootMonitor(line, families)
    events: list[object] = list(monitor.entry().run(5))
    end = events[-1]
    assert isinstance(end, MonitorEntered)
    assert end.platform == platform.name
    monitor.entered(end)
    return monitor, events


def proof(events: Iterator[BootEvent]) -> Booted:
    return next(event for event in events if isinstance(event, Booted))


def break_in(name: str, keys: bytes = b"\x1b") -> Callable[[Platform, bool], None]:
    def run(platform: Platform, bytewise: bool) -> None:
        line = PlayedLine(script(name), bytewise)
        entered(line, platform)
        assert typed(line) == keys + b"\r"

    return run


def take_a_restart_for_no_boot(name: str, since: str) -> Callable[[Platform, bool], None]:
    def run(platform: Platform, bytewise: bool) -> None:
        line = PlayedLine(script(name).since(since), bytewise)
        with pytest.raises(BootNotProved, match="rebooted"):
            list(BootMonitor(line, platform).watch_boot())
        assert line.typed == b""

    return run
