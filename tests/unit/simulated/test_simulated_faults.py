"""Each fault does what its line in the table says, and the table knows them all."""

import pytest
from simulated_rig import (
    CONTENT,
    IMAGE_A,
    IMAGE_B,
    Bench,
    classic_at_prompt,
    configure_classic,
    configure_kenton,
    kenton_at_prompt,
)

from serial_console.simulated import FAULTS, PortDiedError
from serial_console.simulated.events import Booted, BreakIn, Reloaded, TransferFailed, TransferFinished


def downloading(fault: str, seconds: float = 300.0) -> tuple[Bench, bytes]:
    """A classic device that was told to download, and what it printed."""
    bench = classic_at_prompt(f"&fault={fault}")
    configure_classic(bench)
    return bench, bench.enter("tftpdnld", seconds)


def kenton_downloading(fault: str, seconds: float = 300.0) -> tuple[Bench, bytes]:
    bench = kenton_at_prompt(f"&fault={fault}")
    configure_kenton(bench)
    return bench, bench.enter("tftpdnld", seconds)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("family", ["asa5500x", "asa5506x"])
def test_every_fault_leaves_a_device_that_can_be_switched_off(family: str, fault: str) -> None:
    bench = Bench(f"sim://{family}?fault={fault}")
    bench.device.advance(60.0)
    bench.device.type(b"\x1b\r\x15set\r")
    bench.device.advance(60.0)
    bench.device.power_off()
    assert bench.device.state == "off"


def test_break_missed_boots_the_old_image() -> None:
    bench = Bench("sim://asa5500x?state=window&fault=break-missed")
    bench.press(b"\x1b")
    bench.device.send_break()
    bench.after(300.0)
    assert not bench.of(BreakIn)
    assert bench.of(Booted) == [Booted("9.1(2)", "flash", "asa912-smp-k8.bin")]


def test_break_hidden_still_listens() -> None:
    """Documented: a bit of the configuration register hides the prompt."""
    bench = Bench("sim://asa5506x?state=window&fault=break-hidden")
    assert bench.after(3.0) == b""
    assert bench.press(b"\x1b", 1.0) == b"Boot interrupted.  \n\rrommon 1 > "


def test_link_down_is_shown_and_fails_ping_and_download() -> None:
    bench, printed = downloading("link-down")
    assert printed.endswith(b"Link is DOWN\r\nrommon #4> ")
    assert "Link is DOWN" in bench.lines("interface management0/0")
    assert "Success rate is 0 percent (0/20)" in bench.lines("ping server", 100.0)
    assert not bench.network.requests


def test_kenton_link_down_fails_the_download() -> None:
    assert b"link down\n\rrommon 6 > " in kenton_downloading("link-down")[1]


def test_ping_fails_but_the_download_works() -> None:
    bench, _ = downloading("ping-fails")
    assert bench.of(TransferFinished)


def test_file_not_found_is_asked_for_under_another_name() -> None:
    bench, printed = downloading("file-not-found")
    assert bench.network.requests[0].name == f"{IMAGE_A}.missing"
    assert printed.endswith(b"File not found\r\nrommon #4> ")


def test_no_reply_ends_after_all_retries() -> None:
    """Invented wording; 20 retries of 4 seconds are the variables' defaults."""
    bench = classic_at_prompt("&fault=no-reply")
    configure_classic(bench)
    assert b"TFTP failure" not in bench.enter("tftpdnld", 79.0)
    assert b"TFTP failure: Packet verify failed after 20 retries\r\n" in bench.after(2.0)
    assert bench.of(TransferFailed) == [TransferFailed(IMAGE_A, 0, "timed out")]


def test_a_stall_stays_in_the_download_for_good() -> None:
    bench, _ = downloading("stall:20000", 36000.0)
    assert bench.device.state == "download"
    assert bench.network.transfers[0].fetch.received == 20480


def test_early_stop_boots_what_came() -> None:
    bench, _ = kenton_downloading("early-stop:50000")
    assert bench.of(TransferFinished)[0].bytes == 51100  # 35 blocks of 1460
    assert bench.of(Booted)


def test_reboot_mid_transfer_strikes_once() -> None:
    bench, printed = downloading("reboot-mid-transfer", 5.0)
    assert bench.of(Reloaded) == [Reloaded("fault in mid transfer")]
    assert b"Cisco Systems ROMMON Version" in printed
    assert bench.network.transfers[0].closed
    bench.press(b"\x1b", 2.0)
    configure_classic(bench)
    bench.enter("tftpdnld", 300.0)
    assert bench.of(TransferFinished)


def test_reboot_mid_transfer_always_never_gets_through() -> None:
    bench, _ = downloading("reboot-mid-transfer:always", 5.0)
    bench.press(b"\x1b", 2.0)
    configure_classic(bench)
    bench.enter("tftpdnld", 5.0)
    assert len(bench.of(Reloaded)) == 2
    assert not bench.of(TransferFinished)


def test_a_bad_signature_is_refused_in_a_box() -> None:
    """Invented, after the captured SUCCESS box."""
    bench, printed = kenton_downloading("bad-signature")
    assert b"+------------------------- FAILURE ---------------------------------+" in printed
    assert printed.endswith(b"rommon 6 > ")
    assert not bench.of(Booted)


def test_a_bad_signature_brings_the_classic_prompt_back() -> None:
    """Invented wording."""
    assert downloading("bad-signature")[1].endswith(b"Image signature verification failed\r\nrommon #4> ")


