"""`rommon detect` as its users meet it, on pseudo-terminals that record what they are sent."""

import pytest
from bench_pty import BenchPty
from cli_rig import Bench

from serial_console.channel import Channel


def test_a_monitor_is_named_with_its_evidence_and_what_to_run_next(bench: Bench) -> None:
    with BenchPty(answers=b"\r\nrommon #0> ") as console:
        ended = bench.run("detect", "-p", console.path, "--json")
        assert console.typed == b"\r"
    assert ended.code == 0
    result = ended.result
    assert (result["state"], result["sure"], result["baud"], result["typed"]) == ("classic-monitor", True, 9600, "\r")
    assert result["evidence"] == "rommon #0>"
    assert result["evidence_kind"] == "captured"
    assert f"rommon load IMAGE -p {console.path}" in result["advice"]
    assert "asa5505" in result["families"]


def test_a_question_that_stood_there_before_is_read_and_gets_no_enter(bench: Bench) -> None:
    with BenchPty(shows=b"Permanently erase 'disk0:'? ") as console:
        ended = bench.run("detect", "-p", console.path)
        assert console.typed == b""
    assert ended.code == 0
    assert ended.out.startswith("erase-question: ")
    assert "nothing" in ended.out


def test_what_the_console_shows_cannot_harm_the_terminal(bench: Bench) -> None:
    with BenchPty(shows=b"\x1b]0;evil\x07\x1b[2Jpassword s3cret\r\nciscoasa> ") as console:
        ended = bench.run("detect", "-p", console.path, "-v")
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err
    assert "s3cret" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("console", "state", "cause", "code"),
    [
        ({}, "silent", "console-silent", 11),
        ({"shows": bytes(range(128, 200))}, "unreadable", "console-unreadable", 11),
        ({"shows": b"welcome to my machine\r\n"}, "unknown", "unexpected-state", 13),
    ],
)
def test_what_is_not_recognised_has_its_code_cause_and_hint(
    console: dict[str, bytes], state: str, cause: str, code: int, bench: Bench
) -> None:
    with BenchPty(**console) as held:  # type: ignore[arg-type]
        ended = bench.run("detect", "-p", held.path, "--json")
    assert (ended.code, ended.result["state"], ended.result["cause"]) == (code, state, cause)
    assert ended.result["hint"]


def test_an_adapter_pulled_out_is_a_lost_console(bench: Bench) -> None:
    with BenchPty() as console, bench.start("detect", "-p", console.path, "--json", "--each-rate") as program:
        console.wait_typed(b"\r")
        console.lose()
        ended = program.end()
    assert (ended.code, ended.result["state"], ended.result["cause"]) == (11, "lost", "console-lost")


def test_a_console_that_somebody_holds_is_not_read(bench: Bench) -> None:
    with BenchPty() as console, Channel(console.path):
        console.print(b"rommon #0> ")
        ended = bench.run("detect", "-p", console.path, "--json")
        assert console.typed == b""
    assert (ended.code, ended.result["cause"]) == (10, "port-unavailable")


def test_it_types_nothing_at_all_when_told_so(bench: Bench) -> None:
    with BenchPty(answers=b"rommon #0> ") as console:
        assert bench.run("detect", "-p", console.path, "--no-enter").code == 11
        assert console.typed == b""
