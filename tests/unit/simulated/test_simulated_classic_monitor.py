"""Dialect A, `rommon #0>`, byte by byte."""

import hashlib

import pytest
from simulated_rig import CONTENT, IMAGE_A, classic_at_prompt, configure_classic

from serial_console.simulated.events import Booted, Reloaded, TransferFailed, TransferFinished

UNKNOWN = "Invalid or incorrect command.  Use 'help' for help."


def test_each_line_counts_and_each_character_is_echoed() -> None:
    bench = classic_at_prompt()
    assert bench.press(b"se") == b"se"
    assert bench.enter("rver 10.86.118.21") == b"rver 10.86.118.21\r\nrommon #1> "


def test_a_wrong_line_counts_too_but_a_blank_one_does_not() -> None:
    """Source: petenetlive.com, ASA 5512-X: `rommon #0>` twice; the error text: asadbg, matched on the wire."""
    bench = classic_at_prompt()
    assert bench.enter("") == b"\r\nrommon #0> "
    assert bench.lines("xyzzy") == ["xyzzy", UNKNOWN, "rommon #1> "]


def test_set_prints_cisco_s_block() -> None:
    """Source: Cisco's appliance guide, "Load an Image Using ROMMON"."""
    bench = classic_at_prompt()
    for line in (
        "interface gigabitethernet0/0",
        "address 10.86.118.3",
        "server 10.86.118.21",
        "gateway 10.86.118.21",
        f"file {IMAGE_A}",
    ):
        bench.enter(line)
    assert bench.lines("set") == [
        "set",
        "ROMMON Variable Settings:",
        "  ADDRESS=10.86.118.3",
        "  SERVER=10.86.118.21",
        "  GATEWAY=10.86.118.21",
        "  PORT=GigabitEthernet0/0",
        "  VLAN=untagged",
        f"  IMAGE={IMAGE_A}",
        "  CONFIG=",
        "  LINKTIMEOUT=20",
        "  PKTTIMEOUT=4",
        "  RETRY=20",
        "",
        "rommon #6> ",
    ]


@pytest.mark.parametrize(
    "line", ["interface gigabit0/0", "interface gigabitethernet0/0", "PORT=GIGABITETHERNET0/0", "interface g0/0"]
)
def test_an_interface_may_be_abbreviated_in_any_case_and_shows_its_link(line: str) -> None:
    """Source: cyruslab.net, IPS 4240; the forms: Cisco's guide and asadbg."""
    assert classic_at_prompt().lines(line)[1:] == [
        "GigabitEthernet0/0",
        "Link is UP",
        "MAC Address: d8b1.9041.5c41",
        "rommon #1> ",
    ]


@pytest.mark.parametrize("line", ["port=management0/0", "Address 10.0.0.1", "SET", "image x.bin", "netmask 255.0.0.0"])
def test_what_this_dialect_does_not_know_in_this_case_is_refused(line: str) -> None:
    """Source: cyruslab.net (lower-case port=); firepower-kickstart sends this family no netmask."""
    assert UNKNOWN in classic_at_prompt().lines(line)


@pytest.mark.parametrize("variable", ["ADDRESS", "SERVER", "GATEWAY"])
def test_an_address_that_is_none_is_refused_and_not_stored(variable: str) -> None:
    """Invented wording."""
    bench = classic_at_prompt()
    bench.enter(f"{variable}=10.86.118.")
    assert f"  {variable}=0.0.0.0" in bench.lines("set")


def test_backspace_delete_and_ctrl_u_edit_the_line() -> None:
    bench = classic_at_prompt()
    assert bench.press(b"sex\b") == b"sex\b \b"
    assert bench.press(b"y\x7f") == b"y\b \b"
    assert bench.press(b"\x15") == b"\b \b" * 2
    bench.enter("vlan 7")
    assert bench.commands == ["vlan 7"]


def test_an_escape_typed_at_the_prompt_spoils_the_line_until_ctrl_u() -> None:
    """Invented: a boot monitor's echo of ESC was never captured."""
    bench = classic_at_prompt()
    bench.press(b"\x1b")
    assert UNKNOWN in bench.lines("set")
    bench.press(b"\x1b\x15")
    assert "ROMMON Variable Settings:" in bench.lines("set")


def test_a_leading_blank_is_taken() -> None:
    """Source: asadbg, which types one because first characters get lost."""
    assert "ROMMON Variable Settings:" in classic_at_prompt().lines(" set")


@pytest.mark.parametrize("line", ["ping server", "ping 10.86.118.21"])
def test_ping_prints_twenty_marks_and_a_rate(line: str) -> None:
    """Source: Cisco's appliance guide."""
    bench = classic_at_prompt()
    configure_classic(bench)
    assert bench.lines(line, 1.0)[1:] == [
        "Sending 20, 100-byte ICMP Echoes to server 10.86.118.21, timeout is 4 seconds:",
        "!" * 20,
        "Success rate is 100 percent (20/20)",
        "",
        "rommon #4> ",
    ]


