"""`--dry-run`, which touches nothing, and `--power`, which brings a booted device back into its window."""

import pytest
from cli_rig import (
    ADDRESSES,
    EXACT,
    HASTE,
    IMAGES,
    STEPS,
    VERSIONS,
    Bench,
    Ended,
    Playground,
    Scenario,
    free_port,
    named,
    typed,
)

LINES = {
    "asa5500x": [
        "<ESC>",
        "address 10.86.118.4",
        "server 10.86.118.21",
        "gateway 10.86.118.21",
        "file asa961-smp-k8.bin",
        "set",
        "ping server",
        "sync",
        "tftpdnld",
        "show version",
    ],
    "asa5506x": [
        "<ESC>",
        "ADDRESS=10.86.118.4",
        "NETMASK=255.255.255.0",
        "GATEWAY=10.86.118.21",
        "SERVER=10.86.118.21",
        "IMAGE=asa984-22-lfbff-k8.SPA",
        "set",
        "ping 10.86.118.21",
        "sync",
        "tftpdnld",
        "show version",
    ],
}

# What the same command then types. The same scenarios as in test_cli_load, so that they are played once.
LOADED = {family: Scenario(family, line="pty", size=EXACT) for family in LINES}


def dry_run(bench: Bench, family: str, *arguments: str) -> Ended:
    image = bench.image(IMAGES[family])
    return bench.run("load", image, "-p", "/dev/ttyROMMON9", *ADDRESSES, "--dry-run", *arguments)


@pytest.mark.parametrize("family", LINES)
def test_a_dry_run_prints_every_line_that_would_be_typed(family: str, bench: Bench, playground: Playground) -> None:
    ended = dry_run(bench, family)
    assert (ended.code, ended.err) == (0, "")
    shown = [line.strip() for line in ended.out.splitlines() if line.startswith("       ")]
    assert shown == LINES[family]
    assert not (bench.folder / "home" / "state").exists()
    entered = named(playground.played(LOADED[family]).events, "CommandEntered")
    assert [event["text"] for event in entered] == [line for line in shown if line != "<ESC>"]


def test_a_dry_run_tells_scripts_the_nine_steps(bench: Bench) -> None:
    ended = dry_run(bench, "asa5506x", "--json", "--platform", "asa5506x", "--power", "switch 7", "--no-save")
    assert ended.code == ended.result["exit_code"] == 0
    steps = [record for record in ended.records if record["kind"] == "plan"]
    assert [step["name"] for step in steps] == STEPS
    lines = [line for step in steps for line in step["types"]]
    assert lines == ["switch 7", *(line for line in LINES["asa5506x"] if line != "sync")]


def test_a_dry_run_says_that_plain_tcp_carries_no_break(bench: Bench) -> None:
    told = [
        dry_run(bench, "asa5506x", "--json", "-p", port).records[0]["note"]
        for port in ("socket://192.0.2.9:4001", "SOCKET://192.0.2.9:4001")
    ]
    assert all("can't carry BREAK" in note for note in told)
    plain = dry_run(bench, "asa5506x", "-p", "socket://192.0.2.9:4001").out
    assert "  1. Connect to the console: it can't carry BREAK" in plain
    assert "note" not in dry_run(bench, "asa5506x", "--json", "-p", "rfc2217://192.0.2.9:4001").records[0]


def test_a_dry_run_refuses_what_the_run_would_refuse(bench: Bench) -> None:
    ended = dry_run(bench, "asa5500x", "--json", "--platform", "asa5506x")
    assert ended.code == ended.result["exit_code"] == 33


def test_a_device_that_has_booted_is_power_cycled_and_recovered(bench: Bench) -> None:
    port = free_port()
    options = ["--speed", "40", "--wire", f"127.0.0.1:{port}", "--option", "state=booted", "--option", "flash=old"]
    with bench.device("asa5506x", *options) as device:
        image = bench.image(IMAGES["asa5506x"])
        power = ["--power", f"kill -USR1 {device.pid}", "--timeout", "20"]
        ended = bench.run("load", image, "-p", device.url, *ADDRESSES, "--tftp-port", port, "--json", *power)
        events = device.stopped()
    assert ended.code == 0, ended.err
    assert ended.result["booted_version"] == VERSIONS["asa5506x"]
    assert named(events, "Booted")[-1]["source"] == "netboot"
    first_off = named(events, "PoweredOff")[0]
    assert set(typed(events[: events.index(first_off)])) <= {"\r"}


def test_a_power_command_that_fails_is_told_with_its_last_words(bench: Bench) -> None:
    with bench.device("asa5506x", "--fault", "silent") as device:
        image = bench.image(IMAGES["asa5506x"])
        power = ["--power", "sh -c 'echo the outlet is locked; exit 3'"]
        ended = bench.run(
            "load", image, "-p", device.url, *ADDRESSES, "--tftp-port", free_port(), "--json", *HASTE, *power
        )
    assert (ended.code, ended.result["cause"]) == (12, "power-command-failed")
    assert ended.result["seen"] == "the outlet is locked"
    assert ended.result["hint"]
