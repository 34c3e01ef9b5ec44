"""From the launch to the CLI prompt: the console is the truth for "booted".

Only Enter and `show version` are typed, at the prompt alone, and never while the last thing on the console is a
question. A login or a set-up question proves the boot as well; it is left unanswered.
"""

import re
from collections.abc import Iterator

from platforms import Platform
from platforms.model import Boot
from serial_console.boot_monitor.events import Booted, BootEvent, Idle
from serial_console.boot_monitor.reading import lines_of, text_of
from serial_console.errors import BootNotProved, ImageRefused
from serial_console.line import Line, Seen, Silence

_TICK_SECONDS = 0.5
# A prompt is one only if nothing follows it; boot text may hold what looks like a prompt.
_QUIET_SECONDS = 1.0
_ANSWER_SECONDS = 20.0
_PAGES = 400
_MORE = {"more": re.compile(rb"(?s)(?=.)")}


def watch_boot(line: Line, platform: Platform) -> Iterator[BootEvent]:
    """Yield idle ticks until the image runs, then `Booted`.

    Raises `BootNotProved` if a boot monitor's banner comes, or after the platform's silence.
    """
    boot = platform.boot
    if boot is None:
        raise BootNotProved(f"nothing is known of how a {platform.title} looks when it has booted")
    version = ""
    started = heard = line.seconds()
    patterns = _patterns(platform, boot)
    while True:
        seen = line.expect(patterns, _TICK_SECONDS)
        yield Idle(line.seconds() - started)
        if isinstance(seen, Silence):
            _bound_silence(line.seconds() - heard, boot, seen)
            continue
        heard = line.seconds()
        kind = seen.name.partition(" ")[0]
        if kind == "version":
            version = text_of(seen.match["version"])
        elif kind in {"prompt", "login", "question"} and _is_last(line, seen):
            yield _shown(line, boot, version) if kind == "prompt" else Booted(version, "", kind)
            return
        else:
            _raise_bad_news(kind, seen)


def _patterns(platform: Platform, boot: Boot) -> dict[str, re.Pattern[bytes]]:
    kinds = {
        "reboot": boot.reboot,
        "refused": platform.netboot.complaints.get("signature-failure", ()),
        "monitor": (platform.console.prompt,),
        "version": (boot.version,),
        "question": boot.questions,
        "login": boot.login,
        "prompt": (boot.prompt,),
    }
    return {f"{kind} {index}": pattern for kind, patterns in kinds.items() for index, pattern in enumerate(patterns)}


def _is_last(line: Line, seen: Seen) -> bool:
    return seen.match.end() == len(seen.match.string) and isinstance(line.expect(_MORE, _QUIET_SECONDS), Silence)


def _raise_bad_news(kind: str, seen: Seen) -> None:
    text = " ".join(lines_of(seen.text))
    if kind == "reboot":
        raise BootNotProved("the device rebooted while it launched the image", seen=text)
    if kind == "refused":
        raise ImageRefused("the device checked the image and refuses it", seen=text)
    if kind == "monitor":
        raise BootNotProved("the device is back at its boot monitor", seen=text)


def _bound_silence(silent: float, boot: Boot, silence: Silence) -> None:
    if silent > boot.silence_seconds:
        last = "".join(lines_of(silence.unread)[-1:])
        raise BootNotProved(
            f"the image was launched, but the console has been silent for {silent:.0f} s", seen=last or "nothing"
        )


def _shown(line: Line, boot: Boot, version: str) -> Booted:
    """Ask the booted software which version it is and which file it came from."""
    line.send(b"show version\r")
    patterns = {"version": boot.version, "file": boot.image_file, "pager": boot.pager, "prompt": boot.prompt}
    image_file = ""
    for _ in range(_PAGES):
        seen = line.expect(patterns, _ANSWER_SECONDS)
        if isinstance(seen, Silence):
            break
        if seen.name == "version":
            version = text_of(seen.match["version"])
        elif seen.name == "file":
            image_file = text_of(seen.match["file"])
        elif seen.name == "pager":
            line.send(b"\r")
        elif isinstance(line.expect(_MORE, _QUIET_SECONDS), Silence):
            break
    return Booted(version, image_file, "prompt")
