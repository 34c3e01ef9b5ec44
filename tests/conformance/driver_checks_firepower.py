"""The exchanges that the driver would have with the recorded Firepowers. See `driver_checks`."""

from collections.abc import Callable

import pytest
from exchanges import break_in, entered, proof, script, take_a_restart_for_no_boot, typed
from expected_firepower import FPR1010
from played_line import PlayedLine, Script
from reading_checks import Check

from platforms import Platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import (
    Booted,
    DownloadBounded,
    DownloadFinished,
    DownloadStarted,
    LaunchStarted,
    MonitorEntered,
)
from serial_console.errors import BreakInMissed, EraseQuestion, WrongDevice

SETTINGS = (
    b"ADDRESS=192.168.45.45\r"
    b"NETMASK=255.255.255.0\r"
    b"GATEWAY=192.168.45.46\r"
    b"SERVER=192.168.45.46\r"
    b"IMAGE=cisco-ftd-fp1k.7.4.2-172.SPA\r"
)


def load_a_bundle(platform: Platform, bytewise: bool) -> None:
    """All that the note shows, but the ping, which it leaves out. Its login proves the boot, and is left alone."""
    line = PlayedLine(script("fpr1000/1010-break-set-load").since("Cisco System ROMMON"), bytewise)
    monitor, events = entered(line, platform)
    assert events[-1] == MonitorEntered("fpr1000", "rommon 1 >", named=True)
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
    bundle = platform.netboot.bundle
    assert bundle is not None
    assert bundle.image_names[0].search(FPR1010["IMAGE"].encode())
    download = monitor.download(bundle=True)
    told = list(download.run())
    assert DownloadBounded(bundle.stops_after_bytes) in told
    assert DownloadStarted("Receiving cisco-ftd-fp1k.7.4.2-172.SPA from 192.168.45.46") in told
    # 256 MiB in blocks of 1460 bytes, a mark for each hundred, the last one begun: -(-268435456 // 146000).
    assert download.marks == 1839 == -(-download.stops_after_bytes // (100 * 1460))
    assert DownloadFinished(0) in told
    assert isinstance(told[-1], LaunchStarted) == platform.netboot.launches
    assert proof(monitor.watch_boot()) == Booted("", "", "login")
    assert typed(line) == b"\x1b\r" + SETTINGS + b"set\rsync\rtftp -b\r"


def leave_a_booting_device_alone(name: str, since: str) -> Callable[[Platform, bool], None]:
    """Also in the window of its Linux, which has the same ESC: `Press ESC to enter backup and restore.`"""

    def run(platform: Platform, bytewise: bool) -> None:
        line = PlayedLine(script(name).since(since), bytewise)
        with pytest.raises(BreakInMissed):
            list(BootMonitor(line, platform).entry().run(5))
        assert line.typed == b""

    return run


def prove_a_boot(name: str, since: str, version: str = "") -> Callable[[Platform, bool], None]:
    def run(platform: Platform, bytewise: bool) -> None:
        line = PlayedLine(script(name).since(since), bytewise)
        assert proof(BootMonitor(line, platform).watch_boot()) == Booted(version, "", "login")
        assert line.typed == b""

    return run


def leave_the_format_question_open(platform: Platform, bytewise: bool) -> None:
    line = PlayedLine(script("fpr1000/1010-format").since("All configuration"), bytewise)
    with pytest.raises(EraseQuestion):
        list(BootMonitor(line, platform).entry().run(5))
    assert line.typed == b""


def refuse_a_monitor_without_its_variables(platform: Platform, bytewise: bool) -> None:
    """An untouched 5516-X lists its settings empty: what lists none of them, at the same prompt, is another device.

    It is asked twice: noise may have hit a line of the first list.
    """
    dump = '> set\n<     PS1="rommon ! > "\n< \n'
    others = Script.read(f"< rommon 1 > \\\n{dump}< rommon 2 > \\\n{dump}< rommon 3 > \\", line_end=b"\n\r")
    line = PlayedLine(others, bytewise)
    with pytest.raises(WrongDevice, match="shows no ADDRESS"):
        BootMonitor(line, platform).enter(5)
    assert typed(line) == b"\rset\rset\r"


# What the families' own prompts, banners and variables have no part in.
SHARED_CHECKS = [
    Check("at its prompt: known by its variables", refuse_a_monitor_without_its_variables),
    Check("2110: interrupted once", break_in("fpr2100/2110-break-password-reset")),
    Check(
        "2120: left alone while it boots", leave_a_booting_device_alone("fpr2100/2120-reload-boot", "Located '.boot")
    ),
    Check(
        "2120: left alone in its Linux's window", leave_a_booting_device_alone("fpr2100/2120-reload-boot", "Press ESC")
    ),
    Check("1010: left alone while it boots", leave_a_booting_device_alone("fpr1000/1010-break-set-load", "kernel_")),
    Check("1010: its login proves the boot", prove_a_boot("fpr1000/1010-break-set-load", "Linux version")),
    Check("2120: its automatic login proves the boot", prove_a_boot("fpr2100/2120-reload-boot", "LFBFF signature")),
    Check("2120: so does the wait for its ASA", prove_a_boot("fpr2100/2120-reload-boot", "online...13")),
    Check(
        "2120: so does its ASA at last",
        prove_a_boot("fpr2100/2120-reload-boot", "Cisco Adaptive Security Appliance Software Version", "99.16(1)222"),
    ),
    Check("1010: its question before formatting is left open", leave_the_format_question_open),
    Check("1010: its monitor is no boot", take_a_restart_for_no_boot("fpr1000/1010-break-set-load", "****")),
    Check("1010: its restart is no boot", take_a_restart_for_no_boot("fpr1000/1010-break-set-load", "Rebooting")),
]
FIREPOWER_CHECKS = {
    "fpr1000": [*SHARED_CHECKS, Check("1010: a bundle is loaded step by step", load_a_bundle)],
    "fpr2100": [
        *SHARED_CHECKS,
        Check("2120: its monitor is no boot", take_a_restart_for_no_boot("fpr2100/2120-reload", "Cisco System ROMMON")),
        Check("2120: its restart is no boot", take_a_restart_for_no_boot("fpr2100/2120-reload", "Rebooting... [")),
        Check(
            "2110: its login proves the boot though text follows",
            prove_a_boot("fpr2100/2110-boot-ftd", "LFBFF signature verified"),
        ),
        Check("2110: its restart is no boot", take_a_restart_for_no_boot("fpr2100/2110-reboot", "Rebooting... [")),
    ],
    "fpr3100": [
        *SHARED_CHECKS,
        Check("3130: left alone while it boots", leave_a_booting_device_alone("fpr3100/3130-boot-loop", "INFO: File")),
        Check("3130: its monitor is no boot", take_a_restart_for_no_boot("fpr3100/3130-boot-loop", "To launch ROMMON")),
    ],
}
