"""`rommon load` against a simulated ASA Services Module: behind its Catalyst's supervisor, and in its session already.

An ESC would abort a module's download. Here the console's bytes are read between the two processes, by a relay that belongs to neither.
"""

import pytest
from cli_rig import ADDRESSES, HASTE, IMAGES, LINES, NEEDS, Bench, Playground, Scenario, free_port, named
from console_tap import tapped

IMAGE = IMAGES["asasm"]
SIZE = 300 * 512
COMMAND = "session slot 3 processor 1"
BEGIN, END = b"Starting download. Press ESC to abort.", b"Launching TFTP Image..."


def load(line: str, *arguments: str, options: tuple[str, ...] = ()) -> Scenario:
    return Scenario(
        "asasm", (), options, line, size=SIZE, addresses=(*ADDRESSES, *NEEDS["asasm"]), arguments=(*HASTE, *arguments)
    )


LOADS = {
    "through the supervisor, on a pseudo-terminal": load("pty", "--slot", "3", options=("session=closed",)),
    "through the supervisor, over TCP": load("tcp", "--slot", "3", options=("session=closed",)),
    "through the supervisor, behind a console server": load("rfc2217", "--slot", "3", options=("session=closed",)),
    "by its virtual console": load(
        "tcp", "--session", "service-module session slot 3", options=("session=closed", "state=monitor")
    ),
    "in its session already, at its prompt, by no name": load("pty", options=("state=monitor",)),
}
EVERY = pytest.mark.parametrize("scenario", LOADS.values(), ids=LOADS)
PROCEDURE = [
    "address 10.86.118.4",
    "server 10.86.118.21",
    "gateway 10.86.118.21",
    f"file {IMAGE}",
    "interface Data0",
    "vlan 100",
    "set",
    "ping server",
    "tftpdnld",
]


@EVERY
def test_the_module_holds_exactly_the_image_and_has_booted_it(scenario: Scenario, playground: Playground) -> None:
    played = playground.played(scenario)
    assert played.load.code == 0, played.load.err
    (received,) = named(played.events, "TransferFinished")
    assert (received["bytes"], received["sha512"]) == (SIZE, played.image_sha512)
    assert played.load.result["platform"] == "asasm"
    assert played.load.result["booted_version"] == "9.5(2)6"


@EVERY
def test_the_chapter_s_order_is_typed_and_the_supervisor_gets_the_session_command_alone(
    scenario: Scenario, playground: Playground
) -> None:
    entered = named(playground.played(scenario).events, "CommandEntered")
    monitor = [event["text"] for event in entered if event["state"] == "monitor"]
    assert monitor[-len(PROCEDURE) :] == PROCEDURE
    assert set(monitor) == set(PROCEDURE)
    at_supervisor = [event["text"] for event in entered if event["state"] == "supervisor"]
    wanted = scenario.arguments[-1] if "--session" in scenario.arguments else COMMAND
    assert at_supervisor == ([wanted] if "session=closed" in scenario.options else [])
    keys = "".join(
        event["data"] for event in named(playground.played(scenario).events, "Typed") if event["state"] == "supervisor"
    )
    assert keys.replace("\r", "") == "".join(at_supervisor)


@EVERY
def test_nothing_is_typed_while_it_downloads_or_boots(scenario: Scenario, playground: Playground) -> None:
    keys = named(playground.played(scenario).events, "Typed")
    assert [event for event in keys if event["state"] in ("download", "booting", "question")] == []


def test_not_a_byte_least_of_all_an_esc_passes_the_line_while_an_esc_would_abort_the_download(
    bench: Bench,
) -> None:
    """`break-hidden`: the most ESCs that a run sends, because it sees no window close. It must last for some of them."""
    image, port = bench.image(IMAGE, 4096 * 512), str(free_port())
    options = ["--speed", "12", "--option", "session=closed", "--fault", "break-hidden"]
    with bench.device("asasm", "--wire", f"127.0.0.1:{port}", *LINES["tcp"], *options) as device:
        with tapped(device.url) as tap:
            arguments = ("--tftp-port", port, "--slot", "3", *NEEDS["asasm"], "--json", "--port", tap.path)
            ended = bench.run("load", image, *ADDRESSES, *arguments, *HASTE)
        assert ended.code == 0, ended.err
    assert b"\x1b" in b"".join(data for way, data in tap.seen if way == ">")
    assert tap.typed_between(BEGIN, END) == b""
    # Nor behind the last setting: an ESC that was late would come with the next line.
    assert tap.typed_between(b"vlan 100", BEGIN).count(b"\x1b") == 0


def test_a_missing_vlan_is_a_usage_error_before_the_console_is_opened(bench: Bench) -> None:
    image = bench.image(IMAGE, SIZE)
    for chosen in (("--slot", "3"), ("--platform", "asasm")):
        ended = bench.run("load", image, *ADDRESSES, *chosen, "--json", "--port", "/dev/ttyROMMON9")
        assert (ended.code, ended.result["cause"]) == (2, "usage")
        assert "--vlan" in ended.result["hint"]


def test_a_supervisor_that_opens_no_session_ends_the_run_by_name(bench: Bench) -> None:
    image = bench.image(IMAGE, SIZE)
    ended = bench.run(
        "load", image, *ADDRESSES, *NEEDS["asasm"], "--slot", "7", "--json", *HASTE,
        "--tftp-port", str(free_port()), "--port", "sim://asasm?session=closed&speed=20",
    )  # fmt: skip
    assert (ended.code, ended.result["cause"]) == (13, "session-refused")
    assert "Connection refused" in ended.result["seen"]


def test_a_dry_run_shows_the_session_command_and_the_chapter_s_lines(bench: Bench) -> None:
    image = bench.image(IMAGE, SIZE)
    ended = bench.run("load", image, *ADDRESSES, *NEEDS["asasm"], "--slot", "3", "-p", "/dev/ttyROMMON9", "--dry-run")
    assert ended.code == 0, ended.err
    shown = [line.strip() for line in ended.out.splitlines() if line.startswith("       ")]
    assert shown == [COMMAND, "<ESC>", *PROCEDURE, "show version"]
    assert "no such step" in ended.out
