"""`rommon load` against simulated Firepowers, on a pseudo-terminal and over TCP: packages, images, and what FXOS shows.

The devices take 300,000 bytes of a package in place of 256 MiB; what they do then is the same.
"""

import pytest
from cli_rig import ADDRESSES, HASTE, LINES, TAKEN, Bench, Playground, Scenario, free_port, named, typed, usual

SIZE = 700_001
COMMANDS = {
    "cisco-asa-fp1k.9.20.2.SPA": "tftp -b",
    "fxos-k8-fp1k-lfbff.2.14.1.131.SPA": "tftpdnld",
    "cisco-asa-fp2k.9.12.4.SPA": "tftpdnld -b",
    "fxos-k8-fp2k-lfbff.82.10.1.377i.SSB": "tftpdnld",
    "cisco-asa-fp3k.9.18.2.SPA": "tftp -b",
    "cisco-asa-fp4200.9.20.2.SPA": "tftp -b",
}


def load(
    family: str, image: str, line: str, *, options: tuple[str, ...] = (), faults: tuple[str, ...] = ()
) -> Scenario:
    return Scenario(
        family,
        faults,
        (f"bundle={TAKEN}", *options),
        line,
        size=SIZE,
        arguments=(*HASTE[:4], "--boot-timeout", "30"),
        image=image,
    )


LOADS = {
    "a 1010 takes the beginning of a package": usual("fpr1000", "pty"),
    "a 1010 over TCP takes the whole of an image": load("fpr1000", "fxos-k8-fp1k-lfbff.2.14.1.131.SPA", "tcp"),
    "a 2120 over TCP logs in by itself": load(
        "fpr2100", "cisco-asa-fp2k.9.12.4.SPA", "tcp", options=("flash=old", "state=monitor")
    ),
    "a 2120 takes an image": load("fpr2100", "fxos-k8-fp2k-lfbff.82.10.1.377i.SSB", "pty"),
    "a 3130 over TCP takes a package": usual("fpr3100", "tcp"),
    "a 4215 pings as Unix does": load("fpr3100", "cisco-asa-fp4200.9.20.2.SPA", "pty", faults=("unix-ping",)),
}
EVERY = pytest.mark.parametrize("scenario", LOADS.values(), ids=LOADS)


def is_package(scenario: Scenario) -> bool:
    return "-b" in COMMANDS[scenario.image]


@EVERY
def test_the_login_of_fxos_proves_the_boot_and_is_left_alone(scenario: Scenario, playground: Playground) -> None:
    played = playground.played(scenario)
    assert played.load.code == 0, played.load.err
    result = played.load.result
    assert (result["platform"], result["proof"]) == (scenario.family, "login")
    assert named(played.events, "Booted")[-1]["source"] == "netboot"
    assert [event for event in named(played.events, "CommandEntered") if event["state"] != "monitor"] == []


@EVERY
def test_the_image_s_kind_chooses_the_command(scenario: Scenario, playground: Playground) -> None:
    commands = [event["text"] for event in named(playground.played(scenario).events, "CommandEntered")]
    assert commands[-1] == COMMANDS[scenario.image]


@EVERY
def test_no_key_but_the_procedure_s_own_is_pressed(scenario: Scenario, playground: Playground) -> None:
    """No ESC once the monitor has answered: Linux has a window for it as well. And never a word that wipes the device."""
    events = playground.played(scenario).events
    keys = named(events, "Typed")
    monitor = [event["state"] for event in keys].index("monitor")
    assert not [event for event in keys if event["state"] in ("download", "booting", "cli", "question")]
    # Those that were on their way when the window closed are erased before anything else is typed.
    assert "\x1b" not in "".join(event["data"] for event in keys[monitor:]).lstrip("\x1b")
    for word in ("password_reset", "factory-reset", "format", "erase"):
        assert word not in typed(events)
    assert not named(events, "Answered")
    assert not named(events, "Erased")


@EVERY
def test_what_was_taken_is_told_to_the_byte(scenario: Scenario, playground: Playground) -> None:
    played = playground.played(scenario)
    result = played.load.result
    (received,) = named(played.events, "TransferFinished")
    assert (result["file_bytes"], result["sha512"]) == (SIZE, played.image_sha512)
    if is_package(scenario):
        # The block in which the limit lies is the last one; it may end unacknowledged.
        assert received["bytes"] == -(-TAKEN // 1460) * 1460
        assert TAKEN - 1460 <= result["bytes"] <= received["bytes"]
    else:
        assert result["bytes"] == received["bytes"] == SIZE
        assert received["sha512"] == result["sha512"]


@EVERY
def test_a_package_left_unfinished_is_no_failure_of_the_transfer(scenario: Scenario, playground: Playground) -> None:
    records = playground.played(scenario).load.records
    told = [record.get("event") for record in records]
    assert not {"transfer_failed", "transfer_stalled", "transfer_stopped"} & set(told)
    assert ("bundle_part_taken" in told) == is_package(scenario)
    assert ("transfer_completed" in told) != is_package(scenario)
    warnings = [record["text"] for record in records if record["kind"] == "warning"]
    assert [text for text in warnings if "verif" not in text] == []  # a made-up image has nothing to be verified with


def test_a_package_that_a_device_stops_taking_too_early_is_a_failure(bench: Bench) -> None:
    image = bench.image("cisco-asa-fp1k.9.20.2.SPA", SIZE)
    port = free_port()
    url = f"sim://fpr1000?speed=40&wire=127.0.0.1:{port}&bundle={TAKEN}&fault=early-stop:100000"
    ended = bench.run("load", image, *ADDRESSES, "--tftp-port", str(port), "--json", "--port", url, *HASTE)
    assert (ended.code, ended.result["cause"]) == (23, "transfer-incomplete")


def test_a_package_for_another_family_is_refused_before_anything_is_typed(bench: Bench) -> None:
    image = bench.image("cisco-asa-fp2k.9.12.4.SPA")
    port = free_port()
    url = f"sim://fpr1000?speed=40&wire=127.0.0.1:{port}"
    ended = bench.run("load", image, *ADDRESSES, "--tftp-port", str(port), "--json", "--port", url, *HASTE)
    assert (ended.code, ended.result["cause"]) == (33, "wrong-image")
    assert not [record for record in ended.records if record.get("event") == "variable_set"]


@pytest.mark.parametrize(
    ("stranger", "state", "line", "told"),
    [
        ("ios-router", "cold", "pty", "a Cisco IOS router"),
        ("ios-router", "monitor", "tcp", "a Cisco IOS router"),
        ("catalyst", "cold", "tcp", "a Cisco Catalyst switch"),
        ("catalyst", "monitor", "pty", "a Cisco Catalyst switch"),
        ("fpr4100", "cold", "pty", "a Firepower 4100"),
        ("fpr4100", "monitor", "tcp", "shows no ADDRESS"),
    ],
)
def test_a_wrong_cable_is_named_at_once(bench: Bench, stranger: str, state: str, line: str, told: str) -> None:
    image = bench.image("asa984-22-lfbff-k8.SPA")
    port = str(free_port())
    with bench.device(stranger, "--speed", "20", "--option", f"state={state}", *LINES[line]) as device:
        ended = bench.run("load", image, *ADDRESSES, "--tftp-port", port, "--json", "--port", device.url)
        events = device.stopped()
    assert (ended.code, ended.result["cause"]) == (13, "wrong-device"), ended.err
    assert told in ended.result["message"]
    assert ended.result["hint"]
    assert {event["text"] for event in named(events, "CommandEntered")} <= {"set"}
    assert not named(events, "Answered")
