"""The download that the monitor runs by itself, followed until it hands over to the image.

Nothing is typed from the Enter behind `tftpdnld` on: a key may abort the download, or answer a question.
"""

import re
from collections.abc import Iterator
from functools import cache

from platforms.model import Bundle
from serial_console.boot_monitor.dialogue import Dialogue
from serial_console.boot_monitor.events import (
    DownloadBounded,
    DownloadFinished,
    DownloadMarked,
    DownloadStarted,
    Idle,
    LaunchStarted,
    NetbootEvent,
)
from serial_console.boot_monitor.reading import first_match, lines_of, text_of
from serial_console.errors import (
    CommandRefused,
    ConsoleError,
    DeviceRebooted,
    DownloadTimedOut,
    FileNotFound,
    ImageRefused,
    LinkDown,
    NetbootFailed,
    RebootedInTransfer,
    UnexpectedState,
)
from serial_console.line import Seen, Silence

_TICK_SECONDS = 0.5
# Text of the launch that follows a complaint may still be on its way.
_LAST_WORDS_SECONDS = 1.0
_QUESTION_SECONDS = 3.0
# The monitor of a 5506-X gives up after 7200 s itself (PKTTIMEOUT).
_LONGEST_SECONDS = 7200.0

_COMPLAINTS: dict[str, tuple[type[ConsoleError], str]] = {
    "link-down": (LinkDown, "the monitor finds no link on its network port"),
    "file-not-found": (FileNotFound, "the server told the device that it has no such file"),
    "time-out": (DownloadTimedOut, "the device waited in vain for the server"),
    "signature-failure": (ImageRefused, "the device checked the image's signature and refuses it"),
    "wrong-image": (ImageRefused, "the device says that the image is made for another platform"),
}


