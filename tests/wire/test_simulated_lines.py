"""Lines for other processes: each is taken through pyserial as a user would."""

import os
from collections.abc import Callable
from contextlib import closing

import pytest
import serial

from serial_console.simulated.events import BreakIn, Event, PoweredOff, PoweredOn
from serial_console.simulated.lines import PtyLine, Rfc2217Line, TcpLine

posix = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
LINES = [pytest.param(PtyLine, marks=posix), TcpLine]
MakeLine = Callable[..., PtyLine | TcpLine]


@pytest.mark.parametrize("make", LINES)
def test_the_device_is_switched_on_when_the_line_is_first_taken(make: MakeLine) -> None:
    events: list[Event] = []
    with make("sim://asa5506x?speed=20", on_event=events.append) as line:
        assert not events
        with closing(serial.serial_for_url(line.url, timeout=5)) as port:
            port.read_until(b"Boot in 10 seconds.")
            port.write(b"\x1b")
            assert port.read_until(b"rommon 1 > ").endswith(b"Boot interrupted.  \n\rrommon 1 > ")
    assert PoweredOn() in events


@pytest.mark.parametrize("make", LINES)
def test_the_power_can_be_cycled_from_another_thread(make: MakeLine) -> None:
    events: list[Event] = []
    with (
        make("sim://asa5500x?speed=20&state=monitor", on_event=events.append) as line,
        closing(serial.serial_for_url(line.url, timeout=5)) as port,
    ):
        port.write(b"\r")
        port.read_until(b"rommon #0> ")
        line.device.power_cycle()
        assert port.read_until(b"seconds.").startswith(b"Cisco Systems ROMMON Version")
    assert PoweredOff() in events


@pytest.mark.parametrize("make", LINES)
def test_a_second_host_finds_the_device_where_the_first_left_it(make: MakeLine) -> None:
    with make("sim://asa5506x?speed=20&state=monitor") as line:
        for count in (2, 3):
            with closing(serial.serial_for_url(line.url, timeout=5)) as port:
                port.write(b"sync\r")
                assert b"rommon %d > " % count in port.read_until(b"rommon %d > " % count)


@posix
def test_a_pty_whose_adapter_dies_ends_its_reader() -> None:
    with (
        PtyLine("sim://asa5500x?speed=100&fault=port-dies:80") as line,
        closing(serial.serial_for_url(line.url, timeout=5)) as port,
        pytest.raises(serial.SerialException),
    ):
        port.read(10000)


def test_a_tcp_line_whose_adapter_dies_ends_its_reader() -> None:
    with (
        TcpLine("sim://asa5500x?speed=100&fault=port-dies:80") as line,
        closing(serial.serial_for_url(line.url, timeout=5)) as port,
        pytest.raises(serial.SerialException),
    ):
        port.read(10000)


# pyserial's own client still calls setDaemon and setName of Thread.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_rfc_2217_line_carries_a_break() -> None:
    events: list[Event] = []
    with (
        Rfc2217Line("sim://asa5506x?speed=5&state=window", on_event=events.append) as line,
        closing(serial.serial_for_url(line.url, timeout=5)) as port,
    ):
        port.read_until(b"seconds.")
        port.send_break(0)
        assert port.read_until(b"rommon 1 > ").endswith(b"rommon 1 > ")
    assert BreakIn("BREAK") in events
