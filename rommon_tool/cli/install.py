"""`rommon install IMAGE`: what was booted through the monitor lasts over a reload."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.anchor_options import anchor_options, take_anchors
from rommon_tool.cli.asa_options import asa_options, console_of, show_lines
from rommon_tool.cli.install_options import install_options
from rommon_tool.cli.options import Finite, option
from rommon_tool.cli.reporting import reported, warn_without_folder

if TYPE_CHECKING:
    from rommon_tool.job import InstallOutcome
    from rommon_tool.procedures.install_image import InstallJob


@click.command()
@click.argument("image", type=click.Path(path_type=Path))
@option("--server", required=True, metavar="S", help="Our address as the device reaches it.")
@option("--bind", default="", metavar="ADDR", help="Where our TFTP server listens. Default: the server's address.")
@option("--tftp-port", default=69, show_default=True, type=int, help="UDP port that our TFTP server listens on.")
@option("--address", default="", metavar="A/LEN", help="Lent to a device without any address, for the copy alone.")
@option("--interface", default="", metavar="IF", help="The device's port that gets --address: Management1/1.")
@option("--gateway", default="", metavar="G", help="Its gateway, with --address; needed if the server is further away.")
@install_options
@anchor_options
@option("--require-verified", is_flag=True, help="Refuse an image that no pin and no signature proves (exit code 31).")
@option(
    "--boot-timeout",
    default=900.0,
    show_default=True,
    type=Finite(1),
    metavar="SECONDS",
    help="Longest silence of the boot after the reload.",
)
@option("--yes", is_flag=True, help="Don't ask before the device is changed and reloaded.")
@asa_options
def install(
    image: Path, *, as_json: bool, no_progress: bool, verbose: bool, yes: bool, dry_run: bool, **options: Any
) -> None:
    """Make IMAGE last on a booted ASA: copy, verify, boot system, write memory, reload, prove.

    The saved configuration is kept on disk0 as startup-before-install.cfg. disk0 is never formatted unasked.

    \b
    Examples:
      rommon install asa984-22-lfbff-k8.SPA -p /dev/ttyUSB0 --server 10.86.118.21
      rommon install asa984-22-lfbff-k8.SPA -p /dev/ttyUSB0 --server 10.86.118.21 \\
          --clear-boot --credentials asa.toml --yes
    """
    del no_progress  # the live view draws the steps of a load
    if dry_run:
        from rommon_tool.procedures.install_image import lines_to_type

        show_lines(lines_to_type(_job(image, options)), as_json=as_json)
        return
    _confirm(yes=yes)
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name="install") as report:
        from rommon_tool.procedures.install_image import install as run_install
        from rommon_tool.procedures.verifying import verified_file

        warn_without_folder(report)
        job = _job(image, options)
        console = console_of(options, report)
        needs_proof = options["require_verified"]
        found = verified_file(image, take_anchors(options), report.progress, needs_proof=needs_proof)
        job = replace(job, version=job.version or found.version, sha512=found.sha512)
        with run_install(job, console, report.progress) as run:
            outcome = run.finish()
        report.proved, report.summary = proof(outcome), summary(outcome)


def proof(outcome: "InstallOutcome") -> dict[str, Any]:
    """An outcome as fields of the `result` line."""
    fields = asdict(outcome)
    fields["bytes"] = fields.pop("installed_bytes")
    return fields


def summary(outcome: "InstallOutcome") -> str:
    """What was proved, as one sentence for people."""
    kept = f" The configuration from before is disk0:/{outcome.kept_config}." if outcome.kept_config else ""
    others = f", then {', '.join(outcome.boot_system[1:])}" if outcome.boot_system[1:] else ""
    return (
        f"Installed: after a reload the device runs version {outcome.version} from {outcome.image_file}. "
        f"It boots {outcome.boot_system[0]}{others}; its register is {outcome.register}.{kept}"
    )


def _confirm(*, yes: bool) -> None:
    if yes:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise click.UsageError("the device will be reloaded: --yes says that it may be")
    click.confirm(
        "The image goes to disk0, the configuration is saved, and the device reloads. Go on?", abort=True, err=True
    )


def _job(image: Path, options: dict[str, Any]) -> "InstallJob":
    from rommon_tool.image import open_image
    from rommon_tool.procedures.install_image import InstallJob

    opened = open_image(image)
    return InstallJob(
        image=opened.path,
        server=options["server"],
        bind=options["bind"],
        tftp_port=options["tftp_port"],
        version=opened.version,
        clears=options["clear_boot"],
        replaces=options["replace"],
        formats=options["format_disk"],
        config_is_whole=options["config_is_whole"],
        address=_lent(options),
        boot_seconds=options["boot_timeout"],
    )


def _lent(options: dict[str, Any]) -> Any:
    """The address for a device that has none. Raises `WrongUsage` for one that is no address."""
    from rommon_tool.errors import WrongUsage
    from rommon_tool.job import NetworkSettings, checked
    from rommon_tool.procedures.install_image import DeviceAddress

    if not options["address"]:
        return None
    if not options["interface"]:
        raise WrongUsage("--address needs the port that gets it", hint="give --interface Management1/1, for example")
    names = ("address", "server", "gateway", "interface", "bind", "tftp_port")
    network = checked(NetworkSettings(**{name: options[name] for name in names}, external_server=True))
    gateway = "" if network.server in network.address.network else str(network.gateway)
    return DeviceAddress(network.address, network.interface, gateway)
