"""One command at a time at a prompt of the booted software, and its answer, whatever comes between.

Enter is pressed only behind a command that was echoed right, and never while the last thing on the console is a question
that the caller gave no answer to. Long waits yield, so that a caller can look after its server meanwhile.
"""

import re
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeAlias

from serial_console.asa_cli.answers import NONE, Answers
from serial_console.asa_cli.complaints import complaint_in, is_unknown_command
from serial_console.asa_cli.plain_text import plain, without_log
from serial_console.asa_cli.prompts import Prompt
from serial_console.asa_cli.standing import Standing, standing
from serial_console.asa_cli.typist import Typist
from serial_console.errors import (
    CommandFailed,
    CommandUnknown,
    ConsoleSilent,
    ConsoleUnreadable,
    DeviceRebooted,
    LoginRefused,
    UnexpectedQuestion,
    UnexpectedState,
)
from serial_console.line import Line, Seen
from serial_console.transcript import scrub

_ANYTHING = {"anything": re.compile(rb"(?s).+")}
_TICK_SECONDS = 0.05
_SETTLE_SECONDS = 0.02
# How long something must stand last before it is believed: more may be on its way.
_PATIENCE_SECONDS = {
    "pager": 0.1,
    "known prompt": 0.1,
    "other mode": 0.3,
    "prompt": 1.0,
    "answered": 0.3,
    "question": 2.0,
    "doubtful": 8.0,
    "restart": 10.0,
}
_TAIL_BYTES = 2048
_LONGEST_BYTES = 32 << 20
_LONGEST_SECONDS = 4 * 3600.0
_MOST_ANSWERS = {"question": 3, "doubtful": 3}  # to one question in one command; to a login one
_KEPT_LOG_LINES = 1000
_BOOT = re.compile(rb"Cisco Systems? ROMMON|Embedded BIOS Version|Rebooting\.\.\.|Booting system, please wait")
_SEAM_BYTES = 64  # a text may come in two pieces
_SPACE = b" "

ASKS = ("question", "new-password", "password", "username")


@dataclass(frozen=True, slots=True)
class Heard:
    """A moment of a command under way: `text` is what came since the last one, as bytes; `seconds` since Enter."""

    text: bytes
    seconds: float


Following: TypeAlias = Generator[Heard, None, str]


@dataclass(slots=True)
class _Reply:
    """What a command has printed so far."""

    began: float
    heard_at: float
    data: bytearray = field(default_factory=bytearray)
    answered: dict[str, int] = field(default_factory=dict)  # how often each question was
    has_restarted: bool = False
    answered_to: int = 0  # what stood before this byte has its answer

    @property
    def tail(self) -> str:
        return plain(bytes(self.data[max(self.answered_to, len(self.data) - _TAIL_BYTES) :]))


