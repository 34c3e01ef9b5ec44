"""`rommon upgrade FILE`: the chapter's "Upgrade the ROMMON Image", and the watch over a device that is in the middle of it."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.anchor_options import anchor_options, take_anchors
from rommon_tool.cli.main import tell, told
from rommon_tool.cli.options import only_port, option, output_options
from rommon_tool.cli.reporting import reported, warn_without_folder

if TYPE_CHECKING:
    from rommon_tool.firmware import Anchors
    from rommon_tool.procedures.asa_session import AsaConsole
    from rommon_tool.procedures.upgrade_gates import UpgradePlan
    from rommon_tool.procedures.upgrade_rommon import UpgradeOutcome
    from serial_console.interlock import Window

CAUTION = """\
The device writes its boot ROM and restarts by itself, two or three times. That takes about 15 minutes.
While it does, its power must stay on: without it now, the device is dead and has to be sent in.
Closing this terminal, or Ctrl-C, is harmless: the watch goes on. Don't let this machine sleep.
If it is not done after 30 minutes, or fails: don't switch it off, don't reset it, call Cisco support."""


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@option("-p", "--port", default="", help="Console: a tty path, COM port, socket://H:P, rfc2217://H:P or sim://NAME.")
@option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console.")
@option(
    "--server", default="", metavar="S", help="Our address as the device reaches it. Not needed if FILE is on disk0."
)
@option("--bind", default="", metavar="ADDR", help="Where our TFTP server listens. Default: the server's address.")
@option("--tftp-port", default=69, show_default=True, type=int, help="UDP port that our TFTP server listens on.")
@anchor_options
@option(
    "--save-config/--no-save-config",
    "saves",
    default=None,
    help="Whether the device saves its running configuration before it reloads. Has to be chosen.",
)
@option(
    "--power",
    default="",
    metavar="HOW",
    help="The device's own outlet. It is never switched; other outlets of the same PDU stay usable meanwhile.",
)
@option(
    "--credentials",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file of mode 0600 with username, password, enable_password.",
)
@option(
    "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
)
@option("--yes", is_flag=True, help="Agree to the upgrade beforehand.")
@option("--dry-run", is_flag=True, help="Verify FILE and print every line that would be typed; touch nothing.")
@option("--status", is_flag=True, help="Only list the devices that may be writing their boot ROM.")
@option(
    "--release", default="", metavar="SERIAL", help="Open a device again that is known to be safe: its serial number."
)
@output_options
def upgrade(
    file: Path | None, *, as_json: bool, verbose: bool, dry_run: bool, status: bool, release: str, **options: Any
) -> None:
    """Upgrade the ROMMON of a booted ASA 5506-X, 5508-X, 5516-X or ISA 3000.

    FILE goes to a device only if a pin or signature proves it (`rommon verify`). From the confirmation until the new version
    is proved, nothing of this tool disturbs the device. Without FILE, a device that is in the middle of it is watched on.

    \b
    Examples:
      rommon upgrade asa5500-firmware-1118.SPA -p /dev/ttyUSB0 --server 10.86.118.21 \\
          --no-save-config --sha512 5d0a...e1
      rommon upgrade -p /dev/ttyUSB0
    """
    options.pop("no_progress")  # the live view draws the steps of a load
    if status or release:
        sys.exit(_told(lambda: _released(release) if release else _open_windows(), as_json=as_json))
    if dry_run:
        sys.exit(_told(lambda: _plan(_needed(file), take_anchors(options), saves=options["saves"]), as_json=as_json))
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name="upgrade") as report:
        from rommon_tool.procedures.rom_window import window_of

        warn_without_folder(report)
        options["port"] = options["port"] or only_port()
        if options["transcript"] is None and report.folder is not None:
            options["transcript"] = report.folder / "transcript.txt"
        window = window_of(options["port"])
        run = _watch(window, options, report) if window else _run(_needed(file), options, report)
        with run:
            outcome: UpgradeOutcome = run.finish()
        report.proved, report.summary = asdict(outcome), _summary(outcome)


def _run(file: Path, options: dict[str, Any], report: Any) -> Any:
    from rommon_tool.errors import WrongUsage
    from rommon_tool.procedures.upgrade_rommon import UpgradeJob
    from rommon_tool.procedures.upgrade_rommon import upgrade as run_upgrade

    if options["saves"] is None:
        raise WrongUsage(
            "shall the device save its running configuration before it reloads?",
            hint="give --save-config, or --no-save-config to lose what was not saved",
        )
    agrees = _agreed_before if options["yes"] else _asked
    if not options["yes"] and not (sys.stdin and sys.stdin.isatty()):
        raise WrongUsage("nobody is here to agree to the upgrade", hint="--yes agrees beforehand")
    names = ("server", "bind", "tftp_port", "power")
    job = UpgradeJob(
        image=file,
        anchors=take_anchors(options),
        console=_console(options),
        saves_config=options["saves"],
        **{name: options[name] for name in names},
    )
    return run_upgrade(job, report.progress, agrees)


def _watch(window: "Window", options: dict[str, Any], report: Any) -> Any:
    """Read only: the device at this port is in its window."""
    from rommon_tool.procedures.upgrade_rommon import go_on_watching
    from serial_console.rom_watch import Patience

    tell(f"{_line(window)} This goes on watching; nothing else is done.")
    return go_on_watching(window, _console({**options, "baud": window.baud}), report.progress, Patience())


def _console(options: dict[str, Any]) -> "AsaConsole":
    from rommon_tool.credentials import from_file
    from rommon_tool.procedures.asa_session import AsaConsole
    from serial_console.asa_cli import Credentials

    known = from_file(options["credentials"]) if options["credentials"] else Credentials()
    return AsaConsole(options["port"], options["baud"], known, options["transcript"])


def _agreed_before(plan: "UpgradePlan") -> bool:
    _show(plan)
    return True


def _asked(plan: "UpgradePlan") -> bool:
    _show(plan)
    return click.prompt("Type 'upgrade' to go on", default="", show_default=False, err=True).strip() == "upgrade"


def _show(plan: "UpgradePlan") -> None:
    image = plan.image
    tell(
        f"\n{plan.model} {plan.serial_number}: ROMMON {plan.old_version} becomes {image.version}, by {image.name}\n"
        f"({image.verdict}: {image.reason})\n\n{CAUTION}\n"
    )


def _summary(outcome: "UpgradeOutcome") -> str:
    shown = "as its banner and `show module` say" if outcome.shown_version else "as its banner says"
    return f"Upgraded: {outcome.model} {outcome.serial_number} has ROMMON {outcome.new_version}, {shown}."


def _needed(file: Path | None) -> Path:
    from rommon_tool.errors import WrongUsage

    if file is None:
        raise WrongUsage("no device at this port is in its window, and no FILE was given to upgrade it with")
    return file


# --- without a console -----------------------------------------------------------------------------------------------


def _told(act: Callable[[], list[dict[str, Any]]], *, as_json: bool) -> int:
    """Print what came of it, and return the exit code."""
    from rommon_tool.cli.reporting import finished_by
    from rommon_tool.progress import Finished, Progress
    from rommon_tool.sinks import JsonLines

    progress = Progress("device")
    if as_json:
        progress.subscribe(JsonLines(sys.stdout))
    try:
        lines = act()
    except Exception as error:  # noqa: BLE001 - every end becomes a result line and an exit code
        progress.publish(finished_by(error))
        return told(error)
    for fields in lines:
        text = fields.pop("text")
        click.echo(json.dumps({"v": 1, **fields}, default=str) if as_json else text)
    progress.publish(Finished(0, "done"))
    return 0


def _open_windows() -> list[dict[str, Any]]:
    from serial_console.interlock import Journal

    windows = Journal().windows()
    nothing = [{"kind": "windows", "text": "No device is in its window."}]
    return [{"kind": "window", **_fields(window), "text": _line(window)} for window in windows] or nothing


def _released(serial_number: str) -> list[dict[str, Any]]:
    from serial_console.interlock import Journal

    window = Journal().release_by_operator(serial_number)
    text = f"Released: {window.model} {window.serial_number} on {window.port} may be typed at and switched again."
    return [{"kind": "window", **_fields(window), "text": text}]


def _fields(window: "Window") -> dict[str, Any]:
    """What may be told of a window. Its serial number is for the operator to read from the label."""
    names = ("port", "model", "old_version", "new_version", "opened_utc", "pid")
    return {name: getattr(window, name) for name in names}


def _line(window: "Window") -> str:
    change = f"from ROMMON {window.old_version} to {window.new_version}"
    return f"{window.model} on {window.port} may be writing its boot ROM since {window.opened_utc}, {change}."


def _plan(file: Path, anchors: "Anchors", *, saves: bool | None) -> list[dict[str, Any]]:
    from rommon_tool.procedures.upgrade_gates import verified
    from rommon_tool.procedures.upgrade_rommon import STEPS, lines_to_type
    from rommon_tool.sinks import title

    image = verified(file, anchors)
    typed = lines_to_type(image.name, saves=bool(saves))
    lines = []
    for number, name in enumerate(STEPS, 1):
        text = "\n".join([f"  {number}. {title(name)}", *(f"       {line}" for line in typed.get(name, ()))])
        lines.append({"kind": "plan", "number": number, "name": name, "types": typed.get(name, []), "text": text})
    return lines
