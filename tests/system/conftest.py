"""Fixtures of the tests that run the `rommon` command as a process."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_rig import Bench, Playground, Scenario

# The rig needs pseudo-terminals, signals and file locks.
if os.name != "posix":
    collect_ignore_glob = ["test_cli_*.py"]

# Most of a scenario's time is waiting; with many more, a quick device would look slow.
_SCENARIOS_AT_ONCE = 8


@pytest.fixture
def bench(tmp_path: Path) -> "Bench":
    from cli_rig import Bench

    return Bench(tmp_path)


@pytest.fixture(scope="session", autouse=os.name == "posix")
def playground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Playground]":
    """Every scenario of this session's tests, shared with the other workers of the session."""
    from cli_rig import Playground

    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if workers > 1 else base) / "scenarios"
    folder.mkdir(exist_ok=True)
    ahead = [scenario for item in request.session.items for scenario in _scenarios(item)]
    playground = Playground(folder, ahead, max(1, _SCENARIOS_AT_ONCE // workers))
    yield playground
    playground.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Judge scenarios last: they are played while other tests run."""
    if os.name == "posix":
        items.sort(key=lambda item: bool(_scenarios(item)))


def _scenarios(item: pytest.Item) -> "list[Scenario]":
    from cli_rig import Scenario

    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else []
    return [value for value in values if isinstance(value, Scenario)]