class Download:
    """One run of the netboot command. `marks` counts progress marks, `image_bytes` is what the monitor received.

    `stops_after_bytes`: where the device stops asking, though the file goes on; 0 if it takes the whole file.
    """

    def __init__(self, dialogue: Dialogue, silence_seconds: float = 0, *, bundle: bool = False) -> None:
        """`silence_seconds` replaces the platform's bound on how long both sides may make no progress."""
        self._dialogue = dialogue
        netboot = dialogue.platform.netboot
        self._bundle = netboot.bundle if bundle else None
        self._command = self._bundle.command if self._bundle else netboot.command
        self.stops_after_bytes = self._bundle.stops_after_bytes if self._bundle else 0
        self._silence_seconds = silence_seconds or dialogue.platform.netboot.silence_seconds
        self._netboot = dialogue.platform.netboot
        self._patterns = _patterns(dialogue, self._bundle)
        self.marks = 0
        self.image_bytes = 0
        self.finished = False
        self.last_heard = self._known = dialogue.line.seconds()
        self._unread = b""
        self._mark = b""

    def run(self) -> Iterator[NetbootEvent]:
        """Start the download and yield what is observed until the image is launched or lies in memory.

        Raises the complaint by name, `DownloadTimedOut` after the platform's silence, `NetbootFailed` if the
        monitor comes back to its prompt without a download.
        """
        self._dialogue.enter(self._command)
        started = self.last_heard = self._dialogue.line.seconds()
        while True:
            if self._dialogue.line.seconds() - started > _LONGEST_SECONDS:
                raise DownloadTimedOut("the download has run for two hours and has not ended", seen="")
            seen = self._next()
            if isinstance(seen, Silence):
                yield Idle(self._dialogue.line.seconds() - started)
                self._bound_silence(seen)
                continue
            self.last_heard = self._known = self._dialogue.line.seconds()
            kind = seen.name.partition(" ")[0]
            yield from self._observed(kind, seen)
            if kind == "launching" or (kind == "prompt" and self._is_complete(seen)):
                return

    def heard_from_server(self) -> None:
        """The server saw a block acknowledged: the download lives, even if the console prints nothing."""
        self.last_heard = self._known = self._dialogue.line.seconds()

    def _next(self) -> Seen | Silence:
        """What comes next. While nothing but marks flow, that is all that is looked for: there may be millions."""
        if self._mark:
            seen = self._dialogue.line.expect(
                {"progress 0": self._netboot.progress, "text": _not(self._mark)}, _TICK_SECONDS
            )
            if isinstance(seen, Silence) or seen.name != "text":
                return seen
            self._mark = b""
        try:
            return self._dialogue.expect(self._patterns, _TICK_SECONDS)
        except DeviceRebooted as error:
            raise RebootedInTransfer("the device rebooted during the download", seen=error.seen) from error

    def _observed(self, kind: str, seen: Seen) -> Iterator[NetbootEvent]:
        if kind == "progress":
            # Behind the reception `!!!` is no mark: the verdict on the signature ends in it.
            if not self.finished:
                self._mark = seen.text[-1:]
                self.marks += len(seen.text)
                yield DownloadMarked(self.marks)
        elif kind == "started":
            yield DownloadStarted(" ".join(lines_of(seen.text)))
        elif kind == "stops":
            self.stops_after_bytes = int(seen.match["bytes"])
            yield DownloadBounded(self.stops_after_bytes)
        elif kind == "received":
            self.finished = True
            self.image_bytes = int(seen.match.groupdict().get("bytes") or 0)
            yield DownloadFinished(self.image_bytes)
        elif kind == "launching":
            yield LaunchStarted(" ".join(lines_of(seen.text)))
        else:
            self._complain(kind, seen)

    def _complain(self, kind: str, seen: Seen) -> None:
        if kind == "refused":
            raise CommandRefused(f"the monitor does not take `{self._command}`", seen=text_of(seen.text))
        if kind in _COMPLAINTS:
            error, message = _COMPLAINTS[kind]
            raise error(message, seen=self._with_last_words(seen))

    def _is_complete(self, seen: Seen) -> bool:
        """The prompt came back: right for a monitor that only loads, a failure for one that launches."""
        if self.finished and not self._netboot.launches:
            self._dialogue.skip_blank()
            return True
        last = lines_of(seen.before)
        error = ImageRefused if self.finished else NetbootFailed
        what = (
            "the monitor has the image, but came back to its prompt"
            if self.finished
            else "the monitor gave up the download"
        )
        raise error(what, seen=" / ".join(last[-3:]) or "only its prompt")

    def _bound_silence(self, silence: Silence) -> None:
        if silence.unread != self._unread:
            # Text that nothing is known of is a sign of life too, though not for ever.
            self._unread, self.last_heard = silence.unread, self._dialogue.line.seconds()
        if self._dialogue.line.seconds() - self._known > 10 * self._silence_seconds:
            message = "the monitor talks on and on, and says nothing that is known"
            raise DownloadTimedOut(message, seen="".join(lines_of(silence.unread)[-1:]))
        silent = self._dialogue.line.seconds() - self.last_heard
        if silent > _QUESTION_SECONDS and self._ends_in_question(silence.unread):
            last = "".join(lines_of(silence.unread)[-1:])
            raise UnexpectedState(
                "the device asks a question that this tool does not know, and leaves unanswered", seen=last
            )
        if silent > self._silence_seconds:
            last = "".join(lines_of(silence.unread)[-1:])
            raise DownloadTimedOut(
                f"neither the device nor the server made progress for {silent:.0f} s", seen=last or "nothing"
            )

    def _ends_in_question(self, text: bytes) -> bool:
        boot = self._dialogue.platform.boot
        return boot is not None and first_match(boot.questions, text) is not None

    def _with_last_words(self, seen: Seen) -> str:
        rest = self._dialogue.line.expect({"end": re.compile(rb"[\r\n]")}, _LAST_WORDS_SECONDS)
        tail = rest.before if isinstance(rest, Seen) else rest.unread
        head = re.split(rb"[\r\n]", seen.before)[-1]
        return text_of(head + seen.text + re.split(rb"[\r\n]", tail)[0]).strip()


@cache
def _not(mark: bytes) -> re.Pattern[bytes]:
    """Zero-width: any other byte than this one stands on the line."""
    return re.compile(b"(?=[^" + re.escape(mark) + b"])")


def _patterns(dialogue: Dialogue, bundle: Bundle | None) -> dict[str, re.Pattern[bytes]]:
    netboot, console = dialogue.platform.netboot, dialogue.platform.console
    kinds = {
        **netboot.complaints,
        "refused": console.invalid_command,
        "stops": (bundle.stops,) if bundle else (),
        "received": netboot.received,
        "launching": netboot.launching,
        "started": netboot.started,
        "progress": (netboot.progress,),
        "prompt": (console.prompt,),
    }
    return {f"{kind} {index}": pattern for kind, patterns in kinds.items() for index, pattern in enumerate(patterns)}
