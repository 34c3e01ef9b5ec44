"""The options that name what an image is held against; `load`, `verify` and `upgrade` share them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from rommon_tool.cli.options import option

if TYPE_CHECKING:
    from rommon_tool.firmware import Anchors

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

NAMES = ("sha512", "key", "pins", "bulk_hash")
_FILE = click.Path(path_type=Path, dir_okay=False)


def anchor_options(command: Decorated) -> Decorated:
    """--sha512, --key, --pins and --bulk-hash."""
    command = option(
        "--bulk-hash",
        type=_FILE,
        help="Cisco's Bulk Hash file (BulkHashFile.tar); its certificate chain and signature are checked.",
    )(command)
    command = option("--pins", type=_FILE, help="Digests you trust: lines of sha512sum, or TOML with [[pin]] tables.")(
        command
    )
    command = option(
        "--key",
        multiple=True,
        type=_FILE,
        metavar="PEM",
        help="A public key you trust, instead of the trusted ones; repeatable.",
    )(command)
    return option(
        "--sha512", default="", metavar="HEX", help="The whole file's SHA-512, as the download page shows it."
    )(command)


def take_anchors(options: dict[str, Any]) -> "Anchors":
    """Load the anchors that the options name, and take the options out. Raises AnchorUnusable."""
    from rommon_tool.firmware import load_anchors

    given = {name: options.pop(name) for name in NAMES}
    return load_anchors(sha512=given["sha512"], keys=given["key"], pins=given["pins"], bulk_hash=given["bulk_hash"])
