"""What a device's configuration register was before it was changed, on the disk before it is changed.

A file of JSON lines: `recorded` with the register before and the one that is about to be set, then `restored` once the old
one was put back. Every line is flushed to the disk before anything more is typed at the device.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rommon_tool.errors import WrongUsage

FILE_NAME = "register.jsonl"


@dataclass(frozen=True, slots=True)
class RegisterNote:
    """A change that was begun: the register `before` it and the one `wanted`, the console's name, and when (UTC)."""

    before: int
    wanted: int
    port: str
    platform: str
    time: str = ""


def record(path: Path, note: RegisterNote) -> None:
    """Write down a change that is about to be made. Raises `WrongUsage` if it can't be kept: then nothing may be changed."""
    _append(path, {"v": 1, "what": "recorded", **asdict(note), "time": _now()})


def record_restored(path: Path, register: int) -> None:
    """Write down that the register was put back. Raises `WrongUsage`."""
    _append(path, {"v": 1, "what": "restored", "register": register, "time": _now()})


def read(path: Path) -> RegisterNote | None:
    """The change in a journal that was not put back since; None if there is none. Raises `WrongUsage` if it can't be read."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"cannot read the journal {path}", seen=str(error), hint=_NO_JOURNAL) from error
    note = None
    for fields in _entries(text):
        note = _note(fields) if fields.get("what") == "recorded" else None
    return note


def latest(runs: Path, port: str) -> Path | None:
    """The newest journal below a folder of run folders that holds a change on this console which was not put back."""
    for path in sorted(runs.glob(f"*/{FILE_NAME}"), reverse=True):
        note = read(path)
        if note is not None and note.port == port:
            return path
    return None


def _entries(text: str) -> Iterator[dict[str, Any]]:
    """The lines that are whole; the last one may have been cut by the end of the power."""
    for line in text.splitlines():
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if isinstance(fields, dict):
            yield fields


def _note(fields: dict[str, Any]) -> RegisterNote | None:
    try:
        return RegisterNote(
            int(fields["before"]), int(fields["wanted"]), str(fields["port"]), str(fields["platform"]), fields["time"]
        )
    except (KeyError, TypeError, ValueError):
        return None


def _append(path: Path, fields: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(fields) + "\n")
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError as error:
        message = f"cannot write the journal {path}, so the register is not changed"
        raise WrongUsage(message, seen=error.strerror or str(error), hint="give another --journal FILE") from error


def _sync_folder(folder: Path) -> None:
    """Also the name of a new file must be on the disk; Windows can't open a folder, and needs not."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


_NO_JOURNAL = "without a journal give the register itself: --register 0x1 is what most devices have"
