"""`rommon console` between two pseudo-terminals: the person's on one side, the device's on the other."""

import os
import pty
import select
import signal
import socket
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from bench_pty import BenchPty
from cli_rig import PATIENCE_SECONDS, ROMMON, Bench

MENU = b"\x1d"


class Person:
    """Somebody at a terminal in which `rommon console` runs."""

    def __init__(self, bench: Bench, *arguments: str) -> None:
        self.master, self._terminal = pty.openpty()
        self.before = self.modes()
        self.shown = b""
        self._process = subprocess.Popen(
            [*ROMMON, "console", *arguments],
            stdin=self._terminal,
            stdout=self._terminal,
            stderr=self._terminal,
            env=bench.env,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self.master)
        os.close(self._terminal)

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self._terminal)

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def menu(self, key: bytes) -> None:
        self.press(MENU + key)

    def see(self, wanted: bytes) -> None:
        """Wait until this is shown."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while wanted not in self.shown:
            assert time.monotonic() < deadline, self.shown
            self._read(0.1)

    def kill(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._process.poll() is None:
            assert time.monotonic() < deadline, self.shown
            self._read(0.05)
        self._read(0)
        return self._process.returncode

    def _read(self, seconds: float) -> None:
        while select.select([self.master], [], [], seconds)[0]:
            self.shown += os.read(self.master, 4096)
            seconds = 0


@pytest.fixture
def device() -> Iterator[BenchPty]:
    with BenchPty(shows=b"\r\nrommon #0> ", answers=b"\r\nrommon #1> ", echoes=True) as console:
        yield console


@pytest.fixture
def person(bench: Bench, device: BenchPty, tmp_path: Path) -> Iterator[Person]:
    with Person(bench, "-p", device.path, "--transcript", str(tmp_path / "transcript.txt")) as somebody:
        somebody.see(b"Ctrl-]")
        yield somebody


def test_keys_go_to_the_device_and_what_it_prints_is_shown(person: Person, device: BenchPty, tmp_path: Path) -> None:
    person.see(b"rommon #0> ")
    person.press(b"set\r\x03\x1b")
    device.wait_typed(b"set\r\x03\x1b")
    person.see(b"rommon #1> ")
    person.menu(b"q")
    assert person.end() == 0
    assert person.modes() == person.before
    assert "> set" in (tmp_path / "transcript.txt").read_text()


def test_keys_at_a_password_prompt_are_sent_and_not_kept(person: Person, device: BenchPty, tmp_path: Path) -> None:
    device.print(b"\r\nUsername: admin\r\nPassword: ")
    person.see(b"Password: ")
    for key in b"s3cret\r":
        person.press(bytes([key]))
    device.wait_typed(b"s3cret\r")
    person.see(b"rommon #1> ")
    person.menu(b"q")
    assert person.end() == 0
    sent = [line for line in (tmp_path / "transcript.txt").read_text().splitlines() if line[10:11] == ">"]
    assert "*" in "".join(sent)
    assert not set("s3cret") & set("".join(line[12:].replace("\\r", "") for line in sent))


def test_the_menu_sends_nothing_to_the_device(person: Person, device: BenchPty) -> None:
    person.see(b"rommon #0> ")
    person.menu(b"d")
    person.see(b"[rommon] classic-monitor: ")
    person.menu(b"l")
    person.see(b"rommon load IMAGE -p " + device.path.encode())
    person.menu(b"?")
    person.see(b"quit; the device stays as it is")
    person.menu(b"x")
    person.see(b"no such key")
    person.menu(b"q")
    assert person.end() == 0
    assert device.typed == b""


def test_the_menu_key_itself_can_be_sent(person: Person, device: BenchPty) -> None:
    person.press(MENU + MENU)
    device.wait_typed(MENU)


def test_break_is_sent_and_noted(person: Person, tmp_path: Path) -> None:
    person.menu(b"b")
    person.see(b"BREAK sent")
    person.menu(b"q")
    assert person.end() == 0
    assert "# BREAK" in (tmp_path / "transcript.txt").read_text()


def test_a_line_that_cannot_break_says_so(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with Person(bench, "-p", f"socket://127.0.0.1:{server.getsockname()[1]}") as person:
            device, _ = server.accept()
            person.see(b"Ctrl-]")
            person.menu(b"b")
            person.see(b"can't carry BREAK")
            person.menu(b"q")
            assert person.end() == 0
        device.close()


def test_the_devices_output_cannot_harm_the_terminal_unless_it_is_asked_for_raw(
    person: Person, device: BenchPty
) -> None:
    device.print(b"\x1b]0;evil\x07\x1b[2J\xff\x9b1mend")
    person.see(b"1mend")
    assert b"\\x1b]0;evil" in person.shown
    assert b"\x1b" not in person.shown
    person.menu(b"o")
    person.see(b"shown raw")
    device.print(b"\x1b[31mred")
    person.see(b"\x1b[31mred")
    person.menu(b"q")
    assert person.end() == 0
    assert person.shown.count(b"\x1b[0m") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_killed_session_gives_the_terminal_back(number: signal.Signals, person: Person) -> None:
    assert person.modes() != person.before
    person.kill(number)
    assert person.end() == 130
    assert person.modes() == person.before


def test_an_adapter_pulled_out_ends_the_session_and_gives_the_terminal_back(person: Person, device: BenchPty) -> None:
    device.lose()
    assert person.end() == 11
    assert person.modes() == person.before
    assert b"lost the console" in person.shown


def test_a_console_that_somebody_is_at_is_refused_to_others(person: Person, device: BenchPty, bench: Bench) -> None:
    ended = bench.run("detect", "-p", device.path, "--json")
    assert (ended.code, ended.result["cause"]) == (10, "port-unavailable")
    assert device.typed == b""


def test_a_long_paste_arrives_whole_and_in_order(person: Person, device: BenchPty) -> None:
    text = b"".join(b"line %04d " % number for number in range(80))
    person.press(text)
    device.wait_typed(text)


def test_without_a_terminal_it_is_refused(bench: Bench, device: BenchPty) -> None:
    assert bench.run("console", "-p", device.path).code == 2
    assert device.typed == b""
