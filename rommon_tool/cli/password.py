"""`rommon password`: a lost password, by the configuration register of the boot monitor."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.options import Finite, only_port, option, output_options, platform_completion
from rommon_tool.cli.reporting import reported, warn_without_folder


class Register(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A register as people write it: `0x41`, or `41`."""

    name = "register"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            register = int(value, 16)
        except ValueError:
            register = -1
        if not 0 <= register <= 0xFFFF_FFFF:
            self.fail(f"{value} is no register, such as 0x41.", param, ctx)
        return register


@click.command()
@option(
    "-p",
    "--port",
    default="",
    help="Console: a tty path, COM port, rfc2217://H:P, telnet://H:P, ssh://U@H:P, socket://H:P or sim://NAME.",
)
@option("--restore", is_flag=True, help="Put the register back that an earlier run found, and boot.")
@option("--show", is_flag=True, help="Only show the register and what it means.")
@option(
    "--register", type=Register(), metavar="0xN", help="What to set. Default: 0x41; with --restore, the recorded one."
)
@option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the old register is kept. Default: the run folder.",
)
@option("--no-boot", is_flag=True, help="Leave the device at its monitor's prompt.")
@option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console.")
@option(
    "--platform",
    default="auto",
    show_default=True,
    shell_complete=platform_completion,
    help="The device's family, a .toml file, or auto: recognised at its monitor.",
)
@option("--timeout", default=300.0, show_default=True, type=Finite(1), help="Longest wait for a power-on, in seconds.")
@option(
    "--boot-timeout",
    default=0.0,
    type=Finite(0),
    metavar="SECONDS",
    help="Longest silence of a boot. Default: the family's.",
)
@option("--power", default="", metavar="COMMAND", help="What cycles the power. Default: you are asked to.")
@option(
    "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
)
@option(
    "--yes", is_flag=True, help="Don't ask before the register is changed. A question that erases is never answered."
)
@option("--dry-run", is_flag=True, help="Print every line that would be typed; touch nothing.")
@output_options
def password(
    *, as_json: bool, verbose: bool, dry_run: bool, yes: bool, restore: bool, show: bool, **options: Any
) -> None:
    """Recover a lost password: boot without the configuration, and say what to type then.

    The register is set to 0x41: the device boots and ignores its startup configuration, which stays as it is. (0x40 would
    stop it in the monitor, 0x1 is normal.) A device whose password recovery is disabled is left alone: exit code 13.

    \b
    Examples:
      rommon password -p /dev/ttyUSB0
      rommon password -p /dev/ttyUSB0 --restore
    """
    options.pop("no_progress")  # the live view draws the steps of a load
    if restore and show:
        raise click.UsageError("--restore or --show, not both")
    action = "restore" if restore else "show" if show else "recover"
    if dry_run:
        _show_plan(_job(action, options, None), as_json=as_json)
        return
    _confirm(action, yes=yes)
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name="password") as report:
        from rommon_tool.procedures.password import run_password

        warn_without_folder(report)
        options["port"] = options["port"] or only_port()
        job = _job(action, options, report.folder)
        with run_password(job, report.progress) as run:
            outcome = run.finish()
        report.proved = asdict(outcome)
        report.proved["types"] = _by_hand(job, outcome)
        report.summary = _summary(job, outcome)


def _confirm(action: str, *, yes: bool) -> None:
    if yes or action == "show":
        return
    if not sys.stdin.isatty():
        raise click.UsageError("the register of the device will be changed: --yes says that it may be")
    change = "put back" if action == "restore" else "changed, so that it boots without its configuration"
    click.confirm(f"The device is stopped at its monitor, and its register is {change}. Go on?", abort=True, err=True)


def _job(action: Any, options: dict[str, Any], folder: Path | None) -> Any:
    from rommon_tool import register_journal
    from rommon_tool.procedures.password import PasswordJob

    journal, given = options["journal"], options["journal"] is not None
    runs = folder.parent if folder else None
    if journal is None and folder is not None:
        journal = folder / register_journal.FILE_NAME
    earlier = journal if given and journal.exists() else None
    if not given and runs is not None:
        earlier = register_journal.latest(runs, options["port"])
    return PasswordJob(
        port=options["port"],
        action=action,
        register=options["register"],
        journal=journal,
        earlier=earlier,
        boots=not options["no_boot"],
        platform=options["platform"],
        baud=options["baud"],
        timeout_seconds=options["timeout"],
        boot_seconds=options["boot_timeout"],
        power_command=options["power"],
        transcript=options["transcript"] or (folder / "transcript.txt" if folder else None),
    )


def _by_hand(job: Any, outcome: Any) -> list[str]:
    return [typed.line for typed in _guide(job, outcome)]


def _guide(job: Any, outcome: Any) -> list[Any]:
    from rommon_tool.password_guide import lines_by_hand

    if job.action != "recover":
        return []
    return lines_by_hand(int(outcome.register_to_restore, 16), asks_set_up=outcome.proof == "question")


def _summary(job: Any, outcome: Any) -> str:
    register = f"The register is {outcome.register}: the device {outcome.meaning}."
    if job.action == "show":
        return register
    if job.action == "restore":
        return f"Put back. {register}"
    from rommon_tool.password_guide import BEFORE_ALL

    where = "has booted" if outcome.proof else "waits at its monitor; type `boot`"
    lines = [f"  {typed.line:44} {typed.why}".rstrip() for typed in _guide(job, outcome)]
    begin = f"{register} It was {outcome.register_found}; {outcome.register_to_restore} is to be put back. The device {where}."
    return "\n".join([begin, "", "Now type on its console (`rommon console` will do):", "", *lines, "", BEFORE_ALL])


def _show_plan(job: Any, *, as_json: bool) -> None:
    """Every line that would be typed, for each family whose register is known."""
    from dataclasses import replace

    from platforms import load_platform, platform_names
    from rommon_tool.procedures.password import lines_to_type, register_wanted

    names = platform_names() if job.platform == "auto" else (job.platform,)
    wanted = register_wanted(replace(job, register=job.register or (0x1 if job.action == "restore" else None)), None)
    for family in map(load_platform, names):
        if family.confreg is None:
            continue
        steps = lines_to_type(family.confreg, job, wanted)
        if not as_json:
            click.echo(f"{family.title} ({family.name})")
        for name, lines in steps.items():
            if as_json:
                click.echo(json.dumps({"v": 1, "kind": "plan", "platform": family.name, "name": name, "types": lines}))
            else:
                click.echo("\n".join([f"  {name}", *(f"       {line}" for line in lines)]))
    if as_json:
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "dry-run"}))
