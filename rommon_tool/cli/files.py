"""`rommon files`: the chapter's "Manage Files" and "Transfer Files", over the console of a booted ASA."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.asa_options import (
    agreement,
    asa_options,
    console_of,
    server_of,
    server_options,
    show_lines,
    taker_of,
    yes_option,
)
from rommon_tool.cli.options import option
from rommon_tool.cli.reporting import reported, warn_without_folder

if TYPE_CHECKING:
    from rommon_tool.cli.reporting import Report
    from rommon_tool.procedures.asa_session import Asa
    from rommon_tool.procedures.disk_files import FolderShown
    from rommon_tool.procedures.run import Steps

CONNECT = ["enable", "show running-config pager", "terminal pager 0", "show version"]
_USES = ["show bootvar", "show running-config asdm"]


@click.group()
def files() -> None:
    """List, copy, fetch, send and delete files on the disks of a booted ASA.

    In multiple context mode they are in the system execution space. What has a use (a boot image, the running one, the
    ASDM image) is not deleted, nothing is written over unasked, and each change is read back.

    \b
    Example:
      rommon files ls -p /dev/ttyUSB0
    """


def _run(options: dict[str, Any], name: str, plan: list[str], act: "Callable[[Report], Any]") -> None:
    """Show the plan, or run `act` and report what it returns."""
    as_json, verbose = options.pop("as_json"), options.pop("verbose")
    options.pop("no_progress")  # the live view draws the steps of a load
    if options["dry_run"]:
        show_lines({"connect": CONNECT, name: plan}, as_json=as_json)
        return
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name=f"files-{name}") as report:
        warn_without_folder(report)
        outcome = act(report)
        report.proved = asdict(outcome)
        report.summary = report.summary or _sentence(outcome)


def _sentence(outcome: Any) -> str:
    fields = asdict(outcome)
    name = fields.get("name") or fields.get("path", "")
    size = f", {fields['bytes']:,} bytes" if fields.get("bytes") else ""
    digest = f", SHA-512 {fields['sha512'][:16]}…" if fields.get("sha512") else ""
    return f"Done: {name} {fields.get('did', 'copied')}{size}{digest}."


def _act(options: dict[str, Any], report: "Report", name: str, act: "Callable[[Asa], Steps[Any]]") -> Any:
    from rommon_tool.procedures.on_asa import on_asa

    with on_asa(console_of(options, report), report.progress, name, act) as run:
        return run.finish()


@files.command("ls")
@click.argument("folder", default="disk0:/")
@asa_options
def ls(folder: str, **options: Any) -> None:
    """Show a folder: sizes, dates, what each file is designated as, and the room that is left.

    \b
    Example:
      rommon files ls disk0:/ -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.disk_files import shown
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.on_asa import at_once

    def act(report: "Report") -> Any:
        where = disk_name(folder, is_file=False)
        found = _act(options, report, "list", at_once(lambda asa: shown(asa.cli, where, asa.shown)))
        report.summary = _table(found)
        return found

    _run(options, "list", [f"dir {disk_name(folder, is_file=False)}", *_USES], act)


def _table(found: "FolderShown") -> str:
    from rommon_tool.sinks import harmless

    rows = [
        f"{file.bytes:>13,}  {file.date:<20}  {file.name}{'/' if file.is_directory else ''}"
        f"{f'  [{file.status}]' if file.status else ''}"
        for file in found.files
    ]
    room = f"{found.free_bytes:,} of {found.total_bytes:,} bytes free" if found.total_bytes else ""
    return harmless("\n".join([found.folder, *rows, room]).rstrip())


@files.command("get")
@click.argument("source")
@click.argument("target", required=False, type=click.Path(path_type=Path, dir_okay=False))
@server_options
@yes_option
@asa_options
def get(source: str, target: Path | None, **options: Any) -> None:
    """Fetch a file, running-config or startup-config to this machine, and compare the digests.

    The configurations hold secrets: what is written is readable by you alone.

    \b
    Example:
      rommon files get running-config fw1.cfg -p /dev/ttyUSB0 --server 192.0.2.1
    """
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.receiving import CONFIGURATIONS, check_target, received

    what = source if source in CONFIGURATIONS else disk_name(source)
    path = target or Path(what if isinstance(what, str) else what.name)

    def act(report: "Report") -> Any:
        check_target(path, replaces=options["yes"])
        with taker_of(options) as taker:
            replaces = options["yes"]
            return _act(
                options,
                report,
                "get",
                lambda asa: received(asa.cli, taker, what, path, report.progress, replaces=replaces),
            )

    checks = [] if isinstance(what, str) else [f"dir {what.folder}", f"verify /sha-512 {what}"]
    sent = f"copy /noconfirm {what} tftp://{options['server'] or 'SERVER'}/{path.name}"
    _run(options, "get", [*checks, "show interface ip brief", sent], act)


