"""Events as values: across the pipe and back, and nothing in them that a terminal could be tricked with."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tftp.events import EVENTS, Event, from_json, printable, to_json

# How long an example takes tells about the machine, not about the code.
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _any(event: type[Event]) -> st.SearchStrategy[Event]:
    # Seconds are never NaN, which would not even be equal to itself.
    numbers = {"seconds": st.floats(0, 1e6)} if "seconds" in event.__dataclass_fields__ else {}
    return st.builds(event, **numbers)


ANY_EVENT = st.one_of(*map(_any, EVENTS.values()))


@settings(FUZZ, max_examples=50)
@given(ANY_EVENT)
def test_every_event_survives_the_way_through_json(event: Event) -> None:
    fields = json.loads(json.dumps(to_json(event)))
    assert fields["kind"] == type(event).__name__
    assert from_json(fields) == event


@pytest.mark.parametrize(
    "fields", [{}, {"kind": "Unheard"}, {"kind": "ServerListening"}, {"kind": "ServerArmed", "x": 1}]
)
def test_what_is_no_event_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="event"):
        from_json(fields)


@FUZZ
@given(st.binary(max_size=600) | st.text(max_size=600).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_came_from_the_wire_is_shown_as_printable_ascii(raw: bytes) -> None:
    shown = printable(raw)
    assert shown.isascii()
    assert shown.isprintable() or not shown
    assert len(shown) <= 255


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"asa984-22-lfbff-k8.SPA", "asa984-22-lfbff-k8.SPA"),
        (b"\x1b[2J\r\n", "\\x1b[2J\\x0d\\x0a"),
        (b"a\\x1b", "a\\\\x1b"),
        (b"\xe2\x80\xae", "\\xe2\\x80\\xae"),
        ("\udcff", "\\xff"),
        (b"n" * 60000, "n" * 255),
    ],
)
def test_a_name_is_shown_without_what_would_move_the_cursor(raw: bytes | str, shown: str) -> None:
    assert printable(raw) == shown
