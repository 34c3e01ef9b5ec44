"""The window in virtual time: what a device in it goes through, by seed, and what each guard is good for."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if os.name != "posix":
    pytest.skip("needs flock", allow_module_level=True)

from rom_schedules import TROUBLES, Schedule, open_windows, play

from rommon_tool.procedures import rom_window
from rommon_tool.undisturbed import Undisturbed
from serial_console.interlock import Gate, Journal, Switching

SEEDS = range(64)


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "")  # put back what a schedule sets


@pytest.mark.parametrize("first", range(0, len(SEEDS), 16))
def test_no_device_is_bricked_and_nothing_unlisted_is_sent(first: int, tmp_path: Path) -> None:
    for seed in SEEDS[first : first + 16]:
        judgement = play(Schedule.by_seed(seed), tmp_path / str(seed))
        assert judgement.is_clean, (seed, Schedule.by_seed(seed), judgement)


PROVED = ("", "asks-again", "slow", "prompt-in-sight")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_window_is_released_by_the_proof_alone(trouble: str, tmp_path: Path) -> None:
    judgement = play(Schedule(trouble, ()), tmp_path)
    assert judgement.ended == ("proved" if trouble in PROVED else "hold")
    assert open_windows() == (0 if trouble in PROVED else 1)


def test_signals_by_the_dozen_end_nothing(tmp_path: Path) -> None:
    acts = [(moment * 7.0, name) for moment in range(40) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    assert play(Schedule("", tuple(acts)), tmp_path).ended == "proved"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_the_enter_leaves_the_device_closed(moment: str, tmp_path: Path) -> None:
    judgement = play(Schedule("", ((50.0, "power cycle"),), killed_at_enter=moment), tmp_path)
    assert judgement.is_clean
    assert judgement.refused == 1
    assert judgement.ended == ("hold" if moment == "before" else "proved")


def test_a_later_process_proves_what_an_earlier_one_confirmed(tmp_path: Path) -> None:
    assert play(Schedule("", ((100.0, "kill"), (300.0, "kill"))), tmp_path).ended == "proved"


def test_a_console_that_was_away_when_the_banner_came_proves_nothing(tmp_path: Path) -> None:
    acts = tuple((600.0 + moment, "console lost") for moment in range(0, 120, 5))
    assert play(Schedule("", acts), tmp_path).ended == "hold"


def test_a_power_cycle_under_way_forbids_the_confirmation(tmp_path: Path) -> None:
    judgement = play(Schedule("", (), power_under_way=True), tmp_path)
    assert judgement.is_clean
    assert judgement.ended == "not-opened"


# --- each guard taken away: the judge must see it ------------------------------------------------------------------


@contextlib.contextmanager
def nothing(*_: Any) -> Iterator[None]:
    yield


@contextlib.contextmanager
def disturbed() -> Iterator[Undisturbed]:
    yield Undisturbed()


def every(seconds: float, act: str) -> tuple[tuple[float, str], ...]:
    return tuple((seconds * number, act) for number in range(1, int(1000 / seconds)))


Removal = Callable[[pytest.MonkeyPatch], None]
GUARDS: dict[str, tuple[Schedule, Removal]] = {
    "the gate of bytes, for a stranger": (
        Schedule("", ((60.0, "stranger's command"),)),
        lambda patch: patch.setattr(Gate, "sending", nothing),
    ),
    "the gate of bytes, for a defect of ours": (
        Schedule("", ((60.0, "own enter"),)),
        lambda patch: patch.setattr(Gate, "sending", nothing),
    ),
    "the gate of BREAK": (
        Schedule("", ((60.0, "stranger's BREAK"),)),
        lambda patch: patch.setattr(Gate, "changing", nothing),
    ),
    "the gate of the line rate": (
        Schedule("", ((60.0, "own rate"),)),
        lambda patch: patch.setattr(Gate, "changing", nothing),
    ),
    "the door of the port": (
        Schedule("", ((60.0, "another opens the port"),)),
        lambda patch: patch.setattr(Gate, "admit", lambda _: None),
    ),
    "the leave for power": (
        Schedule("", ((60.0, "power cycle"),)),
        lambda patch: patch.setattr(Switching, "_ask", lambda _: None),
    ),
    "the lock of an action under way": (
        Schedule("", (), power_under_way=True),
        lambda patch: patch.setattr(Journal, "_exclusive", lambda _: contextlib.nullcontext()),
    ),
    "the record on the disk": (
        Schedule("", ((60.0, "power off"),)),
        lambda patch: patch.setattr(Journal, "_write", lambda *_: None),
    ),
    "the deafness to signals": (
        Schedule("", ((60.0, "SIGINT"),)),
        lambda patch: patch.setattr(rom_window, "undisturbed", disturbed),
    ),
    "once only": (
        Schedule("asks-again", every(10, "own enter")),
        lambda patch: patch.setattr(Journal, "notes", lambda *_: []),
    ),
    "only behind the banner of the new version": (
        Schedule("prompt-in-sight", every(10, "own enter")),
        lambda patch: patch.setattr(Gate, "_has_restarted_into", lambda *_: True),
    ),
    "only from the port that opened it": (
        Schedule("asks-again", every(10, "stranger's enter")),
        lambda patch: patch.setattr(Gate, "_pass", lambda *_: None),
    ),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_without_this_guard_the_judge_sees_red(guard: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule, removal = GUARDS[guard]
    assert play(schedule, tmp_path / "with").is_clean
    with monkeypatch.context() as patch:
        removal(patch)
        judgement = play(schedule, tmp_path / "without")
    assert not judgement.is_clean, judgement
