"""The outcome in words, and as JSON to keep.

The one rule: every number stands beside its spread, so that nobody quotes one that the machine made up.
"""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.tftp.figures import Bar, Rounds, held_against, median, of_rounds, reaches
from benchmarks.tftp.work import Work


@dataclass(frozen=True, slots=True)
class Outcome:
    """A work and the samples of its rounds, by server."""

    work: Work
    rounds: Rounds

    def servers(self) -> list[str]:
        """In the order of the first round."""
        return list(self.rounds[0]) if self.rounds else []

    @property
    def holds(self) -> bool:
        """Whether ours reaches all that must be reached; what could not be compared is not held against it."""
        return all(bar_holds(bar, self.rounds) for bar in self.work.bars)

    @property
    def is_told(self) -> bool:
        """Whether there was something to hold each bar against that must be reached."""
        return all(held_against(bar, self.rounds) for bar in self.work.bars if bar.must is not None)


def bar_holds(bar: Bar, rounds: Rounds) -> bool:
    held = held_against(bar, rounds)
    return not held or reaches(median(held), bar.must, bar.figure)


def figures_of(outcome: Outcome) -> list[str]:
    """A line for each server: the median and the extremes of each figure."""
    return [_line(server, outcome) for server in outcome.servers()]


def _line(server: str, outcome: Outcome) -> str:
    cells = [f"  {server:<12}"]
    for figure in outcome.work.figures:
        values = of_rounds(figure, server, outcome.rounds)
        spread = f"({min(values):.4g}-{max(values):.4g})" if len(values) > 1 else "(once)"
        shown = "failed" if math.isnan(median(values)) else f"{median(values):.4g} {figure.unit}"
        cells.append(f"{shown} {spread}".ljust(36))
    return "".join(cells).rstrip()


def bars_of(outcome: Outcome) -> list[str]:
    """A line for each bar: what was reached, what must be and what is the goal."""
    return [_bar_line(bar, outcome.rounds) for bar in outcome.work.bars]


def _bar_line(bar: Bar, rounds: Rounds) -> str:
    held = held_against(bar, rounds)
    against = f"against {bar.against}" if bar.against else f"in {bar.figure.unit}"
    name = f"{bar.figure.name} {against}"
    if not held:
        return f"  ?    {name}: there is nothing to compare with"
    reached = median(held)
    goal = (
        ""
        if bar.goal is None
        else f", goal {bar.goal:.3g} {'' if reaches(reached, bar.goal, bar.figure) else 'not '}met"
    )
    must = "" if bar.must is None else f", must {bar.must:.3g}"
    verdict = "    " if bar.must is None else "ok  " if reaches(reached, bar.must, bar.figure) else "MISS"
    return f"  {verdict} {name}: {reached:.4g} ({min(held):.3g}-{max(held):.3g}){must}{goal}"


def as_json(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Everything that was measured, with the machine, for a file that a plot or a later comparison reads."""
    return {"machine": machine(), "works": [_work_json(outcome) for outcome in outcomes]}


def _work_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.work.name,
        "title": outcome.work.title,
        "clients": outcome.work.load.clients,
        "figures": {
            server: [
                {
                    "name": figure.name,
                    "unit": figure.unit,
                    "rounds": [_plain(value) for value in of_rounds(figure, server, outcome.rounds)],
                }
                for figure in outcome.work.figures
            ]
            for server in outcome.servers()
        },
        "bars": [_bar_json(bar, outcome.rounds) for bar in outcome.work.bars],
    }


def _bar_json(bar: Bar, rounds: Rounds) -> dict[str, Any]:
    held = held_against(bar, rounds)
    return {
        "figure": bar.figure.name,
        "unit": bar.figure.unit,
        "against": bar.against,
        "must": bar.must,
        "goal": bar.goal,
        "reached": _plain(median(held)),
        "rounds": [_plain(value) for value in held],
        "less_is_better": bar.figure.less_is_better,
        "holds": bar_holds(bar, rounds),
    }


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def machine() -> dict[str, Any]:
    """What the figures depend on; no name of the machine."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "processor": _processor(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
        "ended": datetime.now(tz=UTC).isoformat(timespec="minutes"),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")), "")


def save(outcomes: Sequence[Outcome], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(as_json(outcomes), indent=1) + "\n", encoding="utf-8")
