"""The exchanges that the driver itself would have, played to it: it must type what was typed, and understand the answers.

Erase characters, which clear a line before anything is typed, are left out of what is compared.
"""

from collections.abc import Callable

import pytest
from driver_checks_firepower import FIREPOWER_CHECKS, refuse_a_monitor_without_its_variables
from driver_checks_register import REGISTER_CHECKS
from exchanges import break_in, entered, proof, script, take_a_restart_for_no_boot, typed
from expected import CHAPTER, IPS4240, MODULE
from expected_firepower import FPR1010, UNTOUCHED_KENTON
from played_line import PlayedLine, Script, joined
from reading_checks import Check

from platforms import Platform, load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import (
    Booted,
    DownloadFinished,
    DownloadStarted,
    LaunchStarted,
    MonitorEntered,
    PowerOnSeen,
)
from serial_console.errors import (
    BootNotProved,
    BreakInMissed,
    CommandRefused,
    DownloadTimedOut,
    ReadBackDiffers,
)

SLIP = {"address 10.86.118.4": "address 10.86.118.3"}


BANNER_VERSION = "9.8(4)22"
BANNER = Script.read(f"< Cisco Adaptive Security Appliance Software Version {BANNER_VERSION}")


def launched(platform: Platform) -> list[Script]:
    """A prompt behind a session may be the supervisor's: there the banner must come before it."""
    return [BANNER] if platform.session else []


# --- the classic monitor -----------------------------------------------------------------------------------------------------


def load_as_in_the_chapter(platform: Platform, bytewise: bool) -> None:
    """With the address typed that the chapter shows."""
    line = PlayedLine(script("asa5500x/chapter-load").retyped(SLIP), bytewise)
    monitor, _ = entered(line, platform)
    dump = monitor.set(
        interface="gigabitethernet0/0",
        address=CHAPTER["ADDRESS"],
        netmask="255.255.255.0",
        server=CHAPTER["SERVER"],
        gateway=CHAPTER["GATEWAY"],
        image=CHAPTER["IMAGE"],
    )
    assert dump == CHAPTER
    assert monitor.ping(CHAPTER["SERVER"]).percent == 100
    monitor.save()
    download = monitor.download()
    events = list(download.run())
    assert DownloadStarted("tftp asa961-smp-k8.bin@10.86.118.21 via 10.86.118.21") in events
    assert DownloadFinished(14450688) in events
    assert isinstance(events[-1], LaunchStarted) == platform.netboot.launches
    assert typed(line) == (
        b"\r"
        b"interface gigabitethernet0/0\r"
        b"address 10.86.118.3\r"
        b"server 10.86.118.21\r"
        b"gateway 10.86.118.21\r"
        b"file asa961-smp-k8.bin\r"
        b"set\r"
        b"ping server\r"
        b"sync\r"
        b"tftpdnld\r"
    )


def refuse_the_chapter_s_slip(platform: Platform, bytewise: bool) -> None:
    """`.4` is typed and `.3` is shown: as often as it is typed again, read-back does not let it pass."""
    chapter = script("asa5500x/chapter-load")
    setting, dump = chapter.exchange("address 10.86.118.4"), chapter.exchange("set")
    line = PlayedLine(joined([setting, dump, *[setting, dump] * 3, script("asa5500/ips4240-set-interface")]), bytewise)
    monitor, _ = entered(line, platform)
    with pytest.raises(ReadBackDiffers, match=r"ADDRESS should be 10\.86\.118\.4 and is 10\.86\.118\.3"):
        monitor.set(address="10.86.118.4")
    assert typed(line) == b"\r" + b"address 10.86.118.4\rset\r" * 4


