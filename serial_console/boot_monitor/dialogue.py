"""One command at a time at the monitor's prompt.

Typing is never faster than the echo, and Enter is pressed only behind a line whose echo was right. Every wait
also listens for bad news by name: a reboot, or the question whether to erase the disk.
"""

import re
from difflib import SequenceMatcher

from platforms import Platform
from serial_console.boot_monitor.reading import first_match, lines_of, text_of
from serial_console.errors import (
    CommandRefused,
    ConsoleSilent,
    ConsoleUnreadable,
    DeviceRebooted,
    EraseQuestion,
    UnexpectedState,
)
from serial_console.line import Line, Seen, Silence

ERASE_ASKED = "the device asks whether to erase its disk; this tool leaves the question unanswered"
_ANYTHING = {"anything": re.compile(rb"(?s).+")}
# Zero-width: it sees that more text follows, and leaves it on the line. A question's own mark is no more text: it
# may come in another piece than the words, as in `y/n [n]` and `: `.
_MORE = {"more": re.compile(rb"(?=[^\s:?])")}
_BLANK = {"blank": re.compile(rb" ")}
# A prompt's trailing blank, and the last echoes of erased characters, follow within a few character times.
_SETTLE_SECONDS = 0.05
# How long a question that is printed in pieces may pause.
_PIECES_SECONDS = 1.0
_SLICE_SECONDS = 2.0
_NUDGES = 3
_SIMILAR = 0.7
# Erasing echoes a hundred bytes or so; a device that talks on and on is not at its prompt.
_ERASE_SECONDS = 10.0
_TYPING_ATTEMPTS = 10
_SILENT_ATTEMPTS = 2
_COMMAND_ATTEMPTS = 4
_HEARD_BYTES = 512
# Whatever the words: a line that ends so waits for an answer, and Enter may be one.
_QUESTION = re.compile(rb"(?i)(?:\?|\[[^\]\r\n]{1,12}\]|\(y(?:es)?/no?\)|y/n|:)[ :?]{0,3}\Z")
_QUESTION_SECONDS = 6.0


def asks(text: bytes) -> bool:
    """Whether the last thing on the console waits for an answer, whatever its words."""
    return _QUESTION.search(text) is not None


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
        self.half_typed = 0
        self.link_seen_down = False
        self._slowest_echo = 0.0
        self._prompt = ""
        self._heard = b""  # the end of what came while typing: a question may arrive in pieces
        self._alarms = {
            **{f"reboot {index}": pattern for index, pattern in enumerate(platform.break_in.power_on)},
            **{f"erase {index}": pattern for index, pattern in enumerate(platform.erase_question)},
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
        the line is noisy. Raises `CommandRefused`, or `ConsoleSilent` after `seconds` (default: the platform's).
        """
        console = self.platform.console
        refused = b""
        for attempt in range(_COMMAND_ATTEMPTS):
            before = self.wrong_echoes
            self.type(text)
            self.enter()
            answer = self._answer(seconds or console.answer_seconds)
            self._note_link(answer)
            refusal = first_match(console.invalid_command, answer)
            if refusal is None:
                return answer
            refused = refusal.group(0)
            if attempt and before == self.wrong_echoes:
                break
        raise CommandRefused(f"the monitor does not take `{text}`", seen=text_of(refused))

    def type(self, text: str) -> None:
        """Type a line without Enter, and see it echoed.

        Raises `ConsoleUnreadable` if it never is echoed right, `ConsoleSilent` if nothing comes back at all.
        """
        chunk = self.platform.console.chunk_characters
        wrong: str | None = ""
        for attempt in range(_TYPING_ATTEMPTS):
            wrong = self._typed_wrong(text.encode("latin-1"), chunk)
            if wrong is None:
                return
            if not wrong and attempt >= _SILENT_ATTEMPTS:
                raise ConsoleSilent(f"the device does not answer when `{text}` is typed", seen="nothing")
            self.wrong_echoes += 1
            chunk = max(1, chunk // 2)
            self.erase_line()
        raise ConsoleUnreadable(f"the device does not echo `{text}` as it is typed", seen=wrong or "")

    def enter(self) -> None:
        self.half_typed = 0
        self._heard = b""
        self.line.send(b"\r")

    def fresh_prompt(self, *, surplus: int) -> str:
        """Clear the line of up to `surplus` characters that nobody meant to type, and return a prompt that comes then."""
        self.half_typed += surplus
        self.erase_line()
        self.line.send(self.platform.console.probe.encode("latin-1"))
        self._answer(self.platform.console.echo_seconds)
        return self._prompt

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
        """What came before the next prompt. A prompt that came garbled is asked for again."""
        asked = self.line.seconds()
        nudges = 0
        while True:
            seen = self.expect({"prompt": self.platform.console.prompt}, min(_SLICE_SECONDS, seconds))
            if isinstance(seen, Seen):
                self._prompt = text_of(seen.text)
                self.skip_blank()
                return seen.before
            waited = self.line.seconds() - asked
            if asks(seen.unread) and waited >= min(_QUESTION_SECONDS, seconds):
                raise left_unanswered(seen.unread)
            overdue = waited >= seconds
            if nudges == _NUDGES:
                last = lines_of(seen.unread)
                raise ConsoleSilent(f"no prompt came back ({seconds:g} s)", seen=last[-1] if last else "nothing")
            if overdue or self._is_nearly_prompt(seen.unread):
                nudges += 1
                self.line.send(self.platform.console.probe.encode("latin-1"))

    def _is_nearly_prompt(self, unread: bytes) -> bool:
        last = text_of(re.split(rb"[\r\n]", unread)[-1]).strip()
        return bool(self._prompt) and SequenceMatcher(None, last, self._prompt).ratio() > _SIMILAR

    def skip_blank(self) -> None:
        """Read the blank that trails most prompts, so that the next echo stands alone."""
        self.line.expect(_BLANK, _SETTLE_SECONDS)

    def _hear(self, text: bytes) -> None:
        """Note what came, and raise the alarm that stands in it or was completed by it."""
        self._heard = (self._heard + text)[-_HEARD_BYTES:]
        for name, pattern in self._alarms.items():
            if found := pattern.search(self._heard):
                self._raise_alarm(Seen(name, found, b""))

    def _raise_alarm(self, seen: Seen) -> None:
        if seen.name.startswith("erase"):
            raise EraseQuestion(ERASE_ASKED, seen=text_of(seen.text))
        raise DeviceRebooted("the device rebooted by itself", seen=text_of(seen.text))
