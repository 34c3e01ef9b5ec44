"""`rommon serve PATH`: the TFTP server by itself.

The one rule: nobody who reads the output can hold up a device that loads; what is shown leaves the server's thread at once.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from rommon_tool.cli.exit_codes import DONE, INTERRUPTED, exit_code
from rommon_tool.cli.limits import limits
from rommon_tool.cli.main import tell, told
from rommon_tool.cli.options import option, platform_completion
from rommon_tool.cli.quantities import host_port
from rommon_tool.cli.reporting import can_redraw, finished_by
from rommon_tool.outlet import Outlet, Sparse
from rommon_tool.progress import Finished, MetricsListening, Progress
from rommon_tool.sinks import JsonLines, PlainText, harmless

if TYPE_CHECKING:
    from tftp import RecoveryTftpServer, ServerSettings
    from tftp.counters import Counters


#: Progress lines of all transfers together, with --json.
_PROGRESS_PER_SECOND = 100


@dataclass(frozen=True, slots=True)
class Serving:
    """What was asked for: which files, where, for whom, within which limits."""

    path: Path
    bind: str
    port: int
    clients: tuple[str, ...]
    settings: "ServerSettings"
    metrics: tuple[str, int] | None = None
    platform: str = ""


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@option("--bind", default="", metavar="ADDR", help="Where to listen. Default: this machine's only address.")
@option(
    "--tftp-port",
    default=69,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="UDP port; 0 takes a free one.",
)
@option("--client", multiple=True, metavar="ADDR[/LEN]", help="Serve this address or network only; repeatable.")
@limits
@option(
    "--metrics",
    type=host_port,
    metavar="[ADDR:]PORT",
    help="Counters for Prometheus by HTTP; a port alone answers this machine only. Default: none.",
)
@option(
    "--platform",
    default="",
    metavar="NAME",
    shell_complete=platform_completion,
    help="Refuse a file that is for other devices than this family. Default: serve whatever it is.",
)
@option("--dry-run", is_flag=True, help="Print what would be served, where and to whom; open no port.")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
@option("--no-progress", is_flag=True, help="Plain lines instead of the live table.")
def serve(
    path: Path,
    *,
    bind: str,
    tftp_port: int,
    client: tuple[str, ...],
    settings: "ServerSettings",
    metrics: tuple[str, int] | None,
    platform: str,
    dry_run: bool,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Serve PATH by TFTP, read-only: one file (only it is served), or the files of a folder. Ctrl-C ends it.

    Example: one device, and nobody else:

    \b
      rommon serve asa984-22-lfbff-k8.SPA --bind 10.86.118.21 --client 10.86.118.4

    A rack behind a firewall that lets UDP 69 and 50000 to 50099 in, leaving room on a 1 Gbit/s line:

    \b
      rommon serve images/ --bind 10.86.118.21 --client 10.86.118.0/24 \\
          --data-ports 50000-50099 --rate 90M --client-rate 10M

    Started by a systemd socket unit, it listens at that unit's address and port, whatever --bind and --tftp-port say.
    """
    wanted = Serving(path, bind, tftp_port, client, settings, metrics, platform)
    if dry_run:
        from rommon_tool.cli.serve_plan import show_plan

        show_plan(_checked(wanted), as_json=as_json)
        return
    _run(wanted, as_json=as_json, no_progress=no_progress)


def _run(wanted: Serving, *, as_json: bool, no_progress: bool) -> None:
    """Serve, show it, and exit with the code of how it ended."""
    from tftp.privileges import forbid_new_privileges

    forbid_new_privileges()  # before there are threads
    progress = Progress("server")
    outlet = _outlet(wanted.path, as_json=as_json, no_progress=no_progress)
    progress.subscribe(outlet)
    failure: Exception | None = None
    try:
        ended_by = _serve(_checked(wanted), progress)
        code = INTERRUPTED if ended_by == signal.SIGINT else DONE
        progress.publish(Finished(code, "interrupted" if code else "done", cause="interrupted" if code else ""))
    except Exception as error:  # noqa: BLE001 - every end becomes a result line and an exit code
        failure, code = error, exit_code(error)
        progress.publish(finished_by(error))
    is_told = outlet.close()
    if defect := failure or outlet.defect:
        code = told(defect)
    if not is_told:
        # Whoever reads our output keeps the thread that writes it waiting, and would keep the interpreter's end waiting.
        os._exit(code)
    sys.exit(code)


