"""The configuration register of simulated devices, read and changed in both dialects, and judged from outside the driver."""

from dataclasses import dataclass
from functools import cache

import pytest
from played_line import PlayedLine, played
from simulated_line import SimulatedLine

from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.confreg import RegisterAtPrompt, answered_yes, at_prompt, meaning
from serial_console.boot_monitor.events import Booted, ConfigIgnored
from serial_console.boot_monitor.flash_boot import watch_flash_boot
from serial_console.errors import (
    BootNotProved,
    CommandRefused,
    ConsoleError,
    ConsoleLost,
    EraseQuestion,
    ReadBackDiffers,
    UnexpectedState,
)
from serial_console.line import Seen
from serial_console.simulated.events import Answered, Erased
from serial_console.simulated.events import Booted as DeviceBooted

FAMILIES = ["asa5505", "asa5500", "asa5500x", "asa5506x", "isa3000"]
DIALECTS = ["asa5500x", "asa5506x"]


def at_register(url: str) -> tuple[SimulatedLine, RegisterAtPrompt]:
    line = SimulatedLine(url)
    monitor = BootMonitor(line, load_platform(url.removeprefix("sim://").partition("?")[0]))
    monitor.enter(120)
    return line, at_prompt(monitor.dialogue)


def held(line: SimulatedLine) -> int:
    """The register as the device itself has it."""
    return line.device._chassis.register


def answers(line: SimulatedLine) -> dict[str, str]:
    return {event.question: event.text for event in line.events if isinstance(event, Answered)}


@pytest.mark.parametrize("family", FAMILIES)
def test_reading_the_register_changes_nothing(family: str) -> None:
    line, register = at_register(f"sim://{family}?state=monitor")
    assert register.read() == 0x1
    assert held(line) == 0x1
    assert set(answers(line).values()) == {"n"}


@pytest.mark.parametrize("value", [0x41, 0x40, 0x1, 0x11])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_device_holds_the_register_that_was_set(family: str, value: int) -> None:
    line, register = at_register(f"sim://{family}?state=monitor")
    register.write(0x40)
    register.write(value)
    assert held(line) == value
    assert register.read() == value


def test_a_kenton_monitor_s_questions_are_answered_and_password_recovery_stays_on() -> None:
    line, register = at_register("sim://asa5506x?state=monitor")
    register.write(0x41)
    agreed = [event.question for event in line.events if isinstance(event, Answered) and event.text == "y"]
    assert agreed == [
        "do you wish to change the configuration? y/n [n]:",
        'enable "ignore system configuration"? y/n [n]:',
    ]
    assert b"confreg 0x" not in line.typed()
    assert not line.device._chassis.recovery_disabled


def test_a_classic_monitor_that_takes_no_value_is_asked_by_its_questions() -> None:
    line, register = at_register("sim://asa5505?state=monitor")
    register._answer_questions(0x41)
    assert register.read() == held(line) == 0x41
    assert answers(line)["enable Flash boot? y/n [n]:"] == "y"
    assert answers(line)["enable boot to ROMMON prompt? y/n [n]:"] == "n"


@pytest.mark.parametrize("family", DIALECTS)
def test_a_device_that_boots_with_it_ignores_its_configuration(family: str) -> None:
    line, register = at_register(f"sim://{family}?state=monitor&flash=old")
    register.write(0x41)
    before = len(line.typed())
    register.boot()
    events = [event for event in watch_flash_boot(line, load_platform(family)) if not hasattr(event, "seconds")]
    assert any(isinstance(event, ConfigIgnored) for event in events)
    assert isinstance(events[-1], Booted)
    assert events[-1].proof == "prompt"
    assert line.typed()[before:].replace(b"\b", b"") == b"boot\r"
    assert [event.source for event in line.events if isinstance(event, DeviceBooted)] == ["flash"]


@pytest.mark.parametrize("family", DIALECTS)
def test_a_device_that_is_set_to_stop_stops_at_its_next_start(family: str) -> None:
    line, register = at_register(f"sim://{family}?state=monitor&flash=old")
    register.write(0x40)
    line.device.power_cycle()
    line.device.advance(60)
    assert line.device.state == "monitor"


def test_a_device_without_an_image_comes_back_to_its_monitor_and_that_is_told() -> None:
    line, register = at_register("sim://asa5506x?state=monitor")
    register.boot()
    with pytest.raises(BootNotProved, match="came back to its boot monitor"):
        list(watch_flash_boot(line, load_platform("asa5506x")))


def test_a_set_up_question_proves_the_boot_and_stays_open() -> None:
    line, register = at_register("sim://asa5506x?state=monitor&flash=old&config=none")
    register.write(0x41)
    register.boot()
    *_, booted = watch_flash_boot(line, load_platform("asa5506x"))
    assert isinstance(booted, Booted)
    assert booted.proof == "question"
    assert line.device.state == "question"


