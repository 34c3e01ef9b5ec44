r"""A console that plays a script, in virtual time: no port, no thread, no waiting.

A script is text, one step a line:

    < text        the device prints the text and a line end
    < text\       the device prints the text and stays in the line: a prompt, a question
    > text        the text and Enter are typed; the device echoes the text, and Enter as a line end
    >! text       keys are typed, without Enter and without an echo: ESC
    ~ 2.5         the device is silent for so many seconds
    ! lost        the port dies
    # remark

In a text `\b` is a backspace, `\e` an escape, `\s` a blank (where it would stand last), `\\` a backslash, `\xNN` any
byte, and `\{!*1839}` prints a text so many times.

What is typed must be what the script says, or `TypedOtherwise` is raised. Two things are answered though no script
holds them, because every console does so: an erase character takes back what was typed, or does nothing on an empty
line; Enter on an empty line brings the prompt again.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from serial_console.errors import ConsoleLost
from serial_console.line import Patterns, Seen, Silence

WINDOW_BYTES = 4096
CHUNK_BYTES = 1024  # what a port gives at once, at most; no text that a pattern is made for is longer
ERASE_KEYS = b"\b\x7f"
ENTER = 0x0D
BREAK = b"<BREAK>"
LINE_ENDS = {"crlf": b"\r\n", "lfcr": b"\n\r", "lf": b"\n"}
_ESCAPE = re.compile(r"\\(?:\{(.+?)\*(\d+)\}|x([0-9a-fA-F]{2})|([bes\\]))")
_PLAIN = {"b": "\b", "e": "\x1b", "s": " ", "\\": "\\"}


class TypedOtherwise(AssertionError):
    """Something was typed that the script does not hold at this place."""


@dataclass(frozen=True, slots=True)
class Prints:
    """The device prints. Without `ended` it stays in the line."""

    text: bytes
    ended: bool
    number: int = 0


@dataclass(frozen=True, slots=True)
class Types:
    """Somebody types: a line with its Enter or, if `keys`, bytes that the device does not echo."""

    text: bytes
    keys: bool = False
    number: int = 0

    @property
    def shown(self) -> str:
        return repr(self.text)[2:-1] + ("" if self.keys else " [Enter]")


@dataclass(frozen=True, slots=True)
class Rests:
    """The device is silent."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Dies:
    """The port is gone."""


Step: TypeAlias = Prints | Types | Rests | Dies


@dataclass(frozen=True)
class Script:
    """What a device prints and what is typed to it. `line_end` is the device's."""

    steps: tuple[Step, ...]
    line_end: bytes = b"\r\n"
    name: str = "script"

    @classmethod
    def read(cls, text: str, *, line_end: bytes = b"\r\n", name: str = "script") -> "Script":
        numbered = ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())
        steps = tuple(_step(line, number) for number, line in numbered if not line.startswith("#"))
        return cls(steps, line_end, name)

    def __add__(self, other: "Script") -> "Script":
        return replace(self, steps=self.steps + other.steps)

    @property
    def typed(self) -> tuple[str, ...]:
        """The lines that are typed, without the keys."""
        return tuple(step.text.decode("latin-1") for step in self.steps if isinstance(step, Types) and not step.keys)

    def printed(self) -> str:
        """What a log of the console shows, whatever its line ends: the device's text with the echoes, lines end in LF."""
        shown = b""
        for step in self.steps:
            if isinstance(step, Prints):
                shown += step.text + (b"\n" if step.ended else b"")
            elif isinstance(step, Types) and not step.keys:
                shown += step.text + b"\n"
        return shown.decode("latin-1")

    def since(self, text: str) -> "Script":
        """From the first printed line that holds this text."""
        return replace(self, steps=self.steps[self._place(text) :])

    def before(self, text: str) -> "Script":
        """What comes before the first printed line that holds this text."""
        return replace(self, steps=self.steps[: self._place(text)])

    def exchange(self, command: str, nth: int = 0) -> "Script":
        """A prompt, the command typed at it, and its answer up to the next prompt."""
        places = [i for i, step in enumerate(self.steps) if isinstance(step, Types) and step.text == command.encode()]
        first = places[nth] - 1
        last = next((i for i in range(first + 2, len(self.steps)) if self._is_prompt(i)), len(self.steps))
        return replace(self, steps=self.steps[first:last])

    def retyped(self, lines: Mapping[str, str]) -> "Script":
        """The same script with other lines typed in place of some."""
        steps = tuple(
            replace(step, text=lines.get(step.text.decode("latin-1"), step.text.decode("latin-1")).encode("latin-1"))
            if isinstance(step, Types)
            else step
            for step in self.steps
        )
        return replace(self, steps=steps)

    def _is_prompt(self, place: int) -> bool:
        step = self.steps[place]
        return isinstance(step, Prints) and not step.ended

    def _place(self, text: str) -> int:
        wanted = text.encode("latin-1")
        return next(i for i, step in enumerate(self.steps) if isinstance(step, Prints) and wanted in step.text)


