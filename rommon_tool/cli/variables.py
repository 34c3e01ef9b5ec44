"""`rommon variables`: show the variables of a boot monitor, and set them."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.options import Finite, only_port, option, output_options, platform_completion
from rommon_tool.cli.reporting import reported, warn_without_folder


@click.command()
@click.argument("settings", nargs=-1, metavar="[NAME=VALUE]...")
@option(
    "-p",
    "--port",
    help="Console: a tty path, COM port, rfc2217://H:P, telnet://H:P, ssh://U@H:P, socket://H:P or sim://NAME.",
)
@option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console.")
@option(
    "--platform",
    default="auto",
    show_default=True,
    shell_complete=platform_completion,
    help="The device's family, a .toml file, or auto: recognised at its monitor.",
)
@option("--timeout", default=300.0, show_default=True, type=Finite(1), help="Longest wait for a power-on, in seconds.")
@option("--power", default="", metavar="COMMAND", help="What cycles the power. Default: you are asked to.")
@option("--no-save", is_flag=True, help="Set for this start only: leave out `sync`.")
@option(
    "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
)
@output_options
def variables(settings: tuple[str, ...], *, as_json: bool, no_progress: bool, verbose: bool, **options: Any) -> None:
    """Show the variables of a boot monitor; with NAME=VALUE set them, read them back and save them.

    The device is left at its monitor's prompt. Secrets are not shown.

    \b
    Example, on an ISA 3000:
      rommon variables -p /dev/ttyUSB0 RESTORE_MODE=manual
    """
    wanted = dict(_setting(text) for text in settings)
    with reported("device", as_json=as_json, no_progress=no_progress, verbose=verbose, name="variables") as report:
        from rommon_tool.procedures.variables import VariablesJob, run_variables

        warn_without_folder(report)
        kept = report.folder / "transcript.txt" if report.folder else None
        job = VariablesJob(
            port=options["port"] or only_port(),
            wanted=wanted,
            platform=options["platform"],
            baud=options["baud"],
            timeout_seconds=options["timeout"],
            power_command=options["power"],
            saves=not options["no_save"],
            transcript=options["transcript"] or kept,
        )
        with run_variables(job, report.progress) as run:
            found = run.finish()
        report.proved = asdict(found)
        report.summary = "\n".join(f"{name}={value}" for name, value in found.variables.items())


def _setting(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)=([\x20-\x7e]{0,127})", text)
    if found is None:
        raise click.UsageError(f"'{text.partition('=')[0]}' is not NAME=VALUE, such as RESTORE_MODE=manual")
    return found[1].upper(), found[2].strip()
