"""`rommon password` as a technician meets it: recover, put back, and a device whose password recovery is disabled."""

import json
from pathlib import Path

import pytest
from cli_rig import Bench, named, typed


def _journals(bench: Bench) -> list[Path]:
    return sorted(Path(bench.env["XDG_STATE_HOME"]).rglob("register.jsonl"))


def test_a_device_boots_without_its_configuration_and_its_register_is_put_back_later(bench: Bench) -> None:
    with bench.device("asa5506x", "--speed", "30", "--option", "flash=old", "--option", "state=monitor") as device:
        power = ["--power", f"kill -USR1 {device.pid}", "--timeout", "30"]
        ended = bench.run("password", "-p", device.url, "--yes", "--json", "--platform", "asa5506x")
        assert ended.code == 0, ended.err
        assert ended.result["config_ignored"] is True
        assert (ended.result["register"], ended.result["register_to_restore"]) == ("0x41", "0x1")
        assert "copy startup-config running-config" in ended.result["types"]
        [journal] = _journals(bench)
        assert json.loads(journal.read_text().splitlines()[0])["before"] == 0x1
        booted = typed(device.events).replace("\b", "").rpartition("boot\r")[2]
        assert booted == "", "something was typed at the booted device"

        back = bench.run("password", "-p", device.url, "--yes", "--json", "--restore", *power)
        assert back.code == 0, back.err
        assert (back.result["register_found"], back.result["register"]) == ("0x41", "0x1")
        assert back.result["config_ignored"] is False
        again = bench.run("password", "-p", device.url, "--yes", "--restore")
        assert (again.code, "no journal" in again.err) == (2, True)


@pytest.mark.parametrize("family", ["asa5505", "asa5506x"])
def test_a_device_whose_password_recovery_is_disabled_is_left_as_it_is(bench: Bench, family: str) -> None:
    with bench.device(family, "--speed", "40", "--fault", "erase-question") as device:
        ended = bench.run("password", "-p", device.url, "--yes", "--json")
        events = device.stopped()
    assert (ended.code, ended.result["cause"]) == (13, "erase-question")
    assert "password recovery is disabled" in ended.result["hint"]
    assert "".join(event["data"] for event in named(events, "Typed") if event["state"] == "question") == ""
    assert not named(events, "Erased")
    assert not _journals(bench)


def test_nobody_is_changed_unasked(bench: Bench) -> None:
    ended = bench.run("password", "-p", "sim://asa5505?state=monitor")
    assert ended.code == 2
    assert "--yes" in ended.err


def test_the_plan_of_both_ways_touches_nothing(bench: Bench) -> None:
    ended = bench.run("password", "--dry-run", "--json", "-p", "/dev/nothing")
    assert ended.code == 0, ended.err
    plans = {
        (record["platform"], record["name"]): record["types"] for record in ended.records if record["kind"] == "plan"
    }
    assert plans["asa5505", "set-register"][0] == "confreg 0x41"
    assert plans["asa5506x", "set-register"][0] == "confreg"
    assert not any(platform.startswith("fpr") for platform, _ in plans)
