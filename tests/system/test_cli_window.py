"""A device in its window, and every command of ours that might disturb it: each ends with 50 and has done nothing."""

from pathlib import Path

import pytest
from cli_rig import ADDRESSES, Bench

from serial_console.interlock import Journal, Window
from serial_console.interlock.identity import consoles_of


@pytest.fixture
def port(bench: Bench) -> str:
    """A console whose device is in its window: a record of an earlier process, and a path that leads nowhere else."""
    path = bench.folder / "ttyUSB0"
    path.write_bytes(b"")
    window = Window(
        port=str(path),
        baud=9600,
        consoles=consoles_of(str(path)),
        serial_number="JAD22466666",
        model="ASA5506",
        file_name="asa5500-firmware-1114.SPA",
        sha512="ab" * 64,
        old_version="1.1.8",
        new_version="1.1.14",
    )
    Journal(Path(bench.env["XDG_STATE_HOME"]) / "rommon" / "windows").open(window)
    return str(path)


COMMANDS = {
    "load": ["load", "asa984-22-lfbff-k8.SPA", *ADDRESSES, "--tftp-port", "0", "--external-server"],
    "variables": ["variables"],
    "detect": ["detect"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_opens_the_console_of_a_device_in_its_window(bench: Bench, port: str, command: str) -> None:
    bench.image("asa984-22-lfbff-k8.SPA")
    arguments = [
        str(bench.folder / word) if word.endswith(".SPA") else "6969" if word == "0" else word
        for word in COMMANDS[command]
    ]
    ended = bench.run(*arguments, "-p", port)
    assert ended.code == 50, ended.err
    assert "ASA5506 JAD22466666" in ended.err
    assert "leave its power on" in ended.err
    assert Path(port).read_bytes() == b""


def test_no_power_is_switched_while_a_device_may_be_writing_its_boot_rom(bench: Bench, port: str) -> None:
    witness = bench.folder / "switched"
    ended = bench.run("power", "cycle", "--power", f"touch {witness} {{action}}", "--json")
    assert ended.code == 50
    assert ended.result["cause"] == "rom-window-open"
    assert not witness.exists()
