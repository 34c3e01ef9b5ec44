"""`rommon detect`: name what hangs on a console, whatever it is, and type next to nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.options import Finite, only_port, option, output_options
from rommon_tool.cli.reporting import Report, reported, warn_without_folder

if TYPE_CHECKING:
    from serial_console.recognition.detection import Detected


@click.command()
@option(
    "-p",
    "--port",
    help="Console: a tty path, COM port, rfc2217://H:P, telnet://H:P, ssh://U@H:P, socket://H:P or sim://NAME. Default: the only one.",
)
@option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate to begin with.")
@option("--listen", default=1.5, show_default=True, type=Finite(0.1), help="Listen so many seconds before any Enter.")
@option("--no-enter", is_flag=True, help="Type nothing at all, not even the one Enter into silence.")
@option("--each-rate", is_flag=True, help="Press Enter once at every line rate, also where nothing answers the first.")
@option(
    "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
)
@option("--device", default="device", metavar="NAME", help="The device's name in messages and records.")
@output_options
def detect(*, device: str, as_json: bool, no_progress: bool, verbose: bool, **options: Any) -> None:
    """Tell what hangs on a console: a boot monitor, a booted ASA, a question, a boot, garbage, silence, and what to do.

    It listens, and into complete silence presses Enter once. It answers nothing and never sends ESC or BREAK.

    \b
    Example:
      rommon detect -p /dev/ttyUSB0
    """
    with reported(device, as_json=as_json, no_progress=no_progress, verbose=verbose, name="detect") as report:
        warn_without_folder(report)
        port = options["port"] or only_port()
        found = _looked(report, port, options)
        report.proved = _fields(found, port)
        _check(found, options)
        report.summary = _summary(report.proved)


def _looked(report: Report, port: str, options: dict[str, Any]) -> "Detected":
    from rommon_tool.progress import ConsoleShowed
    from serial_console.channel import Channel
    from serial_console.errors import ConsoleLost
    from serial_console.recognition.detection import Detection
    from serial_console.transcript import Transcript

    path = options["transcript"] or (report.folder / "transcript.txt" if report.folder else None)
    publish = report.progress.publish
    try:
        with (
            Transcript(path, on_line=lambda direction, text: publish(ConsoleShowed(direction, text))) as transcript,
            Channel(port, baud=options["baud"], record=transcript.record, as_found=True) as line,
        ):
            presses = not options["no_enter"]
            return Detection(line, options["baud"], presses_enter=presses, each_rate=options["each_rate"]).run(
                options["listen"]
            )
    except ConsoleLost:
        report.proved = {"state": "lost", "port": port}
        raise


def _fields(found: "Detected", port: str) -> dict[str, Any]:
    """What was found as the fields of the `result` line."""
    fields: dict[str, Any] = {"state": found.state, "port": port, "baud": found.baud, "typed": found.typed.decode()}
    sighting = found.sighting
    if sighting is None:
        return {**fields, "sure": found.state in {"silent", "unreadable"}}
    state, advice = sighting.state, sighting.state.advice.replace("-p PORT", f"-p {port}")
    return {
        **fields,
        "title": state.title,
        "state_kind": state.kind,
        "software": state.software,
        "family": sighting.family,
        "families": [sighting.family] if sighting.family else list(state.families),
        "sure": sighting.sure,
        "evidence": _safe(sighting.seen),
        "evidence_kind": sighting.evidence.evidence,
        "evidence_source": sighting.evidence.source,
        "details": sighting.details,
        "advice": advice,
    }


def _check(found: "Detected", options: dict[str, Any]) -> None:
    """Raise what the exit code is made of where no state was recognised."""
    from serial_console.errors import ConsoleSilent, ConsoleUnreadable, UnexpectedState

    last = _safe(found.text[-80:].decode("latin-1"))
    if found.state == "silent":
        tried = "" if options["no_enter"] else ", and an Enter brought no answer"
        more = "" if options["each_rate"] else "; `--each-rate` tries the other line rates"
        raise ConsoleSilent(f"the console is silent{tried}", seen="nothing", hint=ConsoleSilent.remedy + more)
    if found.state == "unreadable":
        message = "what comes over the console is no text at any line rate that was tried"
        raise ConsoleUnreadable(message, seen=last, hint=_UNREADABLE)
    if found.sighting is None:
        message = "what the console shows is not known" if found.state == "unknown" else "the console talks on and on"
        raise UnexpectedState(message, seen=last, hint=_UNKNOWN)


_UNREADABLE = (
    "run it again while the device prints, best from its power-on; try --each-rate, another cable or adapter, and a ground "
    "between both sides"
)
_UNKNOWN = "look at the console with `rommon console`; a transcript of it helps the project to know it"


def _summary(fields: dict[str, Any]) -> str:
    family = fields["family"] or ", ".join(fields["families"]) or "not told by the text"
    typed = "Enter, once" if fields["typed"] == "\r" else "nothing" if not fields["typed"] else "Enter, once a rate"
    doubt = "" if fields["sure"] else " (not sure)"
    rows = {
        "family": family,
        "seen": f"{fields['evidence']}   ({fields['evidence_kind']}: {fields['evidence_source']})",
        "line rate": fields["baud"],
        "typed": typed,
        "next": fields["advice"],
    }
    return "\n".join([f"{fields['state']}{doubt}: {fields['title']}", *(f"  {k:10} {v}" for k, v in rows.items())])


def _safe(text: str) -> str:
    from rommon_tool.sinks import harmless

    return harmless(text)
