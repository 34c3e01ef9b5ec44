"""`rommon reload`: the chapter's "Schedule a System Restart"."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.asa_options import agreement, asa_options, console_of, show_lines, yes_option
from rommon_tool.cli.options import Decorated, Finite, option
from rommon_tool.cli.reporting import reported, warn_without_folder

if TYPE_CHECKING:
    from rommon_tool.procedures.reload_schedule import ReloadJob, ReloadOutcome


@click.group()
def reload() -> None:
    """Restart a booted ASA: now, after a delay, at a time; cancel that, show it.

    \b
    Examples:
      rommon reload now --save -p /dev/ttyUSB0
      rommon reload in 0:10 --discard --message "new image" -p /dev/ttyUSB0
      rommon reload cancel -p /dev/ttyUSB0
    """


def restart_options(command: Decorated) -> Decorated:
    """--save or --discard, --message, --force-after, --yes."""
    command = yes_option(asa_options(command))
    command = option(
        "--config-is-whole",
        is_flag=True,
        help="Save the running configuration though the device was told to ignore the saved one (register 0x41).",
    )(command)
    command = option(
        "--force-after",
        default="",
        metavar="[HH:]MM",
        help="Reload at once after that long, if the orderly shutdown fails.",
    )(command)
    command = option("--message", default="", metavar="TEXT", help="What open ASDM sessions are told.")(command)
    return option(
        "--save/--discard", "saves", default=None, help="What becomes of the running configuration. Has to be chosen."
    )(command)


@reload.command()
@option(
    "--boot-timeout",
    default=900.0,
    show_default=True,
    type=Finite(1),
    metavar="SECONDS",
    help="Longest silence of the boot after the reload.",
)
@restart_options
def now(**options: Any) -> None:
    """Restart now, and watch until the software is up again.

    Example: rommon reload now --discard --yes -p /dev/ttyUSB0
    """
    _run("now", "", options)


@reload.command("in")
@click.argument("delay", metavar="[HH:]MM")
@restart_options
def in_(delay: str, **options: Any) -> None:
    """Delay the restart by hours and minutes, or minutes.

    Example: rommon reload in 0:10 --save -p /dev/ttyUSB0
    """
    _run("in", delay, options)


@reload.command()
@click.argument("time", metavar="'HH:MM [MONTH DAY]'")
@restart_options
def at(time: str, **options: Any) -> None:
    """Schedule the restart for a time of day, by the device's own clock.

    Example: rommon reload at '23:00 jun 30' --save -p /dev/ttyUSB0
    """
    _run("at", time, options)


@reload.command()
@asa_options
def cancel(**options: Any) -> None:
    """Cancel a scheduled restart.

    Example: rommon reload cancel -p /dev/ttyUSB0
    """
    _run("cancel", "", options)


@reload.command()
@asa_options
def show(**options: Any) -> None:
    """Show whether a restart is scheduled, and when.

    Example: rommon reload show -p /dev/ttyUSB0
    """
    _run("show", "", options)


def _run(action: Any, when: str, options: dict[str, Any]) -> None:
    job = _job(action, when, options)
    as_json = options["as_json"]
    if options["dry_run"]:
        show_lines({"reload": _lines(job)}, as_json=as_json)
        return
    _agreed(job, options)
    with reported("device", as_json=as_json, no_progress=True, verbose=options["verbose"], name="reload") as report:
        from rommon_tool.procedures.on_asa import on_asa
        from rommon_tool.procedures.reload_schedule import scheduled

        warn_without_folder(report)
        console = console_of(options, report)
        with on_asa(
            console, report.progress, "reload", lambda asa: scheduled(asa, job, console, report.progress)
        ) as run:
            outcome = run.finish()
        report.proved, report.summary = asdict(outcome), _summary(job, outcome)


def _job(action: Any, when: str, options: dict[str, Any]) -> "ReloadJob":
    """The job. Raises `WrongUsage` for what no device could take, before anybody is asked anything."""
    from rommon_tool.procedures.reload_schedule import ReloadJob, command_of

    if action in ("cancel", "show"):
        return ReloadJob(action)
    if options["saves"] is None:
        raise click.UsageError("what becomes of the running configuration? Give --save, or --discard")
    job = ReloadJob(
        action,
        when,
        saves=options["saves"],
        message=options["message"],
        force_after=options["force_after"],
        config_is_whole=options["config_is_whole"],
        boot_seconds=options.get("boot_timeout", 900.0),
    )
    command_of(job)
    return job


def _agreed(job: "ReloadJob", options: dict[str, Any]) -> None:
    if job.action in ("cancel", "show"):
        return
    when = {"now": "now", "in": f"in {job.when}", "at": f"at {job.when}"}[job.action]
    if not agreement(options)(f"the device reloads {when}; its running configuration is {_fate(job)}. Go on"):
        raise click.UsageError("nobody has agreed to the reload: --yes does")


def _fate(job: "ReloadJob") -> str:
    return "saved" if job.saves else "discarded"


def _lines(job: "ReloadJob") -> list[str]:
    from rommon_tool.procedures.reload_schedule import command_of

    if job.action in ("cancel", "show"):
        return list(dict.fromkeys(["show reload", command_of(job)]))
    asked = f"{'y' if job.saves else 'n'}, if it asks whether to save"
    return [command_of(job), asked, "Enter, at `Proceed with reload? [confirm]`"]


def _summary(job: "ReloadJob", outcome: "ReloadOutcome") -> str:
    if job.action == "now":
        return f"Reloaded: the device runs version {outcome.version} from {outcome.image_file or 'an image it does not name'}."
    if outcome.scheduled:
        return f"A reload is scheduled: {outcome.scheduled}"
    return "No reload is scheduled."
