"""The register's conversations that were recorded: read it, set it outright or by its questions, and boot.

A recording has one reading where the driver makes two, so that part is played twice; and where Enter was pressed for a
default, the driver types it out.
"""

from exchanges import script, typed
from played_line import PlayedLine, Script, joined
from reading_checks import Check

from platforms import Platform
from platforms.model import ConfigRegister
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.confreg import RegisterAtPrompt, at_prompt
from serial_console.boot_monitor.events import Booted, ConfigIgnored
from serial_console.boot_monitor.flash_boot import watch_flash_boot
from serial_console.line import Seen

READ = b"confreg\rn\r"


def _at_register(line: PlayedLine, platform: Platform) -> RegisterAtPrompt:
    """The prompt that the script begins with is the device's own: nothing is typed to reach it."""
    dialogue = BootMonitor(line, platform).dialogue
    assert isinstance(dialogue.expect({"prompt": platform.console.prompt}, 1), Seen)
    dialogue.skip_blank()
    return at_prompt(dialogue)


def _facts(platform: Platform) -> ConfigRegister:
    assert platform.confreg is not None
    return platform.confreg


def ignore_the_configuration_of_a_5500(platform: Platform, bytewise: bool) -> None:
    recorded = script("asa5500/break-confreg-0x41").since("rommon #0>")
    reading, rest = recorded.before("rommon #1>"), recorded.since("rommon #1>")
    line = PlayedLine(joined([reading, reading, rest]), bytewise)
    register = _at_register(line, platform)
    assert register.read() == 0x1
    register._set(0x41, by_questions=_facts(platform).by_questions)
    register.boot()
    events = list(watch_flash_boot(line, platform))
    assert ConfigIgnored("Ignoring startup configuration as instructed") in events
    assert events[-1] == Booted("", "", "prompt")
    assert typed(line) == READ * 2 + b"confreg 0x41\rboot\r"


def answer_a_5505_s_questions(platform: Platform, bytewise: bool) -> None:
    recorded = script("asa5505/break-confreg").since("rommon #0>").before("Launching BootLoader")
    line = PlayedLine(recorded.retyped({"": "n"}), bytewise)
    register = _at_register(line, platform)
    register._answer_questions(0x40)
    register.boot()
    assert typed(line) == b"confreg\ry\rn\rn\rn\rn\ry\rn\rn\rn\rboot\r"


def answer_a_5516_s_questions(platform: Platform, bytewise: bool) -> None:
    recorded = script("asa5506x/5516x-confreg").before("Located")
    question = next(n for n, step in enumerate(recorded.steps) if getattr(step, "text", b"").startswith(b"do you wish"))
    reading = Script(recorded.steps[: question + 1], recorded.line_end) + Script.read("> n")
    line = PlayedLine(joined([reading, reading, recorded.retyped({"": "n"})]), bytewise)
    register = _at_register(line, platform)
    assert register.read() == 0x1
    register._set(0x41, by_questions=_facts(platform).by_questions)
    register.boot()
    assert typed(line) == READ * 2 + b"confreg\ry\rn\rn\ry\rn\rn\rn\rboot\r"


REGISTER_CHECKS = {
    "classic": [
        Check(
            "5500: its register is read and set, and it boots without its configuration",
            ignore_the_configuration_of_a_5500,
        ),
        Check("5505: its register's questions are answered", answer_a_5505_s_questions),
    ],
    "kenton": [Check("5516-X: its register is read, and set by its questions", answer_a_5516_s_questions)],
}
