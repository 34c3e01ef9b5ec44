"""The `ap:` loader of an access point: reach it, set, unpack an image that comes by TFTP, boot.

One rule: nothing is entered whose echo was not right, and the only question that is answered is `-- MORE --`, which
erases nothing and kills the transfer when nobody answers it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from platforms import AccessPoint
from serial_console.boot_monitor.dialogue import asks, left_unanswered
from serial_console.boot_monitor.events import Booted, Idle
from serial_console.boot_monitor.reading import first_match, lines_of, settings, text_of
from serial_console.errors import (
    BootNotProved,
    CommandRefused,
    ConsoleSilent,
    ConsoleUnreadable,
    DownloadTimedOut,
    FileNotFound,
    NetbootFailed,
    ReadBackDiffers,
    UnexpectedState,
)
from serial_console.line import Line, Seen, Silence
from serial_console.recognition import state_of

_LISTEN_SECONDS = 1.5
_PROBE_SECONDS = 4.0
_ANSWER_SECONDS = 60.0  # flash_init may check the whole file system: 17 s on a 2600
_ECHO_SECONDS = 2.0
_SETTLE_SECONDS = 0.2
_CHUNK_BYTES = 16
_TYPING_ATTEMPTS = 3
_DUMPS = 3  # a noisy line may garble one
_TICK_SECONDS = 0.5
_NOTHING = {"nothing": re.compile(rb"(?!)")}
_HOW_TO_GET_THERE = (
    "bring it to `ap:` first: on the ASA `hw-module module wlan recover image`, or hold the MODE button at power-on"
)
_FAILURES: dict[str, type[NetbootFailed]] = {"time-out": DownloadTimedOut, "file-not-found": FileNotFound}


@dataclass(frozen=True, slots=True)
class FileExtracted:
    """The loader says that it unpacks a file of the image."""

    file: str


@dataclass(frozen=True, slots=True)
class PagerAnswered:
    """The listing of files had stopped for a key, and got one; `times` in all."""

    times: int


ExtractEvent: TypeAlias = Idle | FileExtracted | PagerAnswered


class Loader:
    """A conversation at one loader's prompt."""

    def __init__(self, line: Line, facts: AccessPoint) -> None:
        self.line = line
        self._facts = facts
        self._moved_at = 0.0

    def reach(self, seconds: float) -> Iterator[Idle]:
        """Wait for the prompt at most so long; a single Enter is the only probe, and no question gets it.

        Raises `UnexpectedState`, which names what waits there instead, or `ConsoleSilent`.
        """
        prompt = {"prompt": self._facts.prompt}
        until = self.line.seconds() + seconds
        seen = self.line.expect(prompt, _LISTEN_SECONDS)
        if isinstance(seen, Silence) and not asks(seen.unread):
            self.line.send(self._facts.probe.encode("latin-1"))
            seen = self.line.expect(prompt, _PROBE_SECONDS)
        while isinstance(seen, Silence):
            self._refuse_other(seen.unread)
            if self.line.seconds() >= until:
                raise ConsoleSilent("no `ap:` came", seen=_last(seen.unread), hint=_HOW_TO_GET_THERE)
            yield Idle(seconds - until + self.line.seconds())
            seen = self.line.expect(prompt, _TICK_SECONDS)

    def set(self, wanted: Mapping[str, str]) -> None:
        """Set each of these by its name. Raises `CommandRefused`."""
        for name, value in wanted.items():
            self.command(f"set {name} {value}")

    def read_back(self, wanted: Mapping[str, str]) -> None:
        """See each as it was set. Raises `ReadBackDiffers`."""
        for _ in range(_DUMPS):
            shown = settings(self.command(self._facts.dump_command))
            if wanted.items() <= shown.items():
                return
        wrong = [
            f"{name} should be {value} and is {shown.get(name) or 'not shown'}"
            for name, value in wanted.items()
            if shown.get(name) != value
        ]
        raise ReadBackDiffers(f"the loader does not hold what was set: {', '.join(wrong)}", seen=", ".join(wrong))

    def command(self, text: str, seconds: float = _ANSWER_SECONDS) -> bytes:
        """Enter a command and return what it printed, without the prompt. Raises `CommandRefused`, `ConsoleSilent`."""
        self._enter(text)
        seen = self.line.expect({"prompt": self._facts.prompt}, seconds)
        if isinstance(seen, Silence):
            if asks(seen.unread):
                raise left_unanswered(seen.unread)
            raise ConsoleSilent(f"no `ap:` came back behind `{text}` ({seconds:g} s)", seen=_last(seen.unread))
        if refusal := first_match(self._facts.refused, seen.before):
            raise CommandRefused(f"the loader does not take `{text}`", seen=text_of(refusal.group(0)))
        return seen.before

    def extract(self, file: str, silence_seconds: float) -> Iterator[ExtractEvent]:
        """Fetch and unpack SERVER/NAME, with a key for each `-- MORE --`, until the prompt is back.

        `silence_seconds` without a file, a page or a call of `moved` end it. Raises `NetbootFailed` or what is below it.
        """
        self._enter(self._facts.extract.format(file=file))
        self.moved()
        pages = 0
        while True:
            seen = self.line.expect(self._extraction(), _TICK_SECONDS)
            if isinstance(seen, Silence):
                self._check_silence(seen, silence_seconds)
                yield Idle(self.line.seconds() - self._moved_at)
                continue
            self.moved()
            if seen.name == "prompt":
                return
            if seen.name == "file":
                yield FileExtracted(text_of(seen.match["file"]))
            elif seen.name == "pager":
                pages += 1
                self.line.send(self._facts.pager_key.encode("latin-1"))
                yield PagerAnswered(pages)
            else:
                raise _failed(seen)

    def moved(self) -> None:
        """The transfer moves, as the server sees it: a large file prints little."""
        self._moved_at = self.line.seconds()

    def boot(self, silence_seconds: float) -> Iterator[Idle | Booted]:
        """Start what BOOT names; the last event is `Booted`. Raises `BootNotProved`."""
        self._enter(self._facts.boot_command)
        until = self.line.seconds() + silence_seconds
        patterns = {f"booted {index}": pattern for index, pattern in enumerate(self._facts.booted)}
        while True:
            seen = self.line.expect({**patterns, "prompt": self._facts.prompt}, _TICK_SECONDS)
            if isinstance(seen, Seen) and seen.name != "prompt":
                yield Booted(text_of(seen.match.groupdict().get("version") or b""), "", "banner")
                return
            if isinstance(seen, Seen):
                raise BootNotProved("the loader came back to `ap:`", seen=_last(seen.before))
            if self.line.seconds() >= until:
                raise BootNotProved("the access point did not show that it boots", seen=_last(seen.unread))
            yield Idle(silence_seconds - until + self.line.seconds())

    def _extraction(self) -> dict[str, re.Pattern[bytes]]:
        facts = self._facts
        bad = {
            f"{cause} {n}": pattern
            for cause, patterns in facts.complaints.items()
            for n, pattern in enumerate(patterns)
        }
        return {"prompt": facts.prompt, "pager": facts.pager, "file": facts.extracting, **bad}

    def _check_silence(self, seen: Silence, silence_seconds: float) -> None:
        if asks(seen.unread):
            raise left_unanswered(seen.unread)
        if self.line.seconds() - self._moved_at >= silence_seconds:
            message = f"neither the console nor the transfer has moved for {silence_seconds:g} s"
            raise DownloadTimedOut(message, seen=_last(seen.unread))

    def _refuse_other(self, text: bytes) -> None:
        """Raise `UnexpectedState` if something else than the loader waits for an answer."""
        if asks(text):
            raise UnexpectedState(f"the console asks something else: {_last(text)}", hint=_HOW_TO_GET_THERE)
        found = state_of(text)
        if found and found.state.last and found.family != "ap":
            message = f"the console is not at `ap:` but at {found.state.title}"
            raise UnexpectedState(message, seen=found.seen, hint=_HOW_TO_GET_THERE)

    def _enter(self, text: str) -> None:
        """Type a line and press Enter behind it once it was echoed. Raises `ConsoleUnreadable`."""
        for _ in range(_TYPING_ATTEMPTS):
            if self._is_echoed(text.encode("latin-1")):
                self.line.send(b"\r")
                return
            self.line.send(self._facts.erase_character.encode("latin-1") * (len(text) + 4))
            self.line.expect(_NOTHING, _SETTLE_SECONDS)
        raise ConsoleUnreadable(f"the loader does not echo `{text}` as it is typed")

    def _is_echoed(self, text: bytes) -> bool:
        for start in range(0, len(text), _CHUNK_BYTES):
            chunk = text[start : start + _CHUNK_BYTES]
            self.line.send(chunk)
            if isinstance(self.line.expect({"echo": re.compile(re.escape(chunk))}, _ECHO_SECONDS), Silence):
                return False
        return True


def _failed(seen: Seen) -> NetbootFailed:
    failure = _FAILURES.get(seen.name.rpartition(" ")[0], NetbootFailed)
    return failure("the access point could not fetch its image", seen=text_of(seen.text))


def _last(text: bytes) -> str:
    return "".join(lines_of(text)[-1:]) or "nothing"