def test_a_syslog_line_behind_the_prompt_does_not_hide_it() -> None:
    line, register = at_register("sim://asa5500x?state=monitor&flash=old&fault=syslog")
    register.boot()
    *_, booted = watch_flash_boot(line, load_platform("asa5500x"))
    assert isinstance(booted, Booted)


# --- disabled password recovery ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", DIALECTS)
def test_a_device_whose_password_recovery_is_disabled_is_asked_nothing_and_answered_nothing(family: str) -> None:
    line = SimulatedLine(f"sim://{family}?fault=erase-question")
    with pytest.raises(EraseQuestion) as caught:
        BootMonitor(line, load_platform(family)).enter(120)
    assert "password recovery is disabled" in caught.value.hint
    assert line.typed("question") == b""
    assert not [event for event in line.events if isinstance(event, Erased | Answered)]


@pytest.mark.parametrize("family", DIALECTS)
def test_the_simulated_device_really_erases_when_somebody_says_yes(family: str) -> None:
    """Or the test above would show nothing."""
    line = SimulatedLine(f"sim://{family}?fault=erase-question")
    line.device.advance(60)
    line.device.type(b"yes\r")
    line.device.advance(5)
    assert [event for event in line.events if isinstance(event, Erased)]
    assert line.device._chassis.flash_image is None


def test_password_recovery_that_was_disabled_in_the_dialogue_asks_whether_to_erase_at_the_next_start() -> None:
    """Pitfall: guides that say "answer y" make people do it."""
    line = SimulatedLine("sim://asa5506x?state=monitor&flash=old")
    line.device.type(b"confreg\ry\ry\r\r\r\r\r\r")
    line.device.advance(1)
    line.device.power_cycle()
    line.device.advance(60)
    assert line.device.state == "question"
    assert b"Permanently erase 'disk0:'? " in line.device.printed()


def test_an_erase_question_in_mid_dialogue_is_left_unanswered() -> None:
    line = played(_KENTON_BEGINS + "> y\n< Permanently erase 'disk0:'? \\")
    with pytest.raises(EraseQuestion):
        _kenton(line)._answer_questions(0x41)
    assert line.typed.endswith(b"confreg\ry\r")


# --- what may go wrong -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", ["disable password recovery? y/n [n]: ", 'enable "something new"? y/n [n]: ', "Overwrite (y/n) "]
)
def test_a_question_that_is_not_known_is_left_unanswered(question: str) -> None:
    line = played(f"{_KENTON_BEGINS}> y\n< {question}\\")
    with pytest.raises(UnexpectedState, match="does not know"):
        _kenton(line)._answer_questions(0x41)
    assert line.typed.endswith(b"confreg\ry\r")


def test_a_question_that_is_printed_over_is_left_unanswered() -> None:
    line = played(_KENTON_BEGINS.removesuffix("\\\n").rstrip() + "\n< and more\n< rommon 2 > \\")
    with pytest.raises(UnexpectedState):
        _kenton(line).read()
    assert line.typed.endswith(b"confreg\r")


def test_a_register_that_is_never_shown_the_same_twice_is_not_believed() -> None:
    shown = "".join(
        f"< rommon {n} > \\\n> confreg\n< Configuration Register: 0x0000000{n}\n"
        "< do you wish to change the configuration? y/n [n]: \\\n> n\n"
        for n in range(1, 9)
    )
    with pytest.raises(UnexpectedState, match="twice"):
        _kenton(played(shown + "< rommon 9 > \\")).read()


def test_a_monitor_without_confreg_is_told_as_such() -> None:
    refused = "< rommon #0> \\\n> confreg\n< Invalid or incorrect command.  Use 'help' for help.\n"
    line = played(refused * 8 + "< rommon #8> \\")
    with pytest.raises(CommandRefused, match="does not show the register"):
        _played(line, "asa5505").read()


def test_a_register_that_does_not_keep_what_was_set_is_told_with_what_it_is() -> None:
    class Forgetful(RegisterAtPrompt):
        def _set(self, register: int, *, by_questions: bool) -> None:
            """The device loses it."""

    _, register = at_register("sim://asa5505?state=monitor")
    with pytest.raises(ReadBackDiffers, match="should be 0x41 and is 0x1"):
        Forgetful(register._dialogue, register._facts).write(0x41)


def test_a_firepower_is_refused_because_its_way_loses_the_configuration() -> None:
    monitor = BootMonitor(SimulatedLine("sim://fpr1000?state=monitor"), load_platform("fpr1000"))
    with pytest.raises(UnexpectedState) as caught:
        at_prompt(monitor.dialogue)
    assert "password_reset" in caught.value.hint


