"""`sim://` as a pyserial port: it must fail and wait as a real one does."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import serial

from serial_console.simulated import watching
from serial_console.simulated.events import BreakIn, Event, PoweredOn, Typed
from serial_console.simulated.protocol_sim import Serial, forget_device, named_device


@pytest.fixture(autouse=True)
def _handler(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = [*serial.protocol_handler_packages, "serial_console.simulated"]
    monkeypatch.setattr(serial, "protocol_handler_packages", packages)


def opened(url: str, **settings: float) -> Serial:
    port = serial.serial_for_url(url, timeout=5, **settings)
    assert isinstance(port, Serial)
    return port


@pytest.fixture
def prompt() -> Iterator[Serial]:
    with closing(opened("sim://asa5500x?state=monitor&speed=100")) as port:
        yield port


def test_whoever_opens_the_port_sees_the_whole_window_and_breaks_in() -> None:
    events: list[Event] = []
    with watching(events.append), closing(opened("sim://asa5500x?speed=20")) as port:
        assert port.read_until(b"Boot in 10 seconds.").endswith(b"Boot in 10 seconds.")
        port.write(b"\x1b")
        assert port.read_until(b"rommon #0> ").endswith(b"rommon #0> ")
    assert [event for event in events if isinstance(event, PoweredOn | BreakIn)] == [PoweredOn(), BreakIn("ESC")]
    assert Typed(b"\x1b", "window") in events


def test_a_break_is_sent_by_pyserial_s_own_call() -> None:
    with closing(opened("sim://asa5506x?state=window&speed=5")) as port:
        port.read_until(b"seconds.")
        port.send_break(0)
        assert port.read_until(b"rommon 1 > ").endswith(b"rommon 1 > ")


def test_a_read_waits_for_its_timeout_and_no_longer(prompt: Serial) -> None:
    prompt.timeout = 0
    assert prompt.read(10) == b""
    prompt.timeout = 0.05
    began = time.monotonic()
    assert prompt.read(10) == b""
    assert 0.04 < time.monotonic() - began < 1.0


def test_a_read_without_timeout_ends_when_it_is_cancelled(prompt: Serial) -> None:
    prompt.timeout = None
    threading.Timer(0.05, prompt.cancel_read).start()
    assert prompt.read(10) == b""


def test_in_waiting_counts_and_reset_throws_away(prompt: Serial) -> None:
    prompt.write(b"set")
    prompt.read(1)
    assert prompt.read(2) == b"et"
    prompt.write(b"\r")
    prompt.read_until(b"rommon #1> ")
    assert prompt.in_waiting == 0
    prompt.write(b"x")
    assert prompt.read(1) == b"x"
    prompt.reset_input_buffer()
    assert prompt.in_waiting == 0


def test_settings_of_the_line_can_be_changed(prompt: Serial) -> None:
    prompt.baudrate = 115200
    prompt.dtr = False
    prompt.rts = False
    assert (prompt.baudrate, prompt.dtr, prompt.rts, prompt.cts) == (115200, False, False, True)


def test_a_closed_port_refuses_everything(prompt: Serial) -> None:
    prompt.close()
    for use in (prompt.read, lambda: prompt.write(b"x"), lambda: prompt.in_waiting, prompt.send_break):
        with pytest.raises(serial.SerialException):
            use()


def test_closing_wakes_a_reader_in_another_thread(prompt: Serial) -> None:
    prompt.timeout = None
    threading.Timer(0.05, prompt.close).start()
    with pytest.raises(serial.SerialException):
        prompt.read(10)


def test_an_adapter_that_dies_fails_reads_and_writes_until_it_is_opened_again() -> None:
    url = "sim://asa5500x?speed=100&fault=port-dies:60&name=dying"
    with closing(opened(url)) as port:
        for use in (lambda: port.read(10000), lambda: port.write(b"x")):
            with pytest.raises(serial.SerialException):
                use()
    with closing(opened(url)) as port:
        port.write(b"\x1b\r")
        assert port.read(1)
    forget_device("dying")


def test_a_named_device_outlives_its_port() -> None:
    url = "sim://asa5506x?speed=100&state=monitor&name=bench-3"
    with closing(opened(url)) as port:
        port.write(b"ADDRESS=10.0.0.1\r")
        port.read_until(b"rommon 2 > ")
    with closing(opened(url)) as port:
        port.write(b"set\r")
        assert b"ADDRESS=10.0.0.1" in port.read_until(b"rommon 3 > ")
        named_device("bench-3").power_cycle()
        assert b"seconds." in port.read_until(b"seconds.")
    forget_device("bench-3")


@pytest.mark.parametrize("url", ["sim://asa5599x", "sim://asa5500x?fault=nois", "sim://asa5500x?colour=red"])
def test_a_url_that_describes_no_device_is_refused_at_opening(url: str) -> None:
    with pytest.raises(serial.SerialException, match="known"):
        opened(url)


def test_a_line_that_takes_nothing_times_out_on_writing() -> None:
    with (
        closing(opened("sim://asa5500x?state=monitor&fault=write-blocks", write_timeout=0.05)) as port,
        pytest.raises(serial.SerialTimeoutException),
    ):
        port.write(b"set\r")


def test_a_wrong_rate_reads_as_soup_and_the_right_one_as_text() -> None:
    with closing(opened("sim://asa5500x?speed=100&state=monitor&fault=baud-moved:115200")) as port:
        port.write(b"\r")
        port.timeout = 0.05
        assert port.read(100) == b""
        port.baudrate = 115200
        port.timeout = 5
        port.write(b"\r")
        assert port.read_until(b"rommon #0> ") == b"\r\nrommon #0> "


def test_a_paced_line_takes_as_long_as_its_rate() -> None:
    with closing(opened("sim://asa5500x?speed=100&state=monitor&baud=9600")) as port:
        began = time.monotonic()
        port.write(b"set\r")
        size = len(port.read_until(b"rommon #1> "))
        assert time.monotonic() - began > 0.8 * (size - 40) * 10 / 9600
