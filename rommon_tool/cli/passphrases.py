"""Where a backup's passphrase comes from: a person who is asked, or a file that nobody else may read. Never the command line."""

import os
import stat
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.options import Decorated, option
from serial_console.asa_cli.secret import Secret

_LONGEST = 128


def passphrase_options(command: Decorated) -> Decorated:
    """--passphrase-file, --ask-passphrase, --default-passphrase: one of them has to be chosen."""
    command = option(
        "--default-passphrase", is_flag=True, help="Take the device's default, which everybody knows: `cisco`."
    )(command)
    command = option("--ask-passphrase", is_flag=True, help="Be asked for the passphrase, without an echo.")(command)
    return option(
        "--passphrase-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file of mode 0600 whose first line is the passphrase of the backup.",
    )(command)


def passphrase_of(options: dict[str, Any]) -> Secret:
    """The passphrase; empty for the device's default. Raises `WrongUsage` unless exactly one place was named."""
    from rommon_tool.errors import WrongUsage

    chosen = [name for name in ("passphrase_file", "ask_passphrase", "default_passphrase") if options[name]]
    if len(chosen) != 1:
        raise WrongUsage(
            "a backup's certificates and pre-shared keys are protected by a passphrase, and none was named",
            hint="give one of --passphrase-file FILE, --ask-passphrase, --default-passphrase",
        )
    if chosen == ["default_passphrase"]:
        return Secret("")
    return _asked() if chosen == ["ask_passphrase"] else from_file(options["passphrase_file"])


def from_file(path: Path) -> Secret:
    """The first line of a file of mode 0600. Raises `WrongUsage`, which never quotes it."""
    from rommon_tool.errors import WrongUsage

    try:
        with os.fdopen(os.open(path, os.O_RDONLY), encoding="utf-8") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise WrongUsage(f"others may read the passphrase in {path}", hint=f"chmod 600 {path}")
            return _typeable(file.readline().rstrip("\r\n"))
    except (OSError, UnicodeDecodeError):
        raise WrongUsage(f"cannot read the passphrase in {path}", hint="give a text file of mode 0600") from None


def _asked() -> Secret:
    from rommon_tool.errors import WrongUsage

    if sys.stdin is None or not sys.stdin.isatty():
        raise WrongUsage("--ask-passphrase needs a terminal", hint="give --passphrase-file FILE")
    return _typeable(getpass("Passphrase of the backup: "))


def _typeable(text: str) -> Secret:
    from rommon_tool.errors import WrongUsage

    if not text or len(text) > _LONGEST or not text.isascii() or not text.isprintable() or "?" in text:
        raise WrongUsage(
            "the passphrase can't be typed at a console",
            hint="1 to 128 plain characters, without `?`, which calls help",
        )
    return Secret(text)
