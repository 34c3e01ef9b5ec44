"""What this user trusts: keys of the user's own devices, and calibrations. A file under the user's configuration folder.

The one rule: nothing gets in by itself. `rommon trust import` is the only way, and every entry says when and from where.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware.calibration import Calibration, calibration_from
from rommon_tool.firmware.keys import EXPONENT, TrustedKey, bundled_keys, checked_modulus

_LARGEST_BYTES = 1 << 20


class _StoredKey(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    label: str
    modulus: str
    since: str
    source: str
    platforms: tuple[str, ...] = ()


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    v: int = 1
    keys: tuple[_StoredKey, ...] = ()
    calibrations: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Trust:
    """The user's own keys and calibrations."""

    keys: tuple[TrustedKey, ...] = ()
    calibrations: tuple[Calibration, ...] = ()

    def with_key(self, key: TrustedKey) -> "Trust":
        """A key replaces the one with its modulus."""
        return replace(self, keys=(*(it for it in self.keys if it.modulus != key.modulus), key))

    def with_calibration(self, record: Calibration) -> "Trust":
        """A record replaces the one of its key."""
        others = (it for it in self.calibrations if it.key_fingerprint != record.key_fingerprint)
        return replace(self, calibrations=(*others, record))

    def without(self, fingerprint: str) -> "Trust":
        """Without a key and its calibration."""
        return Trust(
            tuple(it for it in self.keys if it.fingerprint != fingerprint),
            tuple(it for it in self.calibrations if it.key_fingerprint != fingerprint),
        )

    def effective_keys(self) -> tuple[TrustedKey, ...]:
        """The user's keys and those that come with this tool, each with its proved range."""
        own = {key.modulus for key in self.keys}
        keys = (*self.keys, *(key for key in bundled_keys() if key.modulus not in own))
        return tuple(self.calibrated(key) for key in keys)

    def calibrated(self, key: TrustedKey) -> TrustedKey:
        """A key with the range that was proved for it, if one was."""
        if not self.calibrations:
            return key
        proved = next((it.range for it in self.calibrations if it.key_fingerprint == key.fingerprint), "")
        return replace(key, proved_range=proved)


def trust_path() -> Path:
    """Where it is kept."""
    from platformdirs import user_config_path

    return user_config_path("rommon") / "trust.json"


def read_trust(path: Path | None = None) -> Trust:
    """What the user trusts; nothing where there is no file. Raises AnchorUnusable for a file that is damaged."""
    path = path or trust_path()
    try:
        with path.open("rb") as file:
            stored = _Stored.model_validate(json.loads(file.read(_LARGEST_BYTES)))
        keys = tuple(_key(it) for it in stored.keys)
        return Trust(keys, tuple(calibration_from(it) for it in stored.calibrations))
    except FileNotFoundError:
        return Trust()
    except (OSError, ValueError, ValidationError) as error:
        raise AnchorUnusable(
            f"the keys in {path} can't be read",
            seen=str(error).splitlines()[0],
            hint="move the file away and import the keys again",
        ) from error


def write_trust(trust: Trust, path: Path | None = None) -> None:
    """Replace the file at once, readable by its user alone. Raises AnchorUnusable."""
    path = path or trust_path()
    stored = {
        "v": 1,
        "keys": [_fields(key) for key in trust.keys],
        "calibrations": [asdict(it) for it in trust.calibrations],
    }
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.touch(mode=0o600)
        with part.open("w", encoding="utf-8") as file:
            json.dump(stored, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise AnchorUnusable(f"cannot write {path}", seen=error.strerror or str(error)) from error


def _key(stored: _StoredKey) -> TrustedKey:
    modulus = checked_modulus(int(stored.modulus, 16), EXPONENT, stored.label)
    return TrustedKey(stored.label, modulus, stored.since, stored.source, stored.platforms)


def _fields(key: TrustedKey) -> dict[str, Any]:
    return {
        "label": key.label,
        "modulus": f"{key.modulus:x}",
        "since": key.since,
        "source": key.source,
        "platforms": list(key.platforms),
    }
