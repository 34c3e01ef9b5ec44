"""The device's end of the console line: printing, reading keys, editing a line.

Everything a device says passes `Console.send`, so that line faults are applied in one place.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .faults import Faults
from .script import BREAK, ESC, Pause, Script, key

CR, LF, BACKSPACE, DELETE, KILL, CTRL_C = 0x0D, 0x0A, 0x08, 0x7F, 0x15, 0x03
MURMUR_SECONDS = 0.5
RUBOUT = b"\b \b"


@dataclass(frozen=True, slots=True)
class Background:
    """What a device does by itself while nobody types: how long until it is due (None: never), and the doing."""

    due_in: Callable[[], float | None]
    act: Callable[[], Script[None]]


@dataclass(slots=True)
class Console:
    """What scripts talk through. `newline` changes between a boot monitor and the software it boots."""

    send: Callable[[bytes], None]
    faults: Faults
    forget_keys: Callable[[], None]
    newline: bytes = b"\r\n"
    reword: Callable[[str], str] = str  # the fault `reworded`

    def print(self, text: str, end: str = "\n") -> None:
        """Print lines; a newline stands for this device's line end."""
        self.send((self.reword(text) + end).encode("latin-1").replace(b"\n", self.newline))

    def read_line(
        self,
        prompt: str = "",
        *,
        echo: bool = True,
        leftover: str = "",
        murmur: str = "",
        background: Background | None = None,
    ) -> Script[str]:
        """Print a prompt and let a line be typed; returns it without its Enter.

        A `murmur` is a log line that mixes in once, half a second after the last key; `background` acts whenever it is due.
        """
        self.print(prompt + leftover, end="")
        editor = _LineEditor(self, echo=echo and "echo-off" not in self.faults, text=leftover, column=len(prompt))
        if "first-char-lost" in self.faults:
            yield from key()
        while not editor.entered:
            due = background.due_in() if background else None
            pressed = yield from key(MURMUR_SECONDS if murmur else due)
            if pressed is not None:
                yield from self._echo(editor.take(pressed))
            elif background and not murmur:
                yield from background.act()
            else:
                self.print(f"\n{murmur}")
                murmur = ""
        return editor.text

    def read_answer(self) -> Script[str]:
        """One key of a [confirm] question, as text; Enter is ''."""
        pressed = None
        while pressed is None or pressed == BREAK:
            pressed = yield from key()
        answer = "" if pressed in (CR, LF) else chr(pressed)
        self.print(answer)
        return answer

    def echo_while(self, seconds: float) -> Script[None]:
        """Pass time as a Linux that nobody reads from: what is typed is shown and lost, ESC as `^[`.

        Source: the `^[^[^[dosfsck` of the ASA 5506-X boot posted to the Linux netdev list, January 2024.
        """
        steps = 10
        for _ in range(steps):
            yield Pause(seconds / steps)
            while (pressed := (yield from key(0))) is not None:
                if pressed != BREAK:
                    self.send(b"^[" if pressed == ESC else bytes([pressed]))

    def _echo(self, text: bytes) -> Script[None]:
        if "slow-echo" in self.faults and text:
            yield Pause(self.faults.number("slow-echo", 0.05))
        self.send(text * 2 if "echo-twice" in self.faults else text)


class _LineEditor:
    """A line being typed. `take` returns what the device echoes for one key."""

    def __init__(self, console: Console, *, echo: bool, text: str, column: int = 0) -> None:
        self.text = text
        self.entered = False
        self._console = console
        self._echo = echo
        self._after_cr = False
        self._room = int(console.faults.number("narrow", 80)) - column - 2 if "narrow" in console.faults else 0
        self._shown_letters = len(text)

    def take(self, pressed: int) -> bytes:
        if pressed == CR or (pressed == LF and "crlf-twice" in self._console.faults):
            self.entered = True
            return self._console.newline
        return self._edit(pressed) if self._echo else self._edit(pressed)[:0]

    def _edit(self, pressed: int) -> bytes:
        if pressed in (BREAK, LF, CTRL_C):
            return b""
        if pressed in (BACKSPACE, DELETE):
            width = len(_shown(self.text[-1:]))
            self.text = self.text[:-1]
            return RUBOUT * width
        if pressed == KILL:
            width = len(_shown(self.text))
            self.text = ""
            return RUBOUT * width
        self.text += chr(pressed)
        return self._scrolled() or _shown(chr(pressed))

    def _scrolled(self) -> bytes:
        """A line too wide, drawn anew with its end in view. That the cut shows as `$` is captured, how it is drawn is not."""
        self._shown_letters += 1
        if not 0 < self._room < self._shown_letters:
            return b""
        kept = self._room // 2
        back = b"\b" * (self._shown_letters - 1)
        self._shown_letters = kept + 1
        return back + b"$" + self.text[-kept:].encode("latin-1")


def _shown(text: str) -> bytes:
    # Invented: no capture shows how a boot monitor echoes a control character; `^[` is what Linux does.
    return b"".join(b"^" + bytes([ord(c) ^ 0x40]) if ord(c) < 0x20 else c.encode("latin-1") for c in text)
