"""The booted ASA's console."""

import pytest
from simulated_rig import (
    IMAGE_A,
    IMAGE_B,
    Bench,
    classic_at_prompt,
    configure_classic,
    configure_kenton,
    kenton_at_prompt,
)

from serial_console.simulated.boot_text import at_least, version_of
from serial_console.simulated.events import Answered, Booted, Reloaded


def booted(options: str = "", family: str = "asa5500x") -> Bench:
    return Bench(f"sim://{family}?state=booted{options}")


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("asa961-smp-k8.bin", "9.6(1)"),
        ("asa984-22-lfbff-k8.SPA", "9.8(4)22"),
        ("asa9-16-4-85-lfbff-k8.SPA", "9.16(4)85"),
        ("asa9-12-4-67-smp-k8.bin", "9.12(4)67"),
        ("asa9101-lfbff-k8.SPA", "9.10(1)"),
        ("disk0:/asa803-k8.bin", "8.0(3)"),
        ("recovery.img", "fallback"),
    ],
)
def test_an_image_s_name_tells_its_version(image: str, version: str) -> None:
    assert version_of(image, "fallback") == version


def test_versions_compare_by_number_and_not_by_text() -> None:
    assert at_least("9.16(4)85", 9, 8)
    assert not at_least("9.6(1)", 9, 8)


def test_a_netboot_ends_at_the_user_prompt_and_show_version_says_so() -> None:
    """Source: the image line of an 8.0(2) and of Cisco's ASA container; the prompt: the Linux netdev list."""
    bench = classic_at_prompt()
    configure_classic(bench)
    printed = bench.enter("tftpdnld", 300.0)
    assert b"Cisco Adaptive Security Appliance Software Version 9.6(1) \r\n" in printed
    assert printed.endswith(b"\r\nType help or '?' for a list of available commands.\r\nciscoasa> ")
    assert 'System image file is "Unknown, monitor mode tftp booted image"' in bench.lines("show version")
    assert bench.of(Booted) == [Booted("9.6(1)", "netboot", IMAGE_A)]


def test_the_login_lines_come_with_9_8_and_later() -> None:
    """Source: the Linux netdev list, 9.8(4)22, and Cisco's forensic guide, 9.16."""
    bench = kenton_at_prompt()
    configure_kenton(bench)
    printed = bench.enter("tftpdnld", 300.0)
    assert b"User enable_1 logged in to ciscoasa\r\nLogins over the last 1 days: 1.  \r\n" in printed


def test_a_netbooted_image_is_gone_after_a_power_cycle() -> None:
    """Documented: Cisco's appliance guide."""
    bench = kenton_at_prompt()
    configure_kenton(bench)
    bench.enter("tftpdnld", 300.0)
    bench.device.power_cycle()
    assert bench.after(300.0).endswith(b"rommon 1 > ")
    assert len(bench.of(Booted)) == 1


def test_show_version_stops_after_24_lines_and_goes_on_by_space_or_enter() -> None:
    """Source: unicon and netmiko; the pager wipes itself with CR, 14 blanks, CR (captured from a Firepower 4100)."""
    bench = booted()
    first = bench.enter("show version")
    assert first.count(b"\r\n") == 25  # the echo and 24 lines
    assert first.endswith(b"\r\n<--- More --->")
    assert bench.press(b"\r").startswith(b"\r" + b" " * 14 + b"\r")
    assert bench.press(b"x") == b""
    assert bench.press(b" ").count(b"\r\n") == 24
    assert bench.press(b"q").endswith(b"\rciscoasa> ")


def test_terminal_pager_0_switches_the_pager_off() -> None:
    bench = booted()
    bench.enter("terminal pager 0")
    assert b"More" not in bench.enter("show version")


def test_show_version_can_be_filtered() -> None:
    """Source: petenetlive.com, `show ver | incl register`."""
    assert booted().lines("show ver | incl register")[1:] == ["Configuration register is 0x1", "ciscoasa> "]


