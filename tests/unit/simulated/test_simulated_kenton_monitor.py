"""Dialect B, `rommon 1 >`, byte by byte."""

import hashlib

import pytest
from simulated_rig import CONTENT, IMAGE_B, Bench, configure_kenton, kenton_at_prompt

from serial_console.simulated.events import Answered, Booted, Erased, TransferFinished

SUCCESS = [
    "+-------------------------------------------------------------------+",
    "+------------------------- SUCCESS ---------------------------------+",
    "+-------------------------------------------------------------------+",
    "|                                                                   |",
    "|             LFBFF signature authentication passed !!!             |",
    "|                                                                   |",
    "+-------------------------------------------------------------------+",
    "LFBFF signature verified.",
]


def test_the_banner_is_the_5506_x_s() -> None:
    """Source: the Linux netdev list, ASA 5506-X, January 2024."""
    bench = Bench("sim://asa5506x")
    printed = bench.after(5.5).replace(b"\n\r", b"\n")
    assert printed.startswith(
        b"Rom image verified correctly\n\n\n"
        b"Cisco Systems ROMMON, Version 1.1.14, RELEASE SOFTWARE\n"
        b"Copyright (c) 1994-2018  by Cisco Systems, Inc.\n"
        b"Compiled Tue 06/05/2018 22:45:19.61 by builder\n\n\n"
        b"Current image running: Boot ROM0\nLast reset cause: PowerOn\nDIMM Slot 0 : Present\n\n"
        b"Platform ASA5506 with 4096 Mbytes of main memory\nMAC Address: 74:88:bb:c8:72:bf\n\n\n"
        b"Use BREAK or ESC to interrupt boot.\nUse SPACE to begin boot immediately.\n"
    )


def test_lines_end_in_lf_cr() -> None:
    """Source: firepower-kickstart splits this dialect's `set` on LF CR."""
    assert kenton_at_prompt().enter("ADDRESS=192.168.45.45") == b"ADDRESS=192.168.45.45\n\rrommon 2 > "


def test_set_prints_four_blanks_and_no_header() -> None:
    """Source: Cisco's forensic guide, ASA 5516-X."""
    assert kenton_at_prompt().lines("set") == [
        "set",
        "    ADDRESS=",
        "    NETMASK=",
        "    GATEWAY=",
        "    SERVER=",
        "    IMAGE=",
        "    CONFIG=",
        '    PS1="rommon ! > "',
        "",
        "rommon 2 > ",
    ]


@pytest.mark.parametrize("form", ["image {}", "file {}", "IMAGE={}"])
def test_the_image_s_name_is_kept_as_typed(form: str) -> None:
    """Source: a Firepower 1010 reimage note; `file`: firepower-kickstart on a 5516-X."""
    bench = kenton_at_prompt()
    bench.enter(form.format(IMAGE_B))
    assert f"    IMAGE={IMAGE_B}" in bench.lines("set")


@pytest.mark.parametrize("line", ["interface gigabitethernet0/0", "PORT=Management0/0", "sync"])
def test_some_lines_print_nothing(line: str) -> None:
    """Documented: `interface` is ignored here. `sync`: a Firepower 1010 note. `PORT=`: not known, swallowed."""
    assert kenton_at_prompt().lines(line) == [line, "rommon 2 > "]


def test_an_unknown_command_is_named() -> None:
    """Invented: recalled from IOS, never captured on this monitor."""
    assert kenton_at_prompt().lines("vlan 7")[1] == 'monitor: command "vlan" not found'


def test_sync_keeps_the_variables_through_a_power_cycle() -> None:
    bench = kenton_at_prompt()
    bench.enter("ADDRESS=192.168.45.45")
    bench.enter("sync")
    bench.device.power_off()
    bench.device.power_on("monitor")
    bench.device.printed()
    assert "    ADDRESS=192.168.45.45" in bench.lines("set")


def test_ping_reports_its_rate() -> None:
    """Source: firepower-kickstart waits for this rate."""
    bench = kenton_at_prompt()
    configure_kenton(bench)
    assert "Success rate is 100 percent (20/20)" in bench.lines("ping 10.86.118.21", 1.0)


