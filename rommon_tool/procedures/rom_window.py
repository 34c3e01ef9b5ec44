"""The window: from before the confirming Enter until the new version is proved, or nobody knows.

Nothing in here acts on the device but the one Enter and the listening. Every end but the proof leaves the record on the
disk, and with it the interlock closed.
"""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from rommon_tool.errors import UpgradeHold
from rommon_tool.procedures.run import Steps
from rommon_tool.progress import Progress, Warned
from rommon_tool.undisturbed import Undisturbed, undisturbed
from serial_console.channel import Channel, Recorder
from serial_console.errors import ConsoleError, ConsoleLost, PortUnavailable
from serial_console.interlock import Journal, Window
from serial_console.interlock.identity import consoles_of, may_be_one
from serial_console.line import Line, Patterns, Seen, Silence
from serial_console.rom_watch import Held, Patience, RomWatch, VersionProved

# Beside the seconds a line that says that it is still watched, so that nobody takes silence for an end.
_WORD_SECONDS = 60.0
_PAUSE_SECONDS = 1.0
_QUESTION = {"question": re.compile(rb"Proceed with reload\? ?\[confirm\]")}
_QUESTION_SECONDS = 30.0
_SUPPORT = (
    "leave the power on, and don't reset the device. Listen for half an hour more: `rommon upgrade -p PORT` goes on watching. "
    "Then call Cisco support. Once the device is known to be safe, `rommon upgrade --release SERIAL` opens it, with the "
    "number on its label"
)


@dataclass(frozen=True, slots=True)
class WindowOpened:
    """The record is on the disk: from here on nothing disturbs the device."""

    serial_number: str
    old_version: str
    new_version: str


@dataclass(frozen=True, slots=True)
class StillWatching:
    """Nothing to tell but that the watch goes on: seconds since it began, and since the device printed something."""

    watch_seconds: float
    silent_seconds: float


class RomWindow:
    """The window of one device. `pause` waits for a console that is gone; `clock` is the lines' own."""

    def __init__(
        self,
        progress: Progress,
        *,
        record: Recorder = lambda _direction, _data: None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._progress = progress
        self._record = record
        self._patience = patience
        self._clock = clock
        self._pause = pause
        self._held: list[Held] = []
        self._journal = Journal()
        self._told_at = 0.0

    def confirm(self, line: Channel, window: Window, *, owes_enter: bool = False) -> Steps[str]:
        """At the question: write the record, press Enter, watch. Returns the version that was proved.

        `owes_enter`: before it, the answer to the save question still lacks its Enter. Raises `WindowNotOpened` with nothing
        confirmed, and `UpgradeHold`.
        """
        with undisturbed() as stretch:
            opened = line.open_window(replace(window, port=line.name, baud=line.baud, consoles=line.consoles))
            self._progress.publish(WindowOpened(opened.serial_number, opened.old_version, opened.new_version))
            with suppress(ConsoleLost):  # whether it was sent isn't known: the watch will tell
                line.send(b"\r")
                if owes_enter and isinstance(line.expect(_QUESTION, _QUESTION_SECONDS), Seen):
                    line.send(b"\r")
            return (yield from self._watched(opened, stretch, line))

    def adopt(self, window: Window) -> Steps[str]:
        """Go on watching the window of an earlier process. Raises `UpgradeHold`."""
        with undisturbed() as stretch:
            return (yield from self._watched(window, stretch, None))

    def _watched(self, window: Window, stretch: Undisturbed, line: Channel | None) -> Steps[str]:
        returning = _ReturningLine(lambda: self._open(window), line, self._clock, self._pause)
        try:
            watch = RomWatch(returning, window.new_version, self._patience)
            for event in watch.run():
                if isinstance(event, VersionProved):
                    self._journal.release_by_version(window, event.version)
                    self._progress.publish(event)
                    return event.version
                self._tell(event, stretch, window)
                yield
            raise self._hold(window, watch)
        finally:
            returning.close()

    def _open(self, window: Window) -> Channel:
        return Channel(
            window.port, baud=window.baud, record=self._record, as_found=True, watching=window, clock=self._clock
        )

    def _is_open(self, window: Window) -> bool:
        try:
            return window.name in {open_window.name for open_window in self._journal.windows()}
        except ConsoleError:
            return True  # a broken record of another device

    def _tell(self, event: object, stretch: Undisturbed, window: Window) -> None:
        for name in stretch.heard():
            self._progress.publish(Warned(f"{name} does not end this: {_DETACHED}"))
        if isinstance(event, Held):
            self._held.append(event)
            self._progress.publish(event)
            return
        seconds = getattr(event, "seconds", None)
        if seconds is None:
            self._progress.publish(event)
        elif seconds - self._told_at >= _WORD_SECONDS:
            self._told_at = seconds
            if not self._is_open(window):
                raise UpgradeHold("the operator has released this device in another process", hint=_SUPPORT)
            self._progress.publish(StillWatching(seconds, getattr(event, "silent_seconds", 0.0)))

    def _hold(self, window: Window, watch: RomWatch) -> UpgradeHold:
        known = (
            f"its last banner showed ROMMON {watch.version}" if watch.version else "no banner of its ROMMON was seen"
        )
        reasons = "; ".join(f"{held.reason}: {held.seen}" for held in self._held) or "nothing"
        return UpgradeHold(
            f"whether {window.model} {window.serial_number} has ROMMON {window.new_version} is not known: {known}",
            seen=reasons,
            hint=_SUPPORT,
        )


class _ReturningLine:
    """A line that is opened again when it is lost; it tells the loss once, and is silent until it is back."""

    def __init__(
        self,
        open_line: Callable[[], Line],
        line: Line | None,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self.name = line.name if line else ""
        self._open = open_line
        self._line = line
        self._clock = clock
        self._pause = pause

    def send(self, data: bytes) -> None:
        if self._line is None:
            raise ConsoleLost("the console is not there")
        self._line.send(data)

    def send_break(self) -> None:
        """Never: a BREAK has no place in a window."""

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        if self._line is None:
            self._line = self._opened()
        if self._line is None:
            self._pause(_PAUSE_SECONDS)
            return Silence(b"")
        try:
            return self._line.expect(patterns, seconds)
        except ConsoleLost:
            self.close()
            raise

    def seconds(self) -> float:
        return self._clock()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _opened(self) -> Line | None:
        try:
            return self._open()
        except (PortUnavailable, ConsoleLost):
            return None


def window_of(port: str) -> Window | None:
    """The open window of the device at this port, if there is one."""
    windows = Journal().windows()
    consoles = consoles_of(port) if windows else frozenset()
    return next((window for window in windows if may_be_one(consoles, window.consoles)), None)


_DETACHED = (
    "the device may be writing its boot ROM, and is watched on. Closing this terminal is harmless; a power cycle is not"
)
