"""Subscribers of a run's stream, and the one place where its facts become JSON or plain text."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import IO, Any

from rommon_tool import progress as p
from rommon_tool.progress import Record
from serial_console.transcript import scrub
from tftp.events import TransferRetransmitted

_KINDS = {
    "StepChanged": "step",
    "Warned": "warning",
    "Finished": "result",
    "PowerAsked": "power",
    "PowerCycled": "power",
    "PowerCycleWanted": "power",
    "MetricsListening": "server",
    "BundlePartTaken": "server",
    "RequestReceived": "request",
    "RequestRefused": "request",
    "AutoUpdateListening": "server",
    "DevicePolled": "poll",
    "PollRefused": "poll",
    "FileSent": "fetch",
    "FetchRefused": "fetch",
    "Finding": "finding",
    "DowngradeFinding": "finding",
    "ExplainedError": "startup-error",
    "Held": "warning",
    "WindowOpened": "warning",
    "ImageHashing": "hash",
    "ImageVerified": "verification",
}
_KINDS_BY_START = {"Transfer": "transfer", "Upload": "upload", "Server": "server", "Image": "server"}
_ENDS = {"transfer_completed", "transfer_stopped", "transfer_failed"}


def as_json(record: Record) -> dict[str, Any]:
    """One record as the JSON object that scripts read. Fields may be added, none is renamed."""
    event = record.event
    name = type(event).__name__
    head = {
        "v": 1,
        "kind": _kind(name),
        "seq": record.seq,
        "seconds": round(record.seconds, 3),
        "device": record.device,
    }
    if isinstance(event, p.Finished):
        return {**head, **_result(event)}
    fields = asdict(event) if is_dataclass(event) and not isinstance(event, type) else {}
    if "seconds" in fields:
        fields[f"{_kind(name)}_seconds"] = fields.pop("seconds")
    if isinstance(event, p.StepChanged):
        return {**head, **{key: value for key, value in fields.items() if key != "of"}}
    return {**head, "event": _snake(name), **{key: value for key, value in fields.items() if key not in head}}


def _result(event: p.Finished) -> dict[str, Any]:
    fields: dict[str, Any] = {"exit_code": event.exit_code, "outcome": event.outcome}
    if event.cause:
        fields |= {"cause": event.cause, "message": scrub(event.message), "seen": scrub(event.seen), "hint": event.hint}
    return {**fields, **(event.proved or {})}


def _kind(name: str) -> str:
    if name in _KINDS:
        return _KINDS[name]
    return next((kind for start, kind in _KINDS_BY_START.items() if name.startswith(start)), "console")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class JsonLines:
    """Writes each record as a line at once. A reader that goes away (`| head`) never stops the run."""

    def __init__(self, out: IO[str]) -> None:
        self._out: IO[str] | None = out
        self._rates: defaultdict[tuple[str, int], Rate] = defaultdict(Rate)

    def __call__(self, record: Record) -> None:
        fields = as_json(record)
        if fields["kind"] == "transfer":
            client = (record.event.client, record.event.port)
            fields["rate"] = round(self._rates[client].of(record))
            if fields["event"] in _ENDS:
                del self._rates[client]
        self._write(json.dumps(fields, default=str))

    def _write(self, text: str) -> None:
        if self._out is None:
            return
        try:
            self._out.write(text + "\n")
            self._out.flush()
        except (OSError, ValueError):
            self._out = None


class Rate:
    """Bytes per second of a transfer, over its last few seconds."""

    _SECONDS = 5.0

    def __init__(self) -> None:
        self._points: list[tuple[float, int]] = []

    def of(self, record: Record) -> float:
        taken = getattr(record.event, "bytes", 0)
        if self._points and taken < self._points[-1][1]:
            self._points.clear()
        self._points.append((record.seconds, taken))
        while record.seconds - self._points[0][0] > self._SECONDS and len(self._points) > 2:
            del self._points[0]
        seconds = self._points[-1][0] - self._points[0][0]
        return (self._points[-1][1] - self._points[0][1]) / seconds if seconds > 0 else 0.0


class PlainText:
    """One line a fact on a stream that is no terminal, or that shall not be redrawn."""

    def __init__(self, write: Callable[[str], None], *, verbose: bool = False, quiet: bool = False) -> None:
        """`verbose` adds every line of the console; `quiet` leaves only what a person must know or do."""
        self._write = write
        self._verbose = verbose
        self._quiet = quiet
        self._tenths: dict[tuple[str, int], int] = {}

    def __call__(self, record: Record) -> None:
        if self._quiet and _KINDS.get(type(record.event).__name__) not in {"warning", "power"}:
            return
        text = describe(record.event, verbose=self._verbose)
        if type(record.event).__name__ == "TransferProgressed":
            client = (record.event.client, record.event.port)
            tenth = 10 * record.event.bytes // max(1, record.event.total)
            text = "" if tenth == self._tenths.get(client) else text
            self._tenths[client] = tenth
        elif _snake(type(record.event).__name__) in _ENDS:
            self._tenths.pop((record.event.client, record.event.port), None)
        if text:
            self._write(f"{record.seconds:7.1f} s  {text}")


class RunFolder:
    """Keeps a run's events beside its transcript, for support. A full disk never stops the run."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[str] = (folder / "events.jsonl").open("w", encoding="utf-8")
        self._lines = JsonLines(self._file)

    def __call__(self, record: Record) -> None:
        self._lines(record)

    def close(self) -> None:
        """Close the file; later records are dropped."""
        try:
            self._file.close()
        except OSError:
            return