@pytest.mark.parametrize("value", [0x11, 0x2102])
def test_a_register_that_no_answers_make_is_refused_before_anything_is_typed(value: int) -> None:
    with pytest.raises(CommandRefused):
        answered_yes(value)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("rate", [0.005, 0.01, 0.02])
@pytest.mark.parametrize("family", DIALECTS)
def test_on_a_noisy_line_success_means_that_the_device_holds_it(family: str, rate: float, seed: int) -> None:
    end = ending(f"sim://{family}?fault=noise:{rate}&seed={seed}&state=monitor&flash=old")
    assert end.is_honest
    assert end.left_the_device_unharmed


def test_on_a_line_that_is_not_too_noisy_most_devices_are_done() -> None:
    """Or the test above would show nothing."""
    ends = [ending(f"sim://asa5506x?fault=noise:0.001&seed={seed}&state=monitor") for seed in range(12)]
    assert len([end for end in ends if end.error is None]) > 6


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("family", DIALECTS)
def test_a_device_that_says_it_in_other_words_and_order_ends_in_a_name_and_is_not_harmed(
    family: str, seed: int
) -> None:
    end = ending(f"sim://{family}?fault=reworded:{seed}&flash=old")
    assert end.is_honest
    assert end.left_the_device_unharmed


def test_some_devices_in_other_words_and_order_are_done_and_others_are_not() -> None:
    """Or the test above would show nothing."""
    ends = {type(ending(f"sim://asa5506x?fault=reworded:{seed}&flash=old").error) for seed in range(12)}
    assert type(None) in ends
    assert len(ends) > 2


@pytest.mark.parametrize("family", DIALECTS)
def test_a_console_that_is_lost_at_any_key_ends_the_change_with_that(family: str) -> None:
    lost = 0
    while True:
        line, register = at_register(f"sim://{family}?state=monitor")
        _die_after(line, lost)
        try:
            register.write(0x41)
        except ConsoleLost:
            lost += 1
            assert held(line) in {0x1, 0x41}
            continue
        break
    assert lost > 9  # there are more sends than that in a change


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (0x1, "boots from flash, and reads its startup configuration"),
        (0x41, "boots from flash, and ignores its startup configuration"),
        (0x40, "stops in its boot monitor until somebody types `boot`, and ignores its startup configuration"),
        (0x11, "boots by TFTP, and from flash if that fails, and reads its startup configuration"),
        (0x2101, "boots from flash, and reads its startup configuration; 0x2100 is not known"),
    ],
)
def test_a_register_is_explained(register: int, words: str) -> None:
    assert meaning(register) == words


_KENTON_BEGINS = (
    "< rommon 1 > \\\n> confreg\n< Configuration Register: 0x00000001\n<\n"
    "< do you wish to change the configuration? y/n [n]: \\\n"
)


def _kenton(line: PlayedLine) -> RegisterAtPrompt:
    return _played(line, "asa5506x")


def _played(line: PlayedLine, family: str) -> RegisterAtPrompt:
    """At the prompt that the script begins with."""
    dialogue = BootMonitor(line, load_platform(family)).dialogue
    assert isinstance(dialogue.expect({"prompt": dialogue.platform.console.prompt}, 1), Seen)
    dialogue.skip_blank()
    return at_prompt(dialogue)


@dataclass(frozen=True)
class Ending:
    """How the change to 0x41 ended, and the line to the device that it was made on."""

    line: SimulatedLine
    error: ConsoleError | None

    @property
    def is_honest(self) -> bool:
        """Success only where the device holds the register; else an error with a name and a hint."""
        if self.error is None:
            return held(self.line) == 0x41
        return type(self.error) is not ConsoleError and bool(self.error.hint)

    @property
    def left_the_device_unharmed(self) -> bool:
        erased = [event for event in self.line.events if isinstance(event, Erased)]
        return not erased and not self.line.device._chassis.recovery_disabled


@cache
def ending(url: str) -> Ending:
    line = SimulatedLine(url)
    monitor = BootMonitor(line, load_platform(url.removeprefix("sim://").partition("?")[0]))
    try:
        monitor.enter(120)
        at_prompt(monitor.dialogue).write(0x41)
    except ConsoleError as error:
        return Ending(line, error)
    return Ending(line, None)


def _die_after(line: SimulatedLine, keys: int) -> None:
    """The adapter is gone behind so many more sends."""
    send, left = line.send, iter(range(keys))

    def dying(data: bytes) -> None:
        if next(left, None) is None:
            raise ConsoleLost("lost the console on simulated")
        send(data)

    line.send = dying  # type: ignore[method-assign]
