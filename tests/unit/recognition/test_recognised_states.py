"""From text to state: each state from what its console shows, whole, byte by byte, reworded and spoiled."""

import pytest
from console_states import EXAMPLES, MONITORS, PROMPTS, QUESTIONS, Example
from hypothesis import given
from hypothesis import strategies as st

from serial_console.recognition import known_states, state_of
from serial_console.recognition.visible import odd_share, visible

# Half a question is a question already, though its words to come say which.
PLAIN_QUESTIONS = {"yes-no-question", "value-question", "confirm-question"}
each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@each
def test_a_console_is_known_by_what_it_shows(example: Example) -> None:
    found = state_of(example.text)
    assert found is not None
    assert (found.state.name, found.sure, found.family) == (example.state, example.sure, example.family)
    assert found.seen
    assert found.state.advice


@each
def test_no_part_of_a_text_is_taken_for_something_else_with_certainty(example: Example) -> None:
    allowed = {example.state, *example.on_the_way} | (PLAIN_QUESTIONS if example in QUESTIONS else set())
    for length in range(len(example.text) + 1):
        found = state_of(example.text[:length])
        assert found is None or not found.sure or found.state.name in allowed, (example.text[:length][-60:], found)


@each
def test_a_line_that_may_go_on_is_no_prompt_and_no_question(example: Example) -> None:
    found = state_of(example.text, settled=False)
    assert found is None or not found.state.last


@pytest.mark.parametrize("example", [*MONITORS, *PROMPTS, *QUESTIONS], ids=lambda example: example.name)
@pytest.mark.parametrize("end", [b"\n\r", b"\n", b"\r\r\n", b"\r"])
def test_line_ends_change_nothing(example: Example, end: bytes) -> None:
    text = example.text.replace(b"\n\r", b"\n").replace(b"\r\n", b"\n").replace(b"\n", end)
    found = state_of(text)
    assert found is not None
    assert found.state.name == example.state


def test_every_state_of_the_table_has_an_example() -> None:
    assert {state.name for state in known_states()} == {example.state for example in EXAMPLES}


def test_a_prompt_that_more_text_follows_does_not_wait_any_more() -> None:
    found = state_of(b"rommon #0> \r\nLaunching BootLoader...\r\n")
    assert found is not None
    assert found.state.name == "launching"


@pytest.mark.parametrize(
    ("prompt", "details"),
    [
        (b"edge/pri/act# ", {"host": "edge", "unit": "pri", "role": "act", "level": "#"}),
        (b"edge/ctx1(config)# ", {"host": "edge", "context": "ctx1", "mode": "config", "level": "#"}),
    ],
)
def test_a_prompt_tells_host_context_and_unit(prompt: bytes, details: dict[str, str]) -> None:
    found = state_of(prompt)
    assert found is not None
    assert found.details == details


@given(st.binary(max_size=400))
def test_whatever_comes_is_told_or_not_and_never_harms(data: bytes) -> None:
    found = state_of(data)
    assert found is None or (found.seen.isprintable() and found.seen.isascii())
    assert all(letter.isprintable() or letter in "\n\t" for letter in visible(data))


def test_a_long_text_without_an_end_is_read_in_bounded_time() -> None:
    assert state_of(b"x" * 4_000_000) is None
    assert state_of(b"! " * 1_000_000) is None


def test_a_countdown_shows_what_was_written_last() -> None:
    assert visible(b"Boot in 10 seconds." + b"\b" * 19 + b" " * 19 + b"\b" * 19 + b"Boot in 9 seconds.").rstrip() == (
        "Boot in 9 seconds."
    )


def test_another_rates_bytes_are_odd_and_text_is_not() -> None:
    assert odd_share(bytes(range(128, 256))) == 1.0
    assert odd_share(b"rommon #0> \r\n\x1b[0m\b\b") == 0.0
    assert odd_share(b"") == 0.0