def test_variables_live_through_a_power_cycle_only_after_sync() -> None:
    """Source: Cisco's appliance guide."""
    bench = classic_at_prompt()
    bench.enter("address 10.86.118.4")
    assert bench.lines("sync", 1.0)[1] == "Updating NVRAM Parameters... "
    bench.enter("server 10.86.118.21")
    bench.device.power_off()
    bench.device.power_on("monitor")
    bench.device.printed()
    shown = bench.lines("set")
    assert "  ADDRESS=10.86.118.4" in shown
    assert "  SERVER=0.0.0.0" in shown


def test_tftpdnld_prints_the_whole_conversation_and_launches_the_image() -> None:
    """Source: Cisco's appliance guide; the loader line: the same guide."""
    bench = classic_at_prompt()
    configure_classic(bench)
    printed = bench.lines("tftpdnld", 5.0)
    begin = printed.index("") + 1
    assert printed[begin : begin + 9] == [
        f"tftp {IMAGE_A}@10.86.118.21 via 10.86.118.21",
        "!!!",  # one for each hundred blocks that is begun: 200, and the empty last one
        "",
        "Received 102400 bytes",
        "",
        "Launching TFTP Image...",
        "",
        "Cisco Security Appliance admin loader (3.0) #0: Mon Mar  5 16:00:07 MST 2016",
        "Loading...",
    ]
    assert bench.of(TransferFinished) == [TransferFinished(IMAGE_A, 102400, hashlib.sha512(CONTENT).hexdigest())]
    assert bench.network.transfers[0].closed


def test_the_request_is_plain_rfc_1350_in_blocks_of_512() -> None:
    """Inferred: no capture of this dialect shows an option."""
    bench = classic_at_prompt()
    configure_classic(bench)
    bench.enter("tftpdnld")
    assert bench.network.requests[0].block_size == 512
    assert bench.network.transfers[0].fetch.blocks == 201  # the last one empty


def test_the_gateway_is_named_where_there_is_one() -> None:
    bench = classic_at_prompt()
    configure_classic(bench)
    bench.enter("gateway 10.86.118.1")
    assert f"tftp {IMAGE_A}@10.86.118.21 via 10.86.118.1" in bench.lines("tftp")


def test_a_file_the_server_does_not_have_returns_to_the_prompt() -> None:
    """Invented line; "File not found" itself is matched by firepower-kickstart."""
    bench = classic_at_prompt()
    configure_classic(bench)
    bench.enter("file asa962-smp-k8.bin")
    assert bench.lines("tftpdnld")[-2:] == ["TFTP error: File not found", "rommon #5> "]
    assert bench.of(TransferFailed) == [TransferFailed("asa962-smp-k8.bin", 0, "file not found")]


def test_tftpdnld_without_settings_names_what_is_missing() -> None:
    """Invented wording."""
    assert "TFTP error: ADDRESS is not set" in classic_at_prompt().lines("tftpdnld")


def test_boot_starts_the_image_in_flash() -> None:
    """Source: petenetlive.com, ASA 5512-X, and asadbg, ASA 5505."""
    bench = classic_at_prompt("&flash=old")
    printed = bench.lines("boot", 200.0)
    assert "Loading disk0:/asa912-smp-k8.bin... Booting..." in printed
    assert bench.of(Booted) == [Booted("9.1(2)", "flash", "asa912-smp-k8.bin")]


def test_boot_of_another_file_says_that_it_cannot_find_it() -> None:
    """Source: asadbg, matched on the wire."""
    assert "Cannot find asa924-k8.bin" in classic_at_prompt("&flash=old").lines("boot asa924-k8.bin", 5.0)


def test_confreg_alone_shows_the_register_and_asks() -> None:
    """Source: "ASA 5000 Password Reset", ASA 5500."""
    bench = classic_at_prompt()
    assert bench.lines("confreg")[2:] == [
        "Current Configuration Register: 0x00000001",
        "Configuration Summary:",
        "  boot default image from Flash",
        "",
        "Do you wish to change this configuration? y/n [n]: ",
    ]
    assert bench.device.state == "question"
    assert bench.enter("n").endswith(b"rommon #1> ")


@pytest.mark.parametrize("line", ["?", "help"])
def test_help_lists_variables_and_commands(line: str) -> None:
    """Source: configure-networks.com, up to `gdb`; the rest is recalled."""
    printed = classic_at_prompt().lines(line)
    assert 'Variables: Use "sync" to store in NVRAM' in printed
    assert "  file        application image file path/name" in printed


@pytest.mark.parametrize("line", ["reload", "reset", "reboot"])
def test_a_restart_at_the_prompt_goes_through_the_self_test(line: str) -> None:
    bench = classic_at_prompt()
    bench.enter(line, 3.0)
    assert bench.device.state == "post"
    assert bench.of(Reloaded)
