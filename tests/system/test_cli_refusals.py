"""What `rommon load` refuses before it touches a device: one clear error, an exit code, and a result line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_rig import ADDRESSES, IMAGES, Bench, Ended, free_port, named

FOR_5500X, FOR_5506X = IMAGES["asa5500x"], IMAGES["asa5506x"]
# No console has this name: a load that gets as far as opening it ends with 10.
NOWHERE = "/dev/ttyROMMON9"


def refused(bench: Bench, image: Path | str, *arguments: str | Path, addresses: list[str] | None = None) -> Ended:
    given = ADDRESSES if addresses is None else addresses
    ended = bench.run("load", image, "-p", NOWHERE, *given, "--tftp-port", free_port(), "--json", *arguments)
    assert "Traceback" not in ended.err
    assert ended.err.count("Error: ") == 1, ended.err
    assert ended.result["exit_code"] == ended.code, ended.err
    assert ended.result["outcome"] == "failed"
    assert ended.result["message"].splitlines()[0] in ended.err
    return ended


def _empty(bench: Bench) -> Path:
    path = bench.folder / FOR_5506X
    path.touch()
    return path


IMAGES_REFUSED: dict[str, tuple[Callable[[Bench], Path], str]] = {
    "is not there": (lambda bench: bench.folder / FOR_5506X, "does not exist"),
    "is empty": (_empty, "is empty"),
    "is a folder": (lambda bench: bench.folder, "is a folder"),
    "has a blank in its name": (lambda bench: bench.image("my image.SPA"), "can't ask for the name"),
}


@pytest.mark.parametrize("what", IMAGES_REFUSED)
def test_an_image_is_refused_that(what: str, bench: Bench) -> None:
    path, words = IMAGES_REFUSED[what]
    ended = refused(bench, path(bench))
    assert ended.code == 2
    assert words in ended.result["message"]
    assert ended.result["hint"]


ADDRESSES_REFUSED = {
    "no addresses": ["--address", "10.86.118", "--server", "10.86.118.21"],
    "without a mask": ["--address", "10.86.118.4", "--server", "10.86.118.21"],
    "the network's own": ["--address", "10.86.118.0/24", "--server", "10.86.118.21"],
    "in two networks without a gateway": ["--address", "10.86.118.4/24", "--server", "10.86.119.21"],
}


@pytest.mark.parametrize("what", ADDRESSES_REFUSED)
def test_addresses_are_refused_that_are(what: str, bench: Bench) -> None:
    addresses = [*ADDRESSES_REFUSED[what], "--bind", "127.0.0.1"]
    ended = refused(bench, bench.image(FOR_5506X), addresses=addresses)
    assert (ended.code, ended.result["cause"]) == (2, "usage")
    assert ended.result["hint"]


OPTIONS_REFUSED = {
    "a VLAN on a 5506-X": ["--platform", "asa5506x", "--vlan", "7"],
    "a 5506-X's data port": ["--platform", "asa5506x", "--interface", "GigabitEthernet0/0"],
    "a family that nobody knows": ["--platform", "asa9999"],
    "a platform file that is not there": ["--platform", "mine.toml"],
    "a power command with an open quote": ["--power", "switch 'off"],
    "an option that nobody knows": ["--frobnicate"],
}


@pytest.mark.parametrize("what", OPTIONS_REFUSED)
def test_an_option_is_refused_that_asks_for(what: str, bench: Bench) -> None:
    ended = refused(bench, bench.image(FOR_5506X), *OPTIONS_REFUSED[what])
    assert ended.code == 2
    assert ended.result["hint"]


def test_a_missing_address_is_asked_for(bench: Bench) -> None:
    ended = refused(bench, bench.image(FOR_5506X), addresses=["--server", "10.86.118.21"])
    assert ended.code == 2
    assert "--address" in ended.err


def test_a_platform_file_that_is_not_valid_is_refused_naming_the_place(bench: Bench) -> None:
    path = bench.folder / "mine.toml"
    path.write_text('name = "mine"\ntitle = "Mine"\nmodels = []\n')
    ended = refused(bench, bench.image(FOR_5506X), "--platform", path)
    assert (ended.code, ended.result["cause"]) == (2, "invalid-platform-file")
    assert ended.result["seen"]


def test_an_image_of_another_family_is_refused_before_the_console_is_opened(bench: Bench) -> None:
    ended = refused(bench, bench.image(FOR_5500X), "--platform", "asa5506x")
    assert (ended.code, ended.result["cause"]) == (33, "wrong-image")
    assert ended.result["hint"]


def test_an_image_of_another_family_is_refused_at_the_monitor_before_anything_is_set(bench: Bench) -> None:
    with bench.device("asa5506x", "--speed", "40") as device:
        image = bench.image(FOR_5500X)
        ended = bench.run("load", image, "-p", device.url, *ADDRESSES, "--tftp-port", free_port(), "--json")
        events = device.stopped()
    assert (ended.code, ended.result["cause"]) == (33, "wrong-image")
    assert named(events, "BreakIn")
    assert not named(events, "CommandEntered")


def test_a_server_address_that_is_not_of_this_machine_is_refused(bench: Bench) -> None:
    # A documentation network: no machine has it.
    addresses = ["--address", "192.0.2.4/24", "--server", "192.0.2.21"]
    ended = refused(bench, bench.image(FOR_5506X), addresses=addresses)
    assert (ended.code, ended.result["cause"]) == (20, "server-address-not-here")
    assert "127.0.0.1" in ended.result["seen"]
    assert "--external-server" in ended.result["hint"]


def test_a_tftp_port_that_is_taken_is_refused_naming_its_holder(bench: Bench) -> None:
    with bench.start("serve", bench.image(FOR_5506X), "--bind", "127.0.0.1", "--tftp-port", "0", "--json") as holder:
        port = holder.record(kind="server", event="server_listening")["port"]
        ended = refused(bench, bench.image(FOR_5506X), "--tftp-port", str(port))
    assert (ended.code, ended.result["cause"]) == (20, "port-busy")
    assert f"(PID {holder.pid})" in ended.result["seen"]


def test_without_json_people_read_what_is_wrong_and_what_to_try(bench: Bench) -> None:
    ended = bench.run("load", bench.folder / FOR_5506X, "-p", NOWHERE, *ADDRESSES)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: ")
    assert "Try: " in ended.err
