"""What happened to a simulated device, seen from outside it.

Events are facts in the past tense. Tests judge a driver by them, so `Typed` reports the bytes as the host sent
them, before any simulated noise touches them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "supervisor",  # the console is a chassis's, and no session leads to the module in it
    "off",  # no power
    "post",  # power-on self-test, before the break-in window
    "window",  # the ten seconds in which ESC or BREAK interrupts
    "autoboot",  # booting from flash, still the boot monitor's text
    "monitor",  # at the boot monitor's prompt, or inside one of its commands
    "download",  # fetching by TFTP
    "booting",  # an image has been launched
    "cli",  # at a prompt of the booted software, its login included
    "question",  # a question is open; what it asks stands on the console
    "hung",  # dead until somebody takes the power away
]


@dataclass(frozen=True, slots=True)
class PoweredOn:
    """The power was switched on."""


@dataclass(frozen=True, slots=True)
class PoweredOff:
    """The power was switched off."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The device restarted by itself or because it was told to; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class BreakIn:
    """ESC or BREAK came within the window."""

    by: Literal["ESC", "BREAK"]


@dataclass(frozen=True, slots=True)
class CommandEntered:
    """A line was entered at a prompt: `text` as the device read it."""

    text: str
    state: State


@dataclass(frozen=True, slots=True)
class Answered:
    """A question was answered; `text` is the answer as the device read it."""

    question: str
    text: str


@dataclass(frozen=True, slots=True)
class TransferStarted:
    """The first read request is about to leave the network card."""

    image: str
    server: str


@dataclass(frozen=True, slots=True)
class TransferFinished:
    """A whole image arrived; `sha512` is the hex digest of what the device has in memory."""

    image: str
    bytes: int
    sha512: str


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The download ended without an image."""

    image: str
    bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Booted:
    """Software came up; `version` is the one its banner shows."""

    version: str
    source: Literal["netboot", "flash"]
    image: str


@dataclass(frozen=True, slots=True)
class Bricked:
    """The device was disturbed while it wrote its boot ROM, by this, and is dead for good."""

    by: str


@dataclass(frozen=True, slots=True)
class Erased:
    """The flash was erased because somebody said yes to it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Bytes came over the console line while the device was in `state`. A BREAK is reported as `b""`."""

    data: bytes
    state: State


Event: TypeAlias = (
    PoweredOn
    | PoweredOff
    | Reloaded
    | BreakIn
    | CommandEntered
    | Answered
    | TransferStarted
    | TransferFinished
    | TransferFailed
    | Booted
    | Bricked
    | Erased
    | Typed
)
OnEvent: TypeAlias = Callable[[Event], None]
