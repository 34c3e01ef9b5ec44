"""What one open port may send. Without an open window for its console: everything.

In a window three things pass, each once, and only from the port that opened it or goes on watching it: the Enter that
confirms the reload, while that question is the last thing on the console; the Enter behind an `n` to the question whether to
save, which on some device may be that very Enter; and one Enter at an idle prompt that is in sight behind the banner of the
new version. Each is noted on the disk before it is sent, so that a crash can't make it two.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from serial_console.errors import RomWindowOpen, WindowNotOpened
from serial_console.interlock.identity import consoles_of, may_be_one
from serial_console.interlock.journal import UNREADABLE, Journal, Window

CONFIRMS, DECLINES, PROBES = "confirming Enter", "Enter behind the n", "Enter at the prompt"
_TAIL_BYTES = 256
_LOOK = "look at the console (`rommon console`): something came behind the question. Answer it with n, and run again"
_QUESTION = re.compile(rb"(?:^|[\r\n])Proceed with reload\? ?\[confirm\] ?\Z")
_DECLINED = re.compile(rb"Save\?[^\r\n]*:[ \t]*[nN][ \t]*\Z")
_BANNER = re.compile(rb"Cisco Systems,? ROMMON,? Version ([0-9][\w.()\-]*),")
_IDLE = re.compile(rb"[\r\n][A-Za-z0-9][\w.\-/]{0,80}[>#] ?\Z")


class Gate:
    """The gate of one port. `watching` is the window that this port may look into."""

    def __init__(self, url: str, *, watching: Window | None = None, journal: Journal | None = None) -> None:
        self.journal = journal or Journal()
        self._url = url
        self._consoles: frozenset[str] | None = None
        self._window = watching
        self._confirms = False
        self._tail = b""
        self._unread = b""
        self._version = ""  # in the last banner of the boot monitor

    def admit(self) -> None:
        """Before the port is opened, which moves its control lines. Raises `RomWindowOpen` for all but the watcher."""
        for window in self._windows():
            if self._window is None or window.name != self._window.name:
                raise _refusal(window, "the port was not opened")

    def heard(self, data: bytes) -> None:
        """The device printed this."""
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        self._unread += data
        for found in _BANNER.finditer(self._unread):
            self._version = found[1].decode("ascii", "replace")
        self._unread = self._unread[-_TAIL_BYTES:]

    @contextmanager
    def sending(self, data: bytes) -> Iterator[None]:
        """Inside it these bytes may be sent. Raises `RomWindowOpen`."""
        with self.journal.acting():
            for window in self._windows():
                self._pass(window, data)
            if b"\r" in data:
                self._tail = b""
            yield

    @contextmanager
    def changing(self, what: str) -> Iterator[None]:
        """Inside it something may be done to the line that is no byte. Raises `RomWindowOpen` in any window."""
        with self.journal.acting():
            for window in self._windows():
                raise _refusal(window, f"{what} was not done")
            yield

    def open_window(self, window: Window) -> Window:
        """At the question: from now on nothing passes but what is listed. Raises `WindowNotOpened`."""
        if not (_QUESTION.search(self._tail) or _DECLINED.search(self._tail)):
            raise WindowNotOpened("the device does not ask whether to reload: nothing was confirmed", hint=_LOOK)
        self._window = self.journal.open(window)
        self._confirms, self._version, self._unread = True, "", b""
        return self._window

    @property
    def consoles(self) -> frozenset[str]:
        """The names of this port's console."""
        if self._consoles is None:
            self._consoles = consoles_of(self._url)
        return self._consoles

    def _windows(self) -> list[Window]:
        found = self.journal.windows()
        # The names are looked up only where there is a window: a host name may take seconds.
        return [window for window in found if may_be_one(self.consoles, window.consoles)] if found else []

    def _pass(self, window: Window, data: bytes) -> None:
        kind = self._kind(data, window)
        if self._window is None or window.name != self._window.name or not kind:
            raise _refusal(window, "nothing was sent")
        try:
            if {kind, UNREADABLE} & set(self.journal.notes(window)):
                raise _refusal(window, f"nothing was sent, for its record has the {kind} already")
            self.journal.note(window, kind)
        except OSError as error:
            raise _refusal(window, f"nothing was sent, for its record can't be written ({error.strerror})") from error

    def _kind(self, data: bytes, window: Window) -> str:
        """Which of the listed things this is; empty for none."""
        if data != b"\r":
            return ""
        if self._confirms and _QUESTION.search(self._tail):
            return CONFIRMS
        if self._confirms and _DECLINED.search(self._tail):
            return DECLINES
        return PROBES if self._has_restarted_into(window) and _IDLE.search(self._tail) else ""

    def _has_restarted_into(self, window: Window) -> bool:
        """Whether the banner of the new version came since this port is open: the ROM is written, and runs."""
        return self._version == window.new_version


def _refusal(window: Window, what: str) -> RomWindowOpen:
    return RomWindowOpen(
        f"{window.model} {window.serial_number} on {window.port} may be writing its boot ROM since {window.opened_utc}: {what}",
        hint="leave its power on. `rommon upgrade -p PORT` goes on watching it; see `rommon upgrade --help` for --release",
    )
