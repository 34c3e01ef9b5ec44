"""`rommon restore BACKUP`: the chapter's "Restore the Backup"."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.asa_options import (
    agreement,
    asa_options,
    console_of,
    server_of,
    server_options,
    taker_of,
    yes_option,
)
from rommon_tool.cli.backup import run_reported
from rommon_tool.cli.options import option
from rommon_tool.cli.passphrases import from_file, passphrase_of, passphrase_options

if TYPE_CHECKING:
    from rommon_tool.cli.reporting import Report


@click.command()
@click.argument("backup", type=click.Path(path_type=Path, dir_okay=False))
@option(
    "--before",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder, not there yet, for an archive of what the restore replaces.",
)
@option(
    "--master-passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of mode 0600: the master passphrase of the ASA that made the backup, if it had one.",
)
@passphrase_options
@server_options
@yes_option
@asa_options
def restore(backup: Path, *, before: Path, master_passphrase_file: Path | None, **options: Any) -> None:
    """Restore a BACKUP of the ASA's own `backup`, once what is there now is archived and you agreed.

    Only to the version that made it, in single context mode, with 300 MB free.

    \b
    Example:
      rommon restore fw1.tar.gz --before fw1-before --ask-passphrase -p /dev/ttyUSB0 --server 192.0.2.1
    """
    from rommon_tool.procedures.on_asa import on_asa
    from rommon_tool.procedures.restoring import ON_DISK, RestoreOrder, lines_to_type, restored

    def act(report: "Report") -> None:
        master = from_file(master_passphrase_file) if master_passphrase_file else None
        order = RestoreOrder(backup, before, passphrase_of(options), agreement(options), master)
        taker, server = taker_of(options), server_of(options, backup, ON_DISK.name)
        console = console_of(options, report)
        with on_asa(
            console, report.progress, "restore", lambda asa: restored(asa, taker, server, order, report.progress)
        ) as run:
            done = run.finish()
        report.proved = asdict(done)
        report.summary = f"Restored: {done.path}. What was there before is in {done.before}." + "".join(
            f"\n  the device said: {line}" for line in done.complaints
        )

    run_reported(options, "restore", lines_to_type(), act)
