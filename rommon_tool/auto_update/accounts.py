"""Who may poll and who may look: names and passwords from a file that nobody else may read.

    [devices]
    branch-1 = "..."

    [operators]
    anna = "..."

A device is who its name and password say; the format of what it posts is not public, so nothing is read out of that.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from rommon_tool.credentials import private_toml
from rommon_tool.errors import WrongUsage

_HINT = 'write [devices] with branch-1 = "PASSWORD" a line, perhaps [operators] alike, and give the file the mode 0600'
_TABLES = ("devices", "operators")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Passwords by name. Without `operators` nobody sees the page."""

    devices: dict[str, str] = field(repr=False)
    operators: dict[str, str] = field(repr=False)


def read_accounts(path: Path) -> Accounts:
    """Read the file. Raises `WrongUsage`, which never quotes it."""
    tables = private_toml(path, _HINT)
    unknown = sorted(set(tables) - set(_TABLES))
    if unknown:
        raise WrongUsage(f"{path} has a table that nobody knows: {unknown[0]!r}", hint=_HINT)
    return Accounts(*(_passwords(path, name, tables.get(name, {})) for name in _TABLES))


def _passwords(path: Path, name: str, table: object) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(word, str) and word for word in table.values()):
        raise WrongUsage(f"{path}: in [{name}] every line is a name and a password in quotes", hint=_HINT)
    return {str(user): str(word) for user, word in table.items()}


def name_and_password(authorization: str) -> tuple[str, str] | None:
    """What an `Authorization` header of the kind Basic says; None for any other."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, colon, word = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, word) if colon else None


def is_account(passwords: dict[str, str], user: str, word: str) -> bool:
    """Whether the password is this user's; a wrong one takes as long as an unknown name."""
    known = passwords.get(user, "")
    return hmac.compare_digest(known.encode(), word.encode()) and bool(known)
