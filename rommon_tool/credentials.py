"""Passwords of a booted device: from a file that nobody else may read, from the keyring, or typed by a person.

Never from the command line or the environment, where every user of this machine could read them.
"""

import os
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rommon_tool.errors import WrongUsage
from serial_console.asa_cli import Credentials, Secret

SERVICE = "rommon-tool"
FIELDS = ("username", "password", "enable_password", "new_enable_password")
_HINT = 'write it as TOML, `username = "admin"`, `password = "…"`, `enable_password = "…"`, and give it the mode 0600: chmod 600'


def from_file(path: Path) -> Credentials:
    """Read a TOML file of mode 0600 or less. Raises `WrongUsage`, which never quotes the file."""
    fields = private_toml(path, _HINT)
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown or not all(isinstance(value, str) for value in fields.values()):
        what = f"it has no field {unknown[0]!r}" if unknown else "every field is a text in quotes"
        raise WrongUsage(f"{path}: {what}", hint=f"known fields: {', '.join(FIELDS)}")
    return of_fields(fields.get)


def private_toml(path: Path, hint: str) -> dict[str, Any]:
    """What stands in a TOML file that nobody else may read. Raises `WrongUsage`, which never quotes the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise WrongUsage(f"others may read the passwords in {path}", hint=f"chmod 600 {path}")
            return tomllib.load(file)
    except OSError as error:
        raise WrongUsage(f"cannot read the passwords in {path}: {error.strerror}", hint=hint) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Its message would quote what stands there.
        raise WrongUsage(f"{path} is no TOML file", hint=hint) from None


def from_keyring(name: str) -> Credentials:
    """What the keyring holds for a device of that name: `keyring set rommon-tool NAME/enable_password`.

    Needs the extra `keyring`. Raises `WrongUsage` if it is not installed, or has no entry at all.
    """
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise WrongUsage("the keyring needs an extra", hint="pip install 'rommon-tool[keyring]'") from None
    try:
        fields = {field: keyring.get_password(SERVICE, f"{name}/{field}") for field in FIELDS}
    except KeyringError as error:
        raise WrongUsage(f"the keyring can't be read: {error}", hint="unlock it, or use a file") from error
    if not any(value is not None for value in fields.values()):
        hint = f"keyring set {SERVICE} {name}/enable_password"
        raise WrongUsage(f"the keyring has nothing for {name!r}", hint=hint)
    return of_fields(fields.get)


def from_person(ask: Callable[[str], str]) -> Credentials:
    """Ask a person; `ask` shows a question and reads without an echo. An empty enable password is one, too."""
    fields: dict[str, str] = {}
    if username := ask("User name (empty if the console asks for none): "):
        fields = {"username": username, "password": ask("Password: ")}
    fields["enable_password"] = ask("Enable password (empty if none was ever set): ")
    return of_fields(fields.get)


def of_fields(get: Callable[[str], str | None]) -> Credentials:
    """Credentials of what is known by field; an enable password that is not known is the empty one."""
    password, new = get("password"), get("new_enable_password")
    return Credentials(
        username=get("username"),
        password=None if password is None else Secret(password),
        enable_password=Secret(get("enable_password") or ""),
        new_enable_password=Secret(new) if new else None,
    )
