"""The line to a device, as the conversations see it. Time belongs to the line: a conversation has no clock and never sleeps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Patterns: TypeAlias = Mapping[str, re.Pattern[bytes]]


@dataclass(frozen=True, slots=True)
class Seen:
    """The first of the patterns that came. `before` is what was skipped to reach it."""

    name: str
    match: re.Match[bytes]
    before: bytes

    @property
    def text(self) -> bytes:
        return self.match.group(0)


@dataclass(frozen=True, slots=True)
class Silence:
    """None of the patterns came in time. `unread` (its last 4 kB) stays on the line for the next expect."""

    unread: bytes


class Line(Protocol):
    """A console. Every method raises `ConsoleLost` when the port dies, whichever way it dies."""

    name: str

    def send(self, data: bytes) -> None:
        """Write bytes as they are; nothing is added."""

    def send_break(self) -> None:
        """Hold the line in the break condition for a quarter of a second."""

    def expect(self, patterns: Patterns, seconds: float) -> Seen | Silence:
        """Wait for the pattern that comes first; what precedes it and it itself are then read."""

    def seconds(self) -> float:
        """The line's monotonic clock, in seconds since any fixed moment."""

    def close(self) -> None:
        """Give the port back. Closing twice is allowed."""