def test_tftpdnld_prints_the_table_one_unbroken_line_and_the_boxes() -> None:
    """Source: a Firepower 1010 reimage note; PORT is this family's documented interface."""
    bench = kenton_at_prompt()
    configure_kenton(bench)
    printed = bench.lines("tftpdnld", 8.0)
    assert printed[1:19] == [
        "",
        "             ADDRESS: 10.86.118.4",
        "             NETMASK: 255.255.255.0",
        "             GATEWAY: ",
        "              SERVER: 10.86.118.21",
        f"               IMAGE: {IMAGE_B}",
        "             MACADDR: 74:88:bb:c8:72:bf",
        "           VERBOSITY: Progress",
        "               RETRY: 40",
        "          PKTTIMEOUT: 7200",
        "             BLKSIZE: 1460",
        "            CHECKSUM: Yes",
        "                PORT: Management1/1",
        "             PHYMODE: Auto Detect",
        "",
        "link up",
        f"Receiving {IMAGE_B} from 10.86.118.21!",
        "File reception completed.",
    ]
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert printed[20:23] == [
        "Boot image size = 102400 (0x19000) bytes",
        "[image size]      102400",
        f"[MD5 signature]    {md5}",
    ]
    assert printed[23:31] == SUCCESS
    assert bench.of(TransferFinished) == [TransferFinished(IMAGE_B, 102400, hashlib.sha512(CONTENT).hexdigest())]


def test_one_mark_stands_for_a_hundred_blocks_of_1460() -> None:
    """Source: 1839 marks for 256 MiB on a Firepower 1010."""
    bench = kenton_at_prompt(content=bytes(146000 * 3 - 1460))  # 299 blocks, and the empty last one
    configure_kenton(bench)
    assert f"Receiving {IMAGE_B} from 10.86.118.21!!!" in bench.lines("tftpdnld", 8.0)


def test_a_server_without_options_is_read_in_blocks_of_512() -> None:
    """RFC 2347: options not acknowledged are not in force."""
    bench = kenton_at_prompt()
    bench.network.knows_options = False
    configure_kenton(bench)
    bench.enter("tftpdnld", 8.0)
    assert bench.network.transfers[0].fetch.blocks == 201
    assert len(bench.of(TransferFinished)) == 1


def test_a_bundle_download_says_so_first() -> None:
    """Source: a Firepower 1010 reimage note."""
    bench = kenton_at_prompt()
    configure_kenton(bench)
    assert bench.lines("tftpdnld -b")[1] == "Enable boot bundle: tftp_reqsize = 268435456"


def test_the_netbooted_image_comes_up_with_its_own_version() -> None:
    bench = kenton_at_prompt()
    configure_kenton(bench)
    printed = bench.lines("tftpdnld", 200.0)
    assert "INIT: version 2.88 booting" in printed
    assert "Cisco Adaptive Security Appliance Software Version 9.8(4)22 " in printed
    assert bench.of(Booted) == [Booted("9.8(4)22", "netboot", IMAGE_B)]


def test_an_old_image_boots_from_flash_by_its_boot_string() -> None:
    """Source: the Linux netdev list, ASA 5506-X."""
    bench = Bench("sim://asa5506x?flash=old&state=window")
    printed = bench.after(200.0).replace(b"\n\r", b"\n")
    located = b"Located '.boot_string' @ cluster 997554.\n\n#\nAttempt autoboot: \"boot disk0:/asa941-lfbff-k8.SPA\"\n"
    loading = b"@ cluster 969854.\n\n" + (b"#" * 75 + b"\n") * 15 + b"#" * 37 + b"\nLFBFF signature verified.\n"
    assert located in printed
    assert loading in printed
    assert bench.of(Booted) == [Booted("9.4(1)", "flash", "asa941-lfbff-k8.SPA")]


