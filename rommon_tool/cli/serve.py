"""`rommon serve PATH`: the TFTP server by itself."""

import signal
import sys
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import rich_click as click

from rommon_tool.cli.exit_codes import DONE, INTERRUPTED
from rommon_tool.cli.main import tell, told
from rommon_tool.cli.options import option
from rommon_tool.progress import Finished, Progress
from rommon_tool.sinks import JsonLines, PlainText


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@option("--bind", default="", metavar="ADDR", help="Where to listen. Default: this machine's only address.")
@option(
    "--tftp-port", default=69, show_default=True, type=click.IntRange(0, 65535), help="UDP port; 0 takes a free one."
)
@option("--client", multiple=True, metavar="ADDR[/LEN]", help="Serve this address or network only; repeatable.")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def serve(path: Path, *, bind: str, tftp_port: int, client: tuple[str, ...], as_json: bool) -> None:
    """Serve PATH by TFTP, read-only: one file (only it is served), or the files of a folder. Ctrl-C ends it.

    \b
    Example:
      rommon serve asa984-22-lfbff-k8.SPA --bind 10.86.118.21 --client 10.86.118.4
    """
    progress = Progress("server")
    progress.subscribe(JsonLines(sys.stdout) if as_json else PlainText(tell))
    try:
        ended_by = _serve(path, bind, tftp_port, client, progress)
    except Exception as error:  # noqa: BLE001 - every end becomes a result line and an exit code
        code = told(error)
        cause = getattr(error, "cause", "internal-error")
        progress.publish(
            Finished(code, "failed", cause, str(error), getattr(error, "seen", ""), getattr(error, "hint", ""))
        )
        sys.exit(code)
    code = INTERRUPTED if ended_by == signal.SIGINT else DONE
    progress.publish(Finished(code, "interrupted" if code else "done", cause="interrupted" if code else ""))
    sys.exit(code)


def _serve(path: Path, bind: str, port: int, clients: tuple[str, ...], progress: Progress) -> int:
    """Serve until a signal comes; return its number."""
    from rommon_tool.errors import ImageMissing, WrongUsage
    from tftp import RecoveryTftpServer, ServerSettings, served_files
    from tftp.privileges import drop_privileges

    try:
        path.stat()
    except OSError as error:
        raise ImageMissing(
            f"cannot serve {path}", seen=error.strerror or "", hint="give the path of an image or of a folder of images"
        ) from error
    address = _listening_address(bind) if bind else _only_address()
    caught: list[int] = []
    try:
        # A folder serves racks; one file is for one device, which may ask twice.
        server = RecoveryTftpServer(
            files=served_files(path),
            clients=list(clients) or None,
            on_event=progress.publish,
            settings=ServerSettings(max_per_client=None if path.is_dir() else 2),
        )
    except ValueError as error:
        raise WrongUsage(
            f"--client: {error}", hint="write an address or a network: 192.0.2.10 or 192.0.2.0/24"
        ) from error

    def stop(number: int, _frame: object) -> None:
        caught.append(number)
        server.stop(now=True)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.bind(address, port)
        server.privileges = drop_privileges()
        server.serve()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return caught[0] if caught else int(signal.SIGTERM)


def _listening_address(text: str) -> str:
    from rommon_tool.errors import WrongUsage

    try:
        return str(ip_address(text))
    except ValueError as error:
        raise WrongUsage(f"--bind '{text}' is no address", hint="write it as 192.0.2.1") from error


def _only_address() -> str:
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
