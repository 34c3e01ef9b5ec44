"""`rommon auto-backup show|configure|now`: the chapter's "Configure Automatic Backup and Restore (ISA 3000)"."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.asa_options import asa_options, console_of
from rommon_tool.cli.backup import run_reported
from rommon_tool.cli.options import option
from rommon_tool.cli.passphrases import passphrase_of, passphrase_options

if TYPE_CHECKING:
    from rommon_tool.cli.reporting import Report
    from rommon_tool.procedures.auto_backup import SideWanted

_location = option(
    "--location",
    default="disk3:",
    show_default=True,
    type=click.Choice(["disk0:", "disk1:", "disk2:", "disk3:"]),
    help="disk0: flash, disk1: and disk2: USB sticks, disk3: the SD card.",
)


@click.group("auto-backup")
def auto_backup() -> None:
    """Automatic backup at every save, and automatic restore at a start, of an ISA 3000 with 9.7(1) or later.

    \b
    Example:
      rommon auto-backup configure --backup on --ask-passphrase -p /dev/ttyUSB0
    """


@auto_backup.command("show")
@asa_options
def show(**options: Any) -> None:
    """Show what the device says of both.

    \b
    Example:
      rommon auto-backup show -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.auto_backup import SUMMARY, shown_summary
    from rommon_tool.procedures.on_asa import at_once, on_asa

    def act(report: "Report") -> None:
        console = console_of(options, report)
        with on_asa(console, report.progress, "auto-backup", at_once(shown_summary)) as run:
            summary = run.finish()
        report.proved, report.summary = asdict(summary), summary.text

    run_reported(options, "auto-backup", [SUMMARY], act)


@auto_backup.command("configure")
@option("--backup", type=click.Choice(["on", "off"]), help="Back up at every save.")
@option("--restore", type=click.Choice(["on", "off"]), help="Restore another device's backup at a start.")
@_location
@passphrase_options
@option("--no-save", is_flag=True, help="Leave the startup configuration as it is.")
@asa_options
def configure(**options: Any) -> None:
    """Switch the automatic backup, the automatic restore, or both, on or off; read back, then saved.

    What is switched on needs a passphrase, which both sides have to share for a restore.

    \b
    Example:
      rommon auto-backup configure --backup on --restore off --ask-passphrase -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.auto_backup import configured
    from rommon_tool.procedures.on_asa import on_asa

    wanted = _wanted(options)
    saves = not options["no_save"]

    def act(report: "Report") -> None:
        console, progress = console_of(options, report), report.progress
        with on_asa(
            console, progress, "auto-backup", lambda asa: configured(asa, wanted, progress, saves=saves)
        ) as run:
            summary = run.finish()
        report.proved = {**asdict(summary), "saved": saves}
        report.summary = f"The device now says:\n{summary.text}"

    lines = [line for side in wanted for line in side.lines(shown=True)]
    plan = ["configure terminal", *lines, "end", "show backup-package summary", *(["write memory"] if saves else [])]
    run_reported(options, "auto-backup", plan, act)


@auto_backup.command("now")
@_location
@asa_options
def now(*, location: str, **options: Any) -> None:
    """Save the configuration, and prove that a new backup lies at the location.

    \b
    Example:
      rommon auto-backup now -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.auto_backup import backed_up_now
    from rommon_tool.procedures.on_asa import on_asa

    def act(report: "Report") -> None:
        console = console_of(options, report)
        with on_asa(console, report.progress, "auto-backup", lambda asa: backed_up_now(asa, location)) as run:
            package = run.finish()
        report.proved = asdict(package)
        report.summary = f"Backed up: {package.location}/{package.name}, {package.bytes:,} bytes, {package.stamp}."

    plan = ["show backup-package summary", f"dir {location}", "write memory", f"dir {location}"]
    run_reported(options, "auto-backup", plan, act)


def _wanted(options: dict[str, Any]) -> "tuple[SideWanted, ...]":
    from rommon_tool.procedures.auto_backup import SideWanted
    from serial_console.asa_cli import Secret

    if not (options["backup"] or options["restore"]):
        raise click.UsageError("give --backup on|off, --restore on|off, or both")
    needs_key = "on" in (options["backup"], options["restore"]) and not options["dry_run"]
    key = passphrase_of(options) if needs_key else Secret("")
    if set(key.reveal()) & {" "}:
        raise click.UsageError("the passphrase has a blank, which ends it at this command")
    sides: list[SideWanted] = []
    if options["backup"]:
        sides.append(SideWanted("backup", options["backup"] == "on", options["location"], key))
    if options["restore"]:
        sides.append(SideWanted("restore", options["restore"] == "on", options["location"], key))
    return tuple(sides)
