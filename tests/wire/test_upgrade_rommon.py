"""`rommon upgrade`'s procedure against the simulated ASA, over a real port object and real UDP; its clock runs fast."""

import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from signed_image import firmware, key, pem

from rommon_tool.errors import Interrupted, UpgradeHold
from rommon_tool.firmware import load_anchors
from rommon_tool.procedures.asa_session import AsaConsole
from rommon_tool.procedures.upgrade_gates import UpgradePlan
from rommon_tool.procedures.upgrade_rommon import UpgradeJob, UpgradeOutcome, upgrade
from rommon_tool.progress import Progress
from serial_console.errors import ImageRefused, RomWindowOpen
from serial_console.interlock import Journal
from serial_console.rom_watch import Patience
from serial_console.simulated import watching
from serial_console.simulated.events import Answered, Bricked, CommandEntered

if not hasattr(__import__("os"), "fork"):
    pytest.skip("needs a POSIX system", allow_module_level=True)

NAME = "asa5500-firmware-1118.SPA"
SPEED = 400
QUICK = Patience(hold_seconds=4, watch_seconds=6, tick_seconds=0.02, pace=SPEED)
Agree = Callable[[UpgradePlan], bool]


class Bench:
    """A device with a disk, a file for it, and all that happened to it."""

    def __init__(self, folder: Path) -> None:
        self.disk = folder / "disk0"
        self.disk.mkdir()
        self.file = folder / NAME
        self.file.write_bytes(firmware().built(key()))
        self.pin = hashlib.sha512(self.file.read_bytes()).hexdigest()
        self.events: list[Any] = []
        self.records: list[Any] = []

    def put_on_disk0(self) -> None:
        (self.disk / self.file.name).write_bytes(self.file.read_bytes())

    def job(self, options: str = "", family: str = "asa5506x", **changes: Any) -> UpgradeJob:
        url = f"sim://{family}?state=booted&speed={SPEED}&rom=1.1.8&disk={self.disk}&name={self.disk}{options}"
        job = UpgradeJob(self.file, AsaConsole(url), load_anchors(sha512=self.pin), patience=QUICK)
        return replace(job, **changes)

    def upgraded(self, job: UpgradeJob, agrees: Agree = lambda _: True) -> UpgradeOutcome:
        progress = Progress("test")
        progress.subscribe(lambda record: self.records.append(record.event))
        with watching(self.events.append), upgrade(job, progress, agrees) as run:
            return run.finish()

    def commands(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, CommandEntered)]

    def answers(self) -> list[tuple[str, str]]:
        return [(event.question, event.text) for event in self.events if isinstance(event, Answered)]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Bench(tmp_path)


def test_a_file_is_copied_proved_verified_by_the_device_confirmed_and_read_back(bench: Bench, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    anchors = load_anchors(keys=[pem(key(), tmp_path / "key.pem")], sha512=bench.pin)
    wire = f"&fault=rom-upgrade:modified&wire=127.0.0.1:{port}&address=127.0.0.9/8"
    job = bench.job(wire, anchors=anchors, server="192.168.1.21", bind="127.0.0.1", tftp_port=port, saves_config=True)
    outcome = bench.upgraded(job)
    assert (bench.disk / NAME).read_bytes() == bench.file.read_bytes()
    assert (outcome.old_version, outcome.new_version, outcome.shown_version) == ("1.1.8", "1.1.18", "1.1.18")
    assert outcome.verdict == "signature-valid"
    assert bench.commands().count("write memory") == 1
    assert bench.answers() == [("Proceed with reload? [confirm]", "")]
    assert Journal().windows() == []
    assert not [event for event in bench.events if isinstance(event, Bricked)]


def test_without_saving_the_question_is_answered_with_a_letter_and_its_enter_comes_in_the_window(bench: Bench) -> None:
    bench.put_on_disk0()
    bench.upgraded(bench.job("&fault=rom-upgrade:modified", saves_config=False))
    assert "write memory" not in bench.commands()
    assert [answer for _, answer in bench.answers()] == ["n", ""]
    assert not [event for event in bench.events if isinstance(event, Bricked)]


REFUSALS: dict[str, tuple[type[Exception], str, list[str]]] = {
    "a device whose hashes differ": (ImageRefused, "&fault=rom-upgrade:bad-hash", []),
    "a device that verified another file": (ImageRefused, "&fault=rom-upgrade:other-file", ["n"]),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_the_devices_own_word_is_the_second_gate(bench: Bench, tmp_path: Path, what: str) -> None:
    error, options, answers = REFUSALS[what]
    bench.put_on_disk0()
    with pytest.raises(error):
        bench.upgraded(bench.job(options, anchors=load_anchors(keys=[pem(key(), tmp_path / "key.pem")])))
    assert [answer for _, answer in bench.answers()] == answers
    assert Journal().windows() == []


def test_nobody_agreeing_leaves_the_device_as_it_was(bench: Bench) -> None:
    bench.put_on_disk0()
    asked: list[UpgradePlan] = []
    with pytest.raises(Interrupted, match="not agreed to"):
        bench.upgraded(bench.job(), lambda plan: bool(asked.append(plan)))
    assert (asked[0].serial_number, asked[0].old_version) == ("A0000000000", "1.1.8")
    assert not [command for command in bench.commands() if command.startswith("upgrade")]


def test_a_device_that_comes_back_with_its_old_version_is_held(bench: Bench) -> None:
    bench.put_on_disk0()
    job = bench.job("&fault=rom-upgrade:old")
    with pytest.raises(UpgradeHold, match=r"1\.1\.18 is not known") as held:
        bench.upgraded(job)
    assert "old-version" in held.value.seen
    with pytest.raises(RomWindowOpen, match="A0000000000"):
        bench.upgraded(job)
    assert Journal().release_by_operator("A0000000000").new_version == "1.1.18"
    assert not [event for event in bench.events if isinstance(event, Bricked)]
