"""Where a console server's password comes from: a person, a file that only its owner reads, or the keyring. Never a command line."""

import getpass
import importlib
import os
import stat
import sys
from pathlib import Path

from serial.serialutil import SerialException

KEYRING_SERVICE = "rommon-tool"


def password_from(source: str, user: str, host: str) -> str | None:
    """The password, or None if there is nobody to ask. Raises SerialException where the source can't be trusted or read."""
    kind, _, rest = source.partition(":")
    if source == "ask":
        return _asked(user, host)
    if source == "keyring":
        return _from_keyring(user, host)
    if kind == "file" and rest:
        return _from_file(Path(rest).expanduser())
    raise SerialException(f"?password={source} is none of ask, file:PATH and keyring")


def _asked(user: str, host: str) -> str | None:
    """Ask on the terminal itself, so that neither a pipe nor a log gets the answer."""
    if not _has_terminal():
        return None
    return getpass.getpass(f"Password of {user} on {host}: ")


def _has_terminal() -> bool:
    if os.name == "nt":
        return sys.stdin is not None and sys.stdin.isatty()
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


def _from_file(path: Path) -> str:
    try:
        with path.open() as file:
            # Of the open file: its name could lead elsewhere a moment later.
            mode = os.fstat(file.fileno()).st_mode
            if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
                raise SerialException(f"others may read the password file {path}: `chmod 600 {path}`")
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, SerialException):
            raise
        raise SerialException(f"the password file {path} can't be read: {error}") from error


def _from_keyring(user: str, host: str) -> str:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError as error:
        raise SerialException("?password=keyring needs an extra: pip install 'rommon-tool[keyring]'") from error
    if (password := keyring.get_password(KEYRING_SERVICE, f"{user}@{host}")) is None:
        raise SerialException(
            f"the keyring holds no such password: `keyring set {KEYRING_SERVICE} {user}@{host}` stores it"
        )
    return str(password)
