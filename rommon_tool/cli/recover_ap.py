"""`rommon recover-ap IMAGE`: bring the access point of an ASA 5506W-X back."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rich_click as click

from rommon_tool.cli.options import Finite, only_port, option, output_options
from rommon_tool.cli.reporting import reported, warn_without_folder


@click.command("recover-ap")
@click.argument("image", type=click.Path(path_type=Path))
@option("-p", "--port", default="", help="The access point's own console. Default: the only serial port.")
@option("--baud", default=9600, show_default=True, type=click.IntRange(50, 4_000_000), help="Line rate of the console.")
@option("--address", default="", metavar="A[/LEN]", help="The address that the access point takes at its loader.")
@option("--netmask", default="", metavar="M", help="Its network mask, if not given with the address.")
@option("--server", required=True, metavar="S", help="The TFTP server's address: one of this machine's.")
@option("--gateway", default="", metavar="G", help="The access point's default router. Default: the server.")
@option("--bind", default="", metavar="ADDR", help="Where our TFTP server listens. Default: the server's address.")
@option("--tftp-port", default=69, show_default=True, type=int, help="UDP port that our TFTP server listens on.")
@option("--mode-button", is_flag=True, help="Answer the broadcast of an access point whose MODE button is held.")
@option("--timeout", default=300.0, show_default=True, type=Finite(1), help="Longest wait for it, in seconds.")
@option(
    "--transcript", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the console's transcript."
)
@option("--dry-run", is_flag=True, help="Print every line that would be typed; touch nothing.")
@output_options
def recover_ap(image: Path, *, as_json: bool, verbose: bool, dry_run: bool, **options: Any) -> None:
    """Recover an access point: set, unpack IMAGE by TFTP, boot; at its loader `ap:`.

    With --mode-button it does that by itself: hold the button for 20 to 30 s at power-on. Its broadcast comes from
    10.0.0.1, so this machine needs an address in 10.0.0.0/24.

    \b
    Examples:
      rommon recover-ap ap1g2-k9w7-tar.153-3.JF10.tar -p /dev/ttyUSB0 \\
          --address 192.0.2.10/24 --server 192.0.2.1
      rommon recover-ap ap1g2-k9w7-tar.153-3.JF10.tar --mode-button --server 10.0.0.2
    """
    options.pop("no_progress")  # its lines are plain ones anyway
    if not (options["mode_button"] or options["address"]):
        raise click.UsageError("which address shall the access point take? Give --address A/LEN, or --mode-button")
    if dry_run:
        _show_plan(_job(image, options), as_json=as_json)
        return
    # The live view draws the steps of a load.
    with reported("device", as_json=as_json, no_progress=True, verbose=verbose, name="recover-ap") as report:
        from rommon_tool.procedures.recover_access_point import recover

        warn_without_folder(report)
        kept = report.folder / "transcript.txt" if report.folder else None
        options["transcript"] = options["transcript"] or kept
        if not options["mode_button"]:
            options["port"] = options["port"] or only_port()
        with recover(_job(image, options), report.progress) as run:
            outcome = run.finish()
        report.proved = asdict(outcome)
        report.proved["bytes"] = report.proved.pop("image_bytes")
        report.summary = _summary(outcome)


def _summary(outcome: Any) -> str:
    taken = f"the access point has taken all {outcome.image_bytes:,} bytes of {outcome.image}"
    if outcome.booted:
        return (
            f"Recovered: {taken} and boots it{f', version {outcome.booted_version}' if outcome.booted_version else ''}."
        )
    return f"Done here: {taken}. It unpacks and boots it by itself: that was not watched; leave its power on."


def _job(image: Path, options: dict[str, Any]) -> Any:
    from rommon_tool.job import NetworkSettings
    from rommon_tool.procedures.recover_access_point import AccessPointJob

    names = ("address", "server", "netmask", "gateway", "bind", "tftp_port")
    return AccessPointJob(
        image=image,
        network=NetworkSettings(**{name: options[name] for name in names}),
        port=options["port"],
        baud=options["baud"],
        mode_button=options["mode_button"],
        timeout_seconds=options["timeout"],
        transcript=options["transcript"],
    )


def _show_plan(job: Any, *, as_json: bool) -> None:
    """Every line that would be typed; or, for the MODE button, what would be answered."""
    from dataclasses import replace

    from rommon_tool.access_point_image import open_tar
    from rommon_tool.job import checked
    from rommon_tool.procedures.recover_access_point import STEPS, asked_file, button_network, lines_to_type

    image = open_tar(job.image)
    network = button_network(job.network) if job.mode_button else job.network
    planned = checked(replace(network, external_server=True))  # at a desk its address may not be up yet
    typed = {} if job.mode_button else lines_to_type(planned, image)
    if job.mode_button:
        text = f"serves {image.name} as {asked_file(image)} to {planned.address.ip} alone, also where it asks everybody"
        click.echo(
            json.dumps({"v": 1, "kind": "plan", "name": "extract", "types": [], "text": text}) if as_json else text
        )
    for number, name in enumerate(STEPS, 1) if typed else ():
        _show_step(number, name, typed.get(name, []), as_json=as_json)
    if as_json:
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "dry-run"}))


def _show_step(number: int, name: str, lines: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(
            json.dumps({"v": 1, "kind": "plan", "platform": "ap", "number": number, "name": name, "types": lines})
        )
        return
    click.echo(f"  {number}. {name}")
    for line in lines:
        click.echo(f"       {line}")
