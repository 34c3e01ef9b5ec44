"""What a conversation with a boot monitor observed, in the past tense. Text for people is made elsewhere."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing new; `seconds` since the wait began. It lets a procedure look at the server and the power meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The console leads to a module. `typed` is the command that was given to its supervisor; empty if it led there already."""

    typed: str


@dataclass(frozen=True, slots=True)
class PowerCycleWanted:
    """The device must be switched off and on now; where that would be a whole chassis, `restart` says what to do instead.

    `reason`: `silent`, `unknown` (text that nothing is known of), `already-booted`, `dialogue` (the monitor asks about its
    register, which a person may answer as well) or `break-in-missed`.
    """

    reason: str
    restart: str = ""


@dataclass(frozen=True, slots=True)
class PowerOnSeen:
    """The device has just started: its boot text came."""

    text: str


@dataclass(frozen=True, slots=True)
class BreakKeySent:
    """The break-in key went out; `blind` if no break-in text had been seen."""

    blind: bool


@dataclass(frozen=True, slots=True)
class MonitorEntered:
    """The monitor's prompt stands. `platform` is the family recognised.

    `link_is_down`: the monitor said so of its network port on the way. It may still come up: ping decides.
    `named`: the family's banner was seen. A prompt alone may be another device's.
    """

    platform: str
    prompt: str
    link_is_down: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class VariableSet:
    """The monitor took a setting: the role (`address` …) and the line that was typed."""

    role: str
    typed: str


@dataclass(frozen=True, slots=True)
class Pinged:
    """The server answered this share of the echoes."""

    percent: int


@dataclass(frozen=True, slots=True)
class DownloadStarted:
    """The monitor says that it fetches the image."""

    text: str


@dataclass(frozen=True, slots=True)
class DownloadMarked:
    """`marks` progress marks in all so far. What one mark stands for differs from family to family."""

    marks: int


@dataclass(frozen=True, slots=True)
class DownloadBounded:
    """The monitor says that it takes no more than the first `stops_after_bytes` bytes."""

    stops_after_bytes: int


@dataclass(frozen=True, slots=True)
class DownloadFinished:
    """The monitor says that it has the image; `image_bytes` is 0 where it does not say how many."""

    image_bytes: int


@dataclass(frozen=True, slots=True)
class LaunchStarted:
    """The monitor hands over to the image."""

    text: str


@dataclass(frozen=True, slots=True)
class Booted:
    """The image runs. `version` and `image_file` are empty where the device did not show them.

    `proof`: `prompt` (the CLI prompt), `login` or `question` (a login or set-up question, left unanswered), `banner` (an
    access point's IOS named itself).
    """

    version: str
    image_file: str
    proof: str


@dataclass(frozen=True, slots=True)
class RegisterRead:
    """The monitor showed its configuration register, the same twice: in hex (`0x41`), and what it makes the device do."""

    register: str
    meaning: str


@dataclass(frozen=True, slots=True)
class RegisterWritten:
    """The register was changed, and read back as it should be."""

    register: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ConfigIgnored:
    """The booting software says that it ignores its startup configuration."""

    text: str


EntryEvent: TypeAlias = Idle | PowerCycleWanted | PowerOnSeen | BreakKeySent | MonitorEntered
NetbootEvent: TypeAlias = Idle | DownloadStarted | DownloadBounded | DownloadMarked | DownloadFinished | LaunchStarted
BootEvent: TypeAlias = Idle | Booted
