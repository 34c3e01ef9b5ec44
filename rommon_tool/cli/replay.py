"""`rommon replay FILE`: what the tool understands of a recorded console, line by line. No device is opened."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import rich_click as click

from rommon_tool.cli.options import option, platform_completion

if TYPE_CHECKING:
    from platforms import Platform
    from serial_console.recognition.replay import ReadLine, Replay, Understood

_KIND_COLUMNS = 20


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@option(
    "--platform",
    default="auto",
    show_default=True,
    shell_complete=platform_completion,
    help="Read it as this family's console would be, a .toml file, or auto: every family's patterns.",
)
@option("--unrecognised", is_flag=True, help="Show only the lines that are not understood.")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def replay(file: Path, *, platform: str, unrecognised: bool, as_json: bool) -> None:
    """Show what rommon understands of each line of a recorded console: banner, prompt, variable, complaint, and so on.

    FILE is a transcript of ours, the raw bytes of a console, or a log of script, minicom, PuTTY or the like; - is stdin.

    \b
    Example:
      rommon replay ~/.local/state/rommon/runs/20260102T030405-load/transcript.txt
    """
    from serial_console.recognition.recording import recorded_lines
    from serial_console.recognition.replay import Replay

    reading = Replay(_families(platform))
    counts: Counter[str] = Counter()
    with _opened(file) as stream:
        for line in reading.read(recorded_lines(stream)):
            counts[_kind(line) or "unrecognised"] += 1
            if not (unrecognised and line.understood):
                click.echo(json.dumps(_fields(line)) if as_json else _row(line))
    result = _result(reading, counts)
    click.echo(json.dumps(result) if as_json else _summary(result))


def _families(platform: str) -> list["Platform"]:
    from platforms import load_platform, platform_names

    return [load_platform(name) for name in (platform_names() if platform == "auto" else [platform])]


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """The file, which must be a regular one: reading a device would take bytes from whoever it belongs to."""
    from rommon_tool.errors import WrongUsage
    from serial_console.recognition.recording import is_recording

    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        if not is_recording(file):
            raise WrongUsage(
                f"{file} is not a regular file", hint="give a recording; `rommon detect` looks at a device"
            )
        stream = file.open("rb")
    except OSError as error:
        raise WrongUsage(
            f"cannot read {file}", seen=error.strerror or "", hint="give the path of a recording"
        ) from error
    with stream:
        yield stream


def _kind(line: "ReadLine") -> str:
    return line.understood[0].kind if line.understood else ""


def _row(line: "ReadLine") -> str:
    from rommon_tool.sinks import harmless

    kinds = "+".join(dict.fromkeys(_word(each) for each in line.understood if each.kind != "typed")) or _kind(line)
    return f"{line.line.number:6} {line.line.direction} {kinds:{_KIND_COLUMNS}} {harmless(line.text)}".rstrip()


def _word(understood: "Understood") -> str:
    """One word for people: a kind, which complaint it is, or the state of the table."""
    if understood.kind == "complaint":
        return f"complaint:{understood.name}"
    return understood.kind if understood.kind in {"variable", "note"} else understood.name or understood.kind


def _fields(line: "ReadLine") -> dict[str, Any]:
    from rommon_tool.sinks import harmless

    understood = [{**asdict(each), "seen": harmless(each.seen)} for each in line.understood]
    fields = {"v": 1, "kind": "line", "number": line.line.number, "direction": line.line.direction}
    timed = {} if line.line.seconds is None else {"seconds": line.line.seconds}
    return {**fields, **timed, "text": harmless(line.text), "understood": understood}


def _result(reading: "Replay", counts: Counter[str]) -> dict[str, Any]:
    from rommon_tool.sinks import harmless

    ending = reading.ending()
    return {
        "v": 1,
        "kind": "result",
        "exit_code": 0,
        "outcome": "done",
        "lines": counts.total(),
        "counts": dict(counts.most_common()),
        "families": sorted(reading.families),
        "state": ending.state.name if ending else "unknown",
        "state_title": ending.state.title if ending else "",
        "state_seen": harmless(ending.seen) if ending else "",
    }


def _summary(result: dict[str, Any]) -> str:
    known = result["lines"] - result["counts"].get("unrecognised", 0)
    named = ", ".join(result["families"]) or "no family"
    end = f"{result['state']} ({result['state_title']})" if result["state_title"] else result["state"]
    return f"{known} of {result['lines']} lines understood; it names {named}; it ends at: {end}"
