"""`rommon check-downgrade CONFIG --to VERSION`: which lines an older version would refuse or change."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.main import tell
from rommon_tool.cli.options import option

if TYPE_CHECKING:
    from rommon_tool.asa_version import AsaVersion
    from rommon_tool.downgrade import Checked

_LOSES = 1
_CANNOT_RUN = 33
_EFFECTS = {
    "reject": "refused",
    "reset-to-blank": "left blank",
    "changed": "changed",
    "reject-default-line": "refused, but the newer version writes it by itself",
    "note": "note",
}


@click.command("check-downgrade")
@click.argument("config", type=click.Path(path_type=Path, allow_dash=True))
@option("--to", "target", required=True, metavar="VERSION", help="The version to go to, as 9.8(4)22.")
@option("--model", default="", metavar="NAME", help="The device, where CONFIG names no hardware: 5516-X, FPR-2110.")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def check_downgrade(config: Path, *, target: str, model: str, as_json: bool) -> None:
    """Tell which lines of CONFIG the version VERSION would refuse or change, before the downgrade.

    CONFIG is a running or startup configuration, or - for standard input. Most rules are recalled and not checked
    against a device; each finding says so. Exit code 0: nothing would be lost but lines that the newer version writes
    by itself; 1: something would; 33: the model can't run that version.

    \b
    Example:
      rommon check-downgrade running-config.txt --to 9.6(4)
    """
    from rommon_tool.downgrade import check

    version = _version(target)
    checked = check(_text(config), version, model=_known(model))
    if as_json:
        _write_json(config, checked)
    else:
        _write_text(checked)
    sys.exit(_code(checked))


def _version(text: str) -> "AsaVersion":
    from rommon_tool.asa_version import AsaVersion
    from rommon_tool.errors import WrongUsage

    try:
        return AsaVersion.parse(text)
    except ValueError as error:
        raise WrongUsage(f"--to: {error}", hint="write it as 9.8(4)22, or 9.12 for the first of a train") from error


def _known(model: str) -> str:
    from rommon_tool.downgrade.models import model_of
    from rommon_tool.errors import WrongUsage

    if model and model_of(model) is None:
        raise WrongUsage(f"--model: '{model}' is no model that is known here", hint="as in 5516-X, ISA-3000, FPR-2110")
    return model


def _text(config: Path) -> str:
    from rommon_tool.errors import WrongUsage

    try:
        data = sys.stdin.buffer.read() if str(config) == "-" else config.read_bytes()
    except OSError as error:
        raise WrongUsage(
            f"the configuration {config} can't be read: {error.strerror}", hint="give a text file, or - for stdin"
        ) from error
    if b"\0" in data:
        raise WrongUsage(f"{config} is no text", hint="give what `show running-config` printed")
    return data.decode("utf-8", "replace")


def _code(checked: "Checked") -> int:
    if checked.why_not:
        return _CANNOT_RUN
    return _LOSES if checked.loses_something else 0


def _write_json(config: Path, checked: "Checked") -> None:
    from rommon_tool.progress import Finished, Progress
    from rommon_tool.sinks import JsonLines

    progress = Progress(config.name)
    progress.subscribe(JsonLines(sys.stdout))
    for finding in checked.findings:
        progress.publish(finding)
    code = _code(checked)
    if checked.why_not:
        hint = "take a version that the model runs"
        progress.publish(Finished(code, "failed", "wrong-device", checked.why_not, hint=hint, proved=_facts(checked)))
    else:
        progress.publish(Finished(code, "findings" if code else "done", proved=_facts(checked)))


def _facts(checked: "Checked") -> dict[str, Any]:
    return {
        "target": str(checked.target),
        "version": str(checked.own) if checked.own else "",
        "model": checked.model.name if checked.model else "",
        "lines": checked.lines,
        "findings": len(checked.findings),
    }


def _write_text(checked: "Checked") -> None:
    from rommon_tool.sinks import harmless, writable

    def say(text: str) -> None:
        click.echo(writable(harmless(text), sys.stdout.encoding))

    if checked.why_not:
        tell(f"Error: {checked.target} can't be taken: {checked.why_not}\nTry: take a version that the model runs")
        return
    if checked.model is None:
        tell("Warning: the text names no hardware: --model NAME says which versions the device can run")
    for each in checked.findings:
        where = f"line {each.line}: {each.text.strip()}" if each.line else "the whole"
        marks = [_EFFECTS[each.effect], *(["LOCK-OUT"] if each.lock_out else []), *(["unsure"] if each.unsure else [])]
        if each.block_lines:
            marks.append(f"and {each.block_lines} lines below it")
        say(f"{where}\n    {', '.join(marks)}: {each.what}\n    {each.rule}, {each.confidence}: {each.source}")
    say(_summary(checked))


def _summary(checked: "Checked") -> str:
    losses = sum(each.effect not in {"note", "reject-default-line"} for each in checked.findings)
    recalled = sum(each.confidence == "recalled" for each in checked.findings)
    rest = f"; {recalled} of {len(checked.findings)} findings are recalled, not checked" if recalled else ""
    if not losses:
        return f"nothing of {checked.lines} lines is known to be lost at {checked.target}{rest}"
    return f"{losses} of {checked.lines} lines would be refused, blanked or changed by {checked.target}{rest}"
