"""From `boot` at the monitor to the prompt of what is in flash. Nothing at all is typed."""

import re
from collections.abc import Iterator

from platforms import Platform
from platforms.model import Boot
from serial_console.boot_monitor.dialogue import ERASE_ASKED, stands_last
from serial_console.boot_monitor.events import Booted, ConfigIgnored, Idle
from serial_console.boot_monitor.reading import lines_of, text_of
from serial_console.errors import BootNotProved, EraseQuestion
from serial_console.line import Line, Seen, Silence

_TICK_SECONDS = 0.5
_QUIET_SECONDS = 1.0
_LONGEST_SECONDS = 3600.0
_HINT = "watch the console; `boot` at the monitor's prompt, or a power cycle, tries once more"


def watch_flash_boot(
    line: Line, platform: Platform, silence_seconds: float = 0
) -> Iterator[Idle | ConfigIgnored | Booted]:
    """Yield idle ticks until the image from flash runs; the last event is `Booted`.

    Raises `BootNotProved` if the monitor comes back, or after `silence_seconds` (default: the platform's).
    """
    if platform.boot is None:
        raise BootNotProved(f"nothing is known of how a {platform.title} looks when it has booted")
    yield from _Watch(line, platform, platform.boot, silence_seconds or platform.boot.silence_seconds).run()


class _Watch:
    def __init__(self, line: Line, platform: Platform, boot: Boot, silence_seconds: float) -> None:
        self._line = line
        self._boot = boot
        self._patterns = _patterns(platform, boot)
        self._silence_seconds = silence_seconds
        self._started = self._heard = line.seconds()
        self._version = ""
        self._last = ""  # a prompt, login or question, with nothing but log lines behind it
        self._unread = b""

    def run(self) -> Iterator[Idle | ConfigIgnored | Booted]:
        while self._line.seconds() - self._started < _LONGEST_SECONDS:
            seen = self._line.expect(self._patterns, _TICK_SECONDS)
            yield Idle(self._line.seconds() - self._started)
            if isinstance(seen, Seen) and seen.name.startswith("ignored"):
                yield ConfigIgnored(" ".join(lines_of(seen.text)))
            elif kind := (self._silent(seen) if isinstance(seen, Silence) else self._taken(seen)):
                yield Booted(self._version, "", kind)
                return
        raise BootNotProved("the device talks on and on, and comes to no prompt", hint=_HINT)

    def _taken(self, seen: Seen) -> str:
        """What proves the boot; empty for what does not. Raises bad news."""
        self._heard = self._line.seconds()
        kind, text = seen.name.partition(" ")[0], " ".join(lines_of(seen.text))
        if kind == "erase":
            raise EraseQuestion(ERASE_ASKED, seen=text)
        if kind in {"monitor", "reboot"}:
            why = "came back to its boot monitor" if kind == "monitor" else "restarted while it booted"
            raise BootNotProved(f"the device {why}", seen=text, hint=_HINT)
        if kind == "version":
            self._version = text_of(seen.match["version"])
            return ""
        self._last = kind
        return kind if stands_last(self._line, seen, _QUIET_SECONDS) else ""

    def _silent(self, silence: Silence) -> str:
        if silence.unread != self._unread:
            self._unread, self._heard = silence.unread, self._line.seconds()
        lines = lines_of(silence.unread)
        if self._last and lines and all(self._boot.log_line.match(line.encode("latin-1")) for line in lines):
            return self._last
        if (silent := self._line.seconds() - self._heard) > self._silence_seconds:
            message = f"the device was told to boot, and has been silent for {silent:.0f} s"
            raise BootNotProved(message, seen="".join(lines[-1:]) or "nothing", hint=_HINT)
        return ""


def _patterns(platform: Platform, boot: Boot) -> dict[str, re.Pattern[bytes]]:
    kinds = {
        "erase": platform.erase_question,
        "monitor": (platform.console.prompt,),
        "reboot": boot.reboot,
        "ignored": platform.confreg.ignored if platform.confreg else (),
        "version": (boot.version,),
        "question": boot.questions,
        "login": boot.login,
        "prompt": (boot.prompt,),
    }
    return {f"{kind} {index}": pattern for kind, patterns in kinds.items() for index, pattern in enumerate(patterns)}
