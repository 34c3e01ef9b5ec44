"""The limits of a TFTP server as options of a command.

The one rule: a command that has them is handed them as `settings`, and knows none of them by name.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import rich_click as click

from rommon_tool.cli.options import option
from rommon_tool.cli.quantities import byte_rate, port_range

_OPTIONS = (
    option(
        "--max-sessions",
        default=256,
        show_default=True,
        type=click.IntRange(1, 4096),
        metavar="N",
        help="Transfers at the same time.",
    ),
    option(
        "--max-per-client",
        type=click.IntRange(0, 4096),
        metavar="N",
        help="Transfers of one address at the same time; 0 for no limit. Default: 2 for one file, 0 for a folder.",
    ),
    option(
        "--data-ports",
        type=port_range,
        metavar="FIRST-LAST",
        help="Send from these UDP ports only, for a firewall. Default: any free port.",
    ),
    option(
        "--rollover",
        default="0",
        show_default=True,
        type=click.Choice(["0", "1"]),
        help="The number of the block after 65535.",
    ),
    option(
        "--blksize",
        default=65464,
        show_default=True,
        type=click.IntRange(8, 65464),
        metavar="BYTES",
        help="Largest block that a client may ask for, from 8.",
    ),
    option(
        "--windowsize",
        default=64,
        show_default=True,
        type=click.IntRange(1, 64),
        metavar="N",
        help="Most blocks that a client may ask for at once.",
    ),
    option("--rate", type=byte_rate, metavar="RATE", help="Bytes a second for all together, as 500K, 10M or 1GiB."),
    option("--client-rate", type=byte_rate, metavar="RATE", help="Bytes a second for each client, as 10M (80 Mbit/s)."),
    option(
        "--no-spin", is_flag=True, help="Never wait actively: a little slower, and no processor time between blocks."
    ),
)


def limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that serves `path` the options, and their values to it as the keyword `settings`."""

    @wraps(command)
    def limited(
        path: Path,
        *,
        max_sessions: int,
        max_per_client: int | None,
        data_ports: tuple[int, int] | None,
        rollover: Literal["0", "1"],
        blksize: int,
        windowsize: int,
        rate: int | None,
        client_rate: int | None,
        no_spin: bool,
        **others: Any,
    ) -> None:
        from tftp.settings import ServerSettings

        if max_per_client is None:
            # A folder serves racks; one file is for one device, which may ask twice.
            max_per_client = 0 if path.is_dir() else 2
        settings = ServerSettings(
            max_sessions=max_sessions,
            max_per_client=max_per_client or None,
            data_ports=data_ports,
            rollover_to=1 if rollover == "1" else 0,
            largest_blksize=blksize,
            largest_windowsize=windowsize,
            bytes_per_second=rate,
            client_bytes_per_second=client_rate,
            spins=not no_spin,
        )
        command(path, settings=settings, **others)

    for each in reversed(_OPTIONS):
        each(limited)
    return limited
