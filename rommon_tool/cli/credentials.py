"""The options by which a command gets the passwords of a booted device. None of them takes a password itself."""

import sys
from getpass import getpass
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.options import Decorated, option
from serial_console.asa_cli.secret import Credentials


def credential_options(command: Decorated) -> Decorated:
    """--credentials, --keyring, --ask-password; what they were given goes to `credentials_of`."""
    command = option("--ask-password", is_flag=True, help="Be asked for user name and passwords, without an echo.")(
        command
    )
    command = option(
        "--keyring",
        default="",
        metavar="NAME",
        help="Passwords from the keyring, by the name that you keep the device under.",
    )(command)
    return option(
        "--credentials",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="User name and passwords from a TOML file of mode 0600.",
    )(command)


def credentials_of(options: dict[str, Any]) -> Credentials:
    """What the options say; without any of them no name, and the empty enable password. Raises `WrongUsage`."""
    from rommon_tool import credentials
    from rommon_tool.errors import WrongUsage

    if sum(bool(options[name]) for name in ("credentials", "keyring", "ask_password")) > 1:
        raise WrongUsage("passwords come from one place: --credentials, --keyring or --ask-password", hint="give one")
    if options["credentials"]:
        return credentials.from_file(options["credentials"])
    if options["keyring"]:
        return credentials.from_keyring(options["keyring"])
    if options["ask_password"]:
        if not sys.stdin.isatty():
            raise WrongUsage("--ask-password needs a terminal", hint="give --credentials FILE")
        return credentials.from_person(getpass)
    return Credentials()
