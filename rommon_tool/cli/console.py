"""`rommon console`: a person at a console, with the same lock and transcript as every other command."""

import sys
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.options import option
from rommon_tool.cli.reporting import reported, warn_without_folder


@click.command()
@option(
    "-p",
    "--port",
    help="Console: a tty path, COM port, rfc2217://H:P, telnet://H:P, ssh://U@H:P, socket://H:P or sim://NAME. Default: the only one.",
)
@option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console.")
@option(
    "--raw-output", is_flag=True, help="Show the device's bytes as they are; it can then do anything to the terminal."
)
@option(
    "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
)
@option("--device", default="device", metavar="NAME", help="The device's name in messages.")
def console(*, device: str, **options: Any) -> None:
    """Be at a device's console yourself. Ctrl-] opens a menu: BREAK, detect, the load command line, quit.

    Every other key goes to the device, Ctrl-C too. What it prints can't harm the terminal, unless --raw-output says so.

    \b
    Example:
      rommon console -p /dev/ttyUSB0
    """
    with reported(device, as_json=False, no_progress=True, verbose=False, name="console") as report:
        warn_without_folder(report)
        path = options["transcript"] or (report.folder / "transcript.txt" if report.folder else None)
        _talk(options, path)
        report.summary = f"Transcript: {path}" if path else "No transcript was written."


def _talk(options: dict[str, Any], path: Path | None) -> None:
    from rommon_tool.cli.options import only_port
    from rommon_tool.errors import WrongUsage
    from rommon_tool.session import Session
    from rommon_tool.terminal import own_terminal
    from serial_console.channel import Channel
    from serial_console.discreet import Discreet
    from serial_console.transcript import Transcript

    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise WrongUsage(
            "a console needs a terminal", hint="run it in one; `rommon detect` and `rommon load` need none"
        )
    with (
        Transcript(path) as transcript,
        Channel(
            options["port"] or only_port(), baud=options["baud"], record=Discreet(transcript.record), as_found=True
        ) as line,
        own_terminal(raw_output=options["raw_output"]) as terminal,
    ):
        Session(line, terminal, options["baud"]).run()