@files.command("put")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("target", required=False)
@option(
    "--by",
    type=click.Choice(["tftp", "http", "ftp"]),
    default="tftp",
    show_default=True,
    help="What our server speaks; http and ftp are faster, on a port of their own. ftp needs the extra `ftp`.",
)
@server_options
@yes_option
@asa_options
def put(source: Path, target: str | None, **options: Any) -> None:
    """Copy a file of this machine to disk0: room, transfer, size and SHA-512 on the device.

    A file of that name that is another one stays, unless --yes.

    \b
    Example:
      rommon files put asdm-7191.bin -p /dev/ttyUSB0 --server 192.0.2.1
    """
    from rommon_tool.errors import WrongUsage
    from rommon_tool.procedures.copying import copied_to_disk0
    from rommon_tool.procedures.disk_names import disk_name

    name = disk_name(target or source.name)
    if name.disk != "disk0":
        raise WrongUsage("files are sent to disk0 only", hint="send it there, and `rommon files copy` it")

    def act(report: "Report") -> Any:
        with server_of(options, source) as server:
            replaces = options["yes"]
            return _act(
                options,
                report,
                "put",
                lambda asa: copied_to_disk0(asa.cli, server, name.path, report.progress, replaces=replaces),
            )

    url = f"{options['by']}://{options['server'] or 'SERVER'}/{source.name}"
    copy = ["show interface ip brief", f"copy /noconfirm {url} {name}", f"verify /sha-512 {name}"]
    _run(options, "put", [f"dir {name.folder}", *copy], act)


@files.command("copy")
@click.argument("source")
@click.argument("target")
@asa_options
def copy(source: str, target: str, **options: Any) -> None:
    """Copy a file on the device itself; never over another one.

    \b
    Example:
      rommon files copy disk0:/fw.cfg disk0:/fw-before.cfg -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.disk_files import copied
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.on_asa import at_once

    old, new = disk_name(source), disk_name(target)
    plan = [f"dir {old.folder}", f"verify /sha-512 {old}", f"copy /noconfirm {old} {new}", f"verify /sha-512 {new}"]
    act = at_once(lambda asa: copied(asa.cli, old, new))
    _run(options, "copy", plan, lambda report: _act(options, report, "copy", act))


@files.command("mv")
@click.argument("source")
@click.argument("target")
@asa_options
def mv(source: str, target: str, **options: Any) -> None:
    """Rename a file, or move it within its disk; never over another one.

    \b
    Example:
      rommon files mv disk0:/fw.cfg disk0:/old/fw.cfg -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.disk_files import renamed
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.on_asa import at_once

    old, new = disk_name(source), disk_name(target)
    plan = [f"dir {old.folder}", *_USES, f"rename /noconfirm {old} {new}", f"dir {new.folder}"]
    act = at_once(lambda asa: renamed(asa.cli, old, new, asa.shown))
    _run(options, "rename", plan, lambda report: _act(options, report, "rename", act))


@files.command("rm")
@click.argument("name")
@yes_option
@asa_options
def rm(name: str, **options: Any) -> None:
    """Delete one file, once you agreed; none that is a boot image, the running one, the ASDM image or a configuration.

    \b
    Example:
      rommon files rm disk0:/old-image.bin -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.disk_files import removed
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.on_asa import at_once

    file = disk_name(name)
    agrees = agreement(options)
    plan = [f"dir {file.folder}", *_USES, f"delete /noconfirm {file}", f"dir {file.folder}"]
    act = at_once(lambda asa: removed(asa.cli, file, asa.shown, agrees))
    _run(options, "delete", plan, lambda report: _act(options, report, "delete", act))


@files.command("mkdir")
@click.argument("folder")
@asa_options
def mkdir(folder: str, **options: Any) -> None:
    """Make a folder.

    \b
    Example:
      rommon files mkdir disk0:/old -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.disk_files import folder_made
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.on_asa import at_once

    where = disk_name(folder)
    plan = [f"dir {where.folder}", f"mkdir /noconfirm {where}", f"dir {where.folder}"]
    act = at_once(lambda asa: folder_made(asa.cli, where))
    _run(options, "mkdir", plan, lambda report: _act(options, report, "mkdir", act))


@files.command("verify")
@click.argument("name")
@option("--sha512", default="", metavar="HEX", help="What it should be.")
@option("--against", type=click.Path(path_type=Path, dir_okay=False), help="A file here that it should be the same as.")
@asa_options
def verify(name: str, sha512: str, against: Path | None, **options: Any) -> None:
    """Have the device compute a file's SHA-512, and compare it. Exit code 30 if it is another one.

    \b
    Example:
      rommon files verify disk0:/asa.SPA --against asa984-22-lfbff-k8.SPA -p /dev/ttyUSB0
    """
    from rommon_tool.procedures.disk_files import compared, wanted_digest
    from rommon_tool.procedures.disk_names import disk_name
    from rommon_tool.procedures.on_asa import at_once

    file = disk_name(name)

    def act(report: "Report") -> Any:
        wanted = wanted_digest(sha512, against)
        return _act(options, report, "verify", at_once(lambda asa: compared(asa.cli, file, wanted)))

    _run(options, "verify", [f"dir {file.folder}", f"verify /sha-512 {file}"], act)
