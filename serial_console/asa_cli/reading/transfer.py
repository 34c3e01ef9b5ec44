"""What `copy`, `verify` and `write memory` say at their ends.

Sources: five captured copies, `verify /sha-512` and `verify` as a guide prints them, a 5516-X's `write memory`.
"""

import re
from dataclasses import dataclass

from serial_console.asa_cli.reading.unclear import unclear

_COPIED = re.compile(r"(?m)^\D*?(\d+) bytes copied(?: in ([\d.]+) secs?)?(?: \((\d+) bytes/sec\))?")
_DIGEST = re.compile(r"(?im)^verify /(md5|sha-512) \(([^)\n]*)\) ?= ?([0-9a-f]+) *$")
_OK = re.compile(r"(?m)^\[OK\]")
_CHECKSUM = re.compile(r"Cryptochecksum(?: \((\w+)\))?: *((?:[0-9a-f]{8} ?){4})")
_HASH = re.compile(r"(?i)(Computed|Embedded) Hash +SHA2: *((?:[0-9a-f]{32}\s*){4})")
_VALID = re.compile(r"Digital signature successfully validate")


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that ended well. `seconds` is 0 where the device does not tell."""

    bytes: int
    seconds: float
    is_unsigned: bool = False


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """The block that `verify` and `upgrade rommon` print: hex digests without blanks."""

    computed: str
    embedded: str
    is_valid: bool


def read_copied(text: str) -> Copied:
    """Read the end of a copy. Raises `AnswerUnclear` if it does not say that it copied anything."""
    found = _COPIED.search(text)
    if found is None:
        raise unclear("end of the copy", text)
    return Copied(int(found[1]), float(found[2] or 0), is_unsigned="No digital signature found" in text)


def marks(text: str) -> int:
    """How many `!` of progress a piece of a copy's output has."""
    return text.count("!")


def is_writing(text: str) -> bool:
    """Whether a copy has the whole file and writes it to the disk."""
    return "Writing file " in text


def read_digest(text: str, kind: str = "sha-512") -> str:
    """The digest that `verify /sha-512` or `verify /md5` tells, in lower case. Raises `AnswerUnclear`."""
    lengths = {"sha-512": 128, "md5": 32}
    # A long line may be wrapped by a terminal in between.
    found = _DIGEST.search(re.sub(r"(?<=[0-9a-f])\n(?=[0-9a-f])", "", text))
    if found is None or found[1].lower() != kind or len(found[3]) != lengths[kind]:
        raise unclear(f"{kind} digest", text)
    return found[3].lower()


def read_signature_check(text: str) -> SignatureCheck:
    """Read a verification block. Raises `AnswerUnclear` unless it shows both hashes."""
    found = {match[1].lower(): re.sub(r"\s", "", match[2]).lower() for match in _HASH.finditer(text)}
    if set(found) != {"computed", "embedded"}:
        raise unclear("pair of hashes", text)
    return SignatureCheck(found["computed"], found["embedded"], is_valid=_VALID.search(text) is not None)


def is_saved(text: str) -> bool:
    """Whether `write memory` says that it wrote. Behind `[OK]` a line end is not certain."""
    return _OK.search(text) is not None


def config_checksum(text: str) -> str:
    """The four groups behind `Cryptochecksum`, with one blank between; empty if there are none."""
    found = _CHECKSUM.search(text)
    return found[2].strip() if found else ""
