"""What is read off a measurement, and what it is held against.

The one rule: servers are compared within a round, one right after the other, and the median of the rounds' ratios
counts: a machine that is slow for a while is slow for all of them.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.tftp.peers import OURS

_GIB = 1 << 30
#: In place of a server's name: whichever peer has the best figure in that round.
BEST_PEER = "best peer"


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one work against one server. `report` is the load client's; `cpu_seconds` the server's."""

    report: Mapping[str, float]
    failures: tuple[str, ...]
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A number read off a sample."""

    name: str
    unit: str
    read: Callable[[Sample], float]
    less_is_better: bool = False

    def of(self, sample: Sample) -> float:
        """NaN for a sample in which a download failed: it has no speed."""
        return math.nan if sample.failures else self.read(sample)


BLOCKS = Figure("speed", "k blocks/s", lambda s: s.report["blocks_per_second"] / 1e3)
MEGABYTES = Figure("speed", "MB/s", lambda s: s.report["megabytes_per_second"])
TURN = Figure("turn-around (median)", "us", lambda s: s.report["turn_p50_us"], less_is_better=True)
CPU = Figure("CPU", "s/GiB", lambda s: s.cpu_seconds * _GIB / s.report["bytes"], less_is_better=True)
MEMORY = Figure("peak memory", "MB", lambda s: s.peak_bytes / 1e6, less_is_better=True)
SECONDS = Figure("time", "s", lambda s: s.report["seconds"], less_is_better=True)
PER_BLOCK = Figure("time", "ms/block", lambda s: s.report["seconds"] * 1e3 / s.report["blocks"], less_is_better=True)


@dataclass(frozen=True, slots=True)
class Bar:
    """`figure` of ours, as a ratio to that of `against`, or as it is where `against` is None, must reach `must`."""

    figure: Figure
    against: str | None
    must: float | None
    goal: float | None


Rounds = Sequence[Mapping[str, Sample]]


def of_rounds(figure: Figure, server: str, rounds: Rounds) -> list[float]:
    """The figure in each round that measured the server."""
    return [figure.of(samples[server]) for samples in rounds if server in samples]


def held_against(bar: Bar, rounds: Rounds) -> list[float]:
    """The bar's ratio (or plain figure) in each round; NaN where ours failed, nothing where the other is absent."""
    held = []
    for samples in rounds:
        own, other = bar.figure.of(samples[OURS]), _other(bar, samples)
        if other is not None:
            held.append(own / other)
    return held


def _other(bar: Bar, samples: Mapping[str, Sample]) -> float | None:
    if bar.against is None:
        return 1.0
    names = [name for name in samples if name != OURS] if bar.against == BEST_PEER else [bar.against]
    figures = [bar.figure.of(samples[name]) for name in names if name in samples]
    figures = [figure for figure in figures if not math.isnan(figure)]
    best = min if bar.figure.less_is_better else max
    return best(figures) if figures else None


def median(values: Sequence[float]) -> float:
    """NaN if there is none, or if any is NaN: a failure is not made good by other rounds."""
    if not values or any(math.isnan(value) for value in values):
        return math.nan
    return statistics.median(values)


def reaches(value: float, bar: float | None, figure: Figure) -> bool:
    """Whether the value is as good as the bar; NaN never is, and where there is no bar all is well."""
    if bar is None:
        return True
    return value <= bar if figure.less_is_better else value >= bar