@dataclass
class PlayedLine:
    """A `Line` that plays a script: whole (1 kB at once) or one byte at a time. `typed` is everything that was typed."""

    script: Script
    bytewise: bool = False
    typed: bytes = b""
    _steps: deque[Step] = field(init=False)
    _now: float = 0.0

    def __post_init__(self) -> None:
        self.name = self.script.name
        self._steps = deque(self.script.steps)
        self._output = bytearray()  # printed, and still on its way to us
        self._unread = bytearray()
        self._bottom_line = b""  # what stands in the line that the cursor is in
        self._early = bytearray()  # keys that came before the device asked for them
        self._entered = b""

    # --- Line --------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        self.typed += data
        for byte in data:
            self._take(byte)

    def send_break(self) -> None:
        self.send(BREAK)

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        deadline = self._now + seconds
        while True:
            if (seen := self._found(patterns)) is not None:
                return seen
            if not self._release() and not self._rested(deadline):
                self._now = deadline
                return Silence(bytes(self._unread[-WINDOW_BYTES:]))

    def seconds(self) -> float:
        return self._now

    def close(self) -> None:
        """Nothing to give back."""

    # --- for tests ---------------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether the whole script was played and read."""
        return not (self._steps or self._output or self._unread.strip())

    def type_as_recorded(self) -> bool:
        """Let the device print all it has, then type what the script waits for; False if it waits for nothing."""
        while self._release():
            pass
        if not self._steps or not isinstance(self._steps[0], Types):
            return False
        step = self._steps[0]
        self.send(step.text + (b"" if step.keys else b"\r"))
        return True

    def left(self) -> Iterator[str]:
        """The lines that the script still wants typed."""
        return (step.shown for step in self._steps if isinstance(step, Types))

    # --- the device's side -------------------------------------------------------------------------------------

    def _found(self, patterns: Patterns) -> Seen | None:
        """The leftmost match in the window; of several there, the one listed first."""
        window = bytes(self._unread[-CHUNK_BYTES if self.bytewise else -WINDOW_BYTES :])
        matches = [(name, match) for name, pattern in patterns.items() if (match := pattern.search(window))]
        if not matches:
            return None
        name, match = min(matches, key=lambda found: found[1].start())
        skipped = len(self._unread) - len(window)
        before = bytes(self._unread[: skipped + match.start()])
        del self._unread[: skipped + match.end()]
        return Seen(name, match, before)

    def _release(self) -> bool:
        """Let more of the output arrive; False when the device prints nothing until something happens."""
        self._print()
        if not self._output:
            return False
        count = 1 if self.bytewise else CHUNK_BYTES
        self._unread += self._output[:count]
        del self._output[:count]
        return True

    def _print(self) -> None:
        while self._steps:
            step = self._steps[0]
            if isinstance(step, Prints):
                self._show(step.text + (self.script.line_end if step.ended else b""))
                self._steps.popleft()
            elif not (isinstance(step, Types) and step.keys and not self._output and self._take_early()):
                return
            if self.bytewise and self._output:
                return

    def _show(self, data: bytes) -> None:
        self._output += data
        self._bottom_line = re.split(rb"[\r\n]", self._bottom_line + data)[-1]

    def _rested(self, deadline: float) -> bool:
        """Let silence pass that the script holds; False if it lasts beyond the deadline."""
        step = self._steps[0] if self._steps else None
        if isinstance(step, Dies):
            raise ConsoleLost(f"lost the console on {self.name}", seen="end of file")
        if not isinstance(step, Rests):
            return False
        self._steps.popleft()
        if self._now + step.seconds > deadline:
            self._steps.appendleft(Rests(self._now + step.seconds - deadline))
            return False
        self._now += step.seconds
        return True

    # --- what is typed -----------------------------------------------------------------------------------------

    def _take(self, byte: int) -> None:
        step = next((step for step in self._steps if isinstance(step, Types)), None)
        if step is not None and step.keys:
            self._early.append(byte)
            self._print()
        elif self._is_printing():
            self._refuse(byte, step, "the device was still printing")
        elif byte in ERASE_KEYS:
            self._erase()
        elif byte == ENTER:
            self._enter(step)
        elif step is None or not step.text.startswith(self._entered + bytes([byte])):
            self._refuse(byte, step, "the recording goes on otherwise" if step else "the recording ends here")
        else:
            self._entered += bytes([byte])
            self._show(bytes([byte]))

    def _take_early(self) -> bool:
        """Hand over keys that were typed for the step that the script has reached."""
        step = self._steps[0]
        assert isinstance(step, Types)
        if not step.text.startswith(bytes(self._early[: len(step.text)])):
            self._refuse(self._early[-1], step, "the recording has other keys")
        if len(self._early) < len(step.text):
            return False
        del self._early[: len(step.text)]
        if self._early:
            self._refuse(self._early[0], None, "the recording has no more keys")
        self._steps.popleft()
        return True

    def _is_printing(self) -> bool:
        # The blank behind a prompt may still be under way.
        prints = self._steps and isinstance(self._steps[0], Prints | Rests)
        return bool(prints or (self._output.strip(b" ") and not self._entered))

    def _erase(self) -> None:
        if self._entered:
            self._entered = self._entered[:-1]
            self._bottom_line = self._bottom_line[:-1]
            self._output += b"\b \b"

    def _enter(self, step: Types | None) -> None:
        if step is not None and self._entered == step.text:
            self._steps.popleft()
            self._entered = b""
            self._show(self.script.line_end)
        elif self._entered == b"" and self._bottom_line:
            self._show(self.script.line_end + self._bottom_line)
        else:
            self._refuse(ENTER, step, "the recording goes on otherwise")

    def _refuse(self, byte: int, step: Types | None, why: str) -> None:
        shown = "[Enter]" if byte == ENTER else repr(bytes([byte]))[2:-1]
        stands = repr(self._entered)[2:-1]
        where = f"{self.name}:{step.number}" if step else self.name
        raise TypedOtherwise(
            f"{where}: {why}\n"
            f"  recorded: {step.shown if step else '(nothing)'}\n"
            f"  typed:    {stands}{shown}\n"
            f"            {' ' * len(stands)}^ character {len(self._entered) + 1} of this line\n"
            f"  behind:   {self._bottom_line.removesuffix(self._entered)!r}\n"
            f"  in all:   {self.typed!r}"
        )


def played(text: str, *, bytewise: bool = False, line_end: bytes = b"\r\n") -> PlayedLine:
    """A line that plays a script given as text."""
    return PlayedLine(Script.read(text, line_end=line_end), bytewise)


def joined(scripts: Iterable[Script]) -> Script:
    """Several scripts, one behind the other."""
    first, *others = scripts
    for script in others:
        first += script
    return first


def _step(line: str, number: int) -> Step:
    kind, _, text = line.partition(" ")
    if kind == "<":
        stays = _ends_in_backslash(text)
        return Prints(_bytes(text[:-1] if stays else text), not stays, number)
    if kind in (">", ">!"):
        return Types(_bytes(text), kind == ">!", number)
    if kind == "~":
        return Rests(float(text))
    if line.strip() == "! lost":
        return Dies()
    message = f"line {number} of a script is none of its steps: {line!r}"
    raise ValueError(message)


def _ends_in_backslash(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _bytes(text: str) -> bytes:
    return _ESCAPE.sub(_unescaped, text).encode("latin-1")


def _unescaped(match: re.Match[str]) -> str:
    repeated, times, code, plain = match.groups()
    if repeated:
        return str(repeated) * int(times)
    return chr(int(code, 16)) if code else _PLAIN[plain]