def load_as_in_the_chapter_for_a_module(platform: Platform, bytewise: bool) -> None:
    """Its sample ends where the download starts, and ESC would abort it: not a key more is typed."""
    line = PlayedLine(script("asasm/chapter-load"), bytewise)
    monitor, _ = entered(line, platform)
    dump = monitor.set(
        address="10.86.118.4",
        netmask="255.255.255.0",
        server=CHAPTER["SERVER"],
        gateway=CHAPTER["GATEWAY"],
        image=CHAPTER["IMAGE"],
        interface=platform.netboot_interface,
        vlan="1",
    )
    assert dump == MODULE
    assert monitor.ping(CHAPTER["SERVER"]).percent == 100
    monitor.save()
    events = []
    with pytest.raises(DownloadTimedOut, match="neither the device nor the server"):
        events.extend(monitor.download().run())
    assert typed(line) == (
        b"\r"
        b"address 10.86.118.4\r"
        b"server 10.86.118.21\r"
        b"gateway 10.86.118.21\r"
        b"file asa961-smp-k8.bin\r"
        b"interface Data0\r"
        b"vlan 1\r"
        b"set\r"
        b"ping server\r"
        b"tftpdnld\r"
    )


def need_a_vlan(platform: Platform, bytewise: bool) -> None:
    assert "vlan 1" in script("asasm/chapter-load").typed
    assert platform.variables.required == ("vlan",)


def know_a_module_by_its_port(platform: Platform, bytewise: bool) -> None:
    """At its prompt it is like its sisters; `set` shows a port that none of them has."""
    line = PlayedLine(joined([script("asasm/chapter-load").exchange("set"), Script.read("< rommon #8> \\")]), bytewise)
    sisters = [load_platform(name) for name in ("asa5500x", "asa5500", "asa5505")]
    monitor = BootMonitor(line, [*sisters, platform])
    monitor.enter(5)
    assert monitor.platform.name == "asasm"
    assert typed(line) == b"\rset\r"


def choose_a_port_without_link(platform: Platform, bytewise: bool) -> None:
    line = PlayedLine(script("asa5500/ips4240-set-interface"), bytewise)
    monitor, _ = entered(line, platform)
    assert monitor.read_back({}) == IPS4240
    assert not monitor.dialogue.link_seen_down
    assert monitor.set(interface="gigabit0/0") == IPS4240 | {"PORT": "GigabitEthernet0/0"}
    assert monitor.dialogue.link_seen_down
    assert typed(line) == b"\rset\rinterface gigabit0/0\rset\r"


def understand_a_refusal(platform: Platform, bytewise: bool) -> None:
    """A refused command is typed once more, in case noise spoilt it."""
    once = Script.read("< rommon #4> \\\n> port=management0/0") + script("asa5500/ips4240-refused-command")
    line = PlayedLine(joined([once, once, Script.read("< rommon #6> \\")]), bytewise)
    monitor, _ = entered(line, platform)
    with pytest.raises(CommandRefused, match="port=management0/0"):
        monitor.dialogue.command("port=management0/0")
    assert typed(line) == b"\r" + b"port=management0/0\r" * 2


def find_the_link_down(platform: Platform, bytewise: bool) -> None:
    line = PlayedLine(script("asa5505/break-confreg"), bytewise)
    _, events = entered(line, platform)
    named = platform.name == "asa5505"  # its sisters read the recording too
    assert events[-1] == MonitorEntered(platform.name, "rommon #0>", link_is_down=True, named=named)
    assert any(isinstance(event, PowerOnSeen) for event in events)
    assert typed(line) == b"\x1b\r"


def prove_a_boot_from_memory(platform: Platform, bytewise: bool) -> None:
    """The end of an ASA 5500's boot, and the `show version` of one that was booted by TFTP."""
    boot = script("asa5500/break-confreg-0x41").since("Ignoring startup").before("hostname>")
    asked = Script.read("< hostname> \\\n> show version")
    line = PlayedLine(
        joined([*launched(platform), boot, asked, script("asa5500x/asa-show-version-after-netboot")]), bytewise
    )
    booted = proof(BootMonitor(line, platform).watch_boot())
    assert booted == Booted("8.0(2)", "Unknown, monitor mode tftp booted image", "prompt")
    assert platform.boot is not None
    assert platform.boot.netbooted.search(booted.image_file.encode())
    assert typed(line) == b"show version\r"