def _outlet(path: Path, *, as_json: bool, no_progress: bool) -> Outlet:
    if as_json:
        return Outlet(Sparse(JsonLines(sys.stdout), _PROGRESS_PER_SECOND))
    if no_progress or not can_redraw():
        return Outlet(PlainText(tell))
    from rommon_tool.live_table import LiveTable

    table = LiveTable(harmless(path.name or str(path)))
    table.open()
    return Outlet(table, refresh=table.refresh, finish=table.close)


def _checked(wanted: Serving) -> Serving:
    """The same with the address to listen on. Raises ImageMissing, WrongUsage."""
    from rommon_tool.errors import ImageMissing, WrongUsage
    from tftp.access import networks
    from tftp.activation import is_activated

    try:
        wanted.path.stat()
    except OSError as error:
        raise ImageMissing(
            f"cannot serve {wanted.path}",
            seen=error.strerror or "",
            hint="give the path of an image or of a folder of images",
        ) from error
    try:
        networks(wanted.clients)
    except ValueError as error:
        raise WrongUsage(
            f"--client: {error}", hint="write an address or a network: 192.0.2.10 or 192.0.2.0/24"
        ) from error
    if wanted.platform:
        from rommon_tool.preflight import check_file_fits

        check_file_fits(wanted.path, wanted.platform)
    if wanted.bind:
        return replace(wanted, bind=listening_address(wanted.bind))
    return wanted if is_activated() else replace(wanted, bind=only_address())


def _serve(wanted: Serving, progress: Progress) -> int:
    """Serve until a signal comes; return its number."""
    from tftp import RecoveryTftpServer, served_files
    from tftp.access import single_addresses
    from tftp.activation import activated_socket
    from tftp.counters import Counters
    from tftp.privileges import drop_privileges

    server = RecoveryTftpServer(
        files=served_files(wanted.path),
        clients=list(wanted.clients) or None,
        on_event=progress.publish,
        settings=wanted.settings,
    )
    server.counters = Counters(single_addresses(wanted.clients))
    with _stopped_by_signals(server) as caught:
        if given := activated_socket():
            server.adopt(given)
        else:
            server.bind(wanted.bind, wanted.port)
        if wanted.metrics is not None:
            _open_metrics(server.counters, wanted.metrics, progress)
        server.privileges = ", ".join(filter(None, ["port opened by systemd" if given else "", drop_privileges()]))
        server.serve()
    return caught[0] if caught else int(signal.SIGTERM)


def _open_metrics(counters: "Counters", place: tuple[str, int], progress: Progress) -> None:
    """Open the endpoint, for the rest of the process's life."""
    from rommon_tool.version import __version__
    from tftp.metrics import MetricsEndpoint

    endpoint = MetricsEndpoint(counters, *place, version=__version__)
    progress.publish(MetricsListening(place[0], endpoint.port))


@contextmanager
def _stopped_by_signals(server: "RecoveryTftpServer") -> Iterator[list[int]]:
    """Ctrl-C, a kill and a closed terminal end `server` at once. Gives the signals that came."""
    caught: list[int] = []

    def stop(number: int, _frame: object) -> None:
        caught.append(number)
        server.stop(now=True)

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]  # under nohup it is
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def listening_address(text: str) -> str:
    """An address as --bind takes it. Raises WrongUsage."""
    from rommon_tool.errors import WrongUsage

    try:
        return str(ip_address(text))
    except ValueError as error:
        raise WrongUsage(f"--bind '{text}' is no address", hint="write it as 192.0.2.1") from error


def only_address() -> str:
    """The only address of this machine beside loopback; with several, the user must choose which network may ask."""
    from rommon_tool.errors import WrongUsage
    from rommon_tool.job import own_addresses

    found = [address.ip for address in own_addresses() if not address.ip.is_loopback]
    if len(found) > 1:
        seen = ", ".join(str(address) for address in found)
        raise WrongUsage(
            "which network may ask? This machine has several addresses", seen=seen, hint="give one of them as --bind"
        )
    return str(found[0] if found else IPv4Address("127.0.0.1"))
