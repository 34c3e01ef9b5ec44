"""`rommon upgrade` as a process on a pseudo-terminal: signals and a kill in the window, and what the wire carried."""

import hashlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_rig import LINES, Bench, Device, named, typed
from console_tap import tapped
from signed_image import firmware, key

NAME = "asa5500-firmware-1118.SPA"
# The one must not be through before a second command has asked; the other not before a second start listens.
SIGNALLED, KILLED = 60, 30


class Upgrade:
    """A device with the file on its disk0, and the command for it."""

    def __init__(self, bench: Bench, device: Device, file: Path, *, console: str = "") -> None:
        digest = hashlib.sha512(file.read_bytes()).hexdigest()
        self.bench, self.device = bench, device
        self.command = [
            "upgrade",
            str(file),
            "-p",
            console or device.url,
            "--sha512",
            digest,
            "--no-save-config",
            "--yes",
            "--json",
        ]

    def confirmed(self) -> None:
        """Wait until the device has been told to go on."""
        self.device.event("Answered", question="Proceed with reload? [confirm]")


@pytest.fixture
def upgrade(bench: Bench, request: pytest.FixtureRequest) -> Iterator[Upgrade]:
    disk = bench.folder / "disk0"
    disk.mkdir()
    file = disk / NAME
    file.write_bytes(firmware().built(key()))
    options = [
        "--speed",
        str(request.param),
        "--option",
        "state=booted",
        "--option",
        "rom=1.1.8",
        "--option",
        f"disk={disk}",
    ]
    with bench.device("asa5506x", *options) as device:
        yield Upgrade(bench, device, file)


def in_window(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """What happened behind the confirming Enter, up to the boot of the software."""
    names = [event["event"] for event in events]
    return events[names.index("Answered") + 1 : names.index("Booted")]


@pytest.mark.parametrize("upgrade", [SIGNALLED], indirect=True)
def test_signals_end_nothing_and_the_wire_carries_nothing(upgrade: Upgrade) -> None:
    with upgrade.bench.start(*upgrade.command) as program:
        upgrade.confirmed()
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            program.send(name)
        power = upgrade.bench.run("power", "cycle", "--power", f"touch {upgrade.bench.folder}/cut", "--json")
        ended = program.end()
    assert (ended.code, ended.result["outcome"], ended.result["shown_version"]) == (0, "done", "1.1.18"), ended.err
    assert (power.code, power.result["cause"]) == (50, "rom-window-open")
    assert not (upgrade.bench.folder / "cut").exists()
    events = upgrade.device.stopped()
    assert typed(in_window(events)) == ""
    assert named(events, "Bricked") == []


def test_between_the_confirming_enter_and_the_new_banner_the_line_itself_carries_nothing(bench: Bench) -> None:
    """Judged by a relay that belongs neither to the tool nor to the device."""
    disk = bench.folder / "disk0"
    disk.mkdir()
    file = disk / NAME
    file.write_bytes(firmware().built(key()))
    options = (
        "--speed",
        str(SIGNALLED),
        "--option",
        "state=booted",
        "--option",
        "rom=1.1.8",
        "--option",
        f"disk={disk}",
    )
    with bench.device("asa5506x", *LINES["tcp"], *options) as device, tapped(device.url) as tap:
        upgrade = Upgrade(bench, device, file, console=tap.path)
        with bench.start(*upgrade.command) as program:
            upgrade.confirmed()
            for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                program.send(name)
            power = bench.run("power", "cycle", "--power", f"touch {bench.folder}/cut")
            ended = program.end()
    assert ended.code == 0, ended.err
    assert (power.code, (bench.folder / "cut").exists()) == (50, False)
    assert tap.typed_between(b"Proceed with reload? [confirm]", b"1.1.18") == b"\r"


@pytest.mark.parametrize("upgrade", [KILLED], indirect=True)
def test_a_killed_upgrade_is_watched_on_by_the_next_start(upgrade: Upgrade) -> None:
    with upgrade.bench.start(*upgrade.command) as program:
        upgrade.confirmed()
        program.send(signal.SIGKILL)
        program.end()
    ended = upgrade.bench.run("upgrade", "-p", upgrade.device.url, "--json")
    assert (ended.code, ended.result["new_version"]) == (0, "1.1.18"), ended.err
    events = upgrade.device.stopped()
    assert typed(in_window(events)) == ""
    assert named(events, "Bricked") == []
    assert upgrade.bench.run("upgrade", "--status").out == "No device is in its window.\n"
