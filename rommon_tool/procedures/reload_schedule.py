"""The chapter's "Schedule a System Restart": now, delayed, at a time; cancelled; shown. Save or discard is the caller's choice.

What was scheduled is read back with `show reload`; a reload that is carried out now is watched until the software is up again.
"""

import re
from dataclasses import dataclass
from typing import Literal

from rommon_tool.errors import WrongUsage
from rommon_tool.procedures.asa_session import Asa, AsaConsole
from rommon_tool.procedures.install_image import shown_after
from rommon_tool.procedures.restarting import BOOT_SECONDS, Reload, reloaded
from rommon_tool.procedures.run import Steps
from rommon_tool.procedures.saved_config import check_whole, has_saved_config
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import NO, YES, Answers, AsaCli
from serial_console.asa_cli.reading.reload import read_reload
from serial_console.errors import ReadBackDiffers

Action = Literal["now", "in", "at", "cancel", "show"]
_DELAY = re.compile(r"(?:(\d{1,3}):)?(\d{1,3})\Z")
_TIME = re.compile(r"(?i)([01]?\d|2[0-3]):([0-5]\d)(?: +(?:[a-z]{3,9} +\d{1,2}|\d{1,2} +[a-z]{3,9}))?\Z")
_MESSAGE = re.compile(r"[\x20-\x3e\x40-\x7e]{1,255}\Z")  # `?` would call the device's help


@dataclass(frozen=True, slots=True)
class ReloadJob:
    """`when` is `[HH:]MM` for `in` and `HH:MM [MONTH DAY]` for `at`. `saves`: the running configuration, else it is discarded.

    `force_after` as `[HH:]MM`: when the device reloads though its orderly shutdown is not through.
    """

    action: Action
    when: str = ""
    saves: bool = False
    message: str = ""
    force_after: str = ""
    config_is_whole: bool = False
    boot_seconds: float = BOOT_SECONDS


@dataclass(frozen=True, slots=True)
class ReloadOutcome:
    """`scheduled` is when, in the device's words; empty if nothing is. The others are of a device that was reloaded now."""

    scheduled: str = ""
    version: str = ""
    image_file: str = ""
    register: str = ""


def command_of(job: ReloadJob) -> str:
    """The command. Raises `WrongUsage` for a time, delay or message that the device can't take."""
    if job.action in ("cancel", "show"):
        return {"cancel": "reload cancel", "show": "show reload"}[job.action]
    if job.action == "in" and not _DELAY.match(job.when):
        raise WrongUsage(f"'{job.when}' is no delay", hint="write it as HH:MM, or as minutes: 0:10 or 10")
    if job.action == "at" and not _TIME.match(job.when):
        raise WrongUsage(
            f"'{job.when}' is no time of day", hint="write it as HH:MM, or HH:MM MONTH DAY: '23:00 jun 30'"
        )
    if job.force_after and not _DELAY.match(job.force_after):
        raise WrongUsage(f"'{job.force_after}' is no time to wait", hint="write it as HH:MM, or as minutes")
    if job.message and not _MESSAGE.match(job.message):
        raise WrongUsage("the message is not 1 to 255 printable ASCII characters without `?`", hint="shorten it")
    words = ["reload"] + ([job.action, job.when] if job.action in ("in", "at") else [])
    words += ["max-hold-time", job.force_after] if job.force_after else []
    return " ".join([*words, *(["reason", job.message] if job.message else [])])


def answers_of(job: ReloadJob) -> Answers:
    """Save or discard as the caller said; and the reload is what was asked for."""
    return Answers(
        {r"(?i)has been modified\. Save\?": YES if job.saves else NO, r"(?i)proceed with reload\?": YES},
    )


def scheduled(asa: Asa, job: ReloadJob, console: AsaConsole, progress: Progress) -> Steps[ReloadOutcome]:
    """Do a job. Nothing was typed where it raises `WrongUsage` or `InstallRefused`."""
    command = command_of(job)
    yield
    if job.action == "show":
        return ReloadOutcome(scheduled=_shown(asa.cli))
    if job.action == "cancel":
        return _cancelled(asa.cli, command)
    _check(asa, job, progress)
    yield
    if job.action == "now":
        return (yield from _now(asa, job, console))
    asa.cli.run(command, answers_of(job))
    found = _shown(asa.cli)
    if not found:
        raise ReadBackDiffers(f"`{command}` was taken, and no reload is scheduled", seen="show reload")
    return ReloadOutcome(scheduled=found)


def _check(asa: Asa, job: ReloadJob, progress: Progress) -> None:
    if job.saves:
        check_whole(asa.shown, has_config=has_saved_config(asa.cli), is_whole=job.config_is_whole)
    elif asa.shown.is_modified:
        progress.publish(Warned("unsaved changes of the running configuration are discarded, as asked for"))


def _now(asa: Asa, job: ReloadJob, console: AsaConsole) -> Steps[ReloadOutcome]:
    heard = yield from reloaded(asa.cli, Reload(answers_of(job), command_of(job), job.boot_seconds))
    shown = shown_after(asa.line, console.credentials, heard)
    return ReloadOutcome(version=shown.version, image_file=shown.image_file, register=shown.register)


def _cancelled(cli: AsaCli, command: str) -> ReloadOutcome:
    if _shown(cli):
        cli.run(command)
    if found := _shown(cli):
        raise ReadBackDiffers("the reload was cancelled, and one is scheduled still", seen=found)
    return ReloadOutcome()


def _shown(cli: AsaCli) -> str:
    return read_reload(cli.run("show reload"))
