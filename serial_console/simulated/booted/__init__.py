"""What a booted ASA can do at its command line: a table of commands in each module, joined here.

A new capability is a module with a `COMMANDS` or `SETTINGS` tuple (see `commands`) and a line in this list.
"""

from . import (
    auto_backup,
    auto_update,
    backing_up,
    configuring,
    copying,
    exec_mode,
    files,
    licensing,
    mounting,
    reloading,
    saving,
    scheduling,
    shows,
    startup,
    upgrading,
)
from .commands import Command, Setting

_MODULES = (
    auto_backup,
    mounting,
    backing_up,
    auto_update,
    exec_mode,
    shows,
    files,
    copying,
    saving,
    reloading,
    scheduling,
    upgrading,
    configuring,
    startup,
    licensing,
)
COMMANDS: tuple[Command, ...] = tuple(command for module in _MODULES for command in getattr(module, "COMMANDS", ()))
SETTINGS: tuple[Setting, ...] = tuple(setting for module in _MODULES for setting in getattr(module, "SETTINGS", ()))