def test_disabled_password_recovery_asks_before_anything_else() -> None:
    """Source: the Linux netdev list, ASA 5506-X."""
    bench = Bench("sim://asa5506x?fault=erase-question")
    printed = bench.after(10.0).replace(b"\n\r", b"\n")
    assert printed.endswith(
        b"INFO: PASSWORD RECOVERY functionality is disabled.\n"
        b"WARNING: Password recovery and ROMMON command line access has been\n"
        b"disabled by your security policy. Answering YES below will cause ALL\n"
        b"configurations, passwords, images in 'disk0:' to be erased.\n"
        b"ROMMON command line access will be re-enabled, and a new image must be\n"
        b"downloaded via ROMMON.\n\n"
        b"Permanently erase 'disk0:'? "
    )
    assert bench.device.state == "question"
    bench.after(3600.0)
    assert bench.device.state == "question"


def test_a_no_boots_the_flash_and_erases_nothing() -> None:
    """Source: the Linux netdev list, ASA 5506-X."""
    bench = Bench("sim://asa5506x?fault=erase-question")
    bench.after(10.0)
    bench.enter("no", 200.0)
    assert bench.of(Answered) == [Answered("Permanently erase 'disk0:'?", "no")]
    assert len(bench.of(Booted)) == 1
    assert not bench.of(Erased)


def test_a_yes_erases_the_flash_and_opens_the_monitor() -> None:
    """Documented; what is printed meanwhile is invented."""
    bench = Bench("sim://asa5506x?fault=erase-question")
    bench.after(10.0)
    assert bench.enter("yes", 5.0).endswith(b"rommon 1 > ")
    assert bench.of(Erased) == [Erased()]


def test_confreg_shows_the_bit_list_and_asks() -> None:
    """Source: packetnotes.com, ASA 5516-X."""
    printed = kenton_at_prompt().lines("confreg")
    assert printed[2] == "Configuration Register: 0x00000001"
    assert "[ 3 ] console baud: 9600" in printed
    assert printed[-1] == "do you wish to change the configuration? y/n [n]: "


def test_a_file_the_server_does_not_have_returns_to_the_prompt() -> None:
    """Invented line; "File not found" itself is matched by firepower-kickstart."""
    bench = kenton_at_prompt()
    configure_kenton(bench)
    bench.enter("IMAGE=asa984-23-lfbff-k8.SPA")
    assert bench.lines("tftpdnld", 5.0)[-2:] == ["TFTP error 1 received: File not found", "rommon 7 > "]


def test_tftpdnld_without_settings_names_what_is_missing() -> None:
    """Invented wording."""
    assert kenton_at_prompt().lines("tftpdnld")[1:] == ["ADDRESS is not set", "rommon 2 > "]


def test_a_value_that_is_no_address_is_not_stored() -> None:
    """Invented wording."""
    bench = kenton_at_prompt()
    assert bench.lines("NETMASK=255.255.255.")[1] == "Invalid IP address 255.255.255."
    assert "    NETMASK=" in bench.lines("set")


def test_the_prompt_follows_ps1() -> None:
    """Source: `PS1="rommon ! > "` in Cisco's forensic guide; that it can be set is assumed."""
    assert kenton_at_prompt().lines('PS1="boot ! : "')[-1] == "boot 2 : "


def test_a_register_without_boot_field_stays_in_the_monitor() -> None:
    """Source: packetnotes.com, ASA 5516-X, for the sentence."""
    bench = kenton_at_prompt("&flash=old")
    assert "You must reset or power cycle for new config to take effect" in bench.lines("confreg 0x40")
    assert bench.enter("reset", 10.0).endswith(b"rommon 1 > ")


@pytest.mark.parametrize("line", ["boot", "boot asa941-lfbff-k8.SPA", "boot disk0:/asa941-lfbff-k8.SPA"])
def test_boot_starts_the_image_in_flash(line: str) -> None:
    bench = kenton_at_prompt("&flash=old")
    bench.enter(line, 200.0)
    assert bench.of(Booted) == [Booted("9.4(1)", "flash", "asa941-lfbff-k8.SPA")]


def test_boot_of_another_file_fails() -> None:
    """Invented wording."""
    assert kenton_at_prompt("&flash=old").lines("boot asa982-lfbff-k8.SPA")[1].startswith("boot: cannot open")
