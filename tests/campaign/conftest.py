"""What takes minutes: run by `make campaign`, never by `make test`, because its files are not named test_*.

The one rule: a campaign says what it did, in figures, and the seed that repeats it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

SEED = int(os.environ.get("CAMPAIGN_SEED") or time.time())
_TOLD: list[str] = []


@pytest.fixture
def seed() -> int:
    return SEED


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keep a line for the end, under the test's name."""

    def add(line: str) -> None:
        _TOLD.append(f"{request.node.name}: {line}")

    return add


def pytest_report_header() -> str:
    return f"campaign seed: {SEED} (make campaign SEED={SEED} repeats it)"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section(f"what was done, with seed {SEED}")
    for line in _TOLD:
        terminalreporter.write_line(line)
