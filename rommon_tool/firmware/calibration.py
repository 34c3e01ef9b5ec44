"""Settle which bytes a key's signatures are over, by one genuine file, and keep the evidence as one line.

The one rule: a record holds for the key that it was made with, no other, and names a range of the shipped list.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware.layout import lfbff
from rommon_tool.firmware.verdict import Verification

KIND = "calibration"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The evidence: of this file the range has the digest that the key's owner signed; by chance 1 in 2 to the 512."""

    range: str
    key_fingerprint: str
    file: str
    bytes: int
    file_sha512: str
    signed_sha512: str
    date: str

    def line(self) -> str:
        """The record as `rommon trust import` takes it."""
        return json.dumps({"v": 1, "kind": KIND, **asdict(self)})


def calibration_of(found: Verification, *, date: str) -> Calibration | None:
    """The record of a file whose range was matched; None if it was not."""
    if found.key is None or not found.matched_range:
        return None
    return Calibration(
        found.matched_range,
        found.key.fingerprint,
        found.name,
        found.image_bytes,
        found.sha512,
        found.signed_sha512,
        date,
    )


def calibration_from(fields: dict[str, Any]) -> Calibration:
    """A record from its fields. Raises AnchorUnusable."""
    try:
        record = Calibration(**{name: value for name, value in fields.items() if name not in ("v", "kind")})
    except TypeError as error:
        raise AnchorUnusable(
            "a calibration record is not whole", seen=str(error), hint="import its whole line"
        ) from error
    known = [candidate.id for candidate in lfbff().range]
    if record.range not in known:
        raise AnchorUnusable(
            f"a calibration record names the range {record.range!r}, which this version does not know",
            hint=f"it knows {', '.join(known)}",
        )
    return record
