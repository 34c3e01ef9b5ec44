"""How the benchmarks compare: ratios within a round, medians over rounds, and no verdict from a failure."""

from __future__ import annotations

import math

from benchmarks.load_client import Load
from benchmarks.tftp.figures import (
    BEST_PEER,
    BLOCKS,
    CPU,
    MEMORY,
    SECONDS,
    Bar,
    Sample,
    held_against,
    median,
    reaches,
)
from benchmarks.tftp.report import Outcome
from benchmarks.tftp.work import ALL_WORK, Work


def sample(speed: float = 100e3, *failures: str, cpu: float = 1.0, seconds: float = 1.0) -> Sample:
    report = {"blocks_per_second": speed, "bytes": float(1 << 30), "seconds": seconds}
    return Sample(report, failures, cpu, 50_000_000)


def test_a_machine_that_is_slow_for_one_round_changes_no_ratio() -> None:
    rounds = [
        {"rommon": sample(200e3), "tftpd-hpa": sample(100e3)},
        {"rommon": sample(20e3), "tftpd-hpa": sample(10e3)},
    ]
    assert held_against(Bar(BLOCKS, "tftpd-hpa", 1.9, None), rounds) == [2.0, 2.0]


def test_the_best_peer_is_the_one_of_that_round_and_never_one_that_failed() -> None:
    rounds = [
        {"rommon": sample(seconds=1), "a": sample(seconds=4), "b": sample(seconds=2)},
        {"rommon": sample(seconds=1), "a": sample(seconds=4), "b": sample(100.0, "timed out", seconds=1)},
    ]
    assert held_against(Bar(SECONDS, BEST_PEER, 1.0, None), rounds) == [0.5, 0.25]


def test_one_failed_round_of_ours_is_not_made_good_by_the_others() -> None:
    rounds = [{"rommon": sample(), "x": sample()}, {"rommon": sample(100.0, "stalled"), "x": sample()}]
    reached = median(held_against(Bar(BLOCKS, "x", 0.5, None), rounds))
    assert math.isnan(reached)
    assert not reaches(reached, 0.5, BLOCKS)


def test_more_is_better_for_speed_and_less_for_time_and_memory() -> None:
    assert (reaches(2.0, 1.9, BLOCKS), reaches(1.8, 1.9, BLOCKS)) == (True, False)
    assert (reaches(0.5, 0.6, CPU), reaches(0.7, 0.6, CPU)) == (True, False)
    assert (reaches(59, 60, MEMORY), reaches(61, 60, MEMORY)) == (True, False)


def test_a_bar_without_its_server_is_untold_and_not_held() -> None:
    work = Work("w", "w", 1, Load(), (BLOCKS,), (Bar(BLOCKS, "absent", 1.0, None),))
    outcome = Outcome(work, [{"rommon": sample()}])
    assert outcome.holds
    assert not outcome.is_told


def test_every_bar_of_every_work_is_about_a_figure_that_the_work_shows() -> None:
    for work in ALL_WORK:
        for bar in work.bars:
            assert bar.figure in work.figures, work.name