# --- ASA 5506-X -----------------------------------------------------------------------------------------------------


def break_in_and_ask_for_the_settings(platform: Platform, bytewise: bool) -> None:
    """The Enter behind the first prompt is in the recording too."""
    line = PlayedLine(script("asa5506x/5516x-reload-break-set-boot").since("Cisco Systems ROMMON"), bytewise)
    monitor, _ = entered(line, platform)
    assert monitor.read_back({}) == UNTOUCHED_KENTON
    assert typed(line) == b"\x1b\rset\r"


def load_as_a_firepower_1010_did(platform: Platform, bytewise: bool) -> None:
    """Except that an ASA's image is no bundle: `tftpdnld` in place of `tftp -b`."""
    recorded = script("fpr1000/1010-break-set-load").since("Cisco System ROMMON")
    line = PlayedLine(recorded.retyped({"tftp -b": "tftpdnld"}), bytewise)
    monitor, _ = entered(line, platform)
    dump = monitor.set(
        address=FPR1010["ADDRESS"],
        netmask=FPR1010["NETMASK"],
        gateway=FPR1010["GATEWAY"],
        server=FPR1010["SERVER"],
        image=FPR1010["IMAGE"],
        interface="Management1/1",
    )
    assert dump == FPR1010
    monitor.save()
    download = monitor.download()
    events = list(download.run())
    assert DownloadStarted("Receiving cisco-ftd-fp1k.7.4.2-172.SPA from 192.168.45.46") in events
    # 256 MiB in blocks of 1460 bytes, a mark for each hundred, the last one begun: -(-268435456 // 146000).
    assert download.marks == 1839
    assert DownloadFinished(0) in events
    assert isinstance(events[-1], LaunchStarted) == platform.netboot.launches
    # FXOS asks for a login. That is the proof on a Firepower, and none that a 5506-X runs an ASA image.
    with pytest.raises(BootNotProved, match="login"):
        proof(monitor.watch_boot())
    assert typed(line) == (
        b"\x1b\r"
        b"ADDRESS=192.168.45.45\r"
        b"NETMASK=255.255.255.0\r"
        b"GATEWAY=192.168.45.46\r"
        b"SERVER=192.168.45.46\r"
        b"IMAGE=cisco-ftd-fp1k.7.4.2-172.SPA\r"
        b"set\r"
        b"sync\r"
        b"tftpdnld\r"
    )


def leave_a_booting_device_alone(platform: Platform, bytewise: bool) -> None:
    """Its Linux offers a window of its own, with the same ESC: `Press ESC to enter backup and restore.`"""
    line = PlayedLine(script("fpr2100/2120-reload-boot").since("Located '.boot_string'"), bytewise)
    with pytest.raises(BreakInMissed):
        list(BootMonitor(line, platform).entry().run(5))
    assert line.typed == b""


def prove_a_long_boot(platform: Platform, bytewise: bool) -> None:
    """The boot of a Firepower 2120 up to the last line before its prompt, then the prompt of a 5506-X."""
    boot = script("fpr2100/2120-reload-boot").since("LFBFF signature verified")
    line = PlayedLine(joined([boot, script("asa5506x/5506x-show-version")]), bytewise)
    booted = proof(BootMonitor(line, platform).watch_boot())
    assert booted == Booted("9.8(4)22", "disk0:/asa984-22-lfbff-k8.SPA", "prompt")
    assert typed(line) == b"show version\r"


# --- both -----------------------------------------------------------------------------------------------------------


def read_show_version(name: str, version: str, file: str) -> Callable[[Platform, bool], None]:
    def run(platform: Platform, bytewise: bool) -> None:
        line = PlayedLine(joined([*launched(platform), script(name)]), bytewise)
        assert proof(BootMonitor(line, platform).watch_boot()) == Booted(version, file, "prompt")
        assert typed(line) == b"show version\r"

    return run


