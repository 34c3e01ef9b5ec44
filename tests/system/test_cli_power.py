"""`rommon power`, and `--power ask:` of a load."""

import json

from cli_rig import ADDRESSES, Bench, free_port


def test_a_command_is_run_for_the_act(bench: Bench) -> None:
    ended = bench.run("power", "off", "--power", "/bin/echo {action}", "--json")
    assert ended.code == 0
    assert ended.result["action"] == "off"


def test_an_outlet_that_does_not_answer_has_its_code_and_cause(bench: Bench) -> None:
    ended = bench.run("power", "on", "--power", f"pdudaemon://127.0.0.1:{free_port()}/rack/1", "--json")
    assert (ended.code, ended.result["cause"]) == (12, "power-command-failed")


def test_a_person_without_a_terminal_is_told_and_counted_for(bench: Bench) -> None:
    ended = bench.run("power", "cycle", "--power", "ask:")
    assert ended.code == 0
    assert "OFF now" in ended.err
    assert "ON now" in ended.err


def test_what_names_no_outlet_is_refused(bench: Bench) -> None:
    assert bench.run("power", "on", "--power", "pdudaemon://x").code == 2


def test_a_load_asks_a_person_and_presses_no_key_until_the_console_shows_the_power(bench: Bench) -> None:
    image = bench.image("asa984-22-lfbff-k8.SPA")
    with bench.device("asa5506x", "--fault", "silent") as device:
        options = ["--tftp-port", free_port(), "--timeout", "8", "--power", "ask:", "--json"]
        ended = bench.run("load", image, "-p", device.url, *ADDRESSES, *options)
        events = device.stopped()
    assert ended.code == 12
    asked = [record["text"] for record in ended.records if record.get("event") == "power_asked"]
    assert asked[0] == "Switch the device OFF now"
    assert asked[-1] == "Switch the device ON now"
    keys = "".join(event["data"] for event in events if event["event"] == "Typed")
    assert keys == "\r", json.dumps(keys)
