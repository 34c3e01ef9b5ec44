"""Lines on which bytes go wrong, each way. The device's own memory judges; `tests/campaign` runs two hundred seeds of each rate."""

import json
from pathlib import Path

import pytest
from noisy_lines import IMAGES, noisy_run
from simulated_line import SimulatedLine

from platforms import load_platform
from rommon_tool.cli.exit_codes import exit_code
from rommon_tool.cli.reporting import reported
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.noise import EchoCount
from serial_console.boot_monitor.reading import is_nearly_prompt
from serial_console.errors import LineNoisy

SEEDS = range(20)
FEW_SEEDS = range(10)


@pytest.mark.parametrize("rate", [0.005, 0.01])
@pytest.mark.parametrize("family", IMAGES)
def test_with_one_byte_in_a_hundred_wrong_every_variable_is_set_right(family: str, rate: float) -> None:
    assert [run for seed in SEEDS if not (run := noisy_run(family, rate, seed)).is_right] == []


@pytest.mark.parametrize("family", IMAGES)
def test_the_window_is_hit_on_a_noisy_line_too(family: str) -> None:
    assert [run for seed in FEW_SEEDS if not (run := noisy_run(family, 0.01, seed, state="cold")).is_right] == []


@pytest.mark.parametrize("rate", [0.02, 0.05])
@pytest.mark.parametrize("family", IMAGES)
def test_on_a_line_that_is_noisier_no_success_is_false(family: str, rate: float) -> None:
    seeds = SEEDS if rate == 0.02 else FEW_SEEDS
    assert [run for seed in seeds if (run := noisy_run(family, rate, seed)).is_false_success] == []


@pytest.mark.parametrize("family", IMAGES)
def test_a_line_that_is_too_noisy_is_refused_with_the_rate_that_was_measured(family: str) -> None:
    refusals = [run.error for seed in FEW_SEEDS if isinstance((run := noisy_run(family, 0.05, seed)).error, LineNoisy)]
    assert len(refusals) > 5
    for error in refusals:
        assert exit_code(error) == 11
        assert error.cause == "line-noisy"
        assert 0.02 < error.error_rate < 0.12
        assert f"{100 * error.error_rate:.1f} % of the bytes are wrong each way" in str(error)


def test_the_measured_rate_stands_in_the_result_of_a_script(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    error = EchoCount(typed=400, wrong=20).error("the variables can't be read back", "ADDRESS is not shown")
    with (
        pytest.raises(SystemExit) as ended,
        reported("device", as_json=True, no_progress=True, verbose=False, name="load"),
    ):
        raise error
    output = capsys.readouterr()
    result = json.loads(output.out.splitlines()[-1])
    assert ended.value.code == result["exit_code"] == 11
    assert (result["cause"], result["error_rate"]) == ("line-noisy", 0.025)
    assert "2.5 % of the bytes are wrong each way (20 of 400 typed bytes came back wrong)" in output.err


def test_the_error_rate_is_half_the_share_of_wrong_echoes() -> None:
    """A byte that is typed goes both ways before it is judged."""
    count = EchoCount()
    for _ in range(10):
        count.compare(b"0123456789", b"0123456789")
    count.compare(b"0123456789", b"01x3456y8")
    assert (count.typed, count.wrong) == (110, 3)
    assert count.error_rate == pytest.approx(3 / 220)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("family", IMAGES)
def test_a_garbled_command_is_never_entered_as_the_download(family: str, seed: int) -> None:
    """The command that can't be taken back is proved by its echo before its Enter, on an empty line."""
    line = SimulatedLine(f"sim://{family}?fault=noise:0.02,no-reply&seed={seed}&state=monitor")
    monitor = BootMonitor(line, load_platform(family))
    monitor.enter(120)
    monitor.dialogue.enter("tftpdnld")
    entered = [event.text for event in line.events if type(event).__name__ == "CommandEntered"]
    assert entered[-1] == "tftpdnld"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (b"rommoj #0>", True),
        (b"junk\r\n\x8drommon q >", True),
        (b"ro}mon 1 ~", True),
        (b"rommon #3> ^[^[^[", True),
        (b"", False),
        (b"ciscoasa>", False),
        (b"ROMMON image verified successfully", False),
        (b"Permanently erase disk0:? ", False),
        (b"rommon #0>\r\nBooting", False),
    ],
)
def test_a_prompt_with_a_wrong_byte_or_two_is_told_from_other_text(text: bytes, is_one: bool) -> None:
    prompts = [load_platform(family).console.prompt for family in ("asa5500x", "asa5506x")]
    assert any(is_nearly_prompt(prompt, text) for prompt in prompts) is is_one
