"""`rommon boot`: the chapter's "Set the ASA Image, ASDM, and Startup Configuration"."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.asa_options import asa_options, console_of, show_lines
from rommon_tool.cli.options import Decorated, option
from rommon_tool.cli.reporting import reported, warn_without_folder

if TYPE_CHECKING:
    from rommon_tool.procedures.boot_settings import BootSettings


@click.group()
def boot() -> None:
    """Show and set what a booted ASA boots: its images, its ASDM image, its startup configuration.

    \b
    Examples:
      rommon boot show -p /dev/ttyUSB0
      rommon boot system disk0:/new.SPA disk0:/old.SPA -p /dev/ttyUSB0
      rommon boot asdm asdm-7191.bin -p /dev/ttyUSB0
    """


def setting_options(command: Decorated) -> Decorated:
    """--none, --no-save, --config-is-whole."""
    command = option(
        "--config-is-whole",
        is_flag=True,
        help="Save the running configuration though the device was told to ignore the saved one (register 0x41).",
    )(command)
    command = option("--no-save", is_flag=True, help="Leave out `write memory`: the next reload forgets it.")(command)
    return option("--none", "takes_away", is_flag=True, help="Take the setting away; the default counts then.")(command)


@boot.command()
@asa_options
def show(**options: Any) -> None:
    """Show what is saved, what is configured, and what the next reload boots.

    Example: rommon boot show -p /dev/ttyUSB0
    """
    _run("show", (), options)


@boot.command()
@click.argument("images", nargs=-1)
@setting_options
@asa_options
def system(images: tuple[str, ...], **options: Any) -> None:
    """Set the whole list of boot images, in the order in which they are tried.

    Up to four on disk0, and one tftp:// URL, which must be first.

    Example: rommon boot system tftp://192.0.2.10/a.SPA disk0:/a.SPA -p /dev/ttyUSB0
    """
    _run("system", images, options)


@boot.command()
@click.argument("image", required=False)
@setting_options
@asa_options
def asdm(image: str | None, **options: Any) -> None:
    """Set the ASDM image.

    Example: rommon boot asdm disk0:/asdm-7191.bin -p /dev/ttyUSB0
    """
    _run("asdm", (image,) if image else (), options)


@boot.command()
@click.argument("file", required=False)
@setting_options
@asa_options
def config(file: str | None, **options: Any) -> None:
    """Set the file that the device reads as its startup configuration.

    Example: rommon boot config disk0:/site.cfg -p /dev/ttyUSB0
    """
    _run("config", (file,) if file else (), options)


def _run(action: Any, values: tuple[str, ...], options: dict[str, Any]) -> None:
    from rommon_tool.procedures.boot_settings import BootJob, check_job, lines_to_type

    if action != "show" and bool(values) == options["takes_away"]:
        raise click.UsageError("name what is to boot, or give --none: not both, and not neither")
    job = BootJob(action, values, not options.get("no_save"), bool(options.get("config_is_whole")))
    as_json = options["as_json"]
    if options["dry_run"]:
        check_job(job)
        show_lines({"boot-settings": lines_to_type(job)}, as_json=as_json)
        return
    with reported("device", as_json=as_json, no_progress=True, verbose=options["verbose"], name="boot") as report:
        from rommon_tool.procedures.boot_settings import settled
        from rommon_tool.procedures.on_asa import on_asa

        check_job(job)
        warn_without_folder(report)
        console = console_of(options, report)
        with on_asa(console, report.progress, "boot-settings", lambda asa: settled(asa, job, report.progress)) as run:
            found = run.finish()
        report.proved, report.summary = asdict(found), _summary(found)


def _summary(found: "BootSettings") -> str:
    lines = [
        f"runs                   {found.running_image or 'not told'}",
        f"images, saved          {', '.join(found.saved) or 'none'}",
        f"images, configured     {', '.join(found.configured) or 'none'}",
        f"startup configuration  {found.saved_config}",
        f"ASDM image             {found.asdm or 'the first that it finds in flash memory'}",
        f"the next reload boots  {found.next_boot}",
    ]
    return "\n".join([*lines, *(f"Note: {note}." for note in found.notes)])
