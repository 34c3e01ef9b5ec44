"""`rommon simulate PLATFORM`: a device that is not there, on a pseudo-terminal or a TCP port."""

import json
import os
import signal
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import rich_click as click

from rommon_tool.cli.options import option


@click.command()
@click.argument("platform")
@option(
    "--tcp",
    default="",
    metavar="ADDR:PORT",
    help="Listen on TCP instead of a pseudo-terminal; port 0 takes a free one.",
)
@option("--rfc2217", is_flag=True, help="Speak RFC 2217 on the TCP port.")
@option("--fault", multiple=True, metavar="NAME", help="A fault to simulate; repeatable. `--fault help` lists them.")
@option("--speed", default=1.0, show_default=True, help="Divide the device's own delays by this.")
@option(
    "--wire", default="", metavar="HOST:PORT", help="Where its network card really sends. Default: its SERVER, port 69."
)
@option(
    "--key",
    default="",
    metavar="PEM",
    help="A public key: the device (5506-X, ISA 3000, Firepower) refuses an image that is not signed with it.",
)
@option(
    "--option",
    "extra",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other option of a sim:// URL, such as flash=old.",
)
@option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what happens to the device, a JSON object a line.",
)
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def simulate(
    platform: str, *, tcp: str, rfc2217: bool, fault: tuple[str, ...], record: Path | None, as_json: bool, **rest: Any
) -> None:
    """Run a simulated device and print the URL of its console. It is switched on when the console is first opened.

    A SIGUSR1 cycles its power: give the printed command to --power.

    \b
    Example:
      rommon simulate asa5506x --tcp 127.0.0.1:4001 --fault link-down
    """
    from serial_console.simulated import FAULTS, PtyLine, Rfc2217Line, SimulationError, TcpLine

    if "help" in fault:
        click.echo("\n".join(f"{name:22} {text}" for name, text in FAULTS.items()))
        return
    try:
        url = _device_url(platform, fault, rest)
        host, port = _address(tcp) if tcp or rfc2217 else ("", 0)
        reporter = _Reporter(record, as_json=as_json)
        kind = Rfc2217Line if rfc2217 else TcpLine
        line = kind(url, (host, port), reporter) if host else PtyLine(url, reporter)
    except (SimulationError, OSError) as error:
        raise click.UsageError(f"cannot simulate {platform}: {error}") from error
    with line, reporter:
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, lambda *_: line.device.power_cycle())
        reporter.ready(line.url, f"kill -USR1 {os.getpid()}")
        # In slices: on some systems a wait without end is not interrupted by a signal.
        while not ended.wait(0.5):
            pass


class _Reporter:
    """Tells what happened to the device: on stdout as JSON if asked to, and in a file."""

    def __init__(self, path: Path | None, *, as_json: bool) -> None:
        self._as_json = as_json
        self._file = path.open("w", encoding="utf-8") if path else None

    def __enter__(self) -> "_Reporter":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def ready(self, url: str, power: str) -> None:
        """The console's URL is all that stdout gets without --json, so that a script can read it."""
        if self._as_json:
            click.echo(json.dumps({"v": 1, "kind": "simulator", "port": url, "power": power}))
            return
        click.echo(url)
        click.echo(f"Power cycle: {power}", err=True)

    def __call__(self, event: object) -> None:
        fields = {"v": 1, "kind": "device", "event": type(event).__name__, **asdict(event)}  # type: ignore[call-overload]
        if isinstance(fields.get("data"), bytes):
            fields["data"] = fields["data"].decode("latin-1")
        if self._file is not None:
            self._file.write(json.dumps(fields) + "\n")
            self._file.flush()
        if self._as_json and fields["event"] != "Typed":
            click.echo(json.dumps(fields))


def _device_url(platform: str, faults: tuple[str, ...], rest: dict[str, Any]) -> str:
    options = [f"fault={fault}" for fault in faults]
    options += [f"{name}={rest[name]}" for name in ("speed", "wire") if rest[name]]
    options += [f"key={quote(rest['key'])}"] if rest["key"] else []
    return f"sim://{platform}?{'&'.join([*options, *rest['extra']])}"


def _address(text: str) -> tuple[str, int]:
    host, _, port = (text or "127.0.0.1:0").rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"--tcp '{text}' is not ADDR:PORT, such as 127.0.0.1:4001")
    return host, int(port)
