"""docs/json.md against what is written: a script's author reads the one and parses the other."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from rommon_tool.progress import Record
from rommon_tool.sinks import as_json
from tftp.events import EVENTS, Event, FailureReason, RefusalReason, UploadFailure

DOCUMENT = (Path(__file__).parents[3] / "docs" / "json.md").read_text("utf-8")
HEAD = {"v", "kind", "seq", "seconds", "device", "event"}


def example(kind: type[Event]) -> Any:
    """An event of that kind; what its fields hold does not matter here."""
    values: dict[str, Any] = {"options": {}, "clients": ("192.0.2.10",)}
    return kind(**{field.name: values.get(field.name, 1) for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.__name__)
def test_an_event_of_the_server_is_written_with_the_fields_that_are_told(kind: type[Event]) -> None:
    written = json.loads(json.dumps(as_json(Record(1, 0.5, "server", example(kind)))))
    sections = re.split(r"^### ", DOCUMENT, flags=re.MULTILINE)
    told = next(section for section in sections if section.startswith(f"`{written['kind']}`"))
    assert f"`{written['event']}`" in told
    assert {field for field in written if field not in HEAD and f"`{field}`" not in told} == set()


@pytest.mark.parametrize("reason", [*get_args(RefusalReason), *get_args(FailureReason), *get_args(UploadFailure)])
def test_a_reason_is_told(reason: str) -> None:
    assert f"`{reason}`" in DOCUMENT
