"""The conversation with a booted ASA, against the simulated one in virtual time."""

import pytest
from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from serial_console.asa_cli import NO, YES, Answers, AsaCli, Credentials, Secret
from serial_console.errors import (
    CommandFailed,
    CommandUnknown,
    ConsoleError,
    LoginRefused,
    UnexpectedQuestion,
)

IMAGE = bytes(range(256)) * 2000


def console(options: str = "", family: str = "asa5506x") -> SimulatedLine:
    network = MemoryNetwork({"asa984-22-lfbff-k8.SPA": IMAGE})
    return SimulatedLine(f"sim://{family}?state=booted{options}", network=network)


def privileged(options: str = "", family: str = "asa5506x") -> tuple[AsaCli, SimulatedLine]:
    line = console(options, family)
    cli = AsaCli(line)
    cli.log_in()
    cli.enable()
    return cli, line


def test_a_silent_console_gets_one_enter_and_shows_its_prompt() -> None:
    line = console()
    assert AsaCli(line).log_in().text == "ciscoasa>"
    assert line.typed() == b"\r"


def test_a_blank_enable_password_leads_to_privileged_exec() -> None:
    cli, line = privileged()
    assert cli.prompt.privileged
    assert line.typed() == b"\renable\r\r"


def test_an_answer_comes_without_echo_and_prompt() -> None:
    cli, _ = privileged()
    assert cli.run("show mode").strip() == "Security context mode: single"


def test_a_long_answer_comes_whole_through_the_pager() -> None:
    cli, _ = privileged()
    shown = cli.run("show version")
    assert "More" not in shown
    assert shown.splitlines()[-1].startswith("Configuration has not been modified")
    assert len(shown.splitlines()) > 50


def test_the_pager_is_switched_off_for_this_login_and_put_back() -> None:
    cli, line = privileged()
    cli.pager_off()
    cli.run("show version")
    assert b"More" not in line.device.printed()
    cli.leave()
    assert line.typed().endswith(b"terminal pager 24\r")


def test_a_command_that_the_device_does_not_know_is_named() -> None:
    cli, _ = privileged()
    with pytest.raises(CommandUnknown, match="show nonsense") as caught:
        cli.run("show nonsense")
    assert "Invalid input detected" in caught.value.seen


def test_a_failed_command_tells_the_device_s_own_words() -> None:
    cli, _ = privileged()
    with pytest.raises(CommandFailed) as caught:
        cli.run("more disk0:/nothing.txt")
    assert caught.value.seen == "%Error opening disk0:/nothing.txt (No such file or directory)"


def test_a_question_nobody_foresaw_is_left_unanswered() -> None:
    cli, line = privileged("&flash=old")
    with pytest.raises(UnexpectedQuestion, match="foresaw") as caught:
        cli.run("delete disk0:/asa941-lfbff-k8.SPA")
    assert caught.value.seen == "Delete filename [asa941-lfbff-k8.SPA]?"
    assert line.typed("question") == b""


def test_questions_are_answered_as_the_caller_said() -> None:
    cli, line = privileged("&flash=old")
    cli.run("delete disk0:/asa941-lfbff-k8.SPA", Answers({r"Delete filename": "", r"^Delete disk0:": YES}))
    assert "asa941" not in cli.run("dir disk0:")
    assert line.typed("question") == b"\r\r"


def test_no_to_a_confirm_is_one_letter_without_enter() -> None:
    cli, line = privileged("&flash=old")
    cli.run("reload", Answers({r"Proceed with reload\?": NO}))
    assert line.typed("question") == b"n"
    assert line.device.state == "cli"


def test_log_lines_between_are_set_aside() -> None:
    cli, line = privileged("&fault=syslog")
    line.device.advance(1)
    assert cli.run("show mode").strip() == "Security context mode: single"
    line.device.advance(1)
    cli.run("show mode")
    assert cli.log[0].startswith("%ASA-5-111008: ")


