"""Typing at the monitor and proving what it took: on clean lines, noisy ones, and ones that lie."""

import pytest
from played_line import PlayedLine, Script, played
from simulated_line import SimulatedLine

from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.errors import (
    CommandRefused,
    ConsoleSilent,
    DeviceRebooted,
    EraseQuestion,
    LinkDown,
    PingFailed,
    ReadBackDiffers,
    UnexpectedState,
)
from serial_console.line import Patterns, Seen, Silence

SETTINGS = {"address": "10.86.118.4", "server": "10.86.118.21", "gateway": "10.86.118.21"}
IMAGES = {
    "asa5500": "asa903-k8.bin",
    "asa5500x": "asa961-smp-k8.bin",
    "asa5505": "asa924-k8.bin",
    "asa5506x": "asa984-22-lfbff-k8.SPA",
    "isa3000": "asa984-22-lfbff-k8.SPA",
}


def at_prompt(url: str) -> tuple[SimulatedLine, BootMonitor]:
    family = url.removeprefix("sim://").partition("?")[0]
    line = SimulatedLine(url)
    monitor = BootMonitor(line, load_platform(family))
    monitor.enter(120)
    return line, monitor


@pytest.mark.parametrize("family", IMAGES)
def test_every_variable_is_in_the_device_and_in_the_dump_that_is_returned(family: str) -> None:
    line, monitor = at_prompt(f"sim://{family}")
    dump = monitor.set(**SETTINGS, netmask="255.255.255.0", image=IMAGES[family])
    assert dump["ADDRESS"] == "10.86.118.4"
    assert dump["IMAGE"] == IMAGES[family]
    assert monitor.dialogue.wrong_echoes == 0
    assert (b"NETMASK" in line.typed()) is (family in {"asa5506x", "isa3000"})


@pytest.mark.parametrize("fault", ["slow-echo", "first-char-lost", "fifo:16", "echo-twice"])
@pytest.mark.parametrize("family", IMAGES)
def test_a_line_that_loses_delays_or_doubles_characters_still_ends_in_right_variables(family: str, fault: str) -> None:
    _, monitor = at_prompt(f"sim://{family}?fault={fault}")
    dump = monitor.set(**SETTINGS, image=IMAGES[family])
    assert {dump["ADDRESS"], dump["SERVER"], dump["IMAGE"]} == {"10.86.118.4", "10.86.118.21", IMAGES[family]}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate", [0.002, 0.005])
@pytest.mark.parametrize("family", IMAGES)
def test_on_a_noisy_line_the_device_holds_what_is_reported(family: str, rate: float, seed: int) -> None:
    line = SimulatedLine(f"sim://{family}?fault=noise:{rate}&seed={seed}&state=monitor")
    monitor = BootMonitor(line, load_platform(family))
    monitor.enter(120)
    monitor.set(**SETTINGS, image=IMAGES[family])
    entered = [event.text for event in line.events if type(event).__name__ == "CommandEntered"]
    assert any(text.endswith(IMAGES[family]) for text in entered)


def test_a_variable_that_the_device_shows_otherwise_is_refused() -> None:
    _, monitor = at_prompt("sim://asa5500x?fault=wrong-readback:ADDRESS")
    with pytest.raises(ReadBackDiffers, match=r"ADDRESS should be 10\.86\.118\.4"):
        monitor.set(**SETTINGS)


def test_the_echo_of_a_typed_line_is_not_taken_for_the_dump() -> None:
    # Documented: the shape of the classic dump. ADDRESS is echoed as it was typed, and the dump shows nothing of it.
    line = played(
        "> address 10.86.118.4\n< rommon #2>\\\n> set\n< ROMMON Variable Settings:\n<   SERVER=10.86.118.21\n"
        "< rommon #3>\\\n> address 10.86.118.4\n< rommon #4>\\\n> set\n<   SERVER=10.86.118.21\n< rommon #5>\\\n"
        "> address 10.86.118.4\n< rommon #6>\\\n> set\n<   SERVER=10.86.118.21\n< rommon #7>\\\n"
        "> address 10.86.118.4\n< rommon #8>\\\n> set\n<   SERVER=10.86.118.21\n< rommon #9>\\"
    )
    with pytest.raises(ReadBackDiffers, match="not shown"):
        BootMonitor(line, load_platform("asa5500x")).set(address="10.86.118.4")


def test_enter_is_not_pressed_behind_a_line_that_was_never_echoed_right() -> None:
    line, monitor = at_prompt("sim://asa5506x?fault=echo-off")
    before = len(line.typed())
    with pytest.raises(ConsoleSilent):
        monitor.set(**SETTINGS)
    assert b"\r" not in line.typed()[before:]


def test_a_command_that_the_monitor_does_not_know_is_refused_by_name() -> None:
    _, monitor = at_prompt("sim://asa5500x?fault=invalid-command:address")
    with pytest.raises(CommandRefused, match="address"):
        monitor.set(**SETTINGS)


def test_a_reboot_in_the_middle_of_the_settings_is_told_as_one() -> None:
    line, monitor = at_prompt("sim://asa5506x")
    monitor.set(**SETTINGS)
    line.device.power_cycle()
    with pytest.raises(DeviceRebooted):
        monitor.set(**SETTINGS)


def test_a_monitor_that_says_nothing_any_more_is_silent_and_not_waited_for_for_ever() -> None:
    line, monitor = at_prompt("sim://asa5506x")
    line.device.power_off()
    before = line.seconds()
    with pytest.raises(ConsoleSilent):
        monitor.set(**SETTINGS)
    assert line.seconds() - before < 30


