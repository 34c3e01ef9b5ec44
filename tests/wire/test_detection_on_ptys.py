"""The look at real pseudo-terminals, judged by every byte that they were sent."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bench_pty import BenchPty
from console_states import EXAMPLES, MONITORS, PROMPTS, Example

from serial_console.channel import Channel
from serial_console.recognition.detection import Detected, Detection


def looked(console: BenchPty) -> Detected:
    with Channel(console.path, as_found=True) as line:
        return Detection(line, 9600).run()


def seen_from_outside(console: BenchPty) -> tuple[str, bytes]:
    with console:
        return looked(console).state, console.typed


def test_whatever_a_console_shows_it_is_known_and_nothing_is_typed() -> None:
    consoles = [BenchPty(shows=example.text) for example in EXAMPLES]
    with ThreadPoolExecutor(len(consoles)) as pool:
        found = list(pool.map(seen_from_outside, consoles))
    assert found == [(example.state, b"") for example in EXAMPLES]


def test_prompts_that_are_silent_are_known_by_one_enter() -> None:
    examples: list[Example] = [*MONITORS, *PROMPTS]
    consoles = [BenchPty(answers=example.text) for example in examples]
    with ThreadPoolExecutor(len(consoles)) as pool:
        found = list(pool.map(seen_from_outside, consoles))
    assert found == [(example.state, b"\r") for example in examples]


@pytest.mark.parametrize("rate", [115200, 38400])
def test_the_rate_is_found_by_what_the_console_prints_and_put_back(rate: int) -> None:
    with BenchPty(shows=b"\r\nrommon #0> ", rate=rate, repeats=True) as console:
        found = looked(console)
        assert (found.state, found.baud, console.typed) == ("classic-monitor", rate, b"")
        assert console.speed == 300


def test_the_rate_is_found_by_one_enter_at_each() -> None:
    with BenchPty(answers=b"\r\nrommon #0> ", rate=38400) as console:
        found = looked(console)
        assert (found.state, found.baud) == ("classic-monitor", 38400)
        assert console.typed == b"\r" * 3  # at 9600, 115200 and 38400


def test_silence_gets_one_enter() -> None:
    with BenchPty() as console:
        assert looked(console).state == "silent"
        assert console.typed == b"\r"


def test_the_terminals_own_rate_is_put_back() -> None:
    with BenchPty(shows=b"ciscoasa> ") as console:
        before = console.speed
        looked(console)
        assert console.speed == before