class Conversation:
    """Commands and answers on one line. `prompt` is the one that stands, or stood last; `log` the last log lines met."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.prompt: Prompt | None = None
        self.log: deque[str] = deque(maxlen=_KEPT_LOG_LINES)
        self._typist = Typist(line)
        self._is_at_prompt = False

    def run(self, command: str, answers: Answers = NONE, *, seconds: float = 30.0, checked: bool = True) -> str:
        """Run a command and return what it printed, without its echo, log lines and the prompt behind it.

        `seconds` is how long the device may be silent. Unless `checked` is false, a refusal raises `CommandFailed`
        (`CommandUnknown` for a command that the device does not know).
        """
        following = self.follow(command, answers, seconds=seconds, checked=checked)
        while True:
            try:
                next(following)
            except StopIteration as end:
                return str(end.value)

    def follow(
        self, command: str, answers: Answers = NONE, *, seconds: float = 30.0, checked: bool = True
    ) -> Following:
        """Run a command as `run` does, and yield twenty times a second while it lasts."""
        self.type(command)
        text = yield from self.entered(answers, seconds=seconds)
        complaint = complaint_in(text)
        if complaint and checked:
            refused = CommandUnknown if is_unknown_command(complaint) else CommandFailed
            raise refused(scrub(command), seen=complaint)
        return text

    @property
    def is_at_prompt(self) -> bool:
        """Whether the last command came back to its prompt: only there is anything typed."""
        return self._is_at_prompt

    def found(self, prompt: Prompt) -> None:
        """Somebody else saw this prompt stand last."""
        self.prompt, self._is_at_prompt = prompt, True

    def lose_prompt(self) -> None:
        """What stood last is no prompt to type at any more."""
        self._is_at_prompt = False

    def type(self, command: str) -> None:
        """Type a command without Enter, and see it stand in the line.

        Raises `UnexpectedState` unless a prompt stood last, and `UnexpectedQuestion` if a question has come up since.
        """
        if self.prompt is None or not self._is_at_prompt:
            raise UnexpectedState("the console is at no prompt, so nothing is typed", hint="log in again")
        self._hear_what_came()
        self._is_at_prompt = False
        self._typist.type(command, f"{self.prompt.text} ")

    def _hear_what_came(self) -> None:
        """Log lines, and whatever else was printed behind the prompt since it was seen."""
        came = b""
        while isinstance(seen := self.line.expect(_ANYTHING, _SETTLE_SECONDS), Seen) and len(came) < _LONGEST_BYTES:
            came += seen.before + seen.text
        last = standing(plain(came))
        if last.kind in (*ASKS, "monitor"):
            self._is_at_prompt = False
            raise UnexpectedQuestion("the device asks something of its own accord", seen=last.text)
        self.log.extend(without_log(plain(came))[1])

    def entered(self, answers: Answers = NONE, *, seconds: float = 30.0, keys: bytes = b"\r") -> Following:
        """Press Enter, or `keys`, and follow what comes to the next prompt. Only for what stands typed and checked."""
        now = self.line.seconds()
        reply = _Reply(now, now)
        self.line.send(keys)
        while True:
            ended = yield from self._turn(reply, answers, seconds)
            if ended:
                return self._told(reply)

    # --- waiting -----------------------------------------------------------------------------------------------

    def _turn(self, reply: _Reply, answers: Answers, seconds: float) -> Generator[Heard, None, bool]:
        """Hear what comes in one tick, or look at what stands; True at the prompt."""
        seen = self.line.expect(_ANYTHING, _TICK_SECONDS)
        now = self.line.seconds()
        if isinstance(seen, Seen):
            came = seen.before + seen.text
            reply.data += came
            seam = max(0, len(reply.data) - len(came) - _SEAM_BYTES)
            reply.has_restarted = reply.has_restarted or _BOOT.search(reply.data, seam) is not None
            reply.heard_at = now
            self._check_bounds(reply, now)
            yield Heard(came, now - reply.began)
            return False
        yield Heard(b"", now - reply.began)
        ended = self._look(reply, answers, now - reply.heard_at)
        patience = min(seconds, _PATIENCE_SECONDS["restart"]) if reply.has_restarted else seconds
        if not ended and self.line.seconds() - reply.heard_at > patience:
            self._give_up(reply, seconds)
        return ended

    def _look(self, reply: _Reply, answers: Answers, silent: float) -> bool:
        last = standing(reply.tail)
        if last.kind == "pager" and silent >= _PATIENCE_SECONDS["pager"]:
            self.line.send(_SPACE)
            reply.heard_at = self.line.seconds()
            reply.answered_to = len(reply.data)
        elif last.kind == "prompt" and last.prompt:
            return self._arrived(last.prompt, silent)
        elif last.kind == "monitor" and silent >= _PATIENCE_SECONDS["prompt"]:
            raise DeviceRebooted("the device is at its boot monitor", seen=last.text)
        elif last.kind not in ("nothing", "prompt", "pager", "monitor"):
            self._asked(last, reply, answers, silent)
        return False

    def _arrived(self, prompt: Prompt, silent: float) -> bool:
        """Whether this is the prompt at which the command ends. Another host or mode is believed later."""
        if silent < _PATIENCE_SECONDS[self._likeness(prompt)]:
            return False
        self.found(prompt)
        return True

    def _likeness(self, prompt: Prompt) -> str:
        if self.prompt is None or prompt.host != self.prompt.host:
            return "prompt"
        return "known prompt" if prompt.text == self.prompt.text else "other mode"

    def _asked(self, last: Standing, reply: _Reply, answers: Answers, silent: float) -> None:
        keys = answers.keys_for(last.text)
        if keys is not None and silent >= _PATIENCE_SECONDS["answered"]:
            _count(last, reply.answered)
            reply.answered_to = len(reply.data)
            reply.heard_at = self.line.seconds()
            self.line.send(keys)
        elif keys is None and silent >= _PATIENCE_SECONDS["question" if last.kind in ASKS else "doubtful"]:
            raise UnexpectedQuestion("the device asks what nobody foresaw; it is left unanswered", seen=last.text)

    def _check_bounds(self, reply: _Reply, now: float) -> None:
        if len(reply.data) > _LONGEST_BYTES or now - reply.began > _LONGEST_SECONDS:
            raise ConsoleUnreadable("the device talks on and on, and comes to no prompt", seen=reply.tail[-200:])

    def _give_up(self, reply: _Reply, seconds: float) -> None:
        lines = [line for line in reply.tail.split("\n") if line.strip()]
        seen = lines[-1] if lines else "nothing"
        if reply.has_restarted:
            raise DeviceRebooted("the device restarted instead of answering", seen=seen)
        raise ConsoleSilent(f"no prompt came back within {seconds:g} s of silence", seen=seen)

    # --- what it printed ---------------------------------------------------------------------------------------

    def _told(self, reply: _Reply) -> str:
        text, logged = without_log(plain(bytes(reply.data)))
        self.log.extend(logged)
        _, _, text = text.partition("\n")  # the rest of the command's own line
        text = text.rstrip("\n")
        if self.prompt and text.rpartition("\n")[2].strip() == self.prompt.text:
            text = text.rpartition("\n")[0]
        return text


def _count(last: Standing, answered: dict[str, int]) -> None:
    """Note an answer. A question that comes again was not answered to the device's liking."""
    answered[last.text] = answered.get(last.text, 0) + 1
    if answered[last.text] <= _MOST_ANSWERS.get(last.kind, 1):
        return
    if last.kind in ("question", "doubtful"):
        raise UnexpectedQuestion("the device asks the same again and again", seen=last.text)
    raise LoginRefused("the device does not take the name or password", seen=last.text)
