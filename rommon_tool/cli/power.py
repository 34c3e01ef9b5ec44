"""`rommon power ACTION`: switch a device's power as --power of the other commands would, to try it."""

import json
import sys
import time
from typing import TYPE_CHECKING

import rich_click as click

from rommon_tool.cli.main import tell
from rommon_tool.cli.options import option

if TYPE_CHECKING:
    from rommon_tool.power import Power

_POLL_SECONDS = 0.05


@click.command()
@click.argument("action", type=click.Choice(["on", "off", "cycle"]))
@option(
    "--power",
    "text",
    required=True,
    metavar="HOW",
    envvar="ROMMON_POWER",
    help="A command, pdudaemon://HOST/PDU/OUTLET, snmp://HOST/apc/4, or ask:, which asks you.",
)
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def power(action: str, *, text: str, as_json: bool) -> None:
    """Switch a device's power on, off, or off and on. No console is opened.

    \b
    Example:
      rommon power cycle --power pdudaemon://bench-pi/rack-2/4
    """
    from rommon_tool.power import power_of

    switch = power_of(text, tell)
    {"on": switch.on, "off": switch.off, "cycle": switch.cycle}[action]()
    _wait(switch)
    fields = {"v": 1, "kind": "result", "exit_code": 0, "outcome": "done", "action": action, "power": switch.name}
    click.echo(json.dumps(fields) if as_json else f"Done: {action} by {switch.name}")


def _wait(switch: "Power") -> None:
    """Until it has ended. A person at a terminal says so with Enter; without a terminal the countdown is the end."""
    from rommon_tool.power.person import PowerPerson

    while not switch.ended():
        if isinstance(switch, PowerPerson) and not switch.counting:
            if sys.stdin is not None and sys.stdin.isatty():
                click.pause("Press a key when it is done ...", err=True)
            switch.done()
        time.sleep(_POLL_SECONDS)
