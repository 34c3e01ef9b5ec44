"""Faults of a console that have no module of their own; the table in docs/faults.md tells where each one is tested."""

import os
import pty
import re
import termios
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from golden_loads import loaded
from simulated_line import SimulatedLine

from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import DownloadMarked
from serial_console.channel import Channel, open_line
from serial_console.errors import ConsoleLost
from serial_console.line import Seen, Silence

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
NEVER = {"never": re.compile(rb"this never comes")}
PROMPT = {"prompt": re.compile(rb"rommon \d+ >")}


class Adapter:
    """A pty under a name of its own, as udev gives an adapter one by its serial number."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)

    def unplug(self) -> None:
        for descriptor in (self.master, self.slave):
            os.close(descriptor)


@pytest.fixture
def adapter() -> Iterator[Adapter]:
    made = Adapter()
    yield made
    made.unplug()


def entered(line: SimulatedLine) -> list[str]:
    return [event.text for event in line.events if type(event).__name__ == "CommandEntered"]  # type: ignore[attr-defined]


def test_an_adapter_that_comes_back_under_another_number_is_found_by_its_name(tmp_path: Path) -> None:
    name = tmp_path / "usb-FTDI_FT232R_A1-if00-port0"
    first, second = Adapter(), Adapter()
    name.symlink_to(first.path)
    with open_line(str(name)) as line:
        first.unplug()
        with pytest.raises(ConsoleLost):
            line.expect(NEVER, 10)
    name.unlink()
    name.symlink_to(second.path)
    with open_line(str(name)) as line:
        os.write(second.master, b"rommon 3 > ")
        assert isinstance(line.expect(PROMPT, 10), Seen)
    second.unplug()


def test_no_byte_of_noise_can_stop_our_own_end_of_the_line(adapter: Adapter) -> None:
    """XOFF is 0x13: one wrong bit away from what devices print."""
    flags = termios.tcgetattr(adapter.slave)
    flags[0] |= termios.IXON | termios.IXOFF
    termios.tcsetattr(adapter.slave, termios.TCSANOW, flags)
    with open_line(adapter.path) as line:
        assert not termios.tcgetattr(adapter.slave)[0] & (termios.IXON | termios.IXOFF)
        os.write(adapter.master, b"\x13rommon 1 > ")
        assert isinstance(line.expect(PROMPT, 10), Seen)
        line.send(b"\x13set\r")
        assert os.read(adapter.master, 5) == b"\x13set\r"


def test_a_megabyte_of_any_bytes_without_a_line_end_is_read_in_bounded_memory(adapter: Adapter) -> None:
    soup = (bytes(range(256)).replace(b"\n", b"").replace(b"\r", b"") + b"\x1b]52;c;aGk=\x07\xff\xc3\x28") * 4000
    writer = threading.Thread(target=_write, args=(adapter.master, soup + b"rommon 7 > "))
    heard: list[int] = []
    with Channel(adapter.path, record=lambda _, data: heard.append(len(data))) as line:
        writer.start()
        while isinstance(seen := line.expect(PROMPT, 0.2), Silence):
            assert len(seen.unread) <= 4096
        writer.join()
    assert sum(heard) == len(soup) + len(b"rommon 7 > ")
    assert len(seen.before) <= 64 * 1024


def test_a_million_progress_marks_are_all_counted(adapter: Adapter) -> None:
    platform = load_platform("asa5506x")
    marks = 1_000_000

    def device() -> None:
        while b"\r" not in os.read(adapter.master, 100):
            os.write(adapter.master, b"tftpdnld")
        _write(adapter.master, b"\n\rReceiving image from 10.86.118.21\n\r" + b"!" * marks)
        _write(
            adapter.master, b"\n\rFile reception completed.\n\rBoot buffer bigbuf=3\n\rLFBFF signature verified.\n\r"
        )

    playing = threading.Thread(target=device)
    playing.start()
    with open_line(adapter.path) as line:
        events = list(BootMonitor(line, platform).download().run())
    playing.join()
    assert [event.marks for event in events if isinstance(event, DownloadMarked)][-1] == marks


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data[:4096]) :]


@pytest.mark.parametrize("family", ["asa5500x", "asa5506x"])
def test_keys_that_came_too_late_for_the_window_are_cleared_before_the_first_command(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?state=monitor")
    monitor = BootMonitor(line, load_platform(family))
    line.send(b"\x1b\x1b\x1b")
    monitor.dialogue.fresh_prompt(surplus=6)
    monitor.read_back({})
    assert entered(line) == ["set"]


@pytest.mark.parametrize("family", ["asa5500x", "asa5506x"])
def test_what_somebody_left_at_the_prompt_is_in_no_command(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?state=monitor&fault=junk")
    monitor = BootMonitor(line, load_platform(family))
    monitor.enter(30)
    monitor.set(address="10.86.118.4", server="10.86.118.21")
    # The one Enter that looks for a prompt enters what stood there; no command of ours has it in it.
    assert [text for text in entered(line) if "asdf" in text] in ([], ["asdf"])
    assert line.device.variables["ADDRESS"] == "10.86.118.4"


@pytest.mark.parametrize("family", ["asa5500x", "asa5506x"])
def test_a_device_that_takes_a_line_feed_for_a_second_enter_gets_none(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?state=monitor&fault=crlf-twice")
    monitor = BootMonitor(line, load_platform(family))
    monitor.enter(30)
    monitor.set(address="10.86.118.4")
    assert b"\n" not in line.typed()
    assert b"\n" not in b"".join(event.data for event in loaded(family).events if hasattr(event, "data"))


@dataclass
class DyingLine(SimulatedLine):
    """An adapter that is pulled out while it is written to: of the `dies_at`-th write a few bytes get through."""

    dies_at: int = 0
    writes: int = 0
    sent_after_death: bytes = b""

    def send(self, data: bytes) -> None:
        self.writes += 1
        if self.writes > self.dies_at:
            self.sent_after_death += data
        if self.writes >= self.dies_at:
            self.device.type(data[: len(data) // 2])
            raise ConsoleLost("lost the console while writing", seen="the adapter is gone")
        super().send(data)


def set_on(line: SimulatedLine, family: str) -> None:
    monitor = BootMonitor(line, load_platform(family))
    monitor.enter(30)
    monitor.set(address="10.86.118.4", server="10.86.118.21", image="an-image.SPA")


@pytest.mark.parametrize("family", ["asa5500x", "asa5506x", "fpr2100"])
def test_an_adapter_pulled_out_in_any_write_ends_the_setting_and_nothing_is_sent_again(family: str) -> None:
    undisturbed = DyingLine(f"sim://{family}?state=monitor", dies_at=1000)
    set_on(undisturbed, family)
    for dies_at in range(1, undisturbed.writes + 1):
        line = DyingLine(f"sim://{family}?state=monitor", dies_at=dies_at)
        with pytest.raises(ConsoleLost):
            set_on(line, family)
        assert line.sent_after_death == b""


# --- the table in docs/faults.md -------------------------------------------------------------------------------------

ROW = re.compile(r"^\| (S\d+) \|([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE)
NAMED = re.compile(r"`(\w+)::(\w+)`")


def test_every_row_of_the_console_s_faults_names_a_test_or_says_why_there_is_none() -> None:
    rows = {number: proof for number, _, _, proof in ROW.findall(DOCUMENT.read_text("utf-8"))}
    assert list(rows) == [f"S{number}" for number in range(1, 28)]
    for number, proof in rows.items():
        assert NAMED.search(proof) or re.search(r"[Nn]ot tested: .{20}", proof), number


def test_every_test_that_the_table_names_is_there() -> None:
    modules = {path.stem: path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("test_*.py")}
    named = [pair for row in ROW.findall(DOCUMENT.read_text("utf-8")) for pair in NAMED.findall(row[3])]
    assert len(named) > 27
    assert [f"{module}::{test}" for module, test in named if f"def {test}(" not in modules.get(module, "")] == []
