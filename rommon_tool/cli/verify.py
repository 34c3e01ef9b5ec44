"""`rommon verify FILE`: what can be said of an image offline, and what cannot.

The one rule: a label is printed with its origin, and no word stands here that the verdict does not prove.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.anchor_options import anchor_options, take_anchors
from rommon_tool.cli.main import told
from rommon_tool.cli.options import option
from rommon_tool.cli.reporting import can_redraw, finished_by
from rommon_tool.progress import Finished, ImageHashing, Progress
from rommon_tool.sinks import JsonLines, harmless, writable

if TYPE_CHECKING:
    from rommon_tool.firmware import Anchors, Label, Verification
    from rommon_tool.firmware.calibration import Calibration

# A smaller file is hashed before anybody could read a word of progress.
_SHOWN_FROM_BYTES = 64 << 20
_LABEL_WIDTH = 26


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@anchor_options
@option(
    "--calibrate", is_flag=True, help="Settle which bytes are signed, on a file known to be genuine; print the record."
)
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
@option("--no-progress", is_flag=True, help="No progress bar.")
def verify(file: Path, *, calibrate: bool, as_json: bool, no_progress: bool, **options: Any) -> None:
    """Say what is known of an image file, offline: its kind, its structure, its signature, its pins.

    The exit code is 0 only if a pin or a signature proved the file; docs/verify.md says what each verdict proves.

    \b
    Examples:
      rommon verify asa984-22-lfbff-k8.SPA --bulk-hash BulkHashFile.tar
      rommon verify asa5500-firmware-1118.SPA --sha512 5d0a...e1
    """
    progress = Progress(file.name)
    if as_json:
        progress.subscribe(JsonLines(sys.stdout))
    try:
        anchors = take_anchors(options)
        with _hashing(progress, no_bar=no_progress or as_json) as on_progress:
            found, record = _verified(file, anchors, on_progress, calibrate=calibrate)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - every end becomes a result line and an exit code
        progress.publish(finished_by(error))
        sys.exit(told(error))
    progress.publish(_finished(found, record))
    if not as_json:
        for line in _text(found):
            click.echo(writable(harmless(line), sys.stdout.encoding))
        if record is not None:
            click.echo(record.line())
    sys.exit(found.exit_code)


def _verified(
    file: Path, anchors: "Anchors", on_progress: Callable[[int, int], None], *, calibrate: bool
) -> tuple["Verification", "Calibration | None"]:
    from rommon_tool import firmware
    from rommon_tool.firmware.anchors import today
    from rommon_tool.firmware.calibration import calibration_of

    if calibrate:
        # What an earlier calibration proved takes no part in this one.
        anchors = replace(anchors, keys=tuple(replace(key, proved_range="") for key in anchors.keys))
    found = firmware.verify(file, anchors, on_progress=on_progress)
    return found, calibration_of(found, date=today()) if calibrate else None


@contextmanager
def _hashing(progress: Progress, *, no_bar: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how far the hashing is: a bar on a terminal, a record at every tenth of a large file."""
    tenths = -1

    def publish(done: int, total: int) -> None:
        nonlocal tenths
        tenth = 10 * done // max(1, total)
        if total >= _SHOWN_FROM_BYTES and tenth > tenths:
            tenths = tenth
            progress.publish(ImageHashing(done, total))

    if no_bar or not can_redraw():
        yield publish
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("hashing")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _finished(found: "Verification", record: "Calibration | None") -> Finished:
    proved = fields(found)
    if record is not None:
        proved["calibration"] = asdict(record)
    if found.is_proved:
        return Finished(found.exit_code, "done", proved=proved)
    return Finished(found.exit_code, "failed", found.verdict, found.reason, hint=found.missing, proved=proved)


def fields(found: "Verification") -> dict[str, Any]:
    """A verification as the fields of the `result` line. The image's kind is `image_kind`: `kind` is the line's own."""
    return {
        "verdict": found.verdict,
        "reason": found.reason,
        "image": found.name,
        "image_kind": found.kind,
        "version": found.version,
        "families": found.families,
        "bytes": found.image_bytes,
        "sha512": found.sha512,
        "signer": found.signer,
        "serial": found.serial,
        "key_version": found.key_version,
        "key": asdict(found.key) if found.key else None,
        "range": found.matched_range,
        "signed_sha512": found.signed_sha512,
        "embedded_sha512": found.embedded_sha512,
        "labels": [asdict(label) for label in found.labels],
        "checks": [asdict(check) for check in found.checks],
    }


def _text(found: "Verification") -> Iterator[str]:
    yield f"{found.name}: {found.verdict}"
    yield f"  {found.reason}"
    kind = found.recognised
    yield f"Kind     : {kind.title}{f', version {found.version}' if found.version else ''}"
    if kind.disagreement:
        yield f"           {kind.disagreement}"
    yield f"For      : {', '.join(found.families) or 'not known'}"
    yield f"Size     : {found.image_bytes:,} bytes"
    yield f"SHA-512  : {found.sha512 or 'not computed'} (whole file)"
    if found.labels:
        yield ""
        yield "As a device prints it, and where each value comes from:"
        for label in found.labels:
            yield from _label(label)
    if found.verdict == "signature-valid":
        yield "Digital signature successfully validated"
    yield ""
    for check in found.checks:
        yield f"{check.status:10} {check.id:10} {check.evidence}"
    if found.missing:
        yield f"To decide: {found.missing}"


def _label(label: "Label") -> Iterator[str]:
    from rommon_tool.firmware.labels import hash_lines

    lines = hash_lines(label.value) if "Hash SHA2" in label.name else (label.value,)
    yield f"  {label.name:{_LABEL_WIDTH}}: {(lines or ('',))[0] or '-'}   [{label.origin}]"
    for line in lines[1:]:
        yield f"  {'':{_LABEL_WIDTH}}  {line}"
