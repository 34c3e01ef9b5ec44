"""`rommon serve --dry-run`: what would be served, where, to whom, within which limits. No port is opened.

The one rule: it names what the server would give out, by the server's own rule: regular files, none behind a link.
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.quantities import rate_text
from rommon_tool.sinks import harmless, writable

if TYPE_CHECKING:
    from rommon_tool.cli.serve import Serving

_FILES_SHOWN = 1000


def show_plan(wanted: "Serving", *, as_json: bool) -> None:
    """Print the plan on stdout, as text or as JSON lines."""
    found = list(islice(_files(wanted.path), _FILES_SHOWN + 1))
    if as_json:
        _show_json(wanted, found[:_FILES_SHOWN], is_cut=len(found) > _FILES_SHOWN)
        return
    click.echo(f"Would serve {_shown(str(wanted.path))} on UDP {_place(wanted.bind, wanted.port)}, read-only:")
    for name, size in found[:_FILES_SHOWN]:
        click.echo(f"  {size:>15,} bytes  {_shown(name)}")
    if len(found) > _FILES_SHOWN:
        click.echo("  and more")
    if not found:
        click.echo("  no file")
    if digest := _sha512(wanted.path):
        click.echo(f"SHA-512: {digest}")
    for line in _limits(wanted):
        click.echo(line)


def _show_json(wanted: "Serving", found: list[tuple[str, int]], *, is_cut: bool) -> None:
    plan: dict[str, Any] = {
        "address": wanted.bind,
        "port": wanted.port,
        "clients": list(wanted.clients),
        "settings": asdict(wanted.settings),
        "metrics": wanted.metrics,
        "files_cut": is_cut,
    }
    if digest := _sha512(wanted.path):
        plan["sha512"] = digest
    _print({"kind": "plan", **plan})
    for name, size in found:
        _print({"kind": "file", "name": name, "bytes": size})
    _print({"kind": "result", "exit_code": 0, "outcome": "dry-run"})


def _print(fields: dict[str, Any]) -> None:
    click.echo(json.dumps({"v": 1, **fields}))


def _limits(wanted: "Serving") -> Iterator[str]:
    settings = wanted.settings
    each = f"{settings.max_per_client} of one address" if settings.max_per_client else "any number of one address"
    yield f"To: {', '.join(wanted.clients) or 'whoever asks'}"
    yield f"At once: {settings.max_sessions} transfers, {each}"
    ports = "any free port" if settings.data_ports is None else "UDP ports {}-{}".format(*settings.data_ports)
    yield f"From: {ports}"
    yield f"Rate: {_rate(settings.bytes_per_second)} together, {_rate(settings.client_bytes_per_second)} each"
    if wanted.metrics:
        yield f"Metrics: TCP {_place(*wanted.metrics)}"
    yield (
        f"Blocks: up to {settings.largest_blksize} bytes, {settings.largest_windowsize} at once; "
        f"after 65535 comes {settings.rollover_to}"
    )


def _shown(name: str) -> str:
    return writable(harmless(name), sys.stdout.encoding)


def _rate(bytes_per_second: int | None) -> str:
    return "no limit" if bytes_per_second is None else rate_text(bytes_per_second)


def _place(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _files(path: Path) -> Iterator[tuple[str, int]]:
    """Names as devices ask for them, and sizes. Raises ImageUnreadable for a single file that can't be served."""
    if not path.is_dir():
        from tftp.errors import ImageUnreadable

        if not path.is_file() or not os.access(path, os.R_OK):
            raise ImageUnreadable(f"{path} is not a file that can be read")
        yield path.name, path.stat().st_size
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            status = file.lstat()
            if stat.S_ISREG(status.st_mode) and os.access(file, os.R_OK):
                yield file.relative_to(path).as_posix(), status.st_size


def _sha512(path: Path) -> str:
    """Of one file, as for ImageCopied; a folder's files are read when they are asked for."""
    if path.is_dir():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha512").hexdigest()
