"""From an empty disk0 to an image that boots from it, through the command line: separate processes, a real console, real UDP."""

from pathlib import Path

import pytest
from cli_rig import IMAGES, Bench, Device, Ended, free_port, named, sha512

IMAGE = IMAGES["asa5506x"]
SIZE = 700_001


class Rig:
    """A bench with an image, a folder that is disk0, and a free port for our server."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.image = self.bench.image(IMAGE, SIZE)
        self.disk = folder / "disk0"
        self.disk.mkdir()
        self.port = free_port()

    def device(self, *options: str) -> Device:
        settings = ["--speed", "40", "--wire", f"127.0.0.1:{self.port}", "--option", f"disk={self.disk}"]
        return self.bench.device("asa5506x", *settings, *(part for option in options for part in ("--option", option)))

    def run(self, command: str, device: Device, *more: str) -> Ended:
        server = ["--server", "10.86.118.21", "--bind", "127.0.0.1", "--tftp-port", str(self.port)]
        return self.bench.run(command, self.image, "--port", device.url, *server, "--json", *more)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


LOAD = ("--address", "10.86.118.4/24", "--timeout", "10", "--stall-timeout", "10", "--boot-timeout", "20")


@pytest.mark.parametrize("config", ["saved", "none"])
def test_a_dead_5506x_with_an_empty_disk_is_loaded_installed_reloaded_and_proved(rig: Rig, config: str) -> None:
    with rig.device("flash=empty", f"config={config}", "address=10.86.118.4/24") as device:
        ended = rig.run("load", device, *LOAD, "--install")
        events = device.stopped()
    assert ended.code == 0, ended.err
    installed = ended.result["installed"]
    assert installed["image_file"] == f"disk0:/{IMAGE}"
    assert (installed["version"], installed["sha512"]) == ("9.8(4)22", sha512(rig.image))
    assert (rig.disk / IMAGE).read_bytes() == rig.image.read_bytes()
    assert [event["source"] for event in named(events, "Booted")] == ["netboot", "flash"]
    last = [record for record in ended.records if record["kind"] == "step"][-1]
    assert (last["name"], last["status"]) == ("make-it-last", "done")


def test_load_then_install_ends_the_same(rig: Rig) -> None:
    with rig.device("flash=empty", "address=10.86.118.4/24") as device:
        assert rig.run("load", device, *LOAD).code == 0
        ended = rig.run("install", device, "--yes")
        events = device.stopped()
    assert ended.code == 0, ended.err
    assert ended.result["image_file"] == f"disk0:/{IMAGE}"
    assert ended.result["boot_system"] == [f"disk0:/{IMAGE}"]
    assert named(events, "Booted")[-1]["source"] == "flash"


def test_an_image_that_calls_itself_otherwise_after_the_reload_is_not_proved(rig: Rig) -> None:
    with rig.device("flash=old", "state=booted", "address=10.86.118.4/24", "fault=reports-version:9.1(2)") as device:
        ended = rig.run("install", device, "--yes")
    assert (ended.code, ended.result["cause"]) == (41, "other-version")


def test_nothing_is_done_before_somebody_agrees(rig: Rig) -> None:
    ended = rig.bench.run("install", rig.image, "--port", "sim://asa5506x?state=booted", "--server", "10.86.118.21")
    assert ended.code == 2
    assert "--yes" in ended.err


def test_a_dry_run_shows_every_line_in_order(rig: Rig) -> None:
    ended = rig.bench.run("install", rig.image, "--server", "10.86.118.21", "--dry-run", "--json")
    assert ended.result["outcome"] == "dry-run"
    typed = [line for record in ended.records[:-1] for line in record["types"]]
    assert typed.index("write memory") < typed.index("reload")
    assert f"copy /noconfirm tftp://10.86.118.21/{IMAGE} disk0:/{IMAGE}" in typed
