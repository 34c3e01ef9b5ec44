"""`rommon load` for every family on every kind of line: a pseudo-terminal, TCP, and a real console server's RFC 2217.

Telnet and SSH are no matter of the family: one load each.

A small run that another module judges in detail is taken from there, and is played once.
"""

import pytest
import test_cli_firepower
import test_cli_load
import test_cli_module
from cli_rig import PACKAGES, Playground, Scenario, named, usual
from console_servers import needs_ser2net

from platforms import platform_names

LINES = ("pty", "tcp", "ser2net")
ELSEWHERE = {
    (scenario.family, scenario.line): scenario
    for loads in (test_cli_load.LOADS, test_cli_firepower.LOADS, test_cli_module.LOADS)
    for scenario in loads.values()
    if scenario.size <= 1_000_000  # a large image's minutes on a busy machine prove nothing about the line
}
LOADS = {
    f"{family} on {line}": ELSEWHERE.get((family, line)) or usual(family, line)
    for family in platform_names()
    for line in LINES
}
LOADS |= {"asa5506x on telnet": usual("asa5506x", "telnet"), "asa5500x on ssh": usual("asa5500x", "ssh")}
EVERY = pytest.mark.parametrize("scenario", LOADS.values(), ids=LOADS.keys())


@EVERY
def test_the_device_has_taken_the_image_and_runs_it(scenario: Scenario, playground: Playground) -> None:
    if scenario.line in {"ser2net", "telnet"}:
        needs_ser2net()
    played = playground.played(scenario)
    assert played.load.code == 0, played.load.err
    result = played.load.result
    (received,) = named(played.events, "TransferFinished")
    assert (result["platform"], result["file_bytes"]) == (scenario.family, scenario.size)
    assert result["sha512"] == played.image_sha512
    # A package is taken in part; an image to the last byte.
    assert scenario.family in PACKAGES or received["sha512"] == played.image_sha512
    assert named(played.events, "Booted")[-1]["source"] == "netboot"


@EVERY
def test_the_run_says_at_its_start_what_the_line_cannot_do(scenario: Scenario, playground: Playground) -> None:
    if scenario.line in {"ser2net", "telnet"}:
        needs_ser2net()
    records = playground.played(scenario).load.records
    (connected,) = [record for record in records if record.get("name") == "connect" and record["status"] == "done"]
    assert ("can't carry BREAK" in connected["note"]) == (scenario.line == "tcp")
    assert ("line rate is the console server's" in connected["note"]) == (scenario.line in {"tcp", "telnet", "ssh"})
