"""Ctrl-C, a kill and a closed terminal, at the three places where they matter: what the device is left with."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from cli_rig import ADDRESSES, FAMILIES, IMAGES, Bench, Device, Ended, Fields, Program, free_port, named

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EACH_SIGNAL = pytest.mark.parametrize("number", SIGNALS)
ON_5506X = "asa5506x"


@contextmanager
def loading(bench: Bench, family: str, *faults: str, speed: float = 40) -> Iterator[tuple[Device, Program]]:
    """A load under way on a pseudo-terminal."""
    port = free_port()
    options = ["--speed", str(speed), "--wire", f"127.0.0.1:{port}", *(f"--fault={fault}" for fault in faults)]
    image = bench.image(IMAGES[family])
    with (
        bench.device(family, *options) as device,
        bench.start("load", image, "-p", device.url, *ADDRESSES, "--tftp-port", port, "--json") as load,
    ):
        yield device, load


def assert_interrupted(load: Ended, *, going_on: str) -> None:
    assert load.code == 130
    result = load.result
    assert (result["exit_code"], result["outcome"], result["cause"]) == (130, "interrupted", "interrupted")
    assert going_on in result["hint"]
    assert f"Try: {result['hint']}" in load.err
    assert "Traceback" not in load.err


@pytest.mark.parametrize(("number", "family"), [*zip(SIGNALS, [*FAMILIES, FAMILIES[0]], strict=True)])
def test_interrupted_while_typing_the_device_is_left_with_an_empty_line(
    number: signal.Signals, family: str, bench: Bench
) -> None:
    # Each echo takes 50 ms, so a piece of 16 characters stands half echoed when the signal comes.
    with loading(bench, family, "slow-echo:2") as (device, load):
        device.wait(lambda event: event["event"] == "Typed" and "10.86." in event["data"])
        load.send(number)
        ended = load.end()
        _type(device, "\rset\r")
        assert device.event("CommandEntered", state="monitor")["text"] == "set"
    assert_interrupted(ended, going_on="run the same command again: it goes on from the prompt")
    assert "its monitor prompt, on an empty line" in ended.err


@EACH_SIGNAL
def test_interrupted_in_the_download_nothing_more_is_typed_and_the_server_is_gone(
    number: signal.Signals, bench: Bench
) -> None:
    with loading(bench, ON_5506X, "stall") as (device, load):
        port = load.record(kind="server", event="server_listening")["port"]
        load.record(kind="request")
        load.send(number)
        ended = load.end()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", port))
        assert not _typed_after(device.stopped(), lambda event: event.get("text") == "tftpdnld")
    assert_interrupted(ended, going_on="once the prompt is back, or power-cycle the device")
    assert "still downloading" in ended.err


@EACH_SIGNAL
def test_interrupted_in_the_boot_nothing_more_is_typed(number: signal.Signals, bench: Bench) -> None:
    with loading(bench, ON_5506X, speed=20) as (device, load):
        load.record(kind="console", text="Starting udev")
        load.send(number)
        ended = load.end()
        assert not _typed_after(device.stopped(), lambda event: event["event"] == "TransferFinished")
    assert_interrupted(ended, going_on="watch the console; no power cycle is needed if it boots")
    assert "the device has the image and is launching it" in ended.err


def test_interrupted_while_it_waits_for_the_power_the_device_is_not_touched_again(bench: Bench) -> None:
    with loading(bench, ON_5506X, "silent") as (device, load):
        load.record(kind="power", event="power_cycle_wanted")
        load.send(signal.SIGINT)
        ended = load.end()
        assert {event["data"] for event in named(device.stopped(), "Typed")} <= {"\r"}
    assert_interrupted(ended, going_on="run the same command again")


def _type(device: Device, text: str) -> None:
    """Type at the console as somebody else would who takes the cable over."""
    console = os.open(device.url, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(console, text.encode())
        device.wait(lambda event: event["event"] == "Typed" and event["data"].endswith(text))
    finally:
        os.close(console)


def _typed_after(events: list[Fields], is_it: Callable[[Fields], bool]) -> list[Fields]:
    (position,) = [number for number, event in enumerate(events) if is_it(event)]
    return named(events[position:], "Typed")
