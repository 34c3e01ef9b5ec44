"""Ten thousand seeded schedules of troubles, signals, kills, power calls and other ways in, while a device writes its boot ROM."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from rom_schedules import Schedule, play

SCHEDULES = int(os.environ.get("CAMPAIGN_SCHEDULES") or 10_000)
PORTION = 500


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", "")
    return tmp_path


@pytest.mark.parametrize("portion", range(0, SCHEDULES, PORTION))
def test_no_device_is_bricked(portion: int, seed: int, state: Path, tell: Callable[[str], None]) -> None:
    ended: Counter[str] = Counter()
    for number in range(portion, min(portion + PORTION, SCHEDULES)):
        schedule = Schedule.by_seed(seed * 1_000_003 + number)
        judgement = play(schedule, state / str(number))
        assert judgement.is_clean, (number, schedule, judgement)
        ended[judgement.ended] += 1
        ended["refused acts"] += judgement.refused
    tell(
        ", ".join(f"{count} {what}" for what, count in sorted(ended.items())) + "; bricked 0, bytes outside the list 0"
    )
