"""From power-on to the boot monitor's first prompt, or past it."""

import pytest
from simulated_rig import Bench

from serial_console.simulated.events import BreakIn, PoweredOff, PoweredOn, Typed

FAMILIES = ["asa5500x", "asa5506x"]


def in_the_window(family: str, options: str = "") -> Bench:
    bench = Bench(f"sim://{family}?state=window{options}")
    assert bench.device.state == "window"
    return bench


@pytest.mark.parametrize("family", FAMILIES)
def test_a_device_that_was_just_plugged_in_is_switched_on_two_seconds_later(family: str) -> None:
    bench = Bench(f"sim://{family}")
    assert (bench.after(1.9), bench.device.state) == (b"", "off")
    assert b"ROMMON" in bench.after(5.0)
    assert bench.of(PoweredOn)


def test_the_countdown_is_one_line_rewritten_with_backspaces() -> None:
    """Source: raw bytes of a Firepower 2100 and a Firepower 4100 capture."""
    printed = in_the_window("asa5500x").after(1.0)
    notice = b"Use BREAK or ESC to interrupt boot.\r\nUse SPACE to begin boot immediately.\r\n"
    rewritten = b"Boot in 10 seconds." + b"\b" * 19 + b" " * 19 + b"\b" * 19 + b"Boot in 9 seconds."
    assert printed == notice + rewritten


@pytest.mark.parametrize("family", FAMILIES)
def test_the_window_is_ten_seconds_long(family: str) -> None:
    bench = in_the_window(family)
    bench.after(9.9)
    assert bench.device.state == "window"
    bench.after(0.2)
    assert bench.device.state == "autoboot"


def test_escape_brings_the_classic_monitor_with_its_port_and_its_first_prompt() -> None:
    """Source: configure-networks.com, ASA 5512-X class; the padding: an ASA 5500 capture."""
    bench = in_the_window("asa5500x")
    bench.after(0.5)
    printed = bench.press(b"\x1b", 1.0)
    assert printed == (
        b"\b" * 19 + b"Boot interrupted." + b" " * 30 + b"\r\n"
        b"Management0/0\r\nLink is UP\r\nMAC Address: d8b1.9041.5c41\r\n"
        b"Use ? for help.\r\nrommon #0> "
    )
    assert bench.of(BreakIn) == [BreakIn("ESC")]


def test_escape_brings_the_kenton_prompt_at_once() -> None:
    """Source: Cisco's forensic guide, ASA 5516-X; line ends LF CR: Cisco's own automation of the Firepower 2100."""
    bench = in_the_window("asa5506x")
    bench.after(0.5)
    assert bench.press(b"\x1b", 1.0) == b"\b" * 19 + b"Boot interrupted.  \n\rrommon 1 > "


@pytest.mark.parametrize("family", FAMILIES)
def test_a_break_interrupts_as_escape_does(family: str) -> None:
    bench = in_the_window(family)
    bench.device.send_break()
    assert bench.after(1.0).endswith(b"> ")
    assert bench.of(BreakIn) == [BreakIn("BREAK")]


@pytest.mark.parametrize("family", FAMILIES)
def test_space_boots_at_once_and_other_keys_do_nothing(family: str) -> None:
    bench = in_the_window(family)
    bench.press(b"x\r", 0.5)
    assert bench.device.state == "window"
    bench.press(b" ")
    assert bench.device.state == "autoboot"


def test_escape_before_the_window_is_lost() -> None:
    """Invented: whether a real UART keeps it for the window is not known; the harsher choice was taken."""
    bench = Bench("sim://asa5500x")
    bench.after(3.0)
    assert bench.device.state == "post"
    bench.press(b"\x1b", 4.0)
    assert bench.device.state == "window"


def test_an_empty_flash_ends_at_the_classic_prompt_after_a_second_window() -> None:
    """Source: configure-networks.com, ASA 5512-X class; the end after a second miss is invented."""
    bench = in_the_window("asa5500x")
    printed = bench.after(40.0)
    failure = (
        b"Launching BootLoader...\r\nSearching / for images to boot.\r\nNo images in /\r\n"
        b"Error 15: File not found\r\nunable to boot an image\r\nBooting from ROMMON\r\n"
        b"Cisco Systems ROMMON Version (2.1(9)8) #1: Wed Oct 26 17:14:40 PDT 2011\r\n"
    )
    assert failure in printed
    assert printed.endswith(b"Use ? for help.\r\nrommon #0> ")


def test_an_empty_flash_ends_at_the_kenton_prompt() -> None:
    """Invented for this family."""
    assert in_the_window("asa5506x").after(20.0).endswith(b"rommon 1 > ")


def test_without_power_nothing_is_printed_but_typing_is_seen() -> None:
    bench = Bench("sim://asa5500x?state=off")
    assert bench.press(b"\x1b", 60.0) == b""
    assert bench.events == [Typed(b"\x1b", "off")]


def test_a_power_cycle_starts_the_device_anew_wherever_it_stands() -> None:
    bench = in_the_window("asa5506x")
    bench.device.power_cycle()
    assert bench.device.state == "post"
    assert b"Last reset cause: PowerOn" in bench.after(5.0)
    assert len(bench.of(PoweredOff)) == 1


def test_switching_off_before_the_plugged_in_device_comes_on_keeps_it_off() -> None:
    bench = Bench("sim://asa5500x")
    bench.device.power_off()
    assert bench.after(60.0) == b""


def test_a_register_with_an_empty_boot_field_stays_in_the_monitor() -> None:
    """Source: petenetlive.com KB 0001199, ASA 5512-X left at 0x40."""
    bench = Bench("sim://asa5500x?state=monitor&flash=old")
    assert b"Update Config Register (0x40) in NVRAM...\r\n" in bench.enter("confreg 0x40")
    bench.device.power_cycle()
    assert bench.after(5.0).endswith(b"rommon #0> ")
