"""A reload of the booted ASA, from the command to whatever stands on the console when its software is up again.

Nothing is typed between the command's own questions and the end. A prompt that is printed once more before the shutdown is
no end: only what stands last after a restart was seen is.
"""

import re
from dataclasses import dataclass

from rommon_tool.procedures.run import Steps
from serial_console.asa_cli import Answers, AsaCli
from serial_console.asa_cli.plain_text import plain
from serial_console.asa_cli.standing import standing
from serial_console.errors import BootNotProved, UnexpectedState
from serial_console.line import Line, Seen

_ANYTHING = {"anything": re.compile(rb"(?s).+")}
_GOES_DOWN = re.compile(
    rb"(?i)start +graceful +shutdown|shutdown +now|rebooting|rom ?mon(?:itor)?,? +version|embedded bios version|booting system"
)
_TICK_SECONDS = 0.5
_ANSWER_SECONDS = 60.0
_DOWN_SECONDS = 120.0  # from the command to the first word of the shutdown
_SETTLED_SECONDS = {"prompt": 4.0, "username": 4.0, "password": 4.0, "new-password": 4.0, "question": 10.0}
_MONITOR_SECONDS = 4.0
_KEPT_BYTES = 65536
_TAIL_BYTES = 4096
BOOT_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Reload:
    """How to reload. `boot_seconds` is the longest silence of the boot."""

    answers: Answers
    command: str = "reload"
    boot_seconds: float = BOOT_SECONDS


def reloaded(cli: AsaCli, reload: Reload) -> Steps[bytes]:
    """Reload, and return what was printed last when the software runs again.

    Raises `CommandFailed` and `UnexpectedQuestion` with the device as it was; `UnexpectedState` if it does not go down;
    `BootNotProved` if it ends in its boot monitor, or falls silent.
    """
    heard = yield from _commanded(cli, reload)
    return (yield from restart_watched(cli.line, heard, reload.boot_seconds))


def _commanded(cli: AsaCli, reload: Reload) -> Steps[bytes]:
    """Type the command, answer its questions, and stop reading its answer as one when the device goes down."""
    heard = b""
    following = cli.follow(reload.command, reload.answers, seconds=_ANSWER_SECONDS)
    for part in following:
        heard += part.text
        yield
        if _GOES_DOWN.search(heard):
            break
    following.close()
    cli.forget_prompt()
    return heard


def restart_watched(line: Line, heard: bytes, boot_seconds: float) -> Steps[bytes]:
    """Watch a device that was told to restart until something waits for an answer; `heard` came already."""
    heard_at, is_down = line.seconds(), _GOES_DOWN.search(heard) is not None
    while True:
        seen = line.expect(_ANYTHING, _TICK_SECONDS)
        yield
        if isinstance(seen, Seen):
            heard = (heard + seen.before + seen.text)[-_KEPT_BYTES:]
            heard_at, is_down = line.seconds(), is_down or _GOES_DOWN.search(heard) is not None
            continue
        silent = line.seconds() - heard_at
        if is_down and _waits(heard, silent):
            return heard
        _check_patience(heard, silent, boot_seconds, is_down=is_down)


def _waits(heard: bytes, silent: float) -> bool:
    """Whether the software has waited for somebody long enough. Raises `BootNotProved` at a boot monitor."""
    last = standing(plain(heard[-_TAIL_BYTES:]))
    if last.kind == "monitor" and silent >= _MONITOR_SECONDS:
        message = "the reload ended at the boot monitor: the device found no image that it boots"
        raise _not_up("at-boot-monitor", message, last.text, "`rommon load` brings it up again")
    return silent >= _SETTLED_SECONDS.get(last.kind, float("inf"))


def _check_patience(heard: bytes, silent: float, boot_seconds: float, *, is_down: bool) -> None:
    lines = [line for line in plain(heard[-_TAIL_BYTES:]).split("\n") if line.strip()]
    seen = lines[-1] if lines else "nothing"
    if not is_down and silent > _DOWN_SECONDS:
        raise UnexpectedState("the device was told to reload, and does not go down", seen=seen)
    if silent > boot_seconds:
        message = f"the device was reloaded, and has been silent for {silent:.0f} s"
        raise _not_up("boot-silent", message, seen, "watch the console; it may still boot")


def _not_up(cause: str, message: str, seen: str, hint: str) -> BootNotProved:
    error = BootNotProved(message, seen=seen, hint=hint)
    error.cause = cause
    return error