def test_a_hanging_launch_prints_nothing_more() -> None:
    """Source: neowin.net, a classic ASA with bad memory."""
    bench, printed = downloading("launch-hangs", 3600.0)
    assert printed.endswith(b"Loading...\r\n")
    assert bench.device.state == "hung"


def test_a_crashing_launch_restarts_and_never_boots() -> None:
    bench, _ = downloading("launch-crashes")
    assert bench.of(Reloaded) == [Reloaded("the launched image crashed")]
    assert not bench.of(Booted)


def test_the_old_image_that_boots_instead_comes_from_flash() -> None:
    bench, _ = downloading("boots-old-image", 400.0)
    assert bench.of(Booted) == [Booted("9.1(2)", "flash", "asa912-smp-k8.bin")]


def test_a_reported_version_overrides_the_image_s() -> None:
    bench, printed = downloading("reports-version:9.1(2)")
    assert b"Software Version 9.1(2) " in printed
    assert bench.of(Booted)[0].version == "9.1(2)"


def test_an_invalid_command_is_answered_as_unknown() -> None:
    bench = classic_at_prompt("&fault=invalid-command:sync")
    assert "Invalid or incorrect command.  Use 'help' for help." in bench.lines("sync")


def test_a_wrong_readback_shows_another_value_than_was_set() -> None:
    bench = classic_at_prompt("&fault=wrong-readback:SERVER")
    bench.enter("server 10.86.118.21")
    assert "  SERVER=10.86.118.22" in bench.lines("set")


def test_the_first_character_after_each_prompt_may_get_lost() -> None:
    """Source: asadbg's comment on its leading blank."""
    bench = classic_at_prompt("&fault=first-char-lost")
    bench.enter("sset")
    bench.enter(" set")
    assert bench.commands == ["set", "set"]


def test_echo_may_be_off_doubled_or_late() -> None:
    assert classic_at_prompt("&fault=echo-off").press(b"set") == b""
    assert classic_at_prompt("&fault=echo-twice").press(b"set") == b"sseett"
    late = classic_at_prompt("&fault=slow-echo:1")
    assert late.press(b"set") == b""
    assert late.after(1.0) == b"s"


def test_junk_waits_at_the_prompt_until_ctrl_u() -> None:
    bench = classic_at_prompt("&fault=junk")
    bench.press(b"\x15")
    bench.enter("set")
    assert bench.commands == ["set"]
    other = classic_at_prompt("&fault=junk")
    other.enter("set")
    assert other.commands == ["asdfset"]


def test_noise_is_repeatable_by_its_seed() -> None:
    runs = [classic_at_prompt(f"&fault=noise:0.1&seed={seed}").enter("set") for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_a_fifo_keeps_the_first_bytes_of_a_burst() -> None:
    bench = classic_at_prompt("&fault=fifo:4")
    bench.press(b"address 10.0.0.1")
    bench.press(b"\r")
    assert bench.commands == ["addr"]


def test_input_lost_loses_some_bytes() -> None:
    bench = classic_at_prompt("&fault=input-lost:0.5")
    assert 20 < len(bench.press(b"x" * 100)) < 80


def test_a_second_enter_comes_from_lf_only_with_crlf_twice() -> None:
    assert classic_at_prompt().press(b"\r\n").count(b"rommon #") == 1
    assert classic_at_prompt("&fault=crlf-twice").press(b"\r\n").count(b"rommon #") == 2


def test_silence_prints_nothing_and_hears_nothing() -> None:
    bench = Bench("sim://asa5500x?fault=silent&flash=old")
    assert bench.after(8.0) == b""
    assert bench.press(b"\x1b", 300.0) == b""
    assert not bench.of(BreakIn)


def test_garbage_is_not_text() -> None:
    printed = Bench("sim://asa5500x?fault=garbage").after(8.0)
    assert printed
    assert set(printed) <= set(b"\x00\xf0\xfe\x80\xe0\xfc\xf8\xc0")


def test_the_adapter_dies_once() -> None:
    bench = Bench("sim://asa5500x?fault=port-dies:100")
    with pytest.raises(PortDiedError):
        bench.after(6.0)
    assert bench.after(1.0)


def test_reboot_after_cuts_the_output_at_that_byte() -> None:
    bench = Bench("sim://asa5500x?fault=reboot-after:50")
    assert len(bench.after(5.0)) == 50
    assert bench.of(Reloaded)
    assert b"Use BREAK" in bench.after(5.0)


def test_a_slow_self_test_is_silent_for_ten_minutes() -> None:
    bench = Bench("sim://asa5506x?fault=slow-post")
    assert bench.after(600.0) == b""
    assert b"ROMMON" in bench.after(10.0)


def test_an_unexpected_question_waits_for_an_answer() -> None:
    bench, printed = downloading("unexpected-question", 60.0)
    assert printed.endswith(b"Overwrite (y/n) ")
    assert bench.device.state == "question"
    assert bench.enter("n").endswith(b"rommon #4> ")
    assert not bench.network.requests


def test_a_log_line_mixes_into_the_prompt() -> None:
    bench = Bench("sim://asa5506x?state=booted&fault=syslog")
    assert b"\r\n%ASA-5-111008: " in bench.after(1.0)
    assert bench.enter("").endswith(b"ciscoasa> ")


def test_the_kenton_image_is_whole_without_a_fault() -> None:
    bench, _ = kenton_downloading("ping-fails")
    assert bench.of(TransferFinished)[0].bytes == len(CONTENT)
    assert bench.of(Booted)[0].image == IMAGE_B
