"""Reaching the monitor: when ESC may be sent, when nothing may be typed, and how waiting in vain ends.

Safety is judged from the device's side: which bytes reached it, in which of its states.
"""

from collections.abc import Sequence

import pytest
from played_line import PlayedLine, Script, played
from simulated_line import SimulatedLine

from platforms import Platform, load_platform, platform_names
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import BreakKeySent, MonitorEntered, PowerCycleWanted, PowerOnSeen
from serial_console.errors import AlreadyBooted, BreakInMissed, ConsoleUnreadable, EraseQuestion, UnexpectedState
from serial_console.line import Patterns, Seen, Silence

ESC = b"\x1b"
FAMILIES = platform_names()


def every_family() -> list[Platform]:
    return [load_platform(name) for name in platform_names()]


def entered(
    line: SimulatedLine | PlayedLine, seconds: float = 60, families: Sequence[Platform] = ()
) -> tuple[BootMonitor, list[object]]:
    monitor = BootMonitor(line, families or every_family())
    events: list[object] = []
    for event in monitor.entry().run(seconds):
        events.append(event)
        if isinstance(event, MonitorEntered):
            monitor.entered(event)
    return monitor, events


@pytest.mark.parametrize("family", FAMILIES)
def test_a_device_that_is_switched_on_is_stopped_in_its_window_and_named(family: str) -> None:
    line = SimulatedLine(f"sim://{family}")
    monitor, events = entered(line)
    assert monitor.platform.name == family
    assert isinstance(events[-1], MonitorEntered)
    assert events[-1].named
    assert line.device.state == "monitor"
    assert [type(event) for event in events if not isinstance(event, BreakKeySent)][-2:][-1] is MonitorEntered
    assert any(isinstance(event, PowerOnSeen) for event in events)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_esc_is_sent_once_the_monitor_has_answered(family: str) -> None:
    line = SimulatedLine(f"sim://{family}")
    entered(line)
    after_prompt = line.typed("monitor")
    assert after_prompt.count(ESC) <= 1  # one that was on its way when the window closed
    assert line.typed("window").count(ESC) >= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hidden_window_is_hit_by_blind_keys_a_few_a_second(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?fault=break-hidden")
    _, events = entered(line)
    assert all(event.blind for event in events if isinstance(event, BreakKeySent))
    assert line.device.state == "monitor"
    assert line.typed().count(ESC) < 60


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_typed_into_a_device_that_booted_past_the_window(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?fault=break-missed")
    with pytest.raises(BreakInMissed):
        entered(line, 300)
    assert line.device.state == "cli"
    assert line.typed("booting", "cli", "question") == b""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_booted_device_gets_one_enter_and_nothing_else(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?state=booted")
    with pytest.raises(AlreadyBooted):
        entered(line, 30)
    assert line.typed() == b"\r"


def test_a_booted_device_that_is_power_cycled_is_stopped_like_any_other() -> None:
    line = SimulatedLine("sim://asa5506x?state=booted")
    monitor = BootMonitor(line, every_family())
    reasons = []
    for event in monitor.entry().run(60):
        if isinstance(event, PowerCycleWanted):
            reasons.append(event.reason)
            line.device.power_cycle()
    assert reasons == ["already-booted"]
    assert line.device.state == "monitor"


def test_a_silent_console_asks_for_the_power_and_then_stops_the_device() -> None:
    line = SimulatedLine("sim://asa5500x?state=off")
    monitor = BootMonitor(line, every_family())
    for event in monitor.entry().run(60):
        if isinstance(event, PowerCycleWanted):
            assert event.reason == "silent"
            line.device.power_on()
    assert line.device.state == "monitor"


def test_a_device_that_never_comes_on_is_told_apart_from_one_that_booted_past() -> None:
    with pytest.raises(BreakInMissed, match="never came on"):
        entered(SimulatedLine("sim://asa5500x?state=off"), 20)
    with pytest.raises(BreakInMissed, match="booted past"):
        entered(SimulatedLine("sim://asa5500x?fault=break-missed"), 120)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("state", ["state=monitor", "state=monitor&fault=junk"])
def test_a_device_at_its_monitor_prompt_is_used_as_it_is(family: str, state: str) -> None:
    """It shows no banner: of the families with its prompt the first is taken, and it is told that this is a guess."""
    line = SimulatedLine(f"sim://{family}?{state}")
    families = [load_platform(family), *every_family()]
    monitor, events = entered(line, families=families)
    assert monitor.platform.name == family
    assert [event.named for event in events if isinstance(event, MonitorEntered)] == [False]
    assert not any(isinstance(event, PowerCycleWanted) for event in events)
    assert ESC not in line.typed()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_dead_device_whose_window_was_missed_falls_into_its_monitor_and_is_used(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?state=window")
    line.device.advance(60)
    monitor, _ = entered(line, families=[load_platform(family), *every_family()])
    assert monitor.platform.name == family


@pytest.mark.parametrize("family", FAMILIES)
def test_the_question_whether_to_erase_the_disk_is_left_as_it_stands(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?fault=erase-question")
    with pytest.raises(EraseQuestion, match="unanswered"):
        entered(line)
    assert line.typed("question") == b""
    line.device.advance(120)
    assert not any(type(event).__name__ in {"Erased", "Answered"} for event in line.events)


def test_a_question_is_not_answered_with_the_enter_that_looks_for_a_prompt() -> None:
    line = played("< Proceed with reload? [confirm]\\")
    with pytest.raises(AlreadyBooted):
        entered(line, 20)
    assert line.typed == b""


def test_a_console_that_shows_something_unknown_asks_for_the_power_and_tells_what_it_showed() -> None:
    line = played(">! \\x0d\n< Menu of another device: choose 1 or 2\n")
    monitor = BootMonitor(line, every_family())
    wanted: list[str] = []

    def wait_in_vain() -> None:
        wanted.extend(event.reason for event in monitor.entry().run(20) if isinstance(event, PowerCycleWanted))

    with pytest.raises(BreakInMissed) as missed:
        wait_in_vain()
    assert wanted == ["unknown"]
    assert "Menu of another device" in missed.value.seen


NOTICE = (
    "< Rom image verified correctly\n< Use BREAK or ESC to interrupt boot.\n< Use SPACE to begin boot immediately.\n"
)


@pytest.mark.parametrize(
    "question", ["Format disk0: [confirm]", "Erase all of disk0: (yes/no)? ", "Overwrite flash contents? "]
)
def test_no_wording_of_a_question_behind_the_break_in_gets_an_enter(question: str) -> None:
    line = played(NOTICE + f">! \\e\n< Boot interrupted.\n< {question}\\\n~ 600")
    with pytest.raises(UnexpectedState):
        entered(line)
    assert line.typed == ESC


def test_a_question_behind_the_break_in_gets_no_enter() -> None:
    line = played(NOTICE + ">! \\e\n< Boot interrupted.\n< All data on disk0 will be lost. Continue? [y/n] \\\n~ 600")
    with pytest.raises(UnexpectedState, match="unanswered"):
        entered(line)
    assert line.typed == ESC


def test_the_window_for_backup_and_restore_gets_no_esc() -> None:
    # Captured: a Firepower 2100 offers a window of its own later in the boot, with the same key and a countdown.
    line = played(
        NOTICE
        + ">! \\e\n< Located '.boot_string' @ cluster 1.\n< Press ESC to enter backup and restore.\n< Boot in 9 seconds.\n~ 600"
    )
    with pytest.raises(BreakInMissed):
        entered(line, 30)
    assert line.typed == ESC


def test_a_linux_that_starts_gets_no_more_esc() -> None:
    line = played("< Rom image verified correctly\n< Linux version 5.10.200\n~ 600")
    with pytest.raises(BreakInMissed):
        entered(line, 30)
    assert line.typed == b""


def test_a_device_whose_password_recovery_is_disabled_gets_no_more_esc() -> None:
    line = played(
        NOTICE + ">! \\e\n< INFO: PASSWORD RECOVERY functionality is disabled.\n~ 1\n< Permanently erase 'disk0:'? \\"
    )
    with pytest.raises(EraseQuestion):
        entered(line)
    assert line.typed == ESC


def test_another_baud_rate_is_told_at_once() -> None:
    with pytest.raises(ConsoleUnreadable, match="not text"):
        entered(SimulatedLine("sim://asa5500x?fault=garbage"), 120)


@pytest.mark.parametrize("bytewise", [False, True])
def test_the_help_line_of_the_classic_monitor_is_not_taken_for_a_question(*, bytewise: bool) -> None:
    # Captured: ASA 5505, ROMMON 1.0(12)11.
    line = played(
        "< Cisco Systems ROMMON Version (2.1(9)8) #1: Wed Oct 26 17:14:40 PDT 2011\n"
        "< Use BREAK or ESC to interrupt boot.\n< Use SPACE to begin boot immediately.\n>! \\e\n"
        "< Boot interrupted.\n< Management0/0\n< Link is DOWN\n< Use ? for help.\n< rommon #0>\\",
        bytewise=bytewise,
    )
    _, events = entered(line)
    last = events[-1]
    assert isinstance(last, MonitorEntered)
    assert last.link_is_down


def test_a_device_that_restarts_during_the_wait_gets_its_keys_again() -> None:
    line = SimulatedLine("sim://asa5506x?fault=break-missed")
    wanted = 0

    def wait_in_vain() -> None:
        nonlocal wanted
        for event in BootMonitor(line, every_family()).entry().run(200):
            if isinstance(event, PowerCycleWanted):
                wanted += 1
                if wanted == 1:
                    line.device.power_cycle()

    with pytest.raises(BreakInMissed):
        wait_in_vain()
    assert wanted == 2
    assert line.typed("window").count(ESC) >= 20  # both windows


class RestartingLine(PlayedLine):
    """A device that falls over in its self-test, again and again, before any window opens."""

    def send(self, data: bytes) -> None:
        """Nobody is there to take it."""

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        silence = super().expect(patterns, seconds)
        if int(self.seconds()) % 20 == 0:
            for name, pattern in patterns.items():
                if match := pattern.search(b"\r\nRom image verified correctly\r\n"):
                    return Seen(name, match, b"")
        return silence


def test_a_device_that_restarts_for_ever_is_given_up() -> None:
    line = RestartingLine(Script(()))
    with pytest.raises(BreakInMissed):
        entered(line, 60)
    assert line.seconds() < 200


def test_the_families_agree_on_the_keys_that_are_typed_before_one_of_them_is_recognised() -> None:
    assert (
        len(
            {
                (family.console.probe, family.break_in.key, family.break_in.key_interval_seconds)
                for family in every_family()
            }
        )
        == 1
    )


QUESTIONS_OF_THE_REGISTER = [
    "Do you wish to change this configuration? y/n [n]: ",
    "disable system configuration? y/n [n]: ",
    'disable "password recovery"? y/n [n]: ',
    "change console baud rate? y/n [n]: ",
]


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("question", QUESTIONS_OF_THE_REGISTER)
def test_a_monitor_that_asks_about_its_register_is_told_apart_from_a_booted_device(
    question: str, bytewise: bool
) -> None:
    """Captured on a 5505 and a 5516-X. A person may answer it, or switch the device off and on; nothing is typed."""
    line = played(f"< {question}\\\n~ 600", bytewise=bytewise)
    events: list[object] = []
    with pytest.raises(UnexpectedState, match="register") as caught:
        events.extend(BootMonitor(line, every_family()).entry().run(20))
    assert type(caught.value) is UnexpectedState
    assert line.typed == b""


def test_a_person_who_answers_the_register_s_question_gets_the_device_on() -> None:
    line = played(
        "< Do you wish to change this configuration? y/n [n]: \\\n~ 5\n< n\n< rommon #1> \\\n> set\n<   ADDRESS=\n< rommon #2> \\"
    )
    monitor, events = entered(line)
    assert [event.reason for event in events if isinstance(event, PowerCycleWanted)] == ["dialogue"]
    assert monitor.dialogue.platform.console.prompt.search(b"rommon #1>")
    assert line.typed.replace(b"\b", b"") == b"\r"
