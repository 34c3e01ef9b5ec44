"""`rommon diagnose`, and the reasons that a failed `rommon load` finds in its own packets."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from cli_rig import ADDRESSES, HASTE, IMAGES, ROMMON, Bench, Ended, Program, free_port
from seen_frames import (
    DEVICE,
    IMAGE,
    SERVER,
    ack,
    asks,
    blocks,
    data,
    error,
    hears,
    rrq,
    says,
    unreachable,
    who_has,
    written,
)

CASES = {
    "nothing-wrong": (0, [asks(), *blocks(1, 3), hears(data(4, 9)), says(ack(4))]),
    "no-server": (20, [asks(), unreachable(asks())]),
    "arp-unanswered": (21, [who_has(DEVICE, SERVER)] * 3),
    "request-unanswered": (22, [asks()] * 3),
    "transfer-stalled": (23, [asks(), *blocks(1, 3), *[hears(data(4))] * 4]),
    "asked-another-name": (24, [asks(rrq("other.bin")), hears(error(1, "File not found"))]),
}
EXPECTATIONS = ["--address", DEVICE, "--server", SERVER, "--image", IMAGE]
records_packets = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may record packets"
)


@pytest.mark.parametrize("cause", CASES)
def test_the_first_cause_decides_the_exit_code_and_scripts_read_the_same(cause: str, bench: Bench) -> None:
    code, frames = CASES[cause]
    pcap = written(frames, bench.folder / "seen.pcap")
    people = bench.run("diagnose", pcap, *EXPECTATIONS)
    assert (people.code, people.err) == (code, "")
    assert re.search(rf"^{cause} \(certain|likely\): .*\n    Try: ", people.out, re.MULTILINE)
    scripts = bench.run("diagnose", pcap, *EXPECTATIONS, "--json")
    assert scripts.code == scripts.result["exit_code"] == code
    first = scripts.records[0]
    assert (first["kind"], first["cause"]) == ("finding", cause)
    assert {"certainty", "stage", "seen", "hint", "client"} <= first.keys()
    assert scripts.result.get("cause", "nothing-wrong") == cause
    assert (scripts.result["capture"], scripts.result["packets"]) == (str(pcap), len(frames))


def test_what_is_no_capture_ends_in_one_error(bench: Bench) -> None:
    (bench.folder / "seen.pcap").write_bytes(b"no capture at all")
    ended = bench.run("diagnose", bench.folder / "seen.pcap", "--json")
    assert ended.code == 2
    assert ended.result["cause"] == "capture-unreadable"
    assert ended.err.startswith("Error: ")
    assert "seen.pcap is no capture of packets" in ended.err


def test_a_capture_that_breaks_off_is_diagnosed_with_a_warning(bench: Bench) -> None:
    pcap = written(CASES["transfer-stalled"][1], bench.folder / "seen.pcap")
    pcap.write_bytes(pcap.read_bytes()[:-9])
    ended = bench.run("diagnose", pcap, *EXPECTATIONS)
    assert ended.code == 23
    assert "breaks off in its last packet" in ended.err


def test_without_scapy_the_extra_is_named(bench: Bench) -> None:
    (bench.folder / "without").mkdir()
    (bench.folder / "without" / "scapy.py").write_text("raise ImportError('not installed')")
    bench.env["PYTHONPATH"] = str(bench.folder / "without")
    ended = bench.run("diagnose", written([asks()], bench.folder / "seen.pcap"))
    assert ended.code == 2
    assert "pip install 'rommon-tool[capture]'" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no run with recorded packets"),
        (["x.pcap", "--interface", "lo"], "exclude each other"),
        (["x.pcap", "--address", "10.0.0.300"], "--address '10.0.0.300' is no address"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], words: str, bench: Bench) -> None:
    ended = bench.run("diagnose", *arguments)
    assert ended.code == 2
    assert words in ended.err


def test_an_interface_that_is_not_there_says_so(bench: Bench) -> None:
    ended = bench.run("diagnose", "--interface", "no-such-card", "--seconds", "1")
    assert ended.code == 2
    assert "no packets could be recorded on no-such-card" in ended.err


def loaded(bench: Bench, fault: str, *prefix: str) -> Ended:
    """A load against a simulated device with a fault, begun by another program where one is given."""
    image, port = bench.image(IMAGES["asa5506x"]), free_port()
    url = f"sim://asa5506x?speed=40&wire=127.0.0.1:{port}&fault={fault}"
    command = ["load", str(image), *ADDRESSES, "--tftp-port", str(port), "--json", *HASTE, "--port", url]
    with Program([*prefix, *ROMMON, *command], bench.env) as program:
        return program.end()


@records_packets
def test_a_failed_load_tells_what_its_packets_show_and_they_can_be_looked_at_again(bench: Bench) -> None:
    ended = loaded(bench, "stall")
    assert (ended.code, ended.result["cause"]) == (23, "download-timed-out")
    findings = [record for record in ended.records if record["kind"] == "finding"]
    assert findings[0]["cause"] == "transfer-stalled"
    assert f"The packets show transfer-stalled: {findings[0]['seen']}" in ended.result["hint"]
    again = bench.run("diagnose", "--tftp-port", re.findall(r'"port": (\d+)', ended.out)[0], "--json")
    assert again.code == 23
    assert again.records[0]["cause"] == "transfer-stalled"
    assert Path(again.result["capture"]).name == "packets.pcap"


@records_packets
def test_a_load_that_may_not_record_fails_as_ever_and_says_how_to_learn_more(bench: Bench) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    ended = loaded(bench, "stall", "setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw")
    assert (ended.code, ended.result["cause"]) == (23, "download-timed-out")
    assert [record for record in ended.records if record["kind"] == "finding"] == []
    warnings = [record["text"] for record in ended.records if record["kind"] == "warning"]
    assert [text for text in warnings if "verif" not in text] == []  # a made-up image has nothing to be verified with
    assert "run with sudo to have the packets recorded" in ended.result["hint"]
    assert "record" not in ended.err.partition("Error:")[0]


@records_packets
def test_an_interface_is_recorded_for_as_long_as_was_said(bench: Bench) -> None:
    ended = bench.run("diagnose", "--interface", "lo", "--seconds", "0.2", "--tftp-port", str(free_port()))
    assert ended.code == 22
    assert "have the device ask now" in ended.err
    assert "no-tftp" in ended.out
