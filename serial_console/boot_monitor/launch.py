"""From the launch to the CLI prompt: the console is the truth for "booted".

Only Enter and `show version` are typed, at the prompt alone, and never while the last thing on the console is a
question. A login or a set-up question proves the boot as well; it is left unanswered. Where a login proves the boot
by itself, as FXOS's does, nothing at all is typed.
"""

import re
from collections.abc import Iterator

from platforms import Platform
from platforms.model import Boot
from serial_console.boot_monitor.dialogue import ERASE_ASKED, closed_texts, stands_last
from serial_console.boot_monitor.events import Booted, BootEvent, Idle
from serial_console.boot_monitor.reading import lines_of, text_of
from serial_console.errors import BootNotProved, EraseQuestion, ImageRefused, SessionClosed
from serial_console.line import Line, Seen, Silence

_TICK_SECONDS = 0.5
# A prompt is one only if nothing follows it; boot text may hold what looks like a prompt.
_QUIET_SECONDS = 1.0
_ANSWER_SECONDS = 8.0
_REST_SECONDS = 3.0
# A long `show version`, a line an Enter.
_PAGES = 150
_ASKINGS = 3
_PAGER_SECONDS = 0.05
# A console that talks for ever, and never comes to a prompt, is given up as well.
_LONGEST_SECONDS = 3600.0
_REBOOTED_HINT = "an old image may start from flash now: run again, and watch what the console says before the reboot"
_PROOFS = frozenset({"prompt", "login", "question"})
# One word that ends in a prompt's mark, give or take what noise does to a line, or what a log line left of it.
_GARBLED_PROMPT = re.compile(r"\S{0,3}[\w.\-/()]{3,60}\S{0,2}[>#]\S{0,2}$|[\w.\-/()]{0,2}[>#]$")
_NUDGES = 3
_NUDGE_SECONDS = 3.0


def watch_boot(line: Line, platform: Platform, silence_seconds: float = 0) -> Iterator[BootEvent]:
    """Yield idle ticks until the image runs, then `Booted`.

    Raises `BootNotProved` if a boot monitor's banner comes, or after `silence_seconds` (default: the platform's).
    """
    if platform.boot is None:
        raise BootNotProved(f"nothing is known of how a {platform.title} looks when it has booted")
    yield from _Watch(line, platform, platform.boot, silence_seconds or platform.boot.silence_seconds).run()


class _Watch:
    def __init__(self, line: Line, platform: Platform, boot: Boot, silence_seconds: float) -> None:
        self._line = line
        self._platform = platform
        self._boot = boot
        self._patterns = _patterns(platform, boot)
        self._silence_seconds = silence_seconds
        self._version = ""
        self._started = self._known = self._heard = line.seconds()  # heard anything, a known text
        self._nudges = 0
        self._last = ""
        self._unread = b""

    def run(self) -> Iterator[BootEvent]:
        while True:
            if self._line.seconds() - self._started > min(_LONGEST_SECONDS, 10 * self._silence_seconds):
                raise BootNotProved("the image was launched long ago, and no prompt came")
            seen = self._line.expect(self._patterns, _TICK_SECONDS)
            yield Idle(self._line.seconds() - self._started)
            booted = self._silent(seen) if isinstance(seen, Silence) else self._taken(seen)
            if booted is not None:
                yield booted
                return

    def _taken(self, seen: Seen) -> Booted | None:
        self._known = self._heard = self._line.seconds()
        kind = seen.name.partition(" ")[0]
        self._last = kind
        if kind == "version":
            self._version = text_of(seen.match["version"])
        elif kind == "running" or (kind == "login" and self._boot.login_proves):
            # Whatever follows it: FXOS prints on behind its login.
            return Booted(self._version, "", "login")
        elif kind not in _PROOFS:
            _raise_bad_news(kind, seen)
        elif stands_last(self._line, seen, _QUIET_SECONDS):
            return self._proved_by(kind)
        return None

    def _silent(self, silence: Silence) -> Booted | None:
        if silence.unread != self._unread:
            self._unread, self._heard, self._nudges = silence.unread, self._line.seconds(), 0
        silent = self._line.seconds() - self._heard
        lines = lines_of(silence.unread)
        if silent > self._silence_seconds:
            message = f"the image was launched, but the console has been silent for {silent:.0f} s"
            raise BootNotProved(message, seen="".join(lines[-1:]) or "nothing")
        if self._line.seconds() - self._known > 10 * self._silence_seconds:
            raise BootNotProved("the device talks on and on, and comes to no prompt", seen="".join(lines[-1:]))
        # Log messages may come without a pause.
        if self._line.seconds() - self._known > _QUIET_SECONDS and self._is_logged_over(lines):
            return self._proved_by(self._last)
        if self._version and self._nudges < _NUDGES and silent > _NUDGE_SECONDS * (self._nudges + 1):
            self._nudge("".join(lines[-1:]))
        return None

    def _is_logged_over(self, lines: list[str]) -> bool:
        """Whether nothing but log messages came after a prompt, login or question."""
        return self._last in _PROOFS and all(self._boot.log_line.match(line.encode("latin-1")) for line in lines)

    def _proved_by(self, kind: str) -> Booted:
        if self._boot.login_proves and kind == "prompt":
            return Booted(self._version, "", kind)
        if kind == "prompt" and self._platform.session and not self._version:
            # It looks like a supervisor's, and a supervisor is asked nothing.
            raise BootNotProved("a prompt came, and the module has not shown that it runs an ASA image", seen=kind)
        if kind == "prompt":
            return _shown(self._line, self._platform, self._boot, self._version)
        if not self._version:
            # Other systems ask for a login too: what has not said that it is an ASA is none.
            raise BootNotProved(
                "the device asks for a login or an answer, and has not shown that it runs an ASA image", seen=kind
            )
        return Booted(self._version, "", kind)

    def _nudge(self, last: str) -> None:
        """Press Enter behind what must be a garbled prompt. Into a boot nothing is typed ahead: it may answer a question."""
        self._nudges += 1
        if _GARBLED_PROMPT.match(last):
            self._line.send(b"\r")


