"""`rommon auto-update`: the server, and the device's side of it."""

import rich_click as click

from rommon_tool.cli.auto_update_client import configure, show, watch
from rommon_tool.cli.auto_update_serve import serve, template


@click.group("auto-update")
def auto_update() -> None:
    """Keep booted ASAs up to date: they poll a server for their image, ASDM and configuration.

    \b
    Example:
      rommon auto-update serve fleet.toml --accounts accounts.toml --bind 192.0.2.1
    """


for _command in (serve, template, configure, show, watch):
    auto_update.add_command(_command)
