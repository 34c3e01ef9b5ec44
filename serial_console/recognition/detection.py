"""Find out what hangs on a console, and at which rate, typing next to nothing.

Listen first. Only into complete silence, press Enter, once; into text, type nothing. Where the answer to that Enter is
no text, the rate is wrong and the device has not seen an Enter: then each other rate gets its one, until text comes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from serial_console.line import Line, Seen
from serial_console.recognition.states import Sighting, state_of
from serial_console.recognition.visible import odd_share, visible

# Those that boot monitors offer in their registers, likeliest first.
RATES = (9600, 115200, 38400, 19200, 57600, 4800, 2400, 1200)

_ANYTHING = {"anything": re.compile(rb"(?s).+")}
_QUIET_SECONDS = 0.7
# What is not known yet may be half of something: a boot that pauses, a question printed in pieces.
_DOUBT_SECONDS = 2.0
_ANSWER_SECONDS = 2.0
_RATE_SECONDS = 1.5
_LONGEST_SECONDS = 10.0
_KEPT_BYTES = 16 * 1024
_ODD_SHARE = 0.25
_FEW_BYTES = 3


class TunableLine(Line, Protocol):
    """A line whose rate can be changed, if `sets_baud`."""

    @property
    def sets_baud(self) -> bool: ...

    def set_baud(self, baud: int) -> None:
        """Change the rate and drop what came at the old one."""


@dataclass(frozen=True, slots=True)
class Detected:
    """What was found. `state` is a name of the table, or `silent`, `unreadable`, `unknown`, `talking`.

    `baud` is the rate at which text came, else the first one. `text` is the last 16 kB of what came; `typed` all that was sent.
    """

    state: str
    baud: int
    text: bytes
    typed: bytes
    sighting: Sighting | None = None


class Detection:
    """One look at one console. The line is given back at the rate that it was given with."""

    def __init__(self, line: TunableLine, baud: int, *, presses_enter: bool = True, each_rate: bool = False) -> None:
        """`each_rate` presses Enter at every rate also where the first one is not answered at all."""
        self._line = line
        self._baud = baud
        self._presses_enter = presses_enter
        self._each_rate = each_rate
        self._typed = b""

    def run(self, listen_seconds: float = 1.5) -> Detected:
        """Look. Raises `ConsoleLost` if the line dies; takes ten seconds at a console that talks on and on."""
        try:
            heard, settled = self._listen(listen_seconds)
            asked = not heard.strip() and self._presses_enter
            if asked:
                heard, settled = self._answer_to_enter()
            if _is_text(heard):
                return self._told(heard, settled, self._baud)
            return self._at_other_rates(heard, asked=asked)
        finally:
            if self._line.sets_baud:
                self._line.set_baud(self._baud)

    def _at_other_rates(self, heard: bytes, *, asked: bool) -> Detected:
        """Bytes that are no text, or nothing: another rate may show more."""
        enters = asked and (self._each_rate or bool(heard.strip()))
        for baud in self._other_rates() if heard.strip() or enters else ():
            self._line.set_baud(baud)
            at_rate, settled = self._listen(_RATE_SECONDS)
            if enters and not at_rate.strip():
                at_rate, settled = self._answer_to_enter()
            if _is_text(at_rate):
                return self._told(at_rate, settled, baud)
            heard = heard + at_rate
        state = "unreadable" if heard.strip() else "silent"
        return Detected(state, self._baud, heard[-_KEPT_BYTES:], self._typed)

    def _other_rates(self) -> Sequence[int]:
        return [baud for baud in RATES if baud != self._baud] if self._line.sets_baud else []

    def _told(self, heard: bytes, settled: bool, baud: int) -> Detected:  # noqa: FBT001 - the end of a listening
        sighting = state_of(heard, settled=settled)
        if settled and (sighting is None or not sighting.sure):
            more, settled = self._listen(_DOUBT_SECONDS)
            heard = (heard + more)[-_KEPT_BYTES:]
            sighting = state_of(heard, settled=settled)
        name = sighting.state.name if sighting else "unknown" if settled else "talking"
        return Detected(name, baud, heard, self._typed, sighting)

    def _answer_to_enter(self) -> tuple[bytes, bool]:
        self._typed += b"\r"
        self._line.send(b"\r")
        return self._listen(_ANSWER_SECONDS)

    def _listen(self, seconds: float) -> tuple[bytes, bool]:
        """What comes until it pauses, and whether it did pause: ten seconds are enough of text without an end."""
        heard, wait = b"", seconds
        until = self._line.seconds() + max(_LONGEST_SECONDS, seconds)
        while self._line.seconds() < until:
            seen = self._line.expect(_ANYTHING, wait)
            if not isinstance(seen, Seen):
                return heard, True
            heard = (heard + seen.before + seen.text)[-_KEPT_BYTES:]
            wait = _QUIET_SECONDS
        return heard, False


def _is_text(heard: bytes) -> bool:
    """Whether bytes are text at the right rate. Two or three characters may be anything, unless they are a known prompt."""
    shown = visible(heard).strip()
    if odd_share(heard) > _ODD_SHARE or not shown:
        return False
    return len(shown) > _FEW_BYTES or state_of(heard) is not None
