"""`rommon recover-ap`: an access point's loader on a pty, its plan, and what is refused before anything is touched."""

import io
import tarfile
from pathlib import Path

import pytest
from cli_rig import Bench, free_port, named, sha512

NAME = "ap1g2-k9w7-tar.153-3.JF10.tar"
FOLDER = "ap1g2-k9w7-mx.153-3.JF10"
ADDRESSES = ["--address", "192.0.2.10/24", "--server", "192.0.2.1", "--bind", "127.0.0.1"]


def tar_of(bench: Bench, boot_file: str = f"{FOLDER}/{FOLDER}", name: str = NAME) -> Path:
    path = bench.folder / name
    with tarfile.open(path, "w:") as tar:
        for member, size in (("info", 285), (boot_file, 500_000)):
            entry = tarfile.TarInfo(member)
            entry.size = size
            tar.addfile(entry, io.BytesIO(bytes(size)))
    return path


def test_an_access_point_unpacks_its_image_and_boots_it(bench: Bench) -> None:
    image, port = tar_of(bench), free_port()
    with bench.device("ap", "--speed", "40", "--wire", f"127.0.0.1:{port}") as device:
        options = [*ADDRESSES, "--tftp-port", str(port), "--json"]
        ended = bench.run("recover-ap", image, "-p", device.url, *options)
        events = device.stopped()
    assert ended.code == 0, ended.err
    proved = {"image": NAME, "bytes": image.stat().st_size, "sha512": sha512(image), "booted": True}
    assert proved.items() <= ended.result.items()
    assert ended.result["booted_version"] == "15.3(3)JF10"
    assert [event["text"] for event in named(events, "CommandEntered") if event["state"] == "monitor"] == [
        "set IP_ADDR 192.0.2.10",
        "set NETMASK 255.255.255.0",
        "set DEFAULT_ROUTER 192.0.2.1",
        "set",
        "tftp_init",
        "ether_init",
        "flash_init",
        f"tar -xtract tftp://192.0.2.1/{NAME} flash:",
        f"set BOOT flash:/{FOLDER}/{FOLDER}",
        "set",
        "boot",
    ]
    assert any(record.get("event") == "pager_answered" for record in ended.records)


def test_a_server_that_nobody_asks_is_told_from_a_broken_transfer(bench: Bench) -> None:
    with bench.device("ap", "--speed", "40", "--wire", f"127.0.0.1:{free_port()}") as device:
        options = [*ADDRESSES, "--tftp-port", str(free_port()), "--json"]
        ended = bench.run("recover-ap", tar_of(bench), "-p", device.url, *options)
        device.stopped()
    assert (ended.code, ended.result["cause"]) == (22, "no-request-seen")
    assert "timed out" in ended.result["seen"]


def test_the_plan_shows_every_line_and_touches_nothing(bench: Bench) -> None:
    ended = bench.run("recover-ap", tar_of(bench), *ADDRESSES, "--dry-run")
    assert ended.code == 0, ended.err
    for line in ("set IP_ADDR 192.0.2.10", "tftp_init", f"set BOOT flash:/{FOLDER}/{FOLDER}"):
        assert f"       {line}\n" in ended.out


def test_the_plan_of_the_mode_button_names_the_file_that_is_answered(bench: Bench) -> None:
    ended = bench.run("recover-ap", tar_of(bench), "--mode-button", "--server", "10.0.0.2", "--dry-run", "--json")
    assert ended.code == 0, ended.err
    assert "ap1g2-k9w7-tar.default to 10.0.0.1 alone" in ended.records[0]["text"]
    assert ended.result["outcome"] == "dry-run"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--server", "192.0.2.1"], 2, "--address"),
        (["--mode-button", "--server", "192.0.2.1"], 2, "10.0.0.0/24"),
        (["--mode-button", "--server", "10.0.0.1"], 2, "can't both be"),
    ],
    ids=["no address", "a server elsewhere", "the access point's own address"],
)
def test_what_cannot_work_is_told_before_anything_is_touched(
    bench: Bench, arguments: list[str], code: int, told: str
) -> None:
    ended = bench.run("recover-ap", tar_of(bench), *arguments, "--dry-run")
    assert ended.code == code
    assert told in ended.err


def test_a_file_that_no_access_point_could_boot_is_refused(bench: Bench) -> None:
    ended = bench.run("recover-ap", bench.image("asa984-22-lfbff-k8.SPA"), *ADDRESSES, "--dry-run")
    assert ended.code == 33
    assert "is no tar" in ended.err
    ended = bench.run("recover-ap", tar_of(bench, "a/b", "ap1g2-k9w7-tar.other.tar"), *ADDRESSES, "--dry-run")
    assert ended.code == 33
    assert "no image in a folder of the same name" in ended.err


def test_the_mode_button_needs_the_family_in_the_images_name(bench: Bench) -> None:
    image = tar_of(bench, name="image.tar")
    ended = bench.run("recover-ap", image, "--mode-button", "--server", "10.0.0.2", "--dry-run")
    assert ended.code == 2
    assert "its own name" in ended.err


def test_a_booted_asa_at_the_other_end_is_named_and_nothing_is_set(bench: Bench) -> None:
    with bench.device("asa5506x", "--speed", "40", "--option", "state=booted") as device:
        options = [*ADDRESSES, "--tftp-port", str(free_port()), "--timeout", "5", "--json"]
        ended = bench.run("recover-ap", tar_of(bench), "-p", device.url, *options)
        entered = named(device.stopped(), "CommandEntered")
    assert ended.code == 13, ended.err
    assert "hw-module module wlan recover image" in ended.result["hint"]
    assert entered == []
