"""`rommon boot` and `rommon reload`, as processes: what is set is what boots, and what can't be is refused."""

from pathlib import Path

import pytest
from cli_rig import Bench, named

NEW, OLD = "asa984-22-lfbff-k8.SPA", "asa941-lfbff-k8.SPA"
BOOTED = "sim://asa5506x?state=booted&flash=old&speed=100"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_what_was_set_and_saved_boots_after_a_reload(bench: Bench) -> None:
    disk = bench.folder / "disk0"
    disk.mkdir()
    (disk / NEW).write_bytes(b"an image")
    settings = ["--speed", "100", "--option", "state=booted", "--option", "flash=old", "--option", f"disk={disk}"]
    with bench.device("asa5506x", *settings) as device:
        boot = bench.run("boot", "system", NEW, OLD, "--port", device.url, "--json")
        assert boot.code == 0, boot.err
        assert boot.result["saved"] == [f"disk0:/{NEW}", f"disk0:/{OLD}"]
        assert boot.result["next_boot"] == f"disk0:/{NEW}"
        reload = bench.run("reload", "now", "--discard", "--yes", "--port", device.url, "--json")
        assert reload.code == 0, reload.err
        assert (reload.result["version"], reload.result["image_file"]) == ("9.8(4)22", f"disk0:/{NEW}")
        events = device.stopped()
    assert named(events, "Booted")[-1]["image"] == NEW


def test_an_image_that_is_not_there_is_refused(bench: Bench) -> None:
    ended = bench.run("boot", "system", "gone.SPA", "--port", BOOTED, "--json")
    assert (ended.code, ended.result["cause"]) == (41, "not-there")


@pytest.mark.parametrize(
    "arguments",
    [
        ("boot", "system", "a.SPA", "tftp://192.0.2.1/a.SPA"),
        ("boot", "system"),
        ("boot", "asdm", "a.bin", "--none"),
        ("reload", "now", "--yes"),
        ("reload", "in", "soon", "--save", "--yes"),
        ("reload", "now", "--save"),
    ],
    ids=" ".join,
)
def test_what_can_not_be_right_is_refused_before_the_console_is_opened(
    bench: Bench, arguments: tuple[str, ...]
) -> None:
    assert bench.run(*arguments, "--port", "sim://no-such-device", "--json").code == 2


def test_a_reload_is_scheduled(bench: Bench) -> None:
    ended = bench.run("reload", "in", "0:10", "--save", "--yes", "--port", BOOTED, "--json")
    assert ended.code == 0, ended.err
    assert ended.result["scheduled"]
