"""The simulated Firepowers, held against what is captured of a 1010, a 1120, a 2110, a 2120 and a 3130."""

import pytest
from simulated_rig import CONTENT, Bench

from serial_console.simulated.events import Answered, CommandEntered, Erased, TransferFinished

FAMILIES = ["fpr1000", "fpr2100", "fpr3100"]
PACKAGE, IMAGE = "cisco-asa-fp1k.9.20.2.SPA", "fxos-k8-fp1k-lfbff.2.14.1.131.SPA"
PART = 30_000


def at_prompt(family: str = "fpr1000", options: str = "") -> Bench:
    files = {PACKAGE: CONTENT, IMAGE: CONTENT}
    return Bench(f"sim://{family}?state=monitor&bundle={PART}{options}", files)


def configured(image: str, family: str = "fpr1000", options: str = "") -> Bench:
    bench = at_prompt(family, options)
    for line in ("ADDRESS=10.86.118.4", "NETMASK=255.255.255.0", "SERVER=10.86.118.21", f"IMAGE={image}"):
        bench.enter(line)
    return bench


def test_a_1010_lists_its_variables_untouched_and_its_firmware_version() -> None:
    assert at_prompt().lines("set")[1:-1] == [
        "    ADDRESS=",
        "    NETMASK=",
        "    GATEWAY=",
        "    SERVER=",
        "    IMAGE=",
        "    CONFIG=",
        '    PS1="rommon ! > "',
        "    FIRMWARE_VERSION=1005.0203",
        "",
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_line_of_the_monitor_ends_in_lf_cr(family: str) -> None:
    printed = at_prompt(family).enter("set")
    assert b"\n\r" in printed
    assert b"\r\n" not in printed.replace(b"\n\r", b"")


@pytest.mark.parametrize("command", ["tftp -b", "tftpdnld -b"])
def test_a_package_is_taken_up_to_the_block_in_which_the_limit_lies(command: str) -> None:
    bench = configured(PACKAGE)
    lines = bench.lines(command, 30)
    assert lines[1] == f"Enable boot bundle: tftp_reqsize = {PART}"
    (finished,) = bench.of(TransferFinished)
    assert isinstance(finished, TransferFinished)
    assert finished.bytes == -(-PART // 1460) * 1460
    assert "LFBFF signature verified." in lines
    assert bench.network.transfers[0].closed


def test_a_package_that_is_loaded_as_an_image_fails_its_signature() -> None:
    lines = configured(PACKAGE).lines("tftpdnld", 30)
    assert any("FAILURE" in line for line in lines)
    assert lines[-1].startswith("rommon ")


def test_an_image_is_taken_whole_without_b() -> None:
    bench = configured(IMAGE)
    assert "LFBFF signature verified." in bench.lines("tftpdnld", 30)
    (finished,) = bench.of(TransferFinished)
    assert isinstance(finished, TransferFinished)
    assert finished.bytes == len(CONTENT)


def test_the_disks_announce_their_files_each_in_its_own_way() -> None:
    # Captured: a 1120 (`inode num`), a 2120 (`cluster`), a 3130 (`INFO: File`).
    printed = {family: Bench(f"sim://{family}?flash=old").after(60).decode("latin-1") for family in FAMILIES}
    assert "Image size 59 inode num" in printed["fpr1000"]
    assert "Located '.boot_string' @ cluster 101396." in printed["fpr2100"]
    assert "INFO: File 'FS0:.boot_string' has 59 bytes." in printed["fpr3100"]
    assert "64 69 73 6b 30 3a 69 6e 73 74 61 6c 6c 61 62 6c" in printed["fpr3100"]
    assert all('Attempt autoboot: "boot disk0:installables/switch/fxos-k8-' in text for text in printed.values())


def test_a_4200_s_ping_tells_what_was_lost() -> None:
    bench = configured(PACKAGE, "fpr3100", "&fault=unix-ping")
    assert any(line.endswith(" 0% packet loss, time 4005ms") for line in bench.lines("ping 10.86.118.21", 30))
    silent = configured(PACKAGE, "fpr3100", "&fault=unix-ping,ping-fails")
    assert any(" 100% packet loss" in line for line in silent.lines("ping 10.86.118.21", 30))


def test_password_reset_asks_as_a_2110_does_and_takes_no_for_an_answer() -> None:
    bench = at_prompt("fpr2100")
    assert bench.lines("password_reset")[1:] == [
        "WARNING: User configurations will be lost with this operation",
        "Are you sure ? yes/no [no]: ",
    ]
    bench.enter("")
    assert not bench.of(Erased)
    bench.enter("password_reset")
    assert "Please continue to boot the image" in bench.lines("yes")
    assert bench.of(Erased)


def test_factory_reset_wants_a_word_and_two_agreements() -> None:
    bench = at_prompt("fpr1000", "&flash=old")
    for line in ("factory-reset", "yes", "ERASE", "yes"):
        bench.enter(line)
    assert bench.of(Erased)
    assert [answer.text for answer in bench.of(Answered)] == ["yes", "ERASE", "yes"]  # type: ignore[union-attr]


def test_linux_has_a_window_of_its_own_for_esc() -> None:
    """Captured: `Press ESC to enter backup and restore.`, a countdown with blanks before its dots."""
    bench = configured(IMAGE)
    printed = bench.enter("tftpdnld")
    for _ in range(60):
        if b"Boot in 10 seconds ... " not in printed:
            printed += bench.after(1)
    assert b"Press ESC to enter backup and restore." in printed
    bench.press(b"\x1b")
    (answered,) = bench.of(Answered)
    assert isinstance(answered, Answered)
    assert answered.question == "Press ESC to enter backup and restore."


def test_without_an_asa_on_its_disk_the_login_waits() -> None:
    bench = configured(IMAGE)
    bench.enter("tftpdnld")
    assert bench.after(200).endswith(b"firepower-1010 login: ")
    assert b"Hello admin. You must change your password." in bench.enter("admin") + bench.enter("Admin123")
    assert not [event for event in bench.of(CommandEntered) if event.state == "cli"]  # type: ignore[union-attr]


def test_in_appliance_mode_the_console_logs_in_by_itself_and_ends_in_the_asa() -> None:
    bench = Bench("sim://fpr2100?flash=old")
    printed = bench.after(400).decode("latin-1")
    assert "firepower-2120 login: admin (automatic login)" in printed
    assert "Please wait for Cisco ASA to come online...13..." in printed
    assert "Attaching to ASA CLI ... Press 'Ctrl+a then d' to detach." in printed
    assert printed.endswith("ciscoasa> ")
