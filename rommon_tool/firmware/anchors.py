"""What an image is held against: keys that the user trusts, and lists of digests.

The one rule: an anchor is checked when it is loaded, before any image is opened; one that can't be used is an error, never
an anchor less.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rommon_tool.firmware.bulk_hash import bulk_hash as opened_bulk_hash
from rommon_tool.firmware.keys import TrustedKey, key_from_pem
from rommon_tool.firmware.pins import PinSource, pin_file, single_pin
from rommon_tool.firmware.trust import read_trust


@dataclass(frozen=True, slots=True)
class Anchors:
    """`asked_keys`: the user named these keys, so that a signature none of them made is a no; else it is undecided."""

    keys: tuple[TrustedKey, ...] = ()
    pins: tuple[PinSource, ...] = ()
    asked_keys: bool = False


def default_anchors() -> Anchors:
    """The keys that come with this tool, and those that the user has imported."""
    return Anchors(keys=read_trust().effective_keys())


def today() -> str:
    """The date as records bear it."""
    return f"{datetime.now(tz=UTC):%Y-%m-%d}"


def load_anchors(
    *, sha512: str = "", keys: Iterable[Path] = (), pins: Path | None = None, bulk_hash: Path | None = None
) -> Anchors:
    """The anchors that a user names, by the options' names; without `keys` the trusted ones. Raises AnchorUnusable."""
    trust = read_trust()
    asked = tuple(trust.calibrated(key_from_pem(path, since=today())) for path in keys)
    sources: list[PinSource] = [single_pin(sha512)] if sha512 else []
    if pins is not None:
        sources.append(pin_file(pins))
    if bulk_hash is not None:
        sources.append(opened_bulk_hash(bulk_hash))
    return Anchors(asked or trust.effective_keys(), tuple(sources), bool(asked))
