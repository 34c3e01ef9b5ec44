"""Options of the commands that talk to a booted ASA, and what they stand for."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.credentials import credential_options, credentials_of
from rommon_tool.cli.options import Decorated, option, output_options

if TYPE_CHECKING:
    from rommon_tool.cli.reporting import Report
    from rommon_tool.procedures.asa_session import AsaConsole
    from rommon_tool.procedures.disk_files import Agrees
    from rommon_tool.procedures.file_servers import FileServer
    from rommon_tool.procedures.upload_taker import TftpTaker


def asa_options(command: Decorated) -> Decorated:
    """--port, --baud, the passwords, --transcript, --dry-run, and how a run is shown."""
    command = output_options(command)
    command = option("--dry-run", is_flag=True, help="Print every line that would be typed; touch nothing.")(command)
    command = option(
        "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
    )(command)
    command = credential_options(command)
    command = option(
        "--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console."
    )(command)
    return option("-p", "--port", default="", help="The ASA's console. Default: the only serial port.")(command)


def server_options(command: Decorated) -> Decorated:
    """--server, --bind, --tftp-port: where our TFTP server is reached."""
    command = option("--tftp-port", default=69, show_default=True, type=int, help="UDP port of our TFTP server.")(
        command
    )
    command = option("--bind", default="", metavar="ADDR", help="Where it listens. Default: the server's address.")(
        command
    )
    return option("--server", default="", metavar="S", help="Our address as the device reaches it.")(command)


def yes_option(command: Decorated) -> Decorated:
    """--yes, for what asks first."""
    return option("--yes", is_flag=True, help="Agree beforehand to what would be asked.")(command)


def console_of(options: dict[str, Any], report: "Report") -> "AsaConsole":
    """The console, its transcript in the run's folder unless it has a place of its own."""
    from rommon_tool.cli.options import only_port
    from rommon_tool.procedures.asa_session import AsaConsole

    kept = report.folder / "transcript.txt" if report.folder else None
    return AsaConsole(
        options["port"] or only_port(),
        options["baud"],
        credentials_of(options),
        options["transcript"] or kept,
    )


def our_address(options: dict[str, Any]) -> str:
    """--server. Raises `WrongUsage` if it was not given."""
    from rommon_tool.errors import WrongUsage

    if not options["server"]:
        raise WrongUsage("which of this machine's addresses does the device reach?", hint="give --server S")
    return str(options["server"])


def taker_of(options: dict[str, Any]) -> "TftpTaker":
    """The server that takes what the device copies to us."""
    from rommon_tool.procedures.upload_taker import TftpTaker

    return TftpTaker(our_address(options), bind=options["bind"], port=options["tftp_port"])


def server_of(options: dict[str, Any], path: Path, name: str = "") -> "FileServer":
    """The server that offers one file: by TFTP, or as --by says."""
    by = options.get("by", "tftp")
    if by != "tftp":
        from rommon_tool.procedures.stream_servers import FtpFileServer, HttpFileServer

        kind = HttpFileServer if by == "http" else FtpFileServer
        return kind(path, our_address(options), name=name, bind=options["bind"])
    from rommon_tool.procedures.file_servers import TftpFileServer

    return TftpFileServer(path, our_address(options), name=name, bind=options["bind"], port=options["tftp_port"])


def agreement(options: dict[str, Any]) -> "Agrees":
    """Who agrees: --yes, or the person at the terminal. Without either nobody does."""

    def agrees(what: str) -> bool:
        if options["yes"]:
            return True
        if sys.stdin is None or not sys.stdin.isatty():
            return False
        return click.confirm(f"{what[:1].upper()}{what[1:]}?", default=False, err=True)

    return agrees


def show_lines(steps: dict[str, list[str]], *, as_json: bool) -> None:
    """The plan: each step and what would be typed in it."""
    for number, (name, lines) in enumerate(steps.items(), 1):
        if as_json:
            click.echo(json.dumps({"v": 1, "kind": "plan", "number": number, "name": name, "types": lines}))
            continue
        click.echo("\n".join([f"  {number}. {name}", *(f"       {line}" for line in lines)]))
    if as_json:
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "dry-run"}))
