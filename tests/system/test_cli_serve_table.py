"""The live table of `rommon serve` on a real pseudo-terminal, with real devices asking."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyte
import pytest
from cli_rig import PATIENCE_SECONDS, ROMMON, Bench
from tftp_rig import Client, request

NAME = "asa984-22-lfbff-k8.SPA"


class Window:
    """A terminal of 80 columns and 24 lines with `rommon serve` in it."""

    def __init__(self, bench: Bench, *arguments: str, **variables: str) -> None:
        self._fd, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        env = {name: value for name, value in bench.env.items() if name not in {"COLUMNS", "NO_COLOR"}}
        self.process = subprocess.Popen(
            [*ROMMON, "serve", *arguments, "--bind", "127.0.0.1", "--tftp-port", "0"],
            stderr=terminal,
            stdout=terminal,
            stdin=terminal,
            env=env | {"TERM": "xterm-256color"} | variables,
        )
        os.close(terminal)

    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    def shows(self, is_it: Callable[[str], object]) -> str:
        """The first line that is wanted, as soon as the screen has one."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for line in self.lines():
                if is_it(line):
                    return line
            if not self._read(0.1) and self.process.poll() is not None:
                break
        raise AssertionError("\n".join(self.lines()))

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        while self.process.poll() is None:
            self._read(0.1)
        while self._read(0):
            continue
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._fd)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        with contextlib.suppress(OSError):  # the terminal's last user has gone
            self._stream.feed(data := os.read(self._fd, 65536))
            return bool(data)
        return False


@contextmanager
def window(bench: Bench, *arguments: str, **variables: str) -> Iterator[tuple[Window, int]]:
    shown = Window(bench, *arguments, **variables)
    try:
        title = shown.shows(lambda line: re.search(r"on 127\.0\.0\.1:\d+", line))
        yield shown, int(title.split(":")[1].split(",")[0])
    finally:
        shown.close()


def test_devices_that_load_finish_and_are_refused_are_seen_as_it_happens(bench: Bench) -> None:
    image = bench.image(NAME, 5 * 512 + 100)
    with window(bench, str(image)) as (shown, port), Client(port, source="127.0.0.4") as device:
        device.ask(request(NAME.encode()))
        for block in range(1, 6):
            assert device.hear()[:4] == b"\0\3" + block.to_bytes(2)
            if block < 5:
                device.ack(block)
        row = shown.shows(lambda line: line.startswith("127.0.0.4") and ("running" in line or "stalled" in line))
        assert "76%  2.05 kB" in row
        device.ack(5)
        while (packet := device.hear())[2:4] != b"\0\6":
            continue  # a repeated block from the time when the screen was looked at
        assert packet[4:] == image.read_bytes()[5 * 512 :]
        device.ack(6)
        shown.shows(lambda line: line.startswith("127.0.0.4") and "100%" in line and "done" in line)
        with Client(port, source="127.0.0.5") as stranger:
            stranger.ask(request(b"\x1b[2Jevil"))
            assert stranger.hear()[:4] == b"\0\5\0\1"
        shown.shows(lambda line: line.startswith("refused 127.0.0.5 (not-found") and r"\x1b[2Jevil" in line)
        assert shown.end(signal.SIGTERM) == 0
        assert any("1 done, 0 broke off, 1 refused" in line for line in shown.lines())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 0)])
def test_a_terminal_that_takes_no_more_output_holds_up_neither_devices_nor_the_end(
    number: signal.Signals, code: int, bench: Bench
) -> None:
    image = bench.image(NAME)
    with window(bench, str(image)) as (shown, port):
        # From here on nobody reads the terminal, as after Ctrl-S; every device's rows want to be drawn.
        for source in range(1, 200):
            with Client(port, source=f"127.0.8.{source}") as device:
                device.ask(request(NAME.encode()))
                assert device.hear()[4:] == image.read_bytes()[:512]
        shown.process.send_signal(number)
        assert shown.process.wait(PATIENCE_SECONDS) == code


def test_a_name_that_the_terminal_cannot_write_is_escaped(bench: Bench) -> None:
    image = bench.image("\u00fcbung.SPA")
    with window(bench, str(image), PYTHONIOENCODING="ascii") as (shown, _):
        shown.shows(lambda line: r"read-only: \xfcbung.SPA" in line)
        assert shown.end(signal.SIGTERM) == 0
    bench.env["PYTHONIOENCODING"] = "ascii"
    planned = bench.run("serve", image, "--bind", "127.0.0.1", "--dry-run")
    assert planned.code == 0, planned.err
    assert r"bytes  \xfcbung.SPA" in planned.out
