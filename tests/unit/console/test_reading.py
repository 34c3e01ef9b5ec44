"""The pure readers, on bytes that devices print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serial_console.boot_monitor.reading import looks_unreadable, same_setting, settings

# Captured: IPS 4240 (cyruslab.net), the classic monitor's own layout.
CLASSIC = b"ROMMON Variable Settings:\r\n  ADDRESS=10.0.0.1\r\n  SERVER=10.0.0.2\r\n  PORT=Management0/0\r\n  CONFIG=\r\n  RETRY=20\r\n\r\n"
# Captured: ASA 5516-X (Cisco's forensic guide), which ends its lines with LF CR.
KENTON = b'    ADDRESS=\n\r    NETMASK=\n\r    IMAGE=\n\r    PS1="rommon ! > "\n\r\n\r'


def test_a_classic_dump_is_read_without_its_header() -> None:
    assert settings(CLASSIC) == {
        "ADDRESS": "10.0.0.1",
        "SERVER": "10.0.0.2",
        "PORT": "Management0/0",
        "CONFIG": "",
        "RETRY": "20",
    }


def test_a_dump_with_line_feeds_before_carriage_returns_is_read_line_by_line() -> None:
    assert settings(KENTON) == {"ADDRESS": "", "NETMASK": "", "IMAGE": "", "PS1": '"rommon ! > "'}


def test_two_lines_run_together_by_noise_are_not_taken_for_the_right_value() -> None:
    assert settings(b"  ADDRESS=192.16ADDRESS=192.168.10.20\r\n")["ADDRESS"] != "192.168.10.20"


def test_a_variable_that_shows_two_values_is_not_believed() -> None:
    assert "SERVER" not in settings(b"  SERVER=10.0.0.2\r\n  SERVER=10.0.0.3\r\n")


@pytest.mark.parametrize(
    ("typed", "shown", "same"),
    [
        ("gigabit0/0", "GigabitEthernet0/0", True),
        ("gigabitethernet0/0", "GigabitEthernet0/0", True),
        ("Management0/0", "Management0/0", True),
        ("gigabitethernet0/1", "GigabitEthernet0/0", False),
        ("management0/0", "GigabitEthernet0/0", False),
        ("", "Management0/0", False),
    ],
)
def test_an_interface_may_be_typed_shorter_than_it_is_shown(typed: str, shown: str, *, same: bool) -> None:
    assert same_setting("interface", typed, shown) is same


def test_an_image_name_must_be_shown_to_the_letter() -> None:
    assert not same_setting("image", "asa961-smp-k8.bin", "ASA961-SMP-K8.BIN")


def test_another_baud_rate_reads_as_no_text_and_a_boot_text_does_not() -> None:
    soup = bytes([0x00, 0xC0, 0xF8, 0xFC, 0x80, 0xE0, 0xFE, 0x00]) * 20
    countdown = b"Boot in 10 seconds." + b"\b" * 19 + b" " * 19 + b"\b" * 19
    assert looks_unreadable(soup)
    assert not looks_unreadable(countdown * 5)


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_read_without_an_error(data: bytes) -> None:
    assert all(isinstance(value, str) for value in settings(data).values())
