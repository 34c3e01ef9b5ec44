"""Watch a device that may be writing its boot ROM, until its new version is proved.

It listens. It presses Enter once at most, at an idle prompt that stands in sight behind the banner of the new version;
whether that passes, the port decides. What can't be understood is told as a hold, and watched on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from serial_console.errors import ConsoleLost, RomWindowOpen
from serial_console.line import Line, Seen

BANNER = re.compile(rb"Cisco Systems,? ROMMON,? Version ([0-9][\w.()\-]*),")
# The community's account of a 5506-X has two restarts; one more is allowed for.
MOST_RESTARTS = 4
HoldReason: TypeAlias = Literal["time", "console-lost", "restarts", "question", "monitor", "old-version", "no-banner"]

_ANYTHING = {"anything": re.compile(rb"(?s).+")}
_TAIL_BYTES = 4096
_LINE_BYTES = 256
_KINDS = (
    ("monitor", re.compile(rb"[\r\n]ro?mmon? ?#?\d+ ?> ?\Z", re.IGNORECASE)),
    ("prompt", re.compile(rb"[\r\n][A-Za-z0-9][\w.\-/]{0,80}[>#] ?\Z")),
    ("login", re.compile(rb"(?i)[\r\n](?:username|login): ?\Z")),
    ("question", re.compile(rb"[\r\n][^\r\n]*(?:\?|\]|:) ?\Z")),
)
# How long something must stand last before it is believed: a boot pauses, too.
_QUIET_SECONDS = {"prompt": 5.0, "login": 5.0, "monitor": 10.0, "question": 30.0}
_OLD_VERSION_SECONDS = 120.0
_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Restarted:
    """The banner of the boot monitor came: the restart of this number, with the version that runs now."""

    number: int
    version: str


@dataclass(frozen=True, slots=True)
class Held:
    """Nobody knows what the device does. `seen` is what stands on the console."""

    reason: HoldReason
    seen: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A moment passed. Seconds since the watch began, and since the device printed something."""

    seconds: float
    silent_seconds: float


@dataclass(frozen=True, slots=True)
class VersionProved:
    """The banner of the last restart shows this version, and behind it the software came to its prompt or login."""

    version: str


WatchEvent: TypeAlias = Restarted | Held | Watched | VersionProved


@dataclass(frozen=True, slots=True)
class Patience:
    """When the watch calls it a hold, and when it ends: the chapter's half an hour, and as long again.

    `tick_seconds` is how long it listens before it looks around; `pace` how much quicker than a real device's the clock runs.
    """

    hold_seconds: float = 1800.0
    watch_seconds: float = 3600.0
    tick_seconds: float = 1.0
    pace: float = 1.0


class RomWatch:
    """One watch over one line."""

    def __init__(self, line: Line, new_version: str, patience: Patience | None = None) -> None:
        self._line = line
        self._new_version = new_version
        self._patience = patience or Patience()
        self._began = self._heard_at = line.seconds()
        self._tail = b"\n"
        self._unread = b""
        self._restarts = 0
        self._held: set[str] = set()
        self._kind = ""  # of what stands at the end of the text
        self._was_pressed = self._was_answered = self._was_refused = False
        #: The version in the last banner; empty where none came since the console was there without a break.
        self.version = ""

    def run(self) -> Iterator[WatchEvent]:
        """Until the version is proved or the patience ends. A lost console is looked for again at each turn."""
        while True:
            yield from self._listen()
            now = self._line.seconds()
            if self._is_proved(now):
                yield VersionProved(self.version)
                return
            yield from self._holds(now)
            yield Watched(now - self._began, now - self._heard_at)
            if now - self._began >= self._patience.watch_seconds:
                return

    # --- what comes --------------------------------------------------------------------------------------------

    def _listen(self) -> Iterator[WatchEvent]:
        try:
            seen = self._line.expect(_ANYTHING, self._patience.tick_seconds)
        except ConsoleLost as lost:
            # A banner may have been missed: only what comes in one piece proves anything.
            self._tail, self._unread, self.version, self._kind = b"\n", b"", "", ""
            self._was_pressed = self._was_answered = False
            yield from self._hold("console-lost", lost.seen)
            return
        if isinstance(seen, Seen):
            yield from self._hear(seen.before + seen.text)

    def _hear(self, data: bytes) -> Iterator[WatchEvent]:
        self._heard_at = self._line.seconds()
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        self._kind = next((kind for kind, pattern in _KINDS if pattern.search(self._tail[-_LINE_BYTES:])), "")
        self._was_answered = self._was_pressed
        self._unread = (self._unread + data)[-_TAIL_BYTES:]
        while found := BANNER.search(self._unread):
            self._unread = self._unread[found.end() :]
            self.version = found[1].decode("ascii", "replace")
            self._restarts += 1
            self._was_pressed = self._was_answered = False
            yield Restarted(self._restarts, self.version)

    # --- what stands -------------------------------------------------------------------------------------------

    def _standing(self, now: float) -> str:
        """What waits at the end of the text and has stood there for long enough; empty for nothing."""
        return self._kind if self._kind and self._quiet(now) >= _QUIET_SECONDS[self._kind] else ""

    def _quiet(self, now: float) -> float:
        """For how many seconds of a real device's nothing came."""
        return (now - self._heard_at) * self._patience.pace

    def _is_proved(self, now: float) -> bool:
        if self.version != self._new_version:
            return False
        standing = self._standing(now)
        return standing == "login" or (standing == "prompt" and self._prompt_lives(now))

    def _prompt_lives(self, now: float) -> bool:
        """Press Enter at a prompt in sight, and see it come again. Where Enter may not be pressed, it must stand for longer."""
        if self._was_pressed:
            return self._was_answered
        if not self._was_refused:
            try:
                self._line.send(b"\r")
            except RomWindowOpen:
                self._was_refused = True
            except ConsoleLost:
                return False  # the next turn finds it out
            else:
                self._was_pressed = True
        return self._was_refused and self._quiet(now) >= _ANSWER_SECONDS

    # --- what can't be understood ------------------------------------------------------------------------------

    def _holds(self, now: float) -> Iterator[Held]:
        standing = self._standing(now)
        if standing in ("monitor", "question"):
            yield from self._hold("monitor" if standing == "monitor" else "question", self._last_line())
        if standing in ("prompt", "login") and self._quiet(now) >= _OLD_VERSION_SECONDS:
            if not self.version:
                yield from self._hold("no-banner", self._last_line())
            elif self.version != self._new_version:
                yield from self._hold("old-version", f"ROMMON {self.version}")
        if self._restarts > MOST_RESTARTS:
            yield from self._hold("restarts", f"{self._restarts} restarts")
        if now - self._began >= self._patience.hold_seconds:
            yield from self._hold("time", self._last_line())

    def _hold(self, reason: HoldReason, seen: str) -> Iterator[Held]:
        if reason not in self._held:
            self._held.add(reason)
            yield Held(reason, seen)

    def _last_line(self) -> str:
        lines = [line.strip() for line in self._tail.decode("latin-1").splitlines() if line.strip()]
        return lines[-1] if lines else "nothing"
