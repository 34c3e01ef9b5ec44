"""Fixtures of the tests that run the `rommon` command as a process."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_rig import Bench, Playground

# The rig needs pseudo-terminals, signals and file locks.
if os.name != "posix":
    collect_ignore_glob = ["test_cli_*.py"]

# Most of a scenario's time is waiting; with many more, a quick device would look slow.
_SCENARIOS_AT_ONCE = 8


@pytest.fixture
def bench(tmp_path: Path) -> "Bench":
    from cli_rig import Bench

    return Bench(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def playground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Playground]":
    """Every scenario of this session's tests, shared with the other workers of the session."""
    from cli_rig import Playground, Scenario

    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if workers > 1 else base) / "scenarios"
    folder.mkdir(exist_ok=True)
    values = (value for item in request.session.items for value in _parameters(item))
    ahead = [value for value in values if isinstance(value, Scenario)]
    playground = Playground(folder, ahead, max(1, _SCENARIOS_AT_ONCE // workers))
    yield playground
    playground.close()


def _parameters(item: pytest.Item) -> list[object]:
    callspec = getattr(item, "callspec", None)
    return list(callspec.params.values()) if callspec else []
