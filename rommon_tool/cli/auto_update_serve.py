"""`rommon auto-update serve ASSIGNMENTS`: the server that devices poll, and the page for people.

The one rule: everything is read and checked before the port opens; what devices get afterwards is what was checked.
"""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from rommon_tool.cli.exit_codes import DONE, INTERRUPTED, exit_code
from rommon_tool.cli.main import tell, told
from rommon_tool.cli.options import option
from rommon_tool.cli.reporting import finished_by
from rommon_tool.outlet import Outlet
from rommon_tool.progress import Finished, Progress
from rommon_tool.sinks import JsonLines, PlainText

if TYPE_CHECKING:
    from rommon_tool.auto_update.accounts import Accounts
    from rommon_tool.auto_update.assignments import Assignment
    from rommon_tool.auto_update.certificate import Certificate
    from rommon_tool.auto_update.reply import ReplyTemplate

_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, as it was written."""

    assignments: Path
    accounts: Path
    bind: str
    port: int
    host: str
    cert: Path | None
    key: Path | None
    reply: Path | None
    keep: Path | None


@dataclass(frozen=True, slots=True)
class Checked:
    """The same, read."""

    assignments: "tuple[Assignment, ...]"
    accounts: "Accounts"
    template: "ReplyTemplate"
    certificate: "Certificate"


@click.command()
@click.argument("assignments", type=_FILE)
@option(
    "--accounts", required=True, type=_FILE, help="Names and passwords of devices and operators, a file of mode 0600."
)
@option("--bind", default="", metavar="ADDR", help="Where to listen. Default: this machine's only address.")
@option(
    "--https-port",
    default=443,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="TCP port; 0 takes a free one.",
)
@option("--host", default="", metavar="NAME", help="How devices reach it, for URLs and certificate. Default: --bind.")
@option("--cert", type=_FILE, help="The server's certificate (PEM). Default: a self-signed one, made once and kept.")
@option("--key", type=_FILE, help="Its key (PEM, not encrypted).")
@option("--reply", type=_FILE, help="Reply template; `rommon auto-update template` prints the one that comes along.")
@option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep what devices post in this folder.")
@option("--dry-run", is_flag=True, help="Read and check everything, print what would be served; open no port.")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def serve(
    assignments: Path,
    *,
    accounts: Path,
    bind: str,
    https_port: int,
    host: str,
    cert: Path | None,
    key: Path | None,
    reply: Path | None,
    keep: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Serve what ASSIGNMENTS (a TOML file) assigns to each device, by HTTPS. Ctrl-C ends it.

    Devices post to any path with a name and password, are told of their files by checksum, and fetch them. The format of
    that reply is public in outline only: the template that comes along is a guess, UNVERIFIED against any real ASA, and
    --reply takes yours. Operators see who polled what and when at https://HOST/.

    \b
    Example: fleet.toml
      [devices.branch-1]
      model = "ASA5525-X"
      image = "asa9-12-4-smp-k8.bin"
    and accounts.toml, chmod 600
      [devices]
      branch-1 = "a long password"
    served with
      rommon auto-update serve fleet.toml --accounts accounts.toml --bind 192.0.2.1
    """
    if (cert is None) != (key is None):
        raise click.UsageError("--cert and --key belong together")
    wanted = Wanted(assignments, accounts, bind, https_port, host, cert, key, reply, keep)
    if dry_run:
        with _checked(wanted) as (checked, address):
            _show_plan(wanted, checked, address, as_json=as_json)
        return
    _run(wanted, as_json=as_json)


@click.command()
def template() -> None:
    """Print the reply template that comes along, to be edited and given as --reply.

    \b
    Example:
      rommon auto-update template > reply.toml
    """
    from rommon_tool.auto_update.reply import default_text

    click.echo(default_text(), nl=False)


def _run(wanted: Wanted, *, as_json: bool) -> None:
    """Serve, show it, and exit with the code of how it ended."""
    progress = Progress("server")
    outlet = Outlet(JsonLines(sys.stdout) if as_json else PlainText(tell))
    progress.subscribe(outlet)
    failure: Exception | None = None
    try:
        code = INTERRUPTED if _serve(wanted, progress) == signal.SIGINT else DONE
        progress.publish(Finished(code, "interrupted" if code else "done", cause="interrupted" if code else ""))
    except Exception as error:  # noqa: BLE001 - every end becomes a result line and an exit code
        failure, code = error, exit_code(error)
        progress.publish(finished_by(error))
    outlet.close()
    if defect := failure or outlet.defect:
        code = told(defect)
    sys.exit(code)