def _patterns(platform: Platform, boot: Boot) -> dict[str, re.Pattern[bytes]]:
    kinds = {
        "erase": platform.erase_question,
        "closed": closed_texts(platform),
        "flash": boot.from_flash,
        "reboot": boot.reboot,
        "refused": platform.netboot.complaints.get("signature-failure", ()),
        "monitor": (platform.console.prompt,),
        "version": (boot.version,),
        "running": boot.running,
        "question": boot.questions,
        "login": boot.login,
        "prompt": (boot.prompt,),
    }
    return {f"{kind} {index}": pattern for kind, patterns in kinds.items() for index, pattern in enumerate(patterns)}


def _raise_bad_news(kind: str, seen: Seen) -> None:
    text = " ".join(lines_of(seen.text))
    if kind == "erase":
        raise EraseQuestion(ERASE_ASKED, seen=text)
    if kind == "closed":
        message = "the image was launched, and the session to the module ended"
        raise BootNotProved(message, seen=text, hint=SessionClosed.remedy)
    if kind == "flash":
        raise BootNotProved("the device starts an image from its flash", seen=text, hint=_REBOOTED_HINT)
    if kind == "reboot":
        raise BootNotProved("the device rebooted while it launched the image", seen=text, hint=_REBOOTED_HINT)
    if kind == "refused":
        raise ImageRefused("the device checked the image and refuses it", seen=text)
    if kind == "monitor":
        raise BootNotProved("the device is back at its boot monitor", seen=text)


def _shown(line: Line, platform: Platform, boot: Boot, version: str) -> Booted:
    """Ask the booted software which version it is and which file it came from. Raises `BootNotProved` if it does not tell."""
    image_file = ""
    for attempt in range(_ASKINGS):
        if attempt:
            # Some consoles lose the first character behind a prompt: this time it may be an Enter.
            line.send(b"\r")
            if not _at_prompt(line, platform, boot):
                break
        line.send(b"show version\r")
        version, image_file, at_prompt = _read_version(line, platform, boot, version, image_file)
        if version and image_file:
            return Booted(version, image_file, "prompt")
        if not at_prompt:
            break
    raise BootNotProved(
        "`show version` does not tell which software the device runs, and from which file", seen=version or "no version"
    )


def _at_prompt(line: Line, platform: Platform, boot: Boot) -> bool:
    """Whether a prompt comes and stays the last thing: to anything else nothing more is typed."""
    seen = line.expect({**_alarms(platform, boot), "prompt": boot.prompt}, _QUIET_SECONDS)
    if isinstance(seen, Silence):
        # Nothing came, not even for Enter: the prompt that stood last still does.
        return not seen.unread.strip()
    _raise_bad_news(seen.name.partition(" ")[0], seen)
    return stands_last(line, seen, _QUIET_SECONDS)


def _alarms(platform: Platform, boot: Boot) -> dict[str, re.Pattern[bytes]]:
    """What must not come while the software is asked: its device restarts, or asks to be erased."""
    kinds = {
        "erase": platform.erase_question,
        "flash": boot.from_flash,
        "reboot": boot.reboot,
        "monitor": (platform.console.prompt,),
    }
    return {f"{kind} {index}": pattern for kind, patterns in kinds.items() for index, pattern in enumerate(patterns)}


def _read_version(line: Line, platform: Platform, boot: Boot, version: str, image_file: str) -> tuple[str, str, bool]:
    """What the software tells, and whether it is back at its prompt. Raises `EraseQuestion`."""
    patterns = {
        **_alarms(platform, boot),
        "version": boot.version,
        "file": boot.image_file,
        "pager": boot.pager,
        "prompt": boot.prompt,
    }
    for _ in range(_PAGES):
        # All that is wanted has come: the rest is only there to leave the device at its prompt.
        seen = line.expect(patterns, _REST_SECONDS if version and image_file else _ANSWER_SECONDS)
        if isinstance(seen, Silence):
            break
        _raise_bad_news(seen.name.partition(" ")[0], seen)
        if seen.name == "version":
            version = text_of(seen.match["version"])
        elif seen.name == "file":
            image_file = text_of(seen.match["file"])
        elif seen.name == "pager":
            # Not one in mid output: behind it may stand a question.
            if not stands_last(line, seen, _PAGER_SECONDS):
                continue
            line.send(b"\r")
        elif stands_last(line, seen, _QUIET_SECONDS):
            return version, image_file, True
    return version, image_file, False