def test_a_flash_boot_names_its_file() -> None:
    """Source: the Linux netdev list."""
    shown = booted(family="asa5506x").lines("show version")
    assert 'System image file is "disk0:/asa941-lfbff-k8.SPA"' in shown


def test_what_it_does_not_know_gets_the_caret() -> None:
    """Source: the Linux netdev list: `reload` without privilege."""
    assert booted().lines("reload")[1:] == [
        "          ^",
        "ERROR: % Invalid input detected at '^' marker.",
        "ciscoasa> ",
    ]


def test_a_blank_password_enables() -> None:
    """Documented: the default before 9.12."""
    bench = booted()
    assert bench.enter("enable") == b"enable\r\nPassword: "
    assert bench.enter("") == b"\r\nciscoasa# "


def test_from_9_12_on_enable_asks_to_set_a_password() -> None:
    """Source: a comment in a public ASAv script; firepower-kickstart's dialog."""
    bench = booted("&fault=reports-version:9.16(4)85")
    assert bench.lines("en")[1:] == ["The enable password is not set.  Please set it now.", "Enter  Password: "]
    bench.enter("secret")
    assert bench.enter("secret") == b"\r\nciscoasa# "


@pytest.mark.parametrize(("answer", "restarts"), [(b"\r", True), (b"y", True), (b"n", False)])
def test_reload_asks_for_a_confirmation(answer: bytes, *, restarts: bool) -> None:
    """Source: Cisco's forensic guide, ASA 5516-X."""
    bench = booted()
    bench.enter("enable")
    bench.enter("")
    assert bench.enter("reload").endswith(b"Proceed with reload? [confirm]")
    assert bench.device.state == "question"
    printed = bench.press(answer, 30.0)
    assert (b"*** --- START GRACEFUL SHUTDOWN ---" in printed) is restarts
    assert bool(bench.of(Reloaded)) is restarts


def test_a_device_without_configuration_asks_before_anything_else() -> None:
    """Source: a public wiki's `write erase` and `reload`."""
    bench = Bench("sim://asa5500x?flash=old&config=none&state=window")
    assert bench.after(300.0).endswith(b"Pre-configure Firewall now through interactive prompts [yes]? ")
    assert bench.device.state == "question"
    assert bench.enter("n").endswith(b"ciscoasa> ")
    assert bench.of(Answered)[0].text == "n"


def test_a_login_is_asked_for_where_one_is_configured() -> None:
    """Source: unicon. Any name and password will do."""
    bench = Bench("sim://asa5506x?state=booted&login=1")
    assert bench.enter("admin") == b"admin\r\nPassword: "
    assert bench.enter("secret").endswith(b"ciscoasa> ")


def test_escapes_typed_during_the_boot_are_shown_by_linux_and_lost() -> None:
    """Source: `^[^[^[` in the Linux netdev list's log of an ASA 5506-X."""
    bench = Bench("sim://asa5506x?flash=old&state=window")
    bench.after(30.0)
    assert bench.device.state == "booting"
    bench.device.type(b"\x1b\x1b")
    printed = bench.after(300.0)
    assert b"^[^[" in printed
    assert printed.endswith(b"ciscoasa> ")


def test_the_register_makes_it_ignore_its_configuration() -> None:
    """Source: "ASA 5000 Password Reset", ASA 5500."""
    bench = classic_at_prompt("&flash=old")
    bench.enter("confreg 0x41")
    printed = bench.enter("boot", 300.0)
    assert b"Ignoring startup configuration as instructed by configuration register.\r\n" in printed


def test_the_image_loaded_last_is_the_one_that_runs() -> None:
    bench = kenton_at_prompt("&flash=old")
    configure_kenton(bench)
    bench.enter("tftpdnld", 300.0)
    assert [event.image for event in bench.of(Booted)] == [IMAGE_B]