_TITLES = {
    "connect": "Connect to the console",
    "power-cycle": "Power the device off and on",
    "break-in": "Break in with ESC",
    "set": "Set the network variables",
    "read-back": "Read every variable back",
    "ping": "Ping the TFTP server",
    "sync": "Save the settings (sync)",
    "load": "Load the image and watch it boot",
    "make-it-last": "Make it last: install to flash",
}
STEP_NAMES = tuple(_TITLES)
_OTHER_TITLES = {
    "verify-image": "Verify the file offline",
    "identify": "Identify the device: model, ROMMON version, serial number",
    "copy-to-disk0": "Copy the file to disk0, and prove the copy",
    "agree": "Agree to the upgrade",
    "upgrade-rommon": "Let the device verify the file (upgrade rommon)",
    "watch-restarts": "Confirm, and watch the restarts",
    "prove-firmware": "Read the new Fw Version back",
    "keep-configs": "Keep both configurations, on disk0 and on this machine",
    "check-downgrade": "Check what the old version would refuse",
    "agree-downgrade": "Agree to the downgrade",
    "restore-config": "Copy the old configuration to the startup configuration",
    "reload-unsaved": "Reload without saving",
    "explain-errors": "Explain what the old version refused",
    "read-register": "Read the configuration register",
    "set-register": "Set the configuration register, and read it back",
    "boot-from-flash": "Boot from flash",
    "boot-settings": "Show or set what boots",
    "check-device": "Look at the device and its disk",
    "keep-config": "Keep the saved configuration as a file",
    "boot-system": "Set what boots",
    "write-memory": "Save (write memory)",
    "reload": "Reload",
    "prove": "Prove what runs",
}
_WANTED = {
    "silent": "Switch the device off and on now: the console is silent",
    "unknown": "What the console shows is not known. Switch the device off and on now",
    "already-booted": "The device has booted already. Switch it off and on now; nothing is typed at it meanwhile",
    "dialogue": "The monitor asks about its register. Answer that on the console, or switch the device off and on now",
    "break-in-missed": "The break-in window has passed. Switch the device off and on once more",
}


def _wanted(reason: str, restart: str) -> str:
    """What a person is asked for. Where the power is a whole chassis's, nobody is to switch it off."""
    return f"{restart[0].upper()}{restart[1:]} ({reason})" if restart else _WANTED[reason]


