"""The look at a tty before it is opened: it takes nothing from others, loses nothing, and never lets the line drop."""

import os
import pty
import select
import termios
import tty
from collections.abc import Iterator

import pytest

from serial_console.port import Port
from serial_console.tty_as_found import TtyAsFound


@pytest.fixture
def far_end() -> Iterator[tuple[int, str]]:
    """The far end of a raw pseudo-terminal that nobody has open, and the near end's path."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.write(master, b"Permanently erase 'disk0:'? ")
    os.close(slave)
    yield master, path
    os.close(master)


def has_dropped(master: int) -> bool:
    """Whether nobody holds the near end: on a real port DTR has dropped by then."""
    poll = select.poll()
    poll.register(master, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def test_the_line_is_held_from_the_look_until_the_port_is_open(far_end: tuple[int, str]) -> None:
    master, path = far_end
    found = TtyAsFound.of(path)
    assert not has_dropped(master)
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    found.opened()
    assert not has_dropped(master)
    os.close(port)
    assert has_dropped(master)


def test_what_waited_is_read_first_and_once(far_end: tuple[int, str]) -> None:
    master, path = far_end
    os.write(master, b"y/n ")
    port = Port(path, 9600, as_found=True)
    os.write(master, b"more")
    heard = b"".join(port.read() for _ in range(4))
    port.close()
    assert heard.endswith(b"y/n more")


def test_a_port_that_another_program_has_locked_is_not_read(far_end: tuple[int, str]) -> None:
    import fcntl

    master, path = far_end
    holder = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(holder)
    fcntl.flock(holder, fcntl.LOCK_EX)
    os.write(master, b"theirs")
    assert TtyAsFound.of(path).waiting == b""
    assert os.read(holder, 100).endswith(b"theirs")
    os.close(holder)


def test_the_rate_is_put_back(far_end: tuple[int, str]) -> None:
    _, path = far_end
    holder = os.open(path, os.O_RDWR | os.O_NOCTTY)
    before = termios.tcgetattr(holder)[4]
    port = Port(path, 115200, as_found=True)
    assert termios.tcgetattr(holder)[4] == termios.B115200
    port.close()
    assert termios.tcgetattr(holder)[4] == before
    os.close(holder)


@pytest.mark.parametrize("url", ["socket://127.0.0.1:1", "sim://asa5506x", "COM3", "/dev/ttyNobody9"])
def test_what_is_no_tty_is_left_to_the_opening(url: str) -> None:
    assert TtyAsFound.of(url) == TtyAsFound()
