"""`rommon ports`: the serial ports of this machine."""

import json
from dataclasses import asdict

import rich_click as click

from rommon_tool.cli.options import option


@click.command()
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def ports(*, as_json: bool) -> None:
    """List the serial ports of this machine, by the name that outlives re-plugging.

    \b
    Example:
      rommon ports
    """
    from serial_console.port import serial_ports

    found = serial_ports()
    for port in found:
        click.echo(
            json.dumps({"v": 1, "kind": "port", **asdict(port)}) if as_json else f"{port.path}  {port.description}"
        )
    if as_json:
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "done", "ports": len(found)}))
    elif not found:
        click.echo("No serial port found. Plug the console cable in; a console server or sim:// needs none.", err=True)