def _serve(wanted: Wanted, progress: Progress) -> int:
    """Serve until a signal comes; return its number."""
    with _checked(wanted) as (checked, address):
        from rommon_tool.auto_update.events import AutoUpdateListening
        from rommon_tool.auto_update.reception import Reception
        from rommon_tool.auto_update.serving import AutoUpdateServer, listening_socket, stopped_by_signals

        kept = _kept(wanted.keep)
        with listening_socket(address, wanted.port) as listening:
            port = listening.getsockname()[1]
            base = _url(wanted.host or address, port)
            reception = Reception(
                checked.assignments,
                checked.accounts,
                checked.template,
                base=base,
                publish=progress.publish,
                kept=kept,
            )
            server = AutoUpdateServer(reception.application(), checked.certificate)
            with stopped_by_signals(server) as caught:
                progress.publish(AutoUpdateListening(address, port, base, checked.certificate.fingerprint))
                server.serve_on(listening)
    return caught[0] if caught else int(signal.SIGTERM)


@contextmanager
def _checked(wanted: Wanted) -> Iterator[tuple[Checked, str]]:
    """Everything read and every file open, and the address to listen at. Raises `WrongUsage` and what stands below it."""
    _check_installed()
    from rommon_tool.auto_update.accounts import read_accounts
    from rommon_tool.auto_update.assignments import read_assignments
    from rommon_tool.auto_update.reply import read_template
    from rommon_tool.cli.serve import listening_address, only_address
    from rommon_tool.errors import WrongUsage

    address = listening_address(wanted.bind) if wanted.bind else only_address()
    accounts, reply = read_accounts(wanted.accounts), read_template(wanted.reply)
    with ExitStack() as stack:
        assignments = read_assignments(wanted.assignments)
        for assignment in assignments:
            stack.callback(assignment.close)
        strangers = [one.name for one in assignments if one.name not in accounts.devices]
        if strangers:
            message = f"{wanted.accounts} has no account for {', '.join(strangers)}"
            raise WrongUsage(message, hint='write one in its table [devices]: branch-1 = "PASSWORD"')
        yield Checked(assignments, accounts, reply, _certificate(wanted, address)), address


def _check_installed() -> None:
    from importlib.util import find_spec

    from rommon_tool.errors import WrongUsage

    if not all(find_spec(name) for name in ("starlette", "uvicorn")):
        raise WrongUsage("the Auto Update server needs an extra", hint="pip install 'rommon-tool[auto-update]'")


def _certificate(wanted: Wanted, address: str) -> "Certificate":
    from platformdirs import user_state_path

    from rommon_tool.auto_update.certificate import given, self_signed

    if wanted.cert and wanted.key:
        return given(wanted.cert, wanted.key)
    return self_signed(user_state_path("rommon") / "auto-update", wanted.host or address)


def _kept(folder: Path | None):  # type: ignore[no-untyped-def]
    from rommon_tool.auto_update.kept_posts import KeptPosts
    from rommon_tool.errors import WrongUsage

    try:
        return KeptPosts(folder) if folder else None
    except OSError as error:
        raise WrongUsage(f"cannot keep posts in {folder}", seen=error.strerror or "") from error


def _url(host: str, port: int) -> str:
    host = f"[{host}]" if ":" in host else host
    return f"https://{host}" + (f":{port}" if port != 443 else "")


def _show_plan(wanted: Wanted, checked: Checked, address: str, *, as_json: bool) -> None:
    certificate = checked.certificate
    url = _url(wanted.host or address, wanted.port)
    if as_json:
        plan = {"address": address, "port": wanted.port, "url": url, "fingerprint": certificate.fingerprint}
        lines: list[dict[str, object]] = [{"kind": "plan", **plan}]
        for one in checked.assignments:
            lines += [
                {
                    "kind": "file",
                    "account": one.name,
                    "component": component,
                    "name": file.name,
                    "bytes": file.file_bytes,
                }
                | {"checksum": file.checksum, "sha512": file.sha512}
                for component, file in one.files.items()
            ]
        for line in [*lines, {"kind": "result", "exit_code": 0, "outcome": "dry-run"}]:
            click.echo(json.dumps({"v": 1, **line}))
        return
    click.echo(f"Would serve at {url} (listening at {address}, TCP port {wanted.port}):")
    for one in checked.assignments:
        click.echo(f"  {one.name} ({one.model})")
        for component, file in one.files.items():
            click.echo(f"    {component:6} {file.file_bytes:>15,} bytes  {file.checksum}  {file.name}")
    click.echo(f"Certificate: {certificate.chain}{' (self-signed)' if certificate.is_own else ''}")
    click.echo(f"SHA-256 fingerprint: {certificate.fingerprint}")
    click.echo(f"Page: {f'{url}/' if checked.accounts.operators else 'nobody may see it: there is no [operators]'}")
    click.echo(f"Reply template: {wanted.reply or 'the one that comes along, UNVERIFIED against any real ASA'}")
