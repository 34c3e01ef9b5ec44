"""`rommon auto-update configure|show|watch`: the device's side, over its console."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.credentials import credential_options, credentials_of
from rommon_tool.cli.options import Decorated, Finite, only_port, option
from rommon_tool.cli.reporting import Report, reported, warn_without_folder


def _console(command: Decorated) -> Decorated:
    for decorate in (
        option("-v", "--verbose", is_flag=True, help="Show every line of the console."),
        option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.", envvar="ROMMON_JSON"),
        credential_options,
        option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate."),
        option("-p", "--port", default="", help="Console: a tty path, COM port, rfc2217://H:P … or sim://NAME."),
    ):
        command = decorate(command)
    return command


@click.command()
@click.argument("servers", nargs=-1, required=True, metavar="URL...")
@_console
@option(
    "--server-account",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file of mode 0600: username, password.",
)
@option("--source", default="", metavar="IF", help="The interface that polls go out of.")
@option("--no-verification", is_flag=True, help="Don't verify the servers' certificates.")
@option(
    "--device-id",
    default="hostname",
    show_default=True,
    help="Or hardware-serial, ipaddress, mac-address, 'string TEXT'.",
)
@option(
    "--poll-period",
    default=720,
    show_default=True,
    type=click.IntRange(1, 35791),
    metavar="MINUTES",
    help="Poll so often.",
)
@option(
    "--poll-at", default="", metavar="'DAYS HH:MM'", help="Poll on days instead: 'daily 03:30', 'Monday Friday 23:00'."
)
@option(
    "--randomize",
    default=0,
    type=click.IntRange(0, 1439),
    metavar="MINUTES",
    help="With --poll-at: up to so much later.",
)
@option("--retries", default=0, show_default=True, type=click.IntRange(0), help="How often to try again.")
@option(
    "--retry-period",
    default=5,
    show_default=True,
    type=click.IntRange(1, 35791),
    metavar="MINUTES",
    help="After so long.",
)
@option(
    "--update-timeout",
    default=0,
    type=click.IntRange(0),
    metavar="MINUTES",
    help="After so long without a server STOP PASSING TRAFFIC. Default: never.",
)
@option("--no-save", is_flag=True, help="Leave the startup configuration as it is.")
@option("--dry-run", is_flag=True, help="Print every line that would be typed; touch nothing.")
def configure(servers: tuple[str, ...], *, dry_run: bool, as_json: bool, verbose: bool, **options: Any) -> None:
    """Let a booted ASA poll these servers, the first one first. Its Auto Update settings so far are replaced.

    \b
    Example:
      rommon auto-update configure https://192.0.2.1/aus -p /dev/ttyUSB0 --server-account branch-1.toml \\
          --poll-at 'daily 03:30' --randomize 60 --retries 3
    """
    settings = _settings(servers, options)
    if dry_run:
        lines = ["configure terminal", "clear configure auto-update", *settings.lines(shown=True), "end"]
        _print([*lines, *([] if options["no_save"] else ["write memory"])], "plan", "types", as_json=as_json)
        return

    def body(asa: Any, report: Report) -> None:
        from rommon_tool.procedures.auto_update_client import configured
        from rommon_tool.procedures.run import Run

        with Run(configured(asa, settings, report.progress, saves=not options["no_save"]), report.progress) as run:
            outcome = run.finish()
        report.proved = {"lines": list(outcome.lines), "saved": outcome.is_saved}
        report.summary = "\n".join(["The running configuration has:", *(f"  {line}" for line in outcome.lines)])

    _at_console(options, body, as_json=as_json, verbose=verbose)


@click.command()
@_console
def show(*, as_json: bool, verbose: bool, **options: Any) -> None:
    """Show a booted ASA's Auto Update settings, without passwords.

    \b
    Example:
      rommon auto-update show -p /dev/ttyUSB0
    """

    def body(asa: Any, report: Report) -> None:
        from rommon_tool.procedures.auto_update_client import shown_client

        lines = shown_client(asa.cli)
        report.proved = {"lines": lines}
        report.summary = "\n".join(lines) or "Auto Update is not configured."

    _at_console(options, body, as_json=as_json, verbose=verbose)


@click.command()
@_console
@option("--seconds", default=300.0, show_default=True, type=Finite(1), help="How long to watch.")
def watch(*, seconds: float, as_json: bool, verbose: bool, **options: Any) -> None:
    """Watch a booted ASA poll and update itself, by `debug auto-update client` and its messages 612001 to 612003.

    \b
    Example:
      rommon auto-update watch -p /dev/ttyUSB0 --seconds 900
    """

    def body(asa: Any, report: Report) -> None:
        from rommon_tool.procedures.auto_update_client import watched
        from rommon_tool.procedures.run import Run

        with Run(watched(asa, seconds), report.progress) as run:
            news = run.finish()
        told = [{"event": type(one).__name__, **asdict(one)} for one in news]
        report.proved = {"news": told}
        report.summary = (
            "\n".join(", ".join(str(value) for value in one.values()) for one in told) or "It did not poll."
        )

    _at_console(options, body, as_json=as_json, verbose=verbose)


def _at_console(options: dict[str, Any], body: Callable[[Any, Report], None], *, as_json: bool, verbose: bool) -> None:
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name="auto-update") as report:
        from rommon_tool.procedures.asa_session import AsaConsole, open_asa

        warn_without_folder(report)
        transcript = report.folder / "transcript.txt" if report.folder else None
        console = AsaConsole(options["port"] or only_port(), options["baud"], credentials_of(options), transcript)
        with open_asa(console, report.progress) as asa:
            body(asa, report)


def _settings(urls: tuple[str, ...], options: dict[str, Any]) -> Any:
    from rommon_tool.credentials import from_file
    from rommon_tool.errors import WrongUsage
    from rommon_tool.procedures.auto_update_client import ClientSettings, PollAt, PollPeriod, UpdateServer

    account = from_file(options["server_account"]) if options["server_account"] else None
    if account is not None and (not account.username or account.password is None):
        raise WrongUsage(f"{options['server_account']} has no username and password", hint="it needs both")
    user, password = (account.username or "", account.password) if account else ("", None)
    verifies = not options["no_verification"]
    days, _, time = options["poll_at"].rpartition(" ")
    if options["randomize"] and not time:
        raise WrongUsage("--randomize goes with --poll-at")
    settings = ClientSettings(
        servers=tuple(UpdateServer(url, options["source"], verifies, user, password) for url in urls),
        schedule=PollAt(days, time, options["randomize"]) if time else PollPeriod(options["poll_period"]),
        retry_count=options["retries"],
        retry_minutes=options["retry_period"],
        device_id=options["device_id"],
        timeout_minutes=options["update_timeout"],
    )
    settings.check()
    return settings


def _print(lines: list[str], kind: str, key: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"v": 1, "kind": kind, key: lines}))
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "dry-run"}))
    else:
        click.echo("\n".join(lines))
