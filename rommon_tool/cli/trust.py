"""`rommon trust`: the keys that signatures of images are checked with, and the calibrations."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.options import option, platform_completion

if TYPE_CHECKING:
    from rommon_tool.firmware.keys import TrustedKey
    from rommon_tool.firmware.trust import Trust

_LARGEST_CHARACTERS = 1 << 20


@click.group()
def trust() -> None:
    """The keys that images are checked with: list them, import your device's own, forget one.

    \b
    Example: what your device prints for `show software authenticity keys`, saved as keys.txt
      rommon trust import keys.txt --platform asa5506x
    """


@trust.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"))
@option(
    "--platform",
    multiple=True,
    shell_complete=platform_completion,
    metavar="NAME",
    help="The family whose images the keys sign; repeatable. Needed for keys.",
)
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def import_(file: Any, *, platform: tuple[str, ...], as_json: bool) -> None:
    """Trust the release keys that a device printed, or a calibration record; FILE may be `-`.

    \b
    Examples:
      rommon trust import keys.txt --platform asa5506x
      rommon verify genuine.SPA --calibrate | tail -1 | rommon trust import -
    """
    from rommon_tool.firmware.trust import read_trust, write_trust

    text = file.read(_LARGEST_CHARACTERS)
    before = read_trust()
    records = [line for line in text.splitlines() if line.startswith("{")]
    after, lines = _with_records(before, records) if records else _with_keys(before, text, platform, file.name)
    write_trust(after)
    for line in lines:
        click.echo(json.dumps({"v": 1, "kind": "trust", **line}) if as_json else line["text"])


@trust.command("list")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def list_(*, as_json: bool) -> None:
    """Every key that is trusted, with its fingerprint, what it is for and where it comes from."""
    from rommon_tool.firmware.trust import read_trust

    for key in read_trust().effective_keys():
        row = {
            "fingerprint": key.fingerprint,
            "label": key.label,
            "platforms": key.platforms,
            "since": key.since,
            "source": key.source,
            "range": key.proved_range,
        }
        text = (
            f"{key.fingerprint}\n    {key.label}\n    for {', '.join(key.platforms) or 'any family'}, since {key.since}"
        )
        text += f"\n    {key.source}\n    hashed range: {key.proved_range or 'not proved yet'}"
        click.echo(json.dumps({"v": 1, "kind": "key", **row}) if as_json else text)


@trust.command("forget")
@click.argument("fingerprint")
def forget(fingerprint: str) -> None:
    """Forget an imported key and the calibration of a key, by its whole fingerprint."""
    from rommon_tool.firmware.trust import read_trust, write_trust

    before = read_trust()
    after = before.without(fingerprint.lower())
    if after == before:
        raise click.UsageError(f"nothing of the key {fingerprint} was imported; `rommon trust list` shows the keys")
    write_trust(after)
    click.echo(f"forgotten: {fingerprint.lower()}", err=True)


def _with_records(before: "Trust", records: list[str]) -> tuple["Trust", list[dict[str, str]]]:
    from rommon_tool.errors import AnchorUnusable
    from rommon_tool.firmware.calibration import KIND, calibration_from

    after, lines = before, []
    for record in records:
        try:
            fields = json.loads(record)
        except ValueError as error:
            raise AnchorUnusable("a calibration record can't be read", seen=str(error)) from error
        if not isinstance(fields, dict) or fields.get("kind") != KIND:
            raise AnchorUnusable("a line is no calibration record", hint="import the line that --calibrate prints")
        made = calibration_from(fields)
        after = after.with_calibration(made)
        text = f"for the key {made.key_fingerprint} the range '{made.range}' is taken from now on, by {made.file}"
        lines.append({"fingerprint": made.key_fingerprint, "range": made.range, "text": text})
    return after, lines


def _with_keys(before: "Trust", text: str, names: tuple[str, ...], source: str) -> tuple["Trust", list[dict[str, str]]]:
    from platforms import load_platform
    from rommon_tool.errors import WrongUsage
    from rommon_tool.firmware.device_keys import device_keys

    found = device_keys(text)
    if not names:
        raise WrongUsage("which family's device printed these keys?", hint="give it as --platform asa5506x")
    platforms = tuple(load_platform(name).name for name in names)
    after, lines = before, []
    for printed in {key.modulus: key for key in reversed(found) if key.is_release}.values():
        label = f"{printed.type} key {printed.version} of your {', '.join(platforms)}".replace("  ", " ")
        made = _trusted(label, printed.modulus, platforms, source)
        after = after.with_key(made)
        lines.append({"fingerprint": made.fingerprint, "label": label, "text": _said(made)})
    others = sorted({f"#{key.number} {key.type}" for key in found if not key.is_release})
    lines += [{"label": other, "text": f"not trusted: {other} signs no released image"} for other in others]
    return after, lines


def _trusted(label: str, modulus: int, platforms: tuple[str, ...], source: str) -> "TrustedKey":
    from rommon_tool.firmware.anchors import today
    from rommon_tool.firmware.keys import TrustedKey

    shown = "standard input" if source in ("-", "<stdin>") else Path(source).name
    return TrustedKey(label, modulus, today(), f"your device's `show software authenticity keys`, {shown}", platforms)


def _said(key: "TrustedKey") -> str:
    from rommon_tool.firmware.keys import bundled_keys

    same = next((it.label for it in bundled_keys() if it.modulus == key.modulus), "")
    confirmed = f"; it is the bundled one: {same}" if same else ""
    return f"trusted: {key.label}, {key.fingerprint}{confirmed}"
