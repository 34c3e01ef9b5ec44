"""`rommon check-downgrade`: findings and exit codes, as scripts rely on them."""

from pathlib import Path

import pytest
from cli_rig import Bench

CONFIG = """\
: Hardware:   ASA5516, 8192 MB RAM, CPU Atom C2000 series 2416 MHz, 1 CPU (8 cores)
ASA Version 9.8(2)
hostname bench
timeout igp stale-route 0:01:10
access-list acl1 extended permit sctp 192.0.2.0 255.255.255.0 198.51.100.0 255.255.255.0
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "running-config.txt"
    path.write_text(CONFIG)
    return path


def test_each_finding_is_a_json_line_with_its_source_and_the_result_comes_last(bench: Bench, config: Path) -> None:
    ended = bench.run("check-downgrade", config, "--to", "9.4(4)", "--json")
    assert ended.code == 1
    assert [(each["line"], each["effect"]) for each in ended.records[:-1]] == [
        (4, "reject-default-line"),
        (5, "reject"),
    ]
    refused = ended.records[1]
    assert refused["kind"] == "finding"
    assert refused["text"] == CONFIG.splitlines()[4]
    assert (refused["rule"], refused["confidence"]) == ("acl-sctp", "documented")
    assert refused["source"]
    assert (refused["lock_out"], refused["unsure"]) == (False, False)
    assert ended.records[-1]["exit_code"] == 1


def test_the_same_version_loses_nothing(bench: Bench, config: Path) -> None:
    ended = bench.run("check-downgrade", config, "--to", "9.8(2)")
    assert ended.code == 0
    assert "nothing of 3 lines is known to be lost" in ended.out


def test_a_version_that_the_model_cannot_run_ends_with_33(bench: Bench, config: Path) -> None:
    ended = bench.run("check-downgrade", config, "--to", "9.1(7)")
    assert ended.code == 33
    assert "9.4(1) and later" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.txt", "--to", "9.1"], "can't be read"),
        (["CONFIG", "--to", "nine"], "no ASA version"),
        (["CONFIG", "--to", "9.1", "--model", "toaster"], "no model"),
    ],
)
def test_what_cannot_be_right_is_told_at_once(bench: Bench, config: Path, arguments: list[str], says: str) -> None:
    ended = bench.run("check-downgrade", *(str(config) if each == "CONFIG" else each for each in arguments))
    assert ended.code == 2
    assert says in ended.err
    assert "Try:" in ended.err
