"""Getting from an unknown console to the monitor's prompt.

The break-in key goes out only between a power-on and the text that shows that its window has passed, and never
again once the monitor has answered. Into a device that boots or has booted nothing is typed.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from platforms import Platform, Stranger
from serial_console.boot_monitor.dialogue import (
    ERASE_ASKED,
    Dialogue,
    asks,
    closed_texts,
    left_unanswered,
    session_closed,
    stands_last,
)
from serial_console.boot_monitor.events import (
    BreakKeySent,
    EntryEvent,
    Idle,
    MonitorEntered,
    PowerCycleWanted,
    PowerOnSeen,
)
from serial_console.boot_monitor.reading import first_match, is_nearly_prompt, lines_of, looks_unreadable, text_of
from serial_console.errors import (
    AlreadyBooted,
    BreakInMissed,
    ConsoleError,
    ConsoleSilent,
    ConsoleUnreadable,
    EraseQuestion,
    UnexpectedState,
    WrongDevice,
)
from serial_console.line import Line, Seen, Silence

_LISTEN_SECONDS = 1.5
_TICK_SECONDS = 0.5
# With no text at all, the key is sent no longer than a slow memory test takes.
_BLIND_SECONDS = 90.0
_QUIET_SECONDS = 0.4
_BANNER_BYTES = 256
_HISTORY_BYTES = 16 * 1024
_PROMPT_SECONDS = 45.0
_NUDGE_SECONDS = 4.0
_QUESTION_SECONDS = 6.0
_GARBLED_PROBES = 8

_LINE_END = re.compile(rb"[\r\n]")
_DIALOGUE_HINT = "answer its questions on the console, Enter leaves each setting as it is; then run again"


class _Phase(Enum):
    WAITING = auto()  # for the power to come on; nothing is typed
    BREAKING = auto()  # between power-on and the end of the window: the key goes out
    STOPPED = auto()  # the monitor said that it stopped; its prompt is awaited, nothing is typed


class Entry:
    """One attempt to reach the monitor, for one family or for whichever of several is recognised.

    Several may have the same prompt, and a device at its prompt shows no banner: then the first of them is taken.
    `strangers` are refused as soon as they show.
    """

    def __init__(self, line: Line, families: Sequence[Platform], strangers: Sequence[Stranger] = ()) -> None:
        self._line = line
        self._families = families
        self._strangers = strangers
        self._history = b""
        self._phase = _Phase.WAITING
        self._trouble: type[ConsoleError] = BreakInMissed
        self._entered: Platform | None = None
        self._noticed = self._announced = False
        self._powered: float | None = None
        self._pressed = float("-inf")
        self._keys = 0
        self._unknown = b""
        self._nudges = 0
        self._has_missed = False
        # Behind a session may be a supervisor again: no key goes there unseen.
        self._session = families[0].session if len(families) == 1 else None
        self._patterns = self._all_patterns()

    def run(self, seconds: float) -> Iterator[EntryEvent]:
        """Yield what is observed, with idle ticks; the last event is `MonitorEntered`.

        At `PowerCycleWanted` the caller cycles the power, or asks a person to; then `power_applied` may be called.
        Raises `BreakInMissed` or `AlreadyBooted` when `seconds` are over, `EraseQuestion` and `WrongDevice` at once.
        """
        started = self._line.seconds()
        if self._phase is _Phase.WAITING:
            yield from self._look()
        while self._entered is None:
            waited = self._line.seconds() - started
            # A device that restarts again and again opens a new window each time, and none of them is reached.
            if waited > seconds + (0 if self._phase is _Phase.WAITING else _BLIND_SECONDS):
                raise self._given_up(seconds)
            yield from self._wait_once(waited)
        yield self._settled(self._entered)

    def power_applied(self) -> None:
        """The device has just been switched on, or has restarted: the window may open any moment."""
        if self._phase is _Phase.WAITING:
            self._start_breaking()

    def _look(self) -> Iterator[EntryEvent]:
        """Find out where the device is: listen, and only into silence press Enter, again only if noise hit it or its prompt."""
        seen = self._line.expect(self._patterns, _LISTEN_SECONDS)
        if isinstance(seen, Silence) and not seen.unread.strip():
            seen = self._probed()
            for _ in range(_GARBLED_PROBES):
                if not self._is_garbled(seen):
                    break
                seen = self._probed()
        if isinstance(seen, Seen):
            yield from self._take(seen)
        else:
            self._unknown = seen.unread
            yield self._wanted("unknown" if seen.unread.strip() else "silent")

    def _probed(self) -> Seen | Silence:
        """What comes for an Enter, or for what a single family's monitor takes in its place."""
        self._line.send(self._families[0].console.probe.encode("latin-1") if len(self._families) == 1 else b"\r")
        return self._line.expect(self._patterns, _LISTEN_SECONDS)

    def _is_garbled(self, seen: Seen | Silence) -> bool:
        """Whether noise hit the prompt that came for an Enter, or the Enter itself: then it is echoed without a line end."""
        if isinstance(seen, Seen):
            return seen.name.startswith("booted") and self._is_nearly_prompt(seen.before + seen.text)
        return self._is_nearly_prompt(seen.unread) or bool(seen.unread.strip() and not _LINE_END.search(seen.unread))

    def _is_nearly_prompt(self, text: bytes) -> bool:
        return any(is_nearly_prompt(family.console.prompt, text) for family in self._families)

    def _wait_once(self, waited: float) -> Iterator[EntryEvent]:
        breaking = self._phase is _Phase.BREAKING
        seen = self._line.expect(
            self._patterns, self._families[0].break_in.key_interval_seconds if breaking else _TICK_SECONDS
        )
        if isinstance(seen, Seen):
            yield from self._take(seen)
            return
        if looks_unreadable(seen.unread):
            raise ConsoleUnreadable("what comes over the console is not text", seen=repr(seen.unread[-32:])[2:-1])
        if breaking and self._is_nearly_prompt(seen.unread):
            self._phase, self._powered = _Phase.STOPPED, self._line.seconds()
        elif breaking and self._since_power() > _BLIND_SECONDS:
            yield from self._missed(booted=False)
        elif breaking and self._hears_the_device:
            yield self._press_key()
        yield Idle(waited)
        if self._phase is _Phase.STOPPED:
            self._await_prompt(seen)

    def _await_prompt(self, seen: Silence) -> None:
        """The monitor said that it stopped. If its prompt came garbled, Enter brings another one."""
        silent = self._since_power()
        if asks(seen.unread) and not self._is_nearly_prompt(seen.unread):
            # What a restart has cut off may look like one (`MAC Address:`): the device's next words are waited for.
            if silent > _QUESTION_SECONDS:
                raise left_unanswered(seen.unread)
            return
        if silent > _NUDGE_SECONDS * (self._nudges + 1):
            self._nudges += 1
            self._line.send(self._families[0].console.probe.encode("latin-1"))
        if silent > _PROMPT_SECONDS:
            raise ConsoleSilent(
                "the boot was interrupted, but no prompt came", seen="".join(lines_of(seen.unread)[-1:])
            )

    def _take(self, seen: Seen) -> Iterator[EntryEvent]:
        self._history = (self._history + seen.before + seen.text)[-_HISTORY_BYTES:]
        kind, _ = seen.name.split()
        if kind in {"erase", "closed"}:
            is_closed = kind == "closed"
            raise session_closed(seen.text) if is_closed else EraseQuestion(ERASE_ASKED, seen=text_of(seen.text))
        if kind in {"stranger", "waiting"}:
            self._refuse_stranger(seen, waits=kind == "waiting")
        elif kind == "prompt":
            self._phase = _Phase.STOPPED
            self._entered = self._family(seen.text)
        elif kind == "power":
            if not self._announced:
                yield PowerOnSeen(" ".join(lines_of(seen.text)))
            self._start_breaking()
            self._announced = True
        elif kind in {"notice", "countdown"}:
            yield from self._notice(counts_down=kind == "countdown")
        elif kind == "interrupted":
            self._phase, self._powered = _Phase.STOPPED, self._line.seconds()
        else:
            yield from self._not_the_monitor(kind, seen)

    def _refuse_stranger(self, seen: Seen, *, waits: bool) -> None:
        if waits and not stands_last(self._line, seen, _QUIET_SECONDS):
            return
        pattern = seen.match.re
        raise wrong_device(next(it for it in self._strangers if pattern in (*it.banner, *it.prompts)), seen.text)

    def _not_the_monitor(self, kind: str, seen: Seen) -> Iterator[EntryEvent]:
        """Text of a boot or of booted software; behind an interrupted boot it can only be a question."""
        if self._phase is not _Phase.STOPPED:
            if kind in {"passed", "software"} or stands_last(self._line, seen, _QUIET_SECONDS):
                yield from self._missed(booted=kind != "passed")
        # Once read, it would be gone when Enter is pressed for a prompt that came garbled.
        elif kind == "booted" and self._asks(seen) and stands_last(self._line, seen, _QUESTION_SECONDS):
            raise left_unanswered(seen.before + seen.text)

    def _asks(self, seen: Seen) -> bool:
        text = seen.before + seen.text
        return asks(text) and not self._is_nearly_prompt(text)

    def _notice(self, *, counts_down: bool) -> Iterator[EntryEvent]:
        """The break-in text: answer it at once. A countdown behind a window that has passed is another stage's."""
        if self._phase is _Phase.STOPPED or (counts_down and self._has_missed):
            return
        if self._phase is _Phase.WAITING:
            self._start_breaking()
        self._noticed = True
        if self._line.seconds() - self._pressed >= self._families[0].break_in.key_interval_seconds:
            yield self._press_key()

    def _missed(self, *, booted: bool) -> Iterator[EntryEvent]:
        """The window has passed. Wait for the next power-on, typing nothing."""
        self._announced = False
        # Later stages of a boot count down as well; after a miss only a monitor's own text opens a window.
        self._has_missed = True
        was_breaking = self._phase is _Phase.BREAKING
        if booted and self._trouble is BreakInMissed and not was_breaking and self._powered is None:
            self._trouble = UnexpectedState if self._in_dialogue() else AlreadyBooted
            yield self._wanted("dialogue" if self._in_dialogue() else "already-booted")
        elif was_breaking or self._powered is None:
            self._powered = self._line.seconds()
            yield self._wanted("break-in-missed")
        self._phase = _Phase.WAITING

    def _in_dialogue(self) -> bool:
        """Whether the last thing on the console is a question of the monitor's own, about its register."""
        last = re.split(rb"[\r\n]", self._history)[-1]
        return any(first_match(family.console.dialogue, last) for family in self._families)

    def _start_breaking(self) -> None:
        self._phase = _Phase.BREAKING
        self._has_missed = False
        self._history = self._history[-_BANNER_BYTES:]
        self._powered = self._line.seconds()
        self._noticed = self._announced = False
        self._trouble = BreakInMissed

    def _since_power(self) -> float:
        return self._line.seconds() - (self._powered or 0.0)

    @property
    def _hears_the_device(self) -> bool:
        """Whether a blind key can only reach the device: through a session only once it has said something."""
        return self._session is None or self._announced or self._noticed

    def _wanted(self, reason: str) -> PowerCycleWanted:
        return PowerCycleWanted(reason, self._session.restart if self._session else "")

    def _press_key(self) -> BreakKeySent:
        self._keys += 1
        self._pressed = self._line.seconds()
        self._line.send(self._families[0].break_in.key.encode("latin-1"))
        return BreakKeySent(blind=not self._noticed)

    def _family(self, prompt: bytes) -> Platform:
        """Of the families with this prompt, the one whose banner was seen; without a banner the first."""
        prompted = [family for family in self._families if family.console.prompt.search(prompt)]
        return next(filter(self._is_named, prompted), prompted[0])

    def _is_named(self, family: Platform) -> bool:
        return first_match(family.banner, self._history) is not None

    def _settled(self, family: Platform) -> MonitorEntered:
        """Clear the line of keys that came too late for the window, and see a fresh prompt."""
        dialogue = Dialogue(self._line, family)
        prompt = dialogue.fresh_prompt(surplus=2 * self._keys)  # an ESC may stand on the line as `^[`
        link_is_down = first_match(family.netboot.complaints.get("link-down", ()), self._history) is not None
        return MonitorEntered(family.name, prompt, link_is_down, self._is_named(family))

    def _given_up(self, seconds: float) -> ConsoleError:
        if self._trouble is UnexpectedState:
            message = f"the monitor asks about its register, and nobody answered within {seconds:g} s"
            return UnexpectedState(message, seen=self._last(), hint=_DIALOGUE_HINT)
        if self._trouble is AlreadyBooted:
            return AlreadyBooted(
                f"the device runs its software already, and was not restarted within {seconds:g} s",
                seen=self._last(),
                hint=f"if this is the supervisor's prompt, give --slot N; else {self._session.restart}"
                if self._session
                else "",
            )
        if not self._history:
            seen = "".join(lines_of(self._unknown)[-1:])
            hint = f"{ConsoleSilent.remedy}; a self-test may take longer than --timeout"
            return BreakInMissed(
                f"the device never came on within {seconds:g} s", seen=seen or "nothing at all", hint=hint
            )
        return BreakInMissed(
            f"the device booted past the break-in window, and did not come on again within {seconds:g} s",
            seen=self._last(),
        )

    def _last(self) -> str:
        return "".join(lines_of(self._history)[-1:])

    def _all_patterns(self) -> dict[str, re.Pattern[bytes]]:
        """Every text that decides something, its kind and a number as its name; the same text twice is kept once."""
        kinds: dict[bytes, tuple[str, re.Pattern[bytes]]] = {}
        # First: of patterns that match at the same place the first one counts, and a stranger's prompt may look booted.
        for stranger in self._strangers:
            for kind, patterns in (("stranger", stranger.banner), ("waiting", stranger.prompts)):
                for pattern in patterns:
                    kinds.setdefault(pattern.pattern, (f"{kind} {len(kinds)}", pattern))
        for family in self._families:
            boot, entry = family.boot, family.break_in
            for kind, patterns in (
                ("erase", family.erase_question),
                ("closed", closed_texts(family) if self._session else ()),
                ("prompt", (family.console.prompt,)),
                ("interrupted", entry.interrupted),
                ("passed", entry.window_passed),
                ("notice", entry.notice),
                ("countdown", entry.countdown),
                ("power", entry.power_on),
                ("software", (boot.version,) if boot else ()),
                ("booted", (boot.prompt, boot.pager, *boot.login, *boot.questions) if boot else ()),
            ):
                for pattern in patterns:
                    kinds.setdefault(pattern.pattern, (f"{kind} {len(kinds)}", pattern))
        return dict(kinds.values())


def wrong_device(stranger: Stranger, seen: bytes) -> WrongDevice:
    """The error that names a device which is not ours to load."""
    text = " ".join(lines_of(seen))
    return WrongDevice(
        f"this is the console of {stranger.title}: {stranger.explanation}", seen=text, hint=stranger.remedy
    )
