"""`rommon load IMAGE`: the chapter's "Load an Image Using ROMMON"."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.anchor_options import anchor_options, take_anchors
from rommon_tool.cli.credentials import credential_options, credentials_of
from rommon_tool.cli.install_options import install_options
from rommon_tool.cli.options import Finite, only_port, option, output_options, platform_completion
from rommon_tool.cli.reporting import reported, warn_without_folder


@click.command()
@click.argument("image", type=click.Path(path_type=Path))
@option(
    "-p",
    "--port",
    help="Console: a tty path, COM port, rfc2217://H:P, telnet://H:P, ssh://U@H:P, socket://H:P or sim://NAME. Default: the only one.",
)
@option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console.")
@option(
    "--platform",
    default="auto",
    show_default=True,
    shell_complete=platform_completion,
    help="The device's family, a .toml file, or auto: recognised at its monitor.",
)
@option("--address", required=True, metavar="A[/LEN]", help="The address that the device takes.")
@option("--netmask", default="", metavar="M", help="Its network mask, if not given with the address.")
@option("--server", required=True, metavar="S", help="The TFTP server's address: one of this machine's.")
@option("--gateway", default="", metavar="G", help="The device's gateway. Default: the server.")
@option("--interface", default="", metavar="IF", help="The device's network port. Default: the one that it is set to.")
@option("--vlan", default="", metavar="N", help="802.1Q tag of the device's packets. Default: untagged.")
@option(
    "--slot",
    type=click.IntRange(1, 13),
    help="The console is a Catalyst's: go on to the ASA module in this slot by `session slot N processor 1`.",
)
@option(
    "--session", default="", metavar="COMMAND", help="The same by another command: 'service-module session slot 3'."
)
@option("--bind", default="", metavar="ADDR", help="Where our TFTP server listens. Default: the server's address.")
@option("--tftp-port", default=69, show_default=True, type=int, help="UDP port that our TFTP server listens on.")
@option("--external-server", is_flag=True, help="Don't serve: the image is on SERVER already.")
@option("--no-save", is_flag=True, help="Leave out the chapter's step 7 (sync).")
@option(
    "--timeout",
    default=300.0,
    show_default=True,
    type=Finite(1),
    help="Longest wait for a power-on, in seconds; 90 more while its window may be open.",
)
@option(
    "--stall-timeout",
    type=Finite(0),
    default=0.0,
    metavar="SECONDS",
    help="Longest silence of a download. Default: the family's, 120.",
)
@option(
    "--boot-timeout",
    type=Finite(0),
    default=0.0,
    metavar="SECONDS",
    help="Longest silence of a boot. Default: the family's.",
)
@option(
    "--power",
    default="",
    metavar="COMMAND",
    help="A command that cycles the power, pdudaemon://HOST/PDU/OUTLET, snmp://HOST/apc/4, or ask: (the default).",
)
@option(
    "--retries",
    default=1,
    show_default=True,
    type=click.IntRange(0, 10),
    help="Fresh starts after a reboot in mid-transfer.",
)
@option(
    "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
)
@option("--device", default="device", metavar="NAME", help="The device's name in messages and records.")
@option(
    "--yes",
    is_flag=True,
    help="Ask no questions (load asks none). A question of the device's that erases is never answered.",
)
@anchor_options
@option("--require-verified", is_flag=True, help="Refuse an image that no pin and no signature proves (exit code 31).")
@option(
    "--any-family", is_flag=True, help="Load an image though its name or content says that it is for other devices."
)
@option(
    "--install", "installs", is_flag=True, help="Make it last as well: disk0, boot order, reload (`rommon install`)."
)
@install_options
@credential_options
@option("--dry-run", is_flag=True, help="Print every step and every line that would be typed; touch nothing.")
@output_options
def load(image: Path, *, as_json: bool, no_progress: bool, verbose: bool, dry_run: bool, **options: Any) -> None:
    """Recover a device: break in, set, ping, tftpdnld, and watch until it has booted IMAGE.

    Example, with the cable in Management 1/1 and this machine at 10.86.118.21:

    \b
      rommon load asa984-22-lfbff-k8.SPA -p /dev/ttyUSB0 \\
          --address 10.86.118.4/24 --server 10.86.118.21
    """
    options.pop("yes")
    if dry_run:
        from rommon_tool.cli.dry_run import show_plan

        show_plan(_job(image, {**options, "port": options["port"] or "(none chosen)"}), as_json=as_json)
        return
    with reported(options["device"], as_json=as_json, no_progress=no_progress, verbose=verbose, name="load") as report:
        from rommon_tool.procedures.load_image import run_job

        warn_without_folder(report)
        job = _job(image, options)
        if report.folder is not None:
            job = replace(job, packets=report.folder / "packets.pcap")
        if job.transcript is None and report.folder is not None:
            job = replace(job, transcript=report.folder / "transcript.txt")
        with run_job(job, report.progress) as run:
            outcome = run.finish()
        report.proved, report.summary = proof(outcome), summary(outcome)


def summary(outcome: Any) -> str:
    """What was proved, as one sentence for people."""
    where = f"runs version {outcome.booted_version}" if outcome.booted_version else "runs the image"
    if outcome.proof == "memory":
        where = f"holds the image in memory (CRC-32 {outcome.memory_crc32})"
    kept = f"Transcript: {outcome.transcript}" if outcome.transcript else "No transcript was written."
    taken = f"all {outcome.image_bytes:,} bytes of " if outcome.image_bytes else ""
    if outcome.image_bytes < outcome.file_bytes:
        taken = f"the first {outcome.image_bytes:,} of {outcome.file_bytes:,} bytes (all that its monitor asks for) of "
    recovered = f"Recovered: the device has taken {taken}{outcome.image} and {where}. {kept}"
    if outcome.installed is None:
        return recovered
    from rommon_tool.cli.install import summary as installed

    return f"{recovered}\n{installed(outcome.installed)}"


def proof(outcome: Any) -> dict[str, Any]:
    """An outcome as the fields of the `result` line."""
    fields = asdict(outcome)
    fields["bytes"] = fields.pop("image_bytes")
    if fields["installed"] is None:
        del fields["installed"]
    return {name: str(value) if isinstance(value, Path) else value for name, value in fields.items()}


def _job(image: Path, options: dict[str, Any]) -> Any:
    from rommon_tool.job import Job, NetworkSettings

    names = ("address", "server", "netmask", "gateway", "interface", "vlan", "bind", "tftp_port", "external_server")
    return Job(
        image=image,
        port=options["port"] or only_port(),
        network=NetworkSettings(**{name: options[name] for name in names}),
        platform=options["platform"],
        baud=options["baud"],
        timeout_seconds=options["timeout"],
        stall_seconds=options["stall_timeout"],
        boot_seconds=options["boot_timeout"],
        power_command=options["power"],
        saves=not options["no_save"],
        retries=options["retries"],
        device=options["device"],
        transcript=options["transcript"],
        slot=options["slot"] or 0,
        session_command=options["session"],
        anchors=take_anchors(options),
        requires_verified=options["require_verified"],
        any_family=options["any_family"],
        lasting=_lasting(options) if options["installs"] else None,
    )


def _lasting(options: dict[str, Any]) -> Any:
    from rommon_tool.job import Lasting

    return Lasting(
        credentials=credentials_of(options),
        clears=options["clear_boot"],
        replaces=options["replace"],
        formats=options["format_disk"],
        config_is_whole=options["config_is_whole"],
    )
