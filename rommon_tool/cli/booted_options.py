"""Options and the opener that every command for a booted ASA shares."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.credentials import credential_options, credentials_of
from rommon_tool.cli.options import Decorated, only_port, option

if TYPE_CHECKING:
    from rommon_tool.procedures.asa_session import AsaConsole


def booted_options(command: Decorated) -> Decorated:
    """--port, --baud, --transcript, and where passwords come from."""
    command = credential_options(command)
    command = option(
        "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
    )(command)
    command = option(
        "--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console."
    )(command)
    return option(
        "-p",
        "--port",
        default="",
        help="Console: a tty path, COM port, rfc2217://H:P, telnet://H:P, ssh://U@H:P, socket://H:P or sim://NAME. Default: the only one.",
    )(command)


def console_of(options: dict[str, Any], folder: Path | None) -> "AsaConsole":
    """The console that the options name; its transcript goes to the run's folder unless they name a file."""
    from rommon_tool.procedures.asa_session import AsaConsole

    kept = folder / "transcript.txt" if folder else None
    return AsaConsole(
        port=options["port"] or only_port(),
        baud=options["baud"],
        credentials=credentials_of(options),
        transcript=options["transcript"] or kept,
    )
