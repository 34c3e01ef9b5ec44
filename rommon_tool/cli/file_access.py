"""`rommon file-access`: the chapter's "Configure File Access" and "Add Mount Points"."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.asa_options import asa_options, console_of
from rommon_tool.cli.backup import run_reported
from rommon_tool.cli.options import Decorated, option
from rommon_tool.cli.passphrases import from_file
from serial_console.asa_cli.secret import Secret

if TYPE_CHECKING:
    from rommon_tool.cli.reporting import Report
    from rommon_tool.procedures.file_access import Setting


@click.group("file-access")
def file_access() -> None:
    """Set FTP passive mode, the SCP server, the TFTP client path and mount points of a booted ASA.

    Each is read back. Nothing is saved without --save.

    \b
    Example:
      rommon file-access ftp-passive on -p /dev/ttyUSB0
    """


def _save_option(command: Decorated) -> Decorated:
    return option("--save", is_flag=True, help="Save the configuration afterwards: `write memory`.")(command)


def _configure(setting: "Setting", options: dict[str, Any]) -> None:
    from rommon_tool.procedures.file_access import configured, lines_to_type
    from rommon_tool.procedures.on_asa import at_once, on_asa

    saves = options["save"]

    def act(report: "Report") -> None:
        typing = at_once(lambda asa: configured(asa, setting, report.progress, saves=saves))
        with on_asa(console_of(options, report), report.progress, "configure", typing) as run:
            done = run.finish()
        report.proved = asdict(done)
        kept = "saved" if done.saved else "not saved: a reload takes it back"
        report.summary = f"Done: {done.name}: {'; '.join(done.shows) or 'off'} ({kept})."

    run_reported(options, "configure", lines_to_type(setting, saves=saves), act)


@file_access.command("ftp-passive")
@click.argument("state", type=click.Choice(["on", "off"]))
@_save_option
@asa_options
def ftp_passive_command(state: str, **options: Any) -> None:
    """Have the ASA's FTP client open the data connection as well, or not.

    \b
    Example:
      rommon file-access ftp-passive on -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.file_access import ftp_passive

    _configure(ftp_passive(on=state == "on"), options)


@file_access.command("scp-server")
@click.argument("state", type=click.Choice(["on", "off"]))
@_save_option
@asa_options
def scp_server_command(state: str, **options: Any) -> None:
    """Have the ASA serve its files to SSH clients by secure copy, or not.

    \b
    Example:
      rommon file-access scp-server on -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.file_access import scp_server

    _configure(scp_server(on=state == "on"), options)


@file_access.command("tftp-server")
@click.argument("interface")
@click.argument("server", required=False)
@click.argument("path", required=False)
@_save_option
@asa_options
def tftp_server_command(interface: str, server: str | None, path: str | None, **options: Any) -> None:
    """Predefine the TFTP server of `copy` and `configure net`: INTERFACE SERVER PATH; or `off`.

    \b
    Example:
      rommon file-access tftp-server inside 192.0.2.1 /tftpboot/asa/config3 -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.file_access import no_tftp_path, tftp_path

    if interface != "off" and not (server and path):
        raise click.UsageError("give INTERFACE SERVER PATH, or `off`")
    _configure(no_tftp_path() if interface == "off" else tftp_path(interface, server or "", path or ""), options)


@file_access.command("mount")
@click.argument("name")
@click.argument("kind", type=click.Choice(["cifs", "ftp"]))
@option("--host", required=True, metavar="S", help="The server's name or address.")
@option("--share", default="", help="CIFS: the folder on the server.")
@option("--domain", default="", help="CIFS: the NT domain.")
@option("--path", default="", help="FTP: the folder to mount.")
@option("--active", is_flag=True, help="FTP: active mode.")
@option("--username", required=True, help="Who may mount it.")
@option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of mode 0600: the password.",
    required=True,
)
@_save_option
@asa_options
def mount_command(name: str, kind: str, password_file: Path, **options: Any) -> None:
    """Add a CIFS or FTP mount point. An FTP server must list its folders in UNIX style.

    \b
    Example:
      rommon file-access mount backups ftp --host 192.0.2.1 --path /asa --username fw --password-file pw -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.file_access import Mount, mount_point

    password = Secret("") if options["dry_run"] else from_file(password_file)
    _configure(
        mount_point(
            Mount(
                name,
                kind,
                server=options["host"],
                username=options["username"],
                password=password,
                share=options["share"],
                domain=options["domain"],
                path=options["path"],
                passive=not options["active"],
            )
        ),
        options,
    )


@file_access.command("unmount")
@click.argument("name")
@_save_option
@asa_options
def unmount_command(name: str, **options: Any) -> None:
    """Take a mount point away; what lies on its server stays.

    \b
    Example:
      rommon file-access unmount backups -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.file_access import no_mount_point

    _configure(no_mount_point(name), options)
