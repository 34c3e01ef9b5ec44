"""The records of windows: one file each, whole and on the disk before anything irreversible is typed.

A file in the folder is an open window, whoever wrote it and whatever became of that process. Only the two releases take it away. What
can't be read counts as open for every device.
"""

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from platformdirs import user_state_path

from serial_console.errors import JournalUnreadable, WindowNotOpened, WindowNotReleased
from serial_console.interlock.identity import Outlet

_SUFFIX = ".window"
# Whatever is being sent or switched at this moment ends within it, or takes longer and forbids the window.
_PATIENCE_SECONDS = 2.0
UNREADABLE = "unreadable note"


@dataclass(frozen=True, slots=True)
class Window:
    """A device that may be writing its boot ROM: where it hangs, who it is, and what was sent to it."""

    port: str
    baud: int
    consoles: frozenset[str]
    serial_number: str
    model: str
    file_name: str
    sha512: str
    old_version: str
    new_version: str
    outlet: Outlet | None = None
    opened_utc: str = ""
    pid: int = 0

    @property
    def name(self) -> str:
        """The name of its record."""
        plain = "".join(letter if letter.isalnum() else "-" for letter in f"{self.serial_number}-{self.opened_utc}")
        return f"{plain}-{self.pid}"


class Hold:
    """A lock on the folder of records: shared by all who send or switch, exclusive while a record appears.

    A program that is given `descriptor` keeps the lock if we are killed.
    """

    def __init__(self, descriptor: int | None) -> None:
        self.descriptor = descriptor

    @classmethod
    def on(cls, folder: Path, *, exclusive: bool) -> Self:
        """Shared waits for the short moment of a record's writing; exclusive raises `BlockingIOError`."""
        if sys.platform == "win32":
            return cls(None)
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Give it back, also where a program still has the descriptor. Ending twice is allowed."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is None or sys.platform == "win32":
            return
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


class Journal:
    """The folder of records: in the user's state folder, unless another one is named."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or user_state_path("rommon") / "windows"

    def windows(self) -> list[Window]:
        """The open windows. Raises `JournalUnreadable` where that can't be told."""
        found = [self._read(self.folder / name) for name in self._names()]
        return [window for window in found if window is not None]

    def check(self) -> None:
        """Raise `WindowNotOpened` where no record could be written, before anything is asked of the device."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.folder / f"probe-{os.getpid()}.draft"
            probe.unlink(missing_ok=True)
            self._put(probe, " " * 4096)
            probe.unlink()
        except OSError as error:
            message = f"no record of an upgrade can be written to {self.folder}"
            raise WindowNotOpened(message, seen=str(error)) from error

    def open(self, window: Window) -> Window:
        """Write a record, as of now and of this process. Nothing is sent or switched by anybody of ours while it appears.

        Raises `WindowNotOpened` where it can't be written, or where something is being sent or switched that does not end.
        """
        opened = datetime.now(tz=UTC).isoformat(timespec="seconds")
        record = replace(window, opened_utc=opened, pid=os.getpid())
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._exclusive():
                self._write(self.folder / f"{record.name}{_SUFFIX}", _as_json(record))
        except OSError as error:
            raise WindowNotOpened(
                f"the record of the upgrade can't be written to {self.folder}: nothing was confirmed", seen=str(error)
            ) from error
        return record

    def note(self, window: Window, text: str) -> None:
        """Add a line to a record, on the disk before this returns. Raises `OSError`."""
        line = json.dumps({"utc": datetime.now(tz=UTC).isoformat(timespec="seconds"), "note": text})
        with (self.folder / f"{window.name}{_SUFFIX}").open("r+", encoding="utf-8") as file:
            file.seek(0, os.SEEK_END)
            # The line end comes first: a note that a crash cut short must not spoil this one.
            file.write(f"\n{line}")
            file.flush()
            os.fsync(file.fileno())

    def notes(self, window: Window) -> list[str]:
        """The notes of a record, oldest first. One that can't be read may have been any."""
        path = self.folder / f"{window.name}{_SUFFIX}"
        return [_note(line) for line in path.read_text("utf-8", errors="replace").splitlines()[1:] if line.strip()]

    def release_by_version(self, window: Window, seen_version: str) -> None:
        """The new version was read back at the device. Raises `WindowNotReleased` for any other."""
        if seen_version != window.new_version:
            raise WindowNotReleased(
                f"the device shows ROMMON {seen_version or 'of no version'}, not {window.new_version}: the window stays open"
            )
        self._release(window, f"released: ROMMON {seen_version} was read back")

    def release_by_operator(self, typed_serial_number: str) -> Window:
        """The operator typed the serial number that stands on the device. Raises `WindowNotReleased` if no window is of it."""
        typed = typed_serial_number.strip().upper()
        for window in self.windows():
            if typed and typed == window.serial_number.upper():
                self._release(window, "released: the operator typed the serial number")
                return window
        raise WindowNotReleased(
            "no window is open for a device of that serial number",
            hint="it stands on the device's label, and `rommon upgrade --status` tells which windows are open",
        )

    def acting(self) -> "Hold":
        """Keep windows from being opened until this is ended. Where the folder can't be made, nobody can open one either."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Hold.on(self.folder, exclusive=False)
        return Hold(None)

    def _exclusive(self) -> "Hold":
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return Hold.on(self.folder, exclusive=True)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise WindowNotOpened(
                        "something is being sent or switched by another rommon: nothing was confirmed",
                        hint="wait until power actions and other runs on this machine have ended, then run again",
                    ) from error
                time.sleep(0.01)

    def _names(self) -> list[str]:
        try:
            return sorted(entry.name for entry in os.scandir(self.folder) if entry.name.endswith(_SUFFIX))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalUnreadable(
                f"whether a device writes its boot ROM can't be told: {self.folder} can't be read", seen=str(error)
            ) from error

    def _read(self, path: Path) -> Window | None:
        """The record of a file; None for one that was released meanwhile."""
        try:
            head = path.read_text("utf-8").partition("\n")[0]
            return _from_json(head)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            message = f"the record {path} can't be read: some device may be writing its boot ROM"
            raise JournalUnreadable(message, seen=f"{type(error).__name__}: {error}") from error

    def _write(self, path: Path, text: str) -> None:
        draft = path.with_suffix(".draft")
        self._put(draft, text)
        draft.rename(path)
        _sync_folder(self.folder)

    def _put(self, path: Path, text: str) -> None:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def _release(self, window: Window, why: str) -> None:
        with suppress(OSError):  # a full disk must not keep a proved device closed
            self.note(window, why)
        released = self.folder / "released"
        released.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):  # released by somebody else meanwhile
            (self.folder / f"{window.name}{_SUFFIX}").rename(released / f"{window.name}{_SUFFIX}")
        _sync_folder(released)
        _sync_folder(self.folder)


def _as_json(window: Window) -> str:
    return json.dumps({**asdict(window), "consoles": sorted(window.consoles)})


def _from_json(text: str) -> Window:
    fields = json.loads(text)
    outlet = fields.pop("outlet")
    window = Window(
        **{**fields, "consoles": frozenset(fields["consoles"]), "outlet": Outlet(**outlet) if outlet else None}
    )
    if not (window.consoles and window.serial_number and window.new_version):
        raise ValueError("it names no console, serial number or version")
    return window


def _note(line: str) -> str:
    try:
        return str(json.loads(line)["note"])
    except (ValueError, KeyError, TypeError):
        return UNREADABLE


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