@pytest.mark.parametrize("family", IMAGES)
def test_a_server_that_does_not_answer_fails_the_ping(family: str) -> None:
    _, monitor = at_prompt(f"sim://{family}?fault=ping-fails")
    monitor.set(**SETTINGS)
    with pytest.raises(PingFailed) as failed:
        monitor.ping("10.86.118.21")
    assert failed.value.cause == "ping-failed"


def test_a_ping_that_fails_on_a_port_whose_link_was_down_is_told_as_the_link() -> None:
    _, monitor = at_prompt("sim://asa5500x?fault=link-down")
    monitor.set(**SETTINGS)
    with pytest.raises(LinkDown):
        monitor.ping("10.86.118.21")


def test_some_lost_echoes_are_no_failure() -> None:
    # Documented: the chapter's step 6; a first echo is often lost to ARP.
    line = played("> ping server\n< Success rate is 95 percent (19/20)\n< rommon #8>\\")
    assert BootMonitor(line, load_platform("asa5500x")).ping("10.86.118.21").percent == 95


@pytest.mark.parametrize("family", IMAGES)
def test_half_a_command_is_taken_back_when_the_user_leaves(family: str) -> None:
    line, monitor = at_prompt(f"sim://{family}")
    monitor.dialogue.type("erase disk0:")
    monitor.leave()
    line.send(b"\r")
    entered = [event.text for event in line.events if type(event).__name__ == "CommandEntered"]
    assert all("erase" not in text for text in entered)


@pytest.mark.parametrize("question", ["Flash will be erased! Continue? [y/n]: ", "Save the old image first? [yes]: "])
def test_a_question_in_place_of_the_prompt_gets_no_enter(question: str) -> None:
    line = played(f"> set\n< {question}\\\n~ 600")
    with pytest.raises(UnexpectedState, match="unanswered"):
        BootMonitor(line, load_platform("asa5506x")).read_back({"address": "10.0.0.1"})
    assert line.typed == b"set\r"


class AskingLine(PlayedLine):
    """A device that asks its question in the same breath as the echo of what was typed."""

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        seen = super().expect(patterns, seconds)
        if isinstance(seen, Seen) and seen.text == b"set":
            glued = b"set\n\rPermanently erase 'disk0:'? "
            for name, pattern in patterns.items():
                if match := pattern.search(glued):
                    return Seen(name, match, b"")
        return seen


def test_a_question_that_comes_with_the_echo_gets_no_enter() -> None:
    line = AskingLine(Script.read("> set\n< rommon 2 >\\"))
    with pytest.raises(EraseQuestion):
        BootMonitor(line, load_platform("asa5506x")).read_back({"address": "10.0.0.1"})
    assert line.typed == b"set"


def test_a_setting_that_the_family_does_not_have_is_refused_and_not_left_out_in_silence() -> None:
    line = played("< rommon 1 >\\")
    with pytest.raises(CommandRefused, match="knows no vlan"):
        BootMonitor(line, load_platform("asa5506x")).set(address="10.0.0.1", vlan="5")
    assert line.typed == b""


RESTORE = {"restore-mode": "manual", "restore-location": "disk1:", "restore-passphrase": "kept Safe!"}


def test_the_restore_variables_of_an_isa_3000_are_read() -> None:
    """Out of the box, as the guide's chapter on automatic restore has them."""
    _, monitor = at_prompt("sim://isa3000?state=monitor")
    dump = monitor.read_back({})
    for other in monitor.platform.variables.others.values():
        assert dump[other.name] == other.default
    assert [*monitor.platform.variables.others] == [*RESTORE]


def test_the_restore_variables_of_an_isa_3000_are_set_read_back_and_kept() -> None:
    line, monitor = at_prompt("sim://isa3000?state=monitor")
    dump = monitor.set_others(RESTORE)
    assert {
        "RESTORE_MODE": "manual",
        "RESTORE_LOCATION": "disk1:",
        "RESTORE_PASSPHRASE": "kept Safe!",
    }.items() <= dump.items()
    monitor.save()
    line.device.power_off()
    line.device.power_on("monitor")
    assert monitor.read_back({})["RESTORE_LOCATION"] == "disk1:"


@pytest.mark.parametrize(
    ("family", "wanted", "told"),
    [
        ("isa3000", {"restore-mode": "never"}, "auto or manual"),
        ("isa3000", {"restore-location": "disk4:"}, "disk0:"),
        ("asa5506x", {"restore-mode": "manual"}, "knows no restore-mode"),
    ],
)
def test_a_value_or_name_that_the_family_does_not_know_is_not_typed(
    family: str, wanted: dict[str, str], told: str
) -> None:
    line, monitor = at_prompt(f"sim://{family}?state=monitor")
    before = line.typed()
    with pytest.raises(CommandRefused, match=told):
        monitor.set_others(wanted)
    assert line.typed() == before


def test_a_passphrase_that_the_device_does_not_hold_stands_in_no_error() -> None:
    _, monitor = at_prompt("sim://isa3000?state=monitor&fault=wrong-readback:RESTORE_PASSPHRASE")
    with pytest.raises(ReadBackDiffers, match="RESTORE_PASSPHRASE is not what was set") as caught:
        monitor.set_others({"restore-passphrase": "kept Safe!"})
    assert "kept" not in str(caught.value) + caught.value.seen


def test_an_isa_3000_that_shows_only_its_prompt_is_known_by_its_own_variables() -> None:
    """A 5506-X has the same prompt."""
    monitor = BootMonitor(
        SimulatedLine("sim://isa3000?state=monitor"), [load_platform(name) for name in ("asa5506x", "isa3000")]
    )
    monitor.enter(30)
    assert monitor.platform.name == "isa3000"
