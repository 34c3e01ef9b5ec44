"""What an image is held against: keys that the user trusts, and lists of digests.

The one rule: an anchor is checked when it is loaded, before any image is opened; one that can't be used is an error, never
an anchor less.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rommon_tool.firmware.keys import TrustedKey, bundled_keys, key_from_pem
from rommon_tool.firmware.pins import PinSource, pin_file, single_pin


@dataclass(frozen=True, slots=True)
class Anchors:
    """`asked_keys`: the user named these keys, so that a signature none of them made is a no; else it is undecided."""

    keys: tuple[TrustedKey, ...] = ()
    pins: tuple[PinSource, ...] = ()
    asked_keys: bool = False


def default_anchors() -> Anchors:
    """The keys that come with this tool."""
    return Anchors(keys=bundled_keys())


def load_anchors(*, sha512: str = "", keys: Iterable[Path] = (), pins: Path | None = None) -> Anchors:
    """The anchors that a user names, by the options' names; without `keys` the trusted ones. Raises AnchorUnusable."""
    today = f"{datetime.now(tz=UTC):%Y-%m-%d}"
    asked = tuple(key_from_pem(path, since=today) for path in keys)
    sources: list[PinSource] = [single_pin(sha512)] if sha512 else []
    if pins is not None:
        sources.append(pin_file(pins))
    return Anchors(asked or default_anchors().keys, tuple(sources), bool(asked))
