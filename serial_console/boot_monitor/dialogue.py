"""One command at a time at the monitor's prompt.

Typing is never faster than the echo, and Enter is pressed only behind a line whose echo was right. Every wait
also listens for bad news by name: a reboot, or the question whether to erase the disk.
"""

import re
from collections.abc import Mapping

from platforms import Platform
from serial_console.boot_monitor.noise import EchoCount
from serial_console.boot_monitor.reading import first_match, is_nearly_prompt, lines_of, text_of
from serial_console.errors import (
    CommandRefused,
    ConsoleError,
    ConsoleSilent,
    ConsoleUnreadable,
    DeviceRebooted,
    EraseQuestion,
    SessionClosed,
    UnexpectedState,
)
from serial_console.line import Line, Seen, Silence

ERASE_ASKED = "the device asks whether to erase its disk; this tool leaves the question unanswered"
_ANYTHING = {"anything": re.compile(rb"(?s).+")}
# Zero-width: it sees that more text follows, and leaves it on the line. A question's own mark is no more text: it
# may come in another piece than the words, as in `y/n [n]` and `: `.
_MORE = {"more": re.compile(rb"(?=[^\s:?])")}
_BLANK = {"blank": re.compile(rb" ")}
_LINE_END = {"line end": re.compile(rb"(?=[\r\n])")}
_BELL = b"\a"
# A prompt's trailing blank, and the last echoes of erased characters, follow within a few character times.
_SETTLE_SECONDS = 0.05
# How long a question that is printed in pieces may pause.
_PIECES_SECONDS = 1.0
_SLICE_SECONDS = 2.0
# For a prompt that does not come, and for one that comes garbled again and again.
_NUDGES = 3
_GARBLED_PROMPTS = 12
# Erasing echoes a hundred bytes or so; a device that talks on and on is not at its prompt.
_ERASE_SECONDS = 10.0
_TYPING_ATTEMPTS = 10
_NOISY_ATTEMPTS = 40
_SILENT_ATTEMPTS = 2
_COMMAND_ATTEMPTS = 6
_REFUSALS = 2
# One erase character that brings nothing may be one that was lost.
_SILENT_ERASURES = 2
_ERASURES = 40
_HEARD_BYTES = 512
# Whatever the words: a line that ends so waits for an answer, and Enter may be one.
_QUESTION = re.compile(rb"(?i)(?:\?|\[[^\]\r\n]{1,12}\]|\(y(?:es)?/no?\)|y/n|:)[ :?]{0,3}\Z")
_QUESTION_SECONDS = 6.0


def asks(text: bytes) -> bool:
    """Whether the last thing on the console waits for an answer, whatever its words."""
    return _QUESTION.search(text) is not None


def closed_texts(platform: Platform) -> tuple[re.Pattern[bytes], ...]:
    """By what the end of a session is known: what follows is the supervisor's, and gets no key."""
    return platform.session.closed if platform.session else ()


def session_closed(text: bytes) -> SessionClosed:
    """The error that names a session which ended."""
    return SessionClosed("the session to the module has ended; nothing more is typed", seen=" ".join(lines_of(text)))


def _has_new_line(text: bytes) -> bool:
    """Whether words follow a line end: no echo has one, garbled or not."""
    return re.search(rb"[\r\n]\s*\S", text) is not None


def left_unanswered(text: bytes) -> UnexpectedState:
    """The error that names a question which nobody here may answer."""
    message = "the device asks a question that this tool does not know, and leaves unanswered"
    return UnexpectedState(message, seen="".join(lines_of(text)[-1:]))


def stands_last(line: Line, seen: Seen, seconds: float) -> bool:
    """Whether what was seen is the last thing on the console and stays it: in mid output, a prompt or question is none."""
    rest = seen.match.string[seen.match.end() :]
    return not _MORE["more"].search(rest) and isinstance(line.expect(_MORE, seconds), Silence)


