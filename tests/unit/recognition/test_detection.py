"""The look at a console, in virtual time: what is typed in each state, and how the rate is found."""

from dataclasses import dataclass, field

import pytest
from console_states import EXAMPLES, MONITORS, PROMPTS, Example

from serial_console.errors import ConsoleLost
from serial_console.line import Patterns, Seen, Silence
from serial_console.recognition.detection import RATES, Detected, Detection

GARBAGE = bytes((7 * n) % 128 + 128 for n in range(60))


@dataclass
class Bench:
    """A console at `rate` that prints `shows` by itself and answers an Enter with `answers`; at another rate all is garbage.

    `repeats` prints again and again, once a second.
    """

    shows: bytes = b""
    answers: bytes = b""
    rate: int = 9600
    repeats: bool = False
    sets_baud: bool = True
    dies: bool = False
    name: str = "bench"
    baud: int = 9600
    typed: list[tuple[int, bytes]] = field(default_factory=list)
    _now: float = 0.0
    _coming: bytes = b""

    def __post_init__(self) -> None:
        self._coming = self._as_heard(self.shows)

    def _as_heard(self, text: bytes) -> bytes:
        return text if self.baud == self.rate or not text else GARBAGE[: max(8, len(text))]

    def send(self, data: bytes) -> None:
        self.typed.append((self.baud, data))
        self._coming += self._as_heard(self.answers)

    def send_break(self) -> None:
        raise AssertionError("a look sends no BREAK")

    def set_baud(self, baud: int) -> None:
        self.baud = baud
        self._coming = b""

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        if self.dies:
            raise ConsoleLost("lost the console on bench", seen="end of file")
        ((name, pattern),) = patterns.items()
        if not self._coming and self.repeats and seconds >= 1:
            self._coming = self._as_heard(self.shows)
        if not self._coming:
            self._now += seconds
            return Silence(b"")
        self._now += 0.5
        found, self._coming = pattern.search(self._coming), b""
        assert found is not None
        return Seen(name, found, b"")

    def seconds(self) -> float:
        return self._now

    def close(self) -> None: ...


def looked(bench: Bench, **options: bool) -> Detected:
    return Detection(bench, 9600, **options).run()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_into_text_nothing_is_typed(example: Example) -> None:
    bench = Bench(shows=example.text)
    found = looked(bench)
    assert found.state == example.state
    assert bench.typed == []
    assert found.typed == b""


@pytest.mark.parametrize("example", [*MONITORS, *PROMPTS], ids=lambda example: example.name)
def test_a_prompt_that_is_silent_is_asked_by_one_enter(example: Example) -> None:
    bench = Bench(answers=example.text)
    assert looked(bench).state == example.state
    assert bench.typed == [(9600, b"\r")]


def test_silence_gets_one_enter_and_no_more() -> None:
    bench = Bench()
    assert looked(bench).state == "silent"
    assert bench.typed == [(9600, b"\r")]


def test_silence_gets_nothing_where_no_enter_is_wanted() -> None:
    bench = Bench()
    assert looked(bench, presses_enter=False).state == "silent"
    assert bench.typed == []


@pytest.mark.parametrize("rate", RATES[1:])
def test_a_console_that_prints_at_another_rate_is_found_without_typing(rate: int) -> None:
    bench = Bench(shows=b"\r\nrommon #0> ", rate=rate, repeats=True)
    found = looked(bench)
    assert (found.state, found.baud) == ("classic-monitor", rate)
    assert bench.typed == []
    assert bench.baud == 9600


@pytest.mark.parametrize("rate", RATES[1:])
def test_a_console_that_answers_enter_by_garbage_is_asked_once_at_each_rate_until_text_comes(rate: int) -> None:
    bench = Bench(answers=b"\r\nrommon #0> ", rate=rate)
    found = looked(bench)
    assert (found.state, found.baud) == ("classic-monitor", rate)
    asked = [baud for baud, _ in bench.typed]
    assert asked == list(RATES[: RATES.index(rate) + 1])
    assert {data for _, data in bench.typed} == {b"\r"}
    assert bench.baud == 9600


@pytest.mark.parametrize("repeats", [False, True])
def test_garbage_at_every_rate_is_unreadable_and_gets_nothing_typed(repeats: bool) -> None:
    bench = Bench(shows=GARBAGE, rate=-1, repeats=repeats)
    assert looked(bench).state == "unreadable"
    assert bench.typed == []
    assert bench.baud == 9600


def test_a_rate_that_is_not_ours_is_left_alone() -> None:
    bench = Bench(shows=GARBAGE, rate=-1, sets_baud=False)
    assert looked(bench).state == "unreadable"
    assert bench.baud == 9600


def test_text_that_never_pauses_is_told_by_what_goes_on_in_it() -> None:
    class Talking(Bench):
        def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
            self._coming = self.shows
            return super().expect(patterns, seconds)

    assert looked(Talking(shows=b"word and word\r\n")).state == "talking"
    assert looked(Talking(shows=b"!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")).state == "downloading"
    assert looked(Talking(shows=b"ciscoasa> ")).state != "asa-user"


def test_a_line_that_dies_is_lost() -> None:
    with pytest.raises(ConsoleLost):
        looked(Bench(dies=True))


def test_two_odd_characters_tell_nothing() -> None:
    assert looked(Bench(shows=b"\xf0\x00")).state == "unreadable"
