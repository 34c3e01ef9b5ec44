"""`rommon backup`: the chapter's "Back Up the System", and an archive of our own before anything destructive."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.asa_options import asa_options, console_of, server_options, show_lines, taker_of
from rommon_tool.cli.files import CONNECT
from rommon_tool.cli.options import option
from rommon_tool.cli.passphrases import passphrase_of, passphrase_options
from rommon_tool.cli.reporting import reported, warn_without_folder

if TYPE_CHECKING:
    from rommon_tool.cli.reporting import Report


@click.group()
def backup() -> None:
    """Back up a booted ASA: by its own `backup`, or as an archive of configurations and files.

    \b
    Example:
      rommon backup archive fw1-before -p /dev/ttyUSB0 --server 192.0.2.1
    """


def run_reported(options: dict[str, Any], name: str, plan: list[str], act: "Callable[[Report], Any]") -> None:
    """Show the plan, or run `act`, which fills the report."""
    as_json, verbose = options.pop("as_json"), options.pop("verbose")
    options.pop("no_progress")  # the live view draws the steps of a load
    if options["dry_run"]:
        show_lines({"connect": CONNECT, name: plan}, as_json=as_json)
        return
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name=name) as report:
        warn_without_folder(report)
        act(report)


@backup.command("system")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@passphrase_options
@server_options
@asa_options
def system(target: Path, **options: Any) -> None:
    """The ASA's own `backup` (9.3(2) and later, single context mode, 300 MB free), fetched to TARGET and looked into.

    \b
    Example:
      rommon backup system fw1.tar.gz --ask-passphrase -p /dev/ttyUSB0 --server 192.0.2.1
    """
    from rommon_tool.procedures.backing_up import backed_up, lines_to_type
    from rommon_tool.procedures.on_asa import on_asa

    def act(report: "Report") -> None:
        passphrase = passphrase_of(options)
        with taker_of(options) as taker:
            console = console_of(options, report)
            with on_asa(
                console,
                report.progress,
                "backup",
                lambda asa: backed_up(asa, taker, target, passphrase, report.progress),
            ) as run:
                done = run.finish()
        report.proved = asdict(done)
        report.summary = (
            f"Backed up: {done.path}, {done.bytes:,} bytes, {done.files} files of ASA {done.version}. "
            "Local CA certificates are not in it: `rommon backup archive` has them."
        )

    run_reported(options, "backup", lines_to_type(), act)


@backup.command("archive")
@click.argument("folder", type=click.Path(path_type=Path))
@option("--file", "files", multiple=True, metavar="NAME", help="A file of the device to keep as well; may be repeated.")
@server_options
@asa_options
def archive(folder: Path, files: tuple[str, ...], **options: Any) -> None:
    """Keep what matters in FOLDER, which must not exist: both configurations, what the device tells of itself, files.

    The local CA server's files are among them where there are any. FOLDER has mode 0700 and holds secrets.

    \b
    Example:
      rommon backup archive fw1-before --file dap.xml -p /dev/ttyUSB0 --server 192.0.2.1
    """
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.on_asa import on_asa
    from rommon_tool.procedures.own_archive import archived, lines_to_type

    names = [disk_name(file) for file in files]

    def act(report: "Report") -> None:
        with taker_of(options) as taker:
            console = console_of(options, report)
            with on_asa(
                console, report.progress, "archive", lambda asa: archived(asa, taker, folder, report.progress, names)
            ) as run:
                done = run.finish()
        report.proved = asdict(done)
        missing = f" Not on the device: {', '.join(done.missing)}." if done.missing else ""
        report.summary = f"Archived: {done.files} files, {done.bytes:,} bytes, in {done.path}.{missing}"

    run_reported(options, "archive", lines_to_type(names), act)


@backup.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.", envvar="ROMMON_JSON")
def check(path: Path, *, as_json: bool) -> None:
    """Look into a backup (a .tar.gz) or an archive (a folder), offline, and say whether it is whole and safe to unpack.

    \b
    Example:
      rommon backup check fw1.tar.gz
    """
    from rommon_tool.backup_archive import look_into
    from rommon_tool.procedures.own_archive import checked
    from rommon_tool.sinks import harmless

    if path.is_dir():
        proved: dict[str, Any] = {"path": str(path), "files": checked(path)}
        text = f"whole: {proved['files']} files as in the manifest"
    else:
        found = look_into(path)
        proved = {"path": str(path), "files": len(found.members), "bytes": found.bytes, "version": found.version}
        rows = [f"{member.bytes:>13,}  {member.name}  {member.suggests}".rstrip() for member in found.members]
        text = "\n".join([*rows, f"whole: {len(found.members)} files, of ASA {found.version or '(not told)'}"])
    if as_json:
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "done", **proved}))
    else:
        click.echo(harmless(text))