class Dialogue:
    """A conversation at one monitor's prompt. `wrong_echoes` counts lines that had to be typed again."""

    def __init__(self, line: Line, platform: Platform) -> None:
        self.line = line
        self.platform = platform
        self.wrong_echoes = 0
        self.echoes = EchoCount()
        self.half_typed = 0
        self.link_seen_down = False
        self._slowest_echo = 0.0
        self._prompt = ""
        self._heard = b""  # the end of what came while typing: a question may arrive in pieces
        boot = platform.boot
        # Of a reboot whose first words were garbled: software that comes up is not typed at.
        self._boots = {f"boot {index}": it for index, it in enumerate((boot.version, *boot.from_flash) if boot else ())}
        self._alarms = {
            **{f"reboot {index}": pattern for index, pattern in enumerate(platform.break_in.power_on)},
            **{f"erase {index}": pattern for index, pattern in enumerate(platform.erase_question)},
            **{f"closed {index}": pattern for index, pattern in enumerate(closed_texts(platform))},
        }

    def expect(self, patterns: dict[str, re.Pattern[bytes]], seconds: float) -> Seen | Silence:
        """Wait for a pattern. Raises `DeviceRebooted` or `EraseQuestion` if that comes first."""
        answer = self.line.expect({**patterns, **self._alarms}, seconds)
        if isinstance(answer, Seen) and answer.name not in patterns:
            self._raise_alarm(answer)
        return answer

    def command(self, text: str, seconds: float = 0) -> bytes:
        """Type a command and return what it printed, without the prompt.

        Only for commands that may be repeated without harm: one that the monitor did not take is typed again if
        the line is noisy. Raises `CommandRefused`, `LineNoisy`, or `ConsoleSilent` after `seconds` (default: the
        platform's).
        """
        console = self.platform.console
        refusals = 0
        for _ in range(_COMMAND_ATTEMPTS):
            wrong_before = self.wrong_echoes
            self.enter(text)
            answer = self._answer(seconds or console.answer_seconds)
            self._note_link(answer)
            refusal = first_match(console.invalid_command, answer)
            if refusal is None:
                return answer
            # What was typed on a line that erred meanwhile may not be what the monitor refuses.
            refusals += wrong_before == self.wrong_echoes
            if refusals == _REFUSALS:
                raise CommandRefused(f"the monitor does not take `{text}`", seen=text_of(refusal.group(0)))
        raise self.echoes.error(f"the monitor does not take `{text}`, and the line is noisy", "")

    def enter(self, text: str) -> None:
        """Type a line and press Enter behind it, once.

        Where something else than a line end comes back, the Enter did not arrive as one: the line is erased and typed
        again. Raises as `type` does.
        """
        for _ in range(_COMMAND_ATTEMPTS):
            self.type(text)
            if self._entered():
                return
            self.wrong_echoes += 1
            self._erase_surely()
        raise self.echoes.error(f"`{text}` can't be entered", "")

    def type(self, text: str) -> None:
        """Type a line without Enter, and see it echoed.

        Raises `LineNoisy` or `ConsoleUnreadable` if it never is echoed right, `ConsoleSilent` if nothing comes back at
        all.
        """
        if self.platform.session:
            # A session may have ended meanwhile: its supervisor gets not a letter of the line.
            self._hear_until_quiet(_SETTLE_SECONDS)
        chunk = self.platform.console.chunk_characters
        wrong: str | None = ""
        for attempt in range(_NOISY_ATTEMPTS):
            if self.wrong_echoes:
                self._hear_until_quiet(_SETTLE_SECONDS)
            wrong = self._typed_wrong(text.encode("latin-1"), chunk)
            if wrong is None:
                return
            if not wrong and attempt >= _SILENT_ATTEMPTS:
                raise ConsoleSilent(f"the device does not answer when `{text}` is typed", seen="nothing")
            self.wrong_echoes += 1
            if attempt >= _TYPING_ATTEMPTS and self.echoes.is_hopeless:
                break
            chunk = max(1, chunk // 2)
            self._erase_surely()
        raise self.echoes.error(f"the device does not echo `{text}` as it is typed", wrong or "")

    def fresh_prompt(self, *, surplus: int) -> str:
        """Clear the line of up to `surplus` characters that nobody meant to type, and return a prompt that comes then."""
        self.half_typed += surplus
        self.erase_line()
        self.line.send(self.platform.console.probe.encode("latin-1"))
        self._answer(self.platform.console.echo_seconds)
        return self._prompt

    def _entered(self) -> bool:
        """Press Enter, once. Whether it arrived: a line end comes, or a prompt, or nothing that would speak against it."""
        self.line.send(b"\r")
        seen = self.expect(_LINE_END, self._patience())
        if isinstance(seen, Silence) and seen.unread.strip() and not self.platform.console.prompt.search(seen.unread):
            self.echoes.compare(b"\r", seen.unread)
            self.half_typed += len(seen.unread)
            return False
        self.half_typed = 0
        self._heard = b""
        return True

    def erase_line(self) -> None:
        """Take back what stands behind the prompt, so that nobody else's Enter runs half a command."""
        # Before any key: what came meanwhile may be a question.
        self._hear_until_quiet(_SETTLE_SECONDS)
        if _has_new_line(self._heard) and asks(self._heard):
            raise left_unanswered(self._heard)
        # A few more than were typed: an echo may have been lost together with its character.
        self.line.send(self.platform.console.erase_character.encode("latin-1") * (self.half_typed + 4))
        self.half_typed = 0
        self._hear_until_quiet(4 * _SETTLE_SECONDS)
        self._heard = b""

    def _erase_surely(self) -> None:
        """Erase the line until erasing brings nothing more: a wrong byte among the erase characters leaves something."""
        self.erase_line()
        silent = 0
        for _ in range(_ERASURES):
            self.line.send(self.platform.console.erase_character.encode("latin-1"))
            seen = self.line.expect(_ANYTHING, max(_SETTLE_SECONDS, 2 * self._slowest_echo))
            if isinstance(seen, Seen):
                self._hear(seen.text)
            silent = silent + 1 if isinstance(seen, Silence) or seen.text == _BELL else 0
            if silent == _SILENT_ERASURES:
                return

    def _hear_until_quiet(self, seconds: float) -> None:
        """Read until nothing comes for so long; behind words on a new line longer, for a question printed in pieces."""
        until = self.line.seconds() + _ERASE_SECONDS
        while isinstance(seen := self.line.expect(_ANYTHING, self._pause(seconds)), Seen):
            self._hear(seen.text)
            if self.line.seconds() > until:
                raise ConsoleUnreadable("the device talks without a pause", seen="".join(lines_of(self._heard)[-1:]))

    def _pause(self, seconds: float) -> float:
        return _PIECES_SECONDS if _has_new_line(self._heard) else seconds

    def _typed_wrong(self, text: bytes, chunk: int) -> str | None:
        """Type in chunks; return what came back in place of the first one that was not echoed right, None if all were."""
        for start in range(0, len(text), chunk):
            part = text[start : start + chunk]
            self.half_typed += len(part)
            self.line.send(part)
            echo = self._echo(len(part))
            if part not in echo:
                echo += self._echo(1, _SETTLE_SECONDS)
            self._hear(echo)
            self.echoes.compare(part, echo)
            if part not in echo:
                return text_of(echo)
            rest = echo.rpartition(part)[2]
            if asks(rest):
                raise left_unanswered(echo)
            if _has_new_line(rest):
                return text_of(echo)
        return None

    def _echo(self, length: int, seconds: float = 0) -> bytes:
        echo = b""
        while len(echo) < length:
            asked = self.line.seconds()
            seen = self.line.expect(_ANYTHING, seconds or self._patience())
            if isinstance(seen, Silence):
                break
            echo += seen.text
            self._slowest_echo = max(self._slowest_echo, self.line.seconds() - asked)
        return echo

    def _patience(self) -> float:
        """How long an echo may take: what the platform allows, or much less once the line has shown how quick it is."""
        bound = self.platform.console.echo_seconds
        return min(bound, max(0.4, 8 * self._slowest_echo)) if self._slowest_echo else bound

    def _note_link(self, text: bytes) -> None:
        if first_match(self.platform.netboot.complaints.get("link-down", ()), text):
            self.link_seen_down = True

    def _answer(self, seconds: float) -> bytes:
        return self.until_asked({}, seconds)[1]

    def until_asked(self, questions: Mapping[str, re.Pattern[bytes]], seconds: float) -> tuple[str, bytes]:
        """Wait for the next prompt, or for a question that the caller knows: which of them came, and what came before it.

        The name is `prompt`, or the question's. A prompt that came garbled is asked for again; any other question
        raises `UnexpectedState`.
        """
        asked = self.line.seconds()
        nudges = garbled = 0
        while True:
            seen = self.expect({"prompt": self.platform.console.prompt, **questions}, min(_SLICE_SECONDS, seconds))
            if isinstance(seen, Seen):
                if seen.name == "prompt":
                    self._prompt = text_of(seen.text)
                self.skip_blank()
                return seen.name, seen.before
            waited = self.line.seconds() - asked
            is_garbled = is_nearly_prompt(self.platform.console.prompt, seen.unread, self._prompt)
            if not is_garbled and asks(seen.unread) and waited >= min(_QUESTION_SECONDS, seconds):
                raise left_unanswered(seen.unread)
            garbled += is_garbled
            nudges += waited >= seconds and not is_garbled
            if nudges > _NUDGES or garbled > _GARBLED_PROMPTS:
                raise self._no_prompt(seen, seconds)
            if is_garbled or waited >= seconds:
                self.line.send(self.platform.console.probe.encode("latin-1"))

    def _no_prompt(self, seen: Silence, seconds: float) -> ConsoleError:
        last = "".join(lines_of(seen.unread)[-1:])
        if self.wrong_echoes:
            return self.echoes.error("no prompt came back that could be read", last)
        return ConsoleSilent(f"no prompt came back ({seconds:g} s)", seen=last or "nothing")

    def skip_blank(self) -> None:
        """Read the blank that trails most prompts, so that the next echo stands alone."""
        self.line.expect(_BLANK, _SETTLE_SECONDS)

    def _hear(self, text: bytes) -> None:
        """Note what came, and raise the alarm that stands in it or was completed by it."""
        heard = self._heard + text
        self._heard = heard[-_HEARD_BYTES:]
        for name, pattern in (self._alarms | self._boots).items():
            if found := pattern.search(heard):
                self._raise_alarm(Seen(name, found, b""))

    def _raise_alarm(self, seen: Seen) -> None:
        if seen.name.startswith("erase"):
            raise EraseQuestion(ERASE_ASKED, seen=text_of(seen.text))
        if seen.name.startswith("closed"):
            raise session_closed(seen.text)
        raise DeviceRebooted("the device rebooted by itself", seen=text_of(seen.text))
