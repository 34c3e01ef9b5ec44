"""The power command: run without a shell, beside the console; its end is heard whatever it prints or leaves running."""

import sys
import time
from pathlib import Path

import pytest

from rommon_tool.errors import PowerCommandFailed, WrongUsage
from rommon_tool.power import PowerCommand, power_words


def ended(power: PowerCommand) -> bool:
    """Poll as the procedure does, until the command has ended."""
    return any(power.ended() for _ in iter(lambda: power.running, False))


def test_a_command_that_ends_well_is_told_once() -> None:
    power = PowerCommand(f"{sys.executable} -c ''")
    power.cycle()
    assert ended(power)
    assert not power.ended()
    assert power.cycles == 1


def test_a_command_that_fails_is_told_with_its_last_words() -> None:
    power = PowerCommand(f"{sys.executable} -c \"import sys; sys.exit('outlet 4 does not answer')\"")
    power.cycle()
    with pytest.raises(PowerCommandFailed) as failed:
        ended(power)
    assert failed.value.seen == "outlet 4 does not answer"


def test_a_command_that_does_not_exist_is_told() -> None:
    with pytest.raises(PowerCommandFailed):
        PowerCommand("/no/such/program off").cycle()


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    power = PowerCommand(f"{sys.executable} -c '' ; touch {touched}")
    power.cycle()
    ended(power)
    assert not touched.exists()


@pytest.mark.parametrize("command", ["", "   ", "cycle 'outlet"])
def test_what_is_no_command_is_refused_before_anything_is_touched(command: str) -> None:
    with pytest.raises(WrongUsage):
        power_words(command)


def test_a_command_that_prints_more_than_a_pipe_holds_ends() -> None:
    power = PowerCommand(f"{sys.executable} -c \"print('x' * 300000)\"")
    power.cycle()
    assert ended(power)


def test_a_program_that_a_command_leaves_behind_does_not_hold_it_up() -> None:
    power = PowerCommand(f"{sys.executable} -c \"import subprocess; subprocess.Popen(['sleep', '8'])\"")
    started = time.monotonic()
    power.cycle()
    assert ended(power)
    assert time.monotonic() - started < 6
