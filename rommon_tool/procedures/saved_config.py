"""The saved configuration of a booted ASA: whether there is one, and whether `write memory` may write over it."""

import re

from rommon_tool.errors import InstallRefused
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.version import ShownVersion
from serial_console.boot_monitor.confreg import IGNORES_CONFIG, NORMAL

_HOSTNAME = re.compile(r"(?m)^ *hostname \S")


def register_of(shown: ShownVersion) -> int:
    """The configuration register; the normal one where the device does not tell."""
    return int(shown.register, 16) if shown.register else NORMAL


def has_saved_config(cli: AsaCli) -> bool:
    """Whether there is a saved configuration: each has a `hostname` line."""
    return _HOSTNAME.search(cli.run("show startup-config | include hostname", checked=False)) is not None


def check_whole(shown: ShownVersion, *, has_config: bool, is_whole: bool) -> None:
    """Raise `InstallRefused` where `write memory` would write an empty configuration over the saved one.

    A device whose register has it ignore the saved one runs without it.
    """
    if is_whole or not has_config or not register_of(shown) & IGNORES_CONFIG:
        return
    message = "the device ignores its saved configuration, and `write memory` would write the running one over it"
    hint = (
        "`copy startup-config running-config`, look at it and at the interfaces, then run again with --config-is-whole"
    )
    raise InstallRefused(message, cause="config-ignored", seen=f"Configuration register is {shown.register}", hint=hint)
