"""`rommon downgrade` as a process: files of this machine over real UDP, the proof, refusals and exit codes."""

import json
from pathlib import Path

import pytest
from cli_rig import Bench, Device, Ended, free_port, named

NEW, OLD = "asa984-22-lfbff-k8.SPA", "asa944-lfbff-k8.SPA"
TODAY = """\
ASA Version 9.8(4)22
hostname today
interface Management1/1
 nameif management
 ip address 10.86.118.4 255.255.255.0
: end
"""
BACKUP = TODAY.replace("9.8(4)22", "9.4(4)").replace("today", "before")
USER = "username test1 password $sha512$1234$abcdefghijklmnopqrstuvwxy pbkdf2 privilege 15"


class Rig:
    """A bench, a device that runs 9.8(4)22 from its disk, an old image and an old configuration here."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.image = self.bench.image(OLD, 300_001)
        self.config = folder / "old.cfg"
        self.config.write_text(BACKUP)
        self.archive = folder / "archive"
        self.disk = folder / "disk0"
        self.disk.mkdir()
        (self.disk / NEW).write_bytes(b"new" * 1000)
        nvram = {"startup": TODAY, "boot_entries": [f"disk0:/{NEW}"], "config_file": "", "register": 1}
        (self.disk / ".simulated-nvram.json").write_text(json.dumps({**nvram, "monitor_version": ""}))
        self.port = free_port()

    def device(self, *more: str) -> Device:
        settings = ["--speed", "40", "--wire", f"127.0.0.1:{self.port}", "--option", f"disk={self.disk}"]
        return self.bench.device("asa5506x", *settings, "--option", "state=booted", *more)

    def run(self, device: Device, *more: str) -> Ended:
        server = ["--server", "10.86.118.21", "--bind", "127.0.0.1", "--tftp-port", str(self.port)]
        files = [self.image, "--config", self.config, "--archive", self.archive]
        return self.bench.run("downgrade", *files, "--port", device.url, *server, "--json", "--yes", *more)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_image_and_configuration_of_this_machine_run_after_the_reload(rig: Rig) -> None:
    with rig.device() as device:
        ended = rig.run(device)
        events = device.stopped()
    assert ended.code == 0, ended.err
    assert (ended.result["version"], ended.result["image_file"]) == ("9.4(4)", f"disk0:/{OLD}")
    assert named(events, "Booted")[-1]["source"] == "flash"
    assert json.loads((rig.disk / ".simulated-nvram.json").read_text())["startup"] == BACKUP
    assert (rig.archive / "startup-config.cfg").read_text() == TODAY


def test_a_lock_out_ends_with_41_and_the_findings_told(rig: Rig) -> None:
    rig.config.write_text(f"ASA Version 9.8(2)\nhostname x\n{USER}\naaa authentication ssh console LOCAL\n: end\n")
    with rig.device() as device:
        ended = rig.run(device)
    assert (ended.code, ended.result["cause"]) == (41, "lock-out")
    assert [record for record in ended.records if record["kind"] == "finding" and record["lock_out"]]


def test_a_dry_run_names_every_line_and_touches_nothing(rig: Rig) -> None:
    ended = rig.bench.run("downgrade", f"disk0:/{OLD}", "--config", "disk0:/old.cfg", "--dry-run", "--json")
    assert ended.result["outcome"] == "dry-run"
    assert "clear configure boot" in [line for record in ended.records[:-1] for line in record["types"]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("disk0:/asa.SPA", "--config", "disk0:/old.cfg", "--dry-run"), "tells no version"),
        ((f"disk0:/{OLD}", "--config", "disk0:/old.cfg"), "--yes"),
        (("nothing.SPA", "--config", "disk0:/old.cfg", "--dry-run"), "there is no file"),
    ],
)
def test_what_cannot_be_right_ends_with_2(rig: Rig, arguments: tuple[str, ...], words: str) -> None:
    ended = rig.bench.run("downgrade", *arguments)
    assert ended.code == 2
    assert words in ended.err