def test_the_wizard_is_answered_only_if_the_caller_said_so() -> None:
    line = SimulatedLine("sim://asa5506x?flash=old&config=none&state=window")
    line.device.advance(400)
    heard = line.device.printed()
    with pytest.raises(UnexpectedQuestion):
        AsaCli(line).log_in(heard)
    assert line.typed() == b""
    assert AsaCli(line).log_in(heard, Answers({r"Pre-configure Firewall": NO})).text == "ciscoasa>"


def test_a_login_takes_name_and_password() -> None:
    line = console("&login=1")
    prompt = AsaCli(line, Credentials("admin", Secret("s3cret"))).log_in()
    assert prompt.text == "ciscoasa>"


def test_a_login_without_credentials_is_left_alone() -> None:
    line = console("&login=1")
    with pytest.raises(LoginRefused):
        AsaCli(line).log_in()
    assert line.typed() == b"\r"


def test_an_enable_password_is_typed_where_one_is_set() -> None:
    line = console("&enable=s3cret")
    cli = AsaCli(line, Credentials(enable_password=Secret("s3cret")))
    cli.log_in()
    assert cli.enable().privileged


def test_a_wrong_enable_password_is_typed_once() -> None:
    line = console("&enable=s3cret")
    cli = AsaCli(line, Credentials(enable_password=Secret("other")))
    cli.log_in()
    with pytest.raises(LoginRefused):
        cli.enable()
    assert line.typed().count(b"other") == 1


def test_a_demanded_new_enable_password_is_chosen_by_the_caller_alone() -> None:
    line = console("&fault=reports-version:9.16(4)85")
    cli = AsaCli(line)
    cli.log_in()
    with pytest.raises(UnexpectedQuestion, match="new enable password"):
        cli.enable()
    line = console("&fault=reports-version:9.16(4)85")
    cli = AsaCli(line, Credentials(new_enable_password=Secret("ch0sen")))
    cli.log_in()
    assert cli.enable().privileged
    assert line.typed().count(b"ch0sen\r") == 2


def test_configuration_mode_lasts_for_a_block() -> None:
    cli, _ = privileged("&flash=old")
    with cli.configuring():
        cli.run("hostname edge-fw")
        assert cli.prompt.text == "edge-fw(config)#"
        cli.run("boot system disk0:/asa941-lfbff-k8.SPA")
    assert cli.prompt.text == "edge-fw#"
    assert cli.run("show running-config boot") == "boot system disk0:/asa941-lfbff-k8.SPA"


def test_a_copy_is_followed_to_its_end() -> None:
    cli, _ = privileged()
    following = cli.follow("copy /noconfirm tftp://192.168.1.9/asa984-22-lfbff-k8.SPA disk0:/new.SPA", seconds=120)
    heard = b"".join(part.text for part in following)
    assert f"{len(IMAGE)} bytes copied".encode() in heard
    assert "new.SPA" in cli.run("dir disk0:")


def test_a_noisy_line_is_typed_again_until_the_echo_is_right() -> None:
    cli, _ = privileged("&fault=input-lost:0.02&seed=3")
    for _ in range(5):
        assert cli.run("show mode").strip() == "Security context mode: single"


def test_a_command_wider_than_the_terminal_is_typed_right() -> None:
    cli, line = privileged("&fault=narrow:60")
    name = "a-name-that-is-" + "very-" * 20 + "long.SPA"
    cli.run(f"copy /noconfirm tftp://192.168.1.9/asa984-22-lfbff-k8.SPA disk0:/{name}", seconds=120)
    assert name in cli.run("dir disk0:")
    assert b"\x08\x08\x08\x08\x08" not in line.typed()  # nothing was taken back


@pytest.mark.parametrize("fault", ["echo-off", "garbage", "silent", "first-char-lost"])
def test_a_broken_line_ends_in_a_named_error(fault: str) -> None:
    cli = AsaCli(console(f"&fault={fault}"))

    def come_to_a_version() -> None:
        cli.log_in()
        cli.enable()
        cli.run("show version")

    with pytest.raises(ConsoleError):
        come_to_a_version()
