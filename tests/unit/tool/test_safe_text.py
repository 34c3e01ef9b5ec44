"""What device bytes become before they reach a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from rommon_tool.terminal import safe_text


@given(st.binary(max_size=300))
def test_no_byte_can_begin_a_control_sequence(data: bytes) -> None:
    shown = safe_text(data)
    assert all(32 <= ord(letter) < 127 or letter in "\a\b\t\n\r" for letter in shown)


def test_text_stays_as_it_is() -> None:
    assert safe_text(b"rommon #0> set\r\n") == "rommon #0> set\r\n"


def test_what_is_no_text_is_shown_by_its_number() -> None:
    assert safe_text(b"\x1b[2J\xff\x9b\x00.") == "\\x1b[2J\\xff\\x9b."
