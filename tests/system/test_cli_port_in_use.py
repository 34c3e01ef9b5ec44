"""Two programs and one console; a console that is not there."""

import os
import signal

import pytest
from cli_rig import ADDRESSES, Bench, Program, free_port

SILENT = ["--fault", "silent"]


def load(bench: Bench, port: str) -> Program:
    """A load that, on a silent device, holds its console and waits for the power."""
    image = bench.image("asa984-22-lfbff-k8.SPA")
    return bench.start("load", image, "-p", port, *ADDRESSES, "--tftp-port", free_port(), "--timeout", "60", "--json")


def test_a_console_that_another_load_holds_is_refused_naming_its_process(bench: Bench) -> None:
    with bench.device("asa5506x", *SILENT) as device, load(bench, device.url) as holder:
        holder.record(kind="step", name="connect", status="done")
        with load(bench, device.url) as second:
            refused = second.end()
        assert refused.code == 10
        assert refused.result["cause"] == "port-unavailable"
        assert f"(pid {holder.pid})" in refused.result["message"]
        assert refused.result["hint"]
        assert "Traceback" not in refused.err


@pytest.mark.skipif(
    os.geteuid() != 0, reason="a pseudo-terminal stays closed to all but root when its holder is killed"
)
def test_the_console_of_a_killed_load_is_taken_over(bench: Bench) -> None:
    with bench.device("asa5506x", *SILENT) as device:
        with load(bench, device.url) as killed:
            killed.record(kind="step", name="connect", status="done")
            killed.send(signal.SIGKILL)
            assert killed.end().code == -signal.SIGKILL
        with load(bench, device.url) as second:
            second.record(kind="step", name="connect", status="done")
            second.send(signal.SIGINT)
            assert second.end().code == 130


def test_a_console_that_is_not_there_is_refused_with_a_way_to_find_it(bench: Bench) -> None:
    with load(bench, "/dev/ttyROMMON9") as program:
        ended = program.end()
    assert ended.code == 10
    assert "/dev/ttyROMMON9" in ended.result["message"]
    assert "rommon ports" in ended.result["hint"]


@pytest.mark.parametrize("url", ["socket://127.0.0.1:9", "nonsense://x", "sim://asa5506x?fault=typo"])
def test_a_console_that_cannot_be_opened_is_refused(url: str, bench: Bench) -> None:
    with load(bench, url) as program:
        ended = program.end()
    assert ended.code == 10, ended.err
    assert ended.result["cause"] == "port-unavailable"
    assert ended.result["hint"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_console_without_permission_is_refused_naming_the_group(bench: Bench) -> None:
    with bench.device("asa5506x", *SILENT) as device:
        os.chmod(device.url, 0)  # noqa: PTH101 - a device
        with load(bench, device.url) as program:
            ended = program.end()
    assert ended.code == 10
    assert "no permission" in ended.result["message"]
    assert "dialout" in ended.result["hint"]
