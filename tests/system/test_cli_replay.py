"""`rommon replay`: recordings from files and pipes; never a device, never a control sequence on the terminal."""

import json
import os
import pty
from pathlib import Path

import pytest
from cli_rig import ROMMON, Bench

LOG = (
    b"\x1b]0;evil\x07\x1b[2JUse BREAK or ESC to interrupt boot.\r\nrommon #0> set\r\n"
    b"  ADDRESS=192.0.2.4\r\nenable password s3cret\r\nrommon #1> "
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "console.log"
    path.write_bytes(LOG)
    return path


def test_a_recording_is_shown_line_by_line_without_control_sequences_or_secrets(bench: Bench, log: Path) -> None:
    ended = bench.run("replay", log)
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert "s3cret" not in ended.out
    rows = [line[9:].split() for line in ended.out.splitlines()]
    assert rows[0][0] == "break-notice"
    assert rows[1][0] == "prompt"
    assert rows[2][0] == "variable"
    assert "classic-monitor" in ended.out.splitlines()[-1]


def test_json_has_a_line_each_and_the_result_last(bench: Bench, log: Path) -> None:
    ended = bench.run("replay", log, "--json", "--platform", "asa5500x")
    assert [record["kind"] for record in ended.records] == ["line"] * 5 + ["result"]
    assert ended.records[2]["understood"] == [
        {"kind": "variable", "seen": "192.0.2.4", "name": "ADDRESS", "families": []},
    ]
    assert ended.result["state"] == "classic-monitor"
    assert "s3cret" not in ended.out


def test_only_what_is_not_understood_is_shown_when_asked(bench: Bench, log: Path) -> None:
    ended = bench.run("replay", log, "--json", "--unrecognised")
    assert [record["number"] for record in ended.records[:-1]] == [4]


def test_a_device_is_refused_and_not_opened(bench: Bench) -> None:
    master, slave = pty.openpty()
    try:
        ended = bench.run("replay", os.ttyname(slave), "--json")
        os.set_blocking(master, False)
        with pytest.raises(BlockingIOError):
            os.read(master, 1)
    finally:
        os.close(master)
        os.close(slave)
    assert ended.code == 2
    assert "rommon detect" in ended.result["hint"]


def test_a_pipe_that_is_no_file_is_refused(bench: Bench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert bench.run("replay", tmp_path / "fifo").code == 2


def test_a_file_that_is_not_there_is_refused(bench: Bench, tmp_path: Path) -> None:
    ended = bench.run("replay", tmp_path / "none", "--json")
    assert ended.code == 2
    assert "none" in json.dumps(ended.result)


def test_it_reads_its_standard_input(bench: Bench, log: Path) -> None:
    import subprocess

    with log.open("rb") as stdin:
        ended = subprocess.run([*ROMMON, "replay", "-"], stdin=stdin, capture_output=True, env=bench.env, check=True)
    assert b"variable" in ended.stdout
