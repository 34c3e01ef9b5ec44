"""What an `ssh://` URL says: `ssh://[USER@]HOST[:PORT][/COMMAND][?option=value]`. A password has no place in it."""

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from serial.serialutil import SerialException

SSH_PORT = 22
_FORM = "ssh://[USER@]HOST[:PORT][/COMMAND][?key=FILE&known-hosts=FILE&password=ask|file:PATH|keyring]"


@dataclass(frozen=True, slots=True)
class SshAddress:
    """Where to log in, and how. `command` is run there in place of a shell; an empty `key` leaves the choice to SSH's own rules."""

    user: str
    host: str
    port: int = SSH_PORT
    command: str = ""
    key: str = ""
    known_hosts: str = ""
    password: str = "ask"  # noqa: S105  # where it comes from

    @classmethod
    def of(cls, url: str) -> Self:
        """Read a URL. Raises SerialException, also for a password in it: every user of this machine would see it."""
        try:
            parts = urlsplit(url)
            options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            host, port = parts.hostname or "", parts.port or SSH_PORT
        except ValueError as error:
            raise SerialException(f"an address of the form {_FORM} is needed: {error}") from error
        if parts.password is not None:
            raise SerialException(
                "a password in a URL is seen by every user of this machine; write ?password=ask, file:PATH or keyring, "
                "and a colon that belongs to the user name as %3A"
            )
        if not host or options.keys() - {"key", "known-hosts", "password"}:
            raise SerialException(f"an address of the form {_FORM} is needed")
        return cls(
            unquote(parts.username or "") or getpass.getuser(),
            host,
            port,
            unquote(parts.path.removeprefix("/")),
            _path(options.get("key", "")),
            _path(options.get("known-hosts", "")),
            options.get("password", "ask"),
        )

    @property
    def known_as(self) -> str:
        """The host as known_hosts writes it."""
        return self.host if self.port == SSH_PORT else f"[{self.host}]:{self.port}"


def _path(text: str) -> str:
    return str(Path(text).expanduser()) if text else ""