_TEXTS: dict[str, Callable[[Any], str]] = {
    "StepChanged": lambda e: f"[{e.number}/{e.of or len(STEP_NAMES)}] {title(e.name)}{_step_end(e)}",
    "Warned": lambda e: f"Warning: {e.text}",
    "SessionOpened": lambda e: f"typed at the supervisor: {e.typed}" if e.typed else "the console leads to the module",
    "PowerCycleWanted": lambda e: f">>> {_wanted(e.reason, e.restart)} <<<",
    "PowerAsked": lambda e: f">>> {e.text} <<<",
    "PowerCycled": lambda e: f"the power command ended: {e.command}",
    "PowerOnSeen": lambda _: "the device has just been switched on",
    "MonitorEntered": lambda e: f"the boot monitor answers: {e.prompt}",
    "RegisterRead": lambda e: f"the register is {e.register}: the device {e.meaning}",
    "RegisterWritten": lambda e: f"the register is {e.register} now: the device {e.meaning}",
    "ConfigIgnored": lambda e: f"the device says: {e.text}",
    "VariableSet": lambda e: f"typed: {e.typed}",
    "DownloadStarted": lambda e: f"the device says: {e.text}",
    "DownloadBounded": lambda e: f"the device says that it takes the first {e.stops_after_bytes:,} bytes",
    "BundlePartTaken": lambda e: (
        f"{e.client} has taken {e.bytes:,} of {e.total:,} bytes, all that its monitor asks for"
    ),
    "DownloadFinished": lambda e: (
        f"the device has received {f'{e.image_bytes} bytes' if e.image_bytes else 'the image'}"
    ),
    "LaunchStarted": lambda e: f"the device says: {e.text}",
    "Booted": lambda e: f"booted: version {e.version or 'not shown'} ({e.proof})",
    "WindowOpened": lambda e: (
        f"the device {e.serial_number} may write its boot ROM from now on ({e.old_version} to {e.new_version}): leave its power on"
    ),
    "Restarted": lambda e: f"restart {e.number}: its ROMMON is {e.version}",
    "StillWatching": lambda e: (
        f"watched for {e.watch_seconds / 60:.0f} minutes, silent for {e.silent_seconds:.0f} s: leave its power on"
    ),
    "Held": lambda e: f"HOLD ({e.reason}): {e.seen}. Watching goes on; leave the power on",
    "VersionProved": lambda e: f"the new version is proved: ROMMON {e.version}, and a prompt behind it",
    "ServerListening": lambda e: f"TFTP server on {e.address}:{e.port}",
    "ImageHashing": lambda e: f"hashed {e.bytes:,} of {e.total:,} bytes",
    "ImageVerified": lambda e: f"the image is {e.verdict}: {e.reason}",
    "MetricsListening": lambda e: f"metrics on {e.address}, TCP port {e.port}, at /metrics",
    "AutoUpdateListening": lambda e: f"Auto Update server at {e.url}, certificate {e.fingerprint}",
    "DevicePolled": lambda e: f"{e.account} polls from {e.client}; assigned: {', '.join(e.components) or 'nothing'}",
    "PollRefused": lambda e: f"refused {e.account or 'a nameless device'} from {e.client}: {e.reason}",
    "FileSent": lambda e: f"sent {e.account} its {e.component} {e.name}: {e.bytes:,} of {e.total:,} bytes",
    "FetchRefused": lambda e: f"refused {e.client} the path {e.path}: {e.reason}",
    "RequestReceived": lambda e: f"{e.client} asks for {e.name}",
    "RequestRefused": lambda e: (
        f"refused {e.client} the file '{e.name}' ({e.reason}{f': {e.detail}' if e.detail else ''})"
    ),
    "TransferProgressed": lambda e: f"{e.client} has taken {e.bytes:,} of {e.total:,} bytes",
    "TransferStalled": lambda e: f"the transfer to {e.client} stands still at {e.bytes:,} bytes ({e.seconds:.0f} s)",
    "TransferRetransmitted": lambda e: (
        f"block {e.block} was sent to {e.client} again after {e.waited_seconds:.3f} s ({e.cause})"
    ),
    "TransferCompleted": lambda e: (
        f"{e.client} has taken {e.bytes:,} bytes in {e.seconds:.1f} s ({e.resent_blocks} blocks resent)"
    ),
    "TransferStopped": lambda e: f"{e.client} stopped the transfer at {e.bytes:,} bytes: {e.text}",
    "DowngradeFinding": lambda e: (
        f"{e.effect}{' (LOCK-OUT)' if e.lock_out else ''}: {e.what} ({e.rule}, {e.confidence})"
        f"{f': line {e.line}: {e.text.strip()}' if e.line else ''}"
    ),
    "ExplainedError": lambda e: (
        f"the device {'refused' if e.is_refused else 'spoke of'} line {e.line or '?'} "
        f"({e.why or ('no rule foresaw it' if e.is_refused else e.said)}): {e.text}"
    ),
    "Finding": lambda e: f"found in the packets: {e.cause} ({e.certainty}): {e.seen}",
    "UploadCompleted": lambda e: f"{e.client} has left {e.name}: {e.bytes:,} bytes",
    "UploadFailed": lambda e: f"nothing is left of {e.name} from {e.client} ({e.reason})",
    "TransferFailed": lambda e: f"the transfer to {e.client} broke off at {e.bytes:,} bytes ({e.reason})",
}


def _step_end(event: p.StepChanged) -> str:
    if event.status == "started":
        return " ..."
    return f": {event.status}{f' ({event.note})' if event.note and event.status != 'failed' else ''}"


def title(step: str) -> str:
    """A step's name as people read it."""
    return _TITLES.get(step) or _OTHER_TITLES.get(step, step)


def describe(event: object, *, verbose: bool = False) -> str:
    """An event as one line of text; empty for those that only a verbose run shows."""
    if isinstance(event, p.ConsoleShowed):
        return f"console {event.direction} {event.text}" if verbose and event.text else ""
    if isinstance(event, TransferRetransmitted) and not verbose:
        return ""
    text = _TEXTS.get(type(event).__name__)
    return harmless(text(event)) if text else ""


def harmless(text: str) -> str:
    """Text in which a device may have put something, as one line of a terminal: no escape sequence, no secret."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in scrub(text))


def writable(text: str, encoding: str) -> str:
    """The text in what a stream of that encoding can write; other letters as escapes."""
    return text.encode(encoding, "backslashreplace").decode(encoding)
