"""The played console itself: what it prints, what it takes, how it refuses."""

import re

import pytest
from played_line import PlayedLine, Script, TypedOtherwise, played

from serial_console.errors import ConsoleLost
from serial_console.line import Seen, Silence

PROMPT = {"prompt": re.compile(rb"rommon #\d+> ?")}
ANYTHING = {"anything": re.compile(rb"(?s).+")}
AT_PROMPT = "< rommon #1> \\\n> set\n<   ADDRESS=10.0.0.1\n<\n< rommon #2> \\"


def at_prompt(*, bytewise: bool = False) -> PlayedLine:
    line = played(AT_PROMPT, bytewise=bytewise)
    line.expect({"prompt": re.compile(rb"> ")}, 1)
    return line


def everything(line: PlayedLine) -> bytes:
    text = b""
    while isinstance(seen := line.expect(ANYTHING, 1), Seen):
        text += seen.text
    return text


@pytest.mark.parametrize("bytewise", [False, True])
def test_a_command_is_echoed_and_answered(bytewise: bool) -> None:
    line = at_prompt(bytewise=bytewise)
    line.send(b"set\r")
    assert everything(line) == b"set\r\n  ADDRESS=10.0.0.1\r\n\r\nrommon #2> "
    assert line.is_over


def test_byte_by_byte_a_pattern_is_tried_behind_every_byte() -> None:
    line = played("< ab> c>", bytewise=True)
    seen = line.expect({"end": re.compile(rb"> ?\Z")}, 1)
    assert isinstance(seen, Seen)
    assert (seen.before, seen.text) == (b"ab", b">")


def test_whole_a_pattern_sees_the_line_end_at_once() -> None:
    assert isinstance(played("< ab> c>").expect({"end": re.compile(rb"> ?\Z")}, 1), Silence)


def test_the_leftmost_match_wins_and_of_two_there_the_one_listed_first() -> None:
    line = played("< one two")
    seen = line.expect({"two": re.compile(rb"two"), "one": re.compile(rb"one"), "o": re.compile(rb"o")}, 1)
    assert isinstance(seen, Seen)
    assert seen.name == "one"


def test_silence_takes_the_whole_time_and_leaves_what_stands_there() -> None:
    line = played("< rommon\\\n")
    assert line.expect(PROMPT, 7) == Silence(b"rommon")
    assert line.seconds() == 7
    assert everything(line) == b"rommon"


def test_a_rest_passes_before_the_device_goes_on() -> None:
    line = played("< one\n~ 5\n< two")
    assert isinstance(line.expect({"two": re.compile(rb"two")}, 3), Silence)
    assert isinstance(line.expect({"two": re.compile(rb"two")}, 3), Seen)
    assert line.seconds() == 5


def test_a_dead_port_is_a_lost_console() -> None:
    line = played("< one\n! lost")
    with pytest.raises(ConsoleLost):
        line.expect(PROMPT, 1)


def test_a_wrong_character_is_refused_with_both_lines() -> None:
    with pytest.raises(TypedOtherwise) as caught:
        at_prompt().send(b"sync\r")
    assert "recorded: set [Enter]" in str(caught.value)
    assert "typed:    sy" in str(caught.value)
    assert "script:2" in str(caught.value)


def test_typing_behind_the_end_is_refused() -> None:
    line = at_prompt()
    line.send(b"set\r")
    everything(line)
    with pytest.raises(TypedOtherwise, match="the recording ends here"):
        line.send(b"boot\r")


def test_typing_into_running_output_is_refused() -> None:
    line = played("< Launching BootLoader...\n< rommon #0> \\\n> set", bytewise=True)
    line.expect({"L": re.compile(rb"L")}, 1)
    with pytest.raises(TypedOtherwise, match="still printing"):
        line.send(b"set\r")


@pytest.mark.parametrize("bytewise", [False, True])
def test_enter_on_an_empty_line_brings_the_prompt_again(bytewise: bool) -> None:
    line = at_prompt(bytewise=bytewise)
    line.send(b"\b\b\b\b")
    line.send(b"\r")
    assert everything(line) == b"\r\nrommon #1> "


def test_an_erased_character_is_typed_anew() -> None:
    line = at_prompt()
    line.send(b"se\bet\r")
    assert everything(line).startswith(b"se\b \bet\r\n")


def test_keys_may_come_while_the_device_prints_and_are_not_echoed() -> None:
    line = played("< Use BREAK or ESC\n>! \\e\n< Boot interrupted.", bytewise=True)
    line.expect({"notice": re.compile(rb"BREAK")}, 1)
    line.send(b"\x1b")
    assert everything(line) == b" or ESC\r\nBoot interrupted.\r\n"


def test_a_key_too_many_is_refused() -> None:
    line = played("< Use BREAK or ESC\n>! \\e\n< Boot interrupted.", bytewise=True)
    line.send(b"\x1b\x1b")
    with pytest.raises(TypedOtherwise, match="no more keys"):
        everything(line)


def test_a_script_may_hold_any_byte() -> None:
    assert everything(played(r"< \b\e\x7f\\\s\{!*3}")) == b"\b\x1b\x7f\\ !!!\r\n"


def test_an_exchange_is_cut_out_and_typed_otherwise() -> None:
    part = Script.read(AT_PROMPT).exchange("set").retyped({"set": "show"})
    assert part.typed == ("show",)
    assert part.printed() == "rommon #1> show\n  ADDRESS=10.0.0.1\n\n"
