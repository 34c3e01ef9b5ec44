"""A booted ASA in hand: its console opened, whatever stood there, logged in, enabled, and known by its `show version`.

    with open_asa(AsaConsole("/dev/ttyUSB0"), progress) as asa:
        asa.cli.run("dir disk0:")

Nothing is typed into text that is not known. At most one Enter is pressed, into silence, before a prompt is in sight.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rommon_tool.progress import ConsoleShowed, Progress
from serial_console.asa_cli import NONE, Answers, AsaCli, Credentials
from serial_console.asa_cli.reading.version import ShownVersion, read_version
from serial_console.channel import Channel
from serial_console.discreet import Discreet
from serial_console.errors import AnswerUnclear, ConsoleSilent, ConsoleUnreadable, UnexpectedState, WrongDevice
from serial_console.line import Line
from serial_console.recognition.detection import Detected, Detection
from serial_console.transcript import Transcript

_LISTEN_SECONDS = 1.5
_BOOT_SECONDS = 900.0
_MONITOR_HINT = "`rommon load` boots an image from there; or `boot` by hand, if one is on disk0"


@dataclass(frozen=True, slots=True)
class AsaConsole:
    """How to reach a booted ASA. `boot_seconds` is how long a device that is met while it boots may take."""

    port: str
    baud: int = 9600
    credentials: Credentials = field(default_factory=Credentials)
    transcript: Path | None = None
    boot_seconds: float = _BOOT_SECONDS


@dataclass(frozen=True, slots=True)
class Asa:
    """The ASA in hand, privileged, its pager off for this login; `shown` is what it told of itself."""

    cli: AsaCli
    shown: ShownVersion
    line: Line
    transcript: Path | None = None


@contextmanager
def open_asa(console: AsaConsole, progress: Progress, answers: Answers = NONE) -> Iterator[Asa]:
    """Open the console and come to privileged EXEC; at the end the pager is restored and the port given back.

    `answers` are for what may be asked before the prompt, such as the set-up wizard. Raises what `PortUnavailable` and
    `UnexpectedState` stand for.
    """
    with ExitStack() as stack:
        show = Transcript(console.transcript, on_line=lambda way, text: progress.publish(ConsoleShowed(way, text)))
        transcript = stack.enter_context(show)
        line = stack.enter_context(Channel(console.port, baud=console.baud, record=Discreet(transcript.record)))
        asa = taken_in_hand(line, console, answers, heard=_met(line, console))
        stack.callback(asa.cli.leave)
        yield asa


def taken_in_hand(line: Line, console: AsaConsole, answers: Answers = NONE, *, heard: bytes = b"") -> Asa:
    """Log in, enable and ask for the version on a line that is open; `heard` is what was printed last."""
    cli = AsaCli(line, console.credentials)
    cli.log_in(heard, answers)
    cli.enable(answers)
    cli.pager_off()
    try:
        shown = read_version(cli.run("show version"))
    except AnswerUnclear as error:
        message = f"what answers at `{cli.prompt.text}` is no ASA"
        raise WrongDevice(message, seen=error.seen, hint="on a Firepower, `connect asa` leads there") from error
    return Asa(cli, shown, line, console.transcript)


def _met(line: Channel, console: AsaConsole) -> bytes:
    """What stands on the console, once the device is through with a boot that it may be in."""
    until = line.seconds() + console.boot_seconds
    found = Detection(line, console.baud).run(_LISTEN_SECONDS)
    while _is_on_its_way(found) and line.seconds() < until:
        found = Detection(line, console.baud, presses_enter=False).run(_LISTEN_SECONDS * 4)
    _refuse(found)
    return found.text


def _is_on_its_way(found: Detected) -> bool:
    return found.state == "talking" or (found.sighting is not None and found.sighting.state.kind == "starting")


def _refuse(found: Detected) -> None:
    """Raise what is known of a console that has no ASA for us."""
    if found.state == "silent":
        raise ConsoleSilent("the console is silent, also after one Enter", seen="nothing")
    if found.state == "unreadable":
        raise ConsoleUnreadable("what comes over the console is no text at any rate")
    if found.sighting is None:
        return
    state = found.sighting.state
    if state.kind == "monitor":
        message = f"no ASA runs: this is {state.title}"
        raise UnexpectedState(message, seen=found.sighting.seen, hint=_MONITOR_HINT)
    if state.software not in ("", "asa", "fxos"):
        raise WrongDevice(f"this is {state.title}", seen=found.sighting.seen)
