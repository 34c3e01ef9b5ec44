"""What is kept of keys: all of them, but those of a password."""

import pytest

from serial_console.discreet import Discreet


def kept(*entries: tuple[str, bytes]) -> bytes:
    record: list[tuple[str, bytes]] = []
    discreet = Discreet(lambda direction, data: record.append((direction, data)))
    for direction, data in entries:
        discreet(direction, data)
    return b"".join(data for direction, data in record if direction == ">")


@pytest.mark.parametrize(
    "prompt", [b"Password: ", b"Enter  Password: ", b"admin's password:", b"Enter passphrase for key x: "]
)
def test_no_key_of_a_password_is_kept_also_if_it_is_echoed(prompt: bytes) -> None:
    assert kept(
        ("<", prompt), (">", b"s"), ("<", b"s"), (">", b"ecret"), (">", b"\r"), ("<", b"\r\n# "), (">", b"set\r")
    ) == (b"******\rset\r")


def test_what_is_typed_behind_the_passwords_enter_in_one_piece_is_kept() -> None:
    assert kept(("<", b"Password: "), (">", b"secret\rshow version\r")) == b"******\rshow version\r"


def test_keys_elsewhere_are_kept() -> None:
    assert kept(("<", b"password recovery is on\r\n# "), (">", b"reload\r")) == b"reload\r"
