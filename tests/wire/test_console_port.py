"""The channel over real ptys and sockets: who owns a port, and how its death is told."""

import os
import pty
import re
import socket
import subprocess
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from serial_console.channel import Channel, open_line
from serial_console.errors import ConsoleLost, PortUnavailable
from serial_console.line import Seen, Silence

PROMPT = {"prompt": re.compile(rb"rommon \d+ >")}


class Pty:
    """A pty whose master the test holds: whatever is opened on `path` talks to it."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)

    def unplug(self) -> None:
        for descriptor in (self.master, self.slave):
            try:
                os.close(descriptor)
            except OSError:
                continue


@pytest.fixture
def device() -> Iterator[Pty]:
    made = Pty()
    yield made
    made.unplug()


def test_a_prompt_that_comes_in_two_parts_is_seen_once_whole(device: Pty) -> None:
    with open_line(device.path) as line:
        os.write(device.master, b"\n\rromm")
        assert isinstance(line.expect(PROMPT, 0.1), Silence)
        os.write(device.master, b"on 1 > ")
        seen = line.expect(PROMPT, 5)
    assert isinstance(seen, Seen)
    assert seen.before == b"\n\r"


def test_the_pattern_that_comes_first_on_the_line_wins(device: Pty) -> None:
    with open_line(device.path) as line:
        os.write(device.master, b"File not found\n\rrommon 2 > ")
        seen = line.expect({**PROMPT, "complaint": re.compile(rb"not found")}, 5)
    assert isinstance(seen, Seen)
    assert seen.name == "complaint"


def test_an_adapter_that_is_unplugged_while_it_is_read_is_a_lost_console(device: Pty) -> None:
    with open_line(device.path) as line:
        timer = threading.Timer(0.2, device.unplug)
        timer.start()
        with pytest.raises(ConsoleLost):
            line.expect(PROMPT, 10)
        timer.join()


def test_the_last_bytes_before_the_loss_are_kept(device: Pty) -> None:
    heard: list[bytes] = []
    with Channel(device.path, record=lambda _, data: heard.append(data)) as line:
        os.write(device.master, b"rommon 1")
        line.expect(PROMPT, 0.1)
        device.unplug()
        with pytest.raises(ConsoleLost):
            line.expect(PROMPT, 10)
    assert b"".join(heard) == b"rommon 1"


def test_an_adapter_that_is_gone_when_it_is_written_to_is_a_lost_console(device: Pty) -> None:
    with open_line(device.path) as line:
        device.unplug()
        with pytest.raises(ConsoleLost):
            line.send(b"set\r")
        with pytest.raises(ConsoleLost):
            line.send_break()


@pytest.mark.parametrize("linger", [b"", b"\x01\x00\x00\x00\x00\x00\x00\x00"], ids=["closed", "reset"])
def test_a_console_server_that_ends_the_connection_is_a_lost_console(linger: bytes) -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as server,
        open_line(f"socket://127.0.0.1:{server.getsockname()[1]}") as line,
    ):
        client, _ = server.accept()
        client.sendall(b"rommon 1 > ")
        assert isinstance(line.expect(PROMPT, 5), Seen)
        if linger:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        client.close()
        with pytest.raises(ConsoleLost):
            line.expect(PROMPT, 10)


def test_a_second_opener_is_told_which_process_holds_the_port(device: Pty) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import serial,sys; p=serial.Serial({device.path!r}, exclusive=True); print('held',flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(PortUnavailable, match=rf"\(pid {holder.pid}\)"):
            open_line(device.path)


# root opens a port in spite of TIOCEXCL, so the kernel itself is asked whether the flag is set (TIOCGEXCL).
ASK_FOR_EXCLUSIVE = """
import fcntl, os, struct, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print(struct.unpack("i", fcntl.ioctl(descriptor, 0x80045440, b"0000"))[0])
"""
needs_lock_folder = pytest.mark.skipif(
    not os.access("/run/lock", os.W_OK), reason="this machine has no /run/lock to write lock files to"
)


@needs_lock_folder
def test_our_own_open_port_shuts_out_a_program_that_asks_for_no_lock(device: Pty) -> None:
    with open_line(device.path):
        command = [sys.executable, "-c", ASK_FOR_EXCLUSIVE, device.path]
        flag = subprocess.run(command, capture_output=True, text=True, check=False)
        assert flag.stdout.strip() == "1" or "busy" in flag.stderr
        lock = Path("/run/lock") / ("LCK.." + "_".join(Path(device.path).parts[2:]))
        assert int(lock.read_text()) == os.getpid()
    assert not lock.exists()


@needs_lock_folder
def test_the_lock_file_of_a_process_that_died_is_taken_over(device: Pty) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    lock = Path("/run/lock") / ("LCK.." + "_".join(Path(device.path).parts[2:]))
    lock.write_text(f"{dead.pid:10d}\n")
    with open_line(device.path):
        assert int(lock.read_text()) == os.getpid()


def test_closing_the_port_leaves_dtr_alone(device: Pty) -> None:
    with open_line(device.path):
        assert not termios.tcgetattr(device.slave)[2] & termios.HUPCL


def test_a_port_that_does_not_exist_is_named() -> None:
    with pytest.raises(PortUnavailable, match="/dev/ttyUSB99"):
        open_line("/dev/ttyUSB99")


@pytest.mark.parametrize(
    "url", ["sim://no-such-family", "sim://asa5500x?fault=no-such", "nonsense://x", "socket://127.0.0.1:1"]
)
def test_a_url_that_leads_nowhere_is_one_clear_error(url: str) -> None:
    with pytest.raises(PortUnavailable):
        open_line(url)


def test_a_wall_clock_that_jumps_does_not_move_a_deadline(device: Pty, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    wall = iter(range(0, 10**9, 3600))
    with open_line(device.path) as line:
        monkeypatch.setattr(time, "time", lambda: float(next(wall)))
        started = time.monotonic()
        assert isinstance(line.expect(PROMPT, 0.3), Silence)
        assert 0.25 < time.monotonic() - started < 3


def test_text_that_never_pauses_does_not_outlast_a_time_out(device: Pty) -> None:
    quiet = threading.Event()

    def talk() -> None:
        while not quiet.wait(0.01):
            os.write(device.master, b"%ASA-6-302013: Built outbound TCP connection\r\n")

    with open_line(device.path) as line:
        talker = threading.Thread(target=talk)
        ending = threading.Timer(4, quiet.set)
        ending.start()
        talker.start()
        answer = line.expect(PROMPT, 0.2)
        still_talking = not quiet.is_set()
        quiet.set()
        talker.join()
        ending.cancel()
    assert isinstance(answer, Silence)
    assert still_talking
