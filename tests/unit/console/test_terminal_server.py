"""A terminal server's line that somebody else holds: its number, from the port, and what frees it."""

import socket

import pytest

from serial_console.channel import Channel
from serial_console.errors import PortUnavailable
from serial_console.terminal_server import freeing_hint, line_number

REFUSED = "Could not open port socket://10.0.0.5:2033: [Errno 111] Connection refused"


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("socket://10.0.0.5:2033", 33),
        ("telnet://10.0.0.5:2001", 1),
        ("socket://10.0.0.5:4033", 33),
        ("rfc2217://[2001:db8::5]:6116?timeout=3", 116),
        ("SOCKET://ts.example:2999", 999),
        ("socket://10.0.0.5:2000", None),  # the server's own console
        ("socket://10.0.0.5:3033", None),  # a rotary group, not a line
        ("socket://10.0.0.5:4001/", 1),
        ("socket://10.0.0.5:10033", None),
        ("socket://10.0.0.5:99999", None),
        ("socket://10.0.0.5", None),
        ("ssh://10.0.0.5:2033", None),
        ("/dev/ttyUSB0", None),
        ("COM3", None),
    ],
)
def test_a_port_tells_the_line(url: str, line: int | None) -> None:
    assert line_number(url) == line


@pytest.mark.parametrize("text", [REFUSED, "[WinError 10061] No connection could be made"])
def test_a_refused_line_is_freed_by_its_number(text: str) -> None:
    assert "`clear line 33`" in freeing_hint("socket://10.0.0.5:2033", text)


def test_nothing_is_said_of_lines_where_something_else_is_wrong() -> None:
    assert freeing_hint("socket://10.0.0.5:2033", "[Errno 113] No route to host") == ""
    assert freeing_hint("socket://10.0.0.5:9001", REFUSED) == ""


def test_a_connection_that_is_refused_names_the_line() -> None:
    port = _closed_port()
    with pytest.raises(PortUnavailable) as caught:
        Channel(f"socket://127.0.0.1:{port}")
    assert f"`clear line {port - 4000}`" in caught.value.hint


def _closed_port() -> int:
    for port in range(4900, 4990):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("every port is open")