def leave_the_question_open(name: str, since: str) -> Callable[[Platform, bool], None]:
    """A question behind the software's banner proves the boot; nothing is typed into it."""

    def run(platform: Platform, bytewise: bool) -> None:
        line = PlayedLine(joined([BANNER, script(name).since(since)]), bytewise)
        assert proof(BootMonitor(line, platform).watch_boot()) == Booted(BANNER_VERSION, "", "question")
        assert line.typed == b""

    return run


CLASSIC_CHECKS = [
    *REGISTER_CHECKS["classic"],
    Check("5505: interrupted once, and its link is seen to be down", find_the_link_down),
    Check("5505 of asadbg: interrupted once", break_in("asa5505/break-boot-arguments")),
    Check("5500: interrupted once", break_in("asa5500/break-confreg-0x41")),
    Check("5512-X without an image: interrupted once", break_in("asa5500x/5512x-no-image-break-help")),
    Check("5512-X at its prompt: asked for another", break_in("asa5500x/5512x-boots-to-rommon", b"")),
    Check("chapter: loaded step by step", load_as_in_the_chapter),
    Check("chapter: its slip is refused", refuse_the_chapter_s_slip),
    Check("IPS 4240: a port without link is chosen", choose_a_port_without_link),
    Check("IPS 4240: a refusal is understood", understand_a_refusal),
    Check(
        "5555-X: its version and image are read",
        read_show_version("asa5500x/5555x-show-version", "9.14(2)14", "disk0:/asa9-14-2-14-smp-k8.bin"),
    ),
    Check("5500: a boot from memory is proved", prove_a_boot_from_memory),
    Check(
        "an ASA without configuration: its question is left open",
        leave_the_question_open("asa5500x/asa-write-erase-reload", "Pre-configure"),
    ),
    Check(
        "5505: its BIOS is no boot",
        take_a_restart_for_no_boot("asa5505/break-confreg", "CISCO SYSTEMS"),
    ),
    Check(
        "5512-X: its monitor is no boot",
        take_a_restart_for_no_boot("asa5500x/5512x-no-image-break-help", "Booting from ROMMON"),
    ),
]
MODULE_CHECKS = [
    *(check for check in CLASSIC_CHECKS if "chapter" not in check.name),
    Check("chapter: loaded step by step, over its VLAN", load_as_in_the_chapter_for_a_module),
    Check("chapter: its VLAN must be given", need_a_vlan),
    Check("chapter: known by its port alone", know_a_module_by_its_port),
]
KENTON_CHECKS = [
    *REGISTER_CHECKS["kenton"],
    Check("at its prompt: known by its variables", refuse_a_monitor_without_its_variables),
    Check("5516-X: interrupted once, and its settings asked for", break_in_and_ask_for_the_settings),
    Check("Firepower 2110: interrupted once", break_in("fpr2100/2110-break-password-reset")),
    Check("Firepower 1010: loaded step by step", load_as_a_firepower_1010_did),
    Check("Firepower 2120: left alone while it boots", leave_a_booting_device_alone),
    Check("Firepower 2120, then 5506-X: a long boot is proved", prove_a_long_boot),
    Check(
        "5506-X: its version and image are read",
        read_show_version("asa5506x/5506x-show-version", "9.8(4)22", "disk0:/asa984-22-lfbff-k8.SPA"),
    ),
    Check(
        "5516-X: a question is left open",
        leave_the_question_open("asa5506x/5516x-reload-save-question", "System config"),
    ),
    Check("5516-X: its monitor is no boot", take_a_restart_for_no_boot("asa5506x/5506x-banner", "Cisco Systems")),
    Check("5506-X: its first words are no boot", take_a_restart_for_no_boot("asa5506x/5506x-banner", "Rom image")),
]
DRIVER_CHECKS = FIREPOWER_CHECKS | {
    "asa5500": CLASSIC_CHECKS,
    "asa5500x": CLASSIC_CHECKS,
    "asa5505": CLASSIC_CHECKS,
    "asasm": MODULE_CHECKS,
    "asa5506x": KENTON_CHECKS,
    "isa3000": [check for check in KENTON_CHECKS if "Firepower 2" not in check.name],
}
