"""`rommon demo`: the main job against a simulated dead firewall, by the real server, over real UDP on loopback."""

import hashlib
import socket
import tempfile
from pathlib import Path

import rich_click as click

from rommon_tool.cli.load import proof, summary
from rommon_tool.cli.options import Finite, option, output_options
from rommon_tool.cli.reporting import reported, warn_without_folder

_NAMES = {"asa5506x": "asa984-22-lfbff-k8.SPA", "asa5500x": "asa961-smp-k8.bin"}
_MEBIBYTE = 1 << 20


@click.command()
@click.argument("platform", default="asa5506x", type=click.Choice(list(_NAMES)))
@option("--size", default=40, show_default=True, type=click.IntRange(1, 1024), help="Size of the made-up image in MiB.")
@option(
    "--speed",
    default=4.0,
    show_default=True,
    type=Finite(0.1, 1000),
    help="How much faster than a real device.",
)
@option(
    "--fault",
    multiple=True,
    metavar="NAME",
    help="A fault to simulate; `rommon simulate asa5506x --fault help` lists them.",
)
@output_options
def demo(
    platform: str, *, size: int, speed: float, fault: tuple[str, ...], as_json: bool, no_progress: bool, verbose: bool
) -> None:
    """Recover a simulated dead firewall. The device, its image and the network are made up; the server and the UDP are real.

    \b
    Example:
      rommon demo asa5500x --fault reboot-mid-transfer
    """
    from serial_console.simulated import SimulatedDevice, SimulationError

    try:
        SimulatedDevice.from_url(f"sim://{platform}?{'&'.join(f'fault={name}' for name in fault)}")
    except SimulationError as error:
        raise click.UsageError(f"{error}; `rommon simulate {platform} --fault help` explains them") from error
    with (
        tempfile.TemporaryDirectory(prefix="rommon-demo-") as folder,
        reported("demo", as_json=as_json, no_progress=no_progress, verbose=verbose, name="demo") as report,
    ):
        from rommon_tool.job import Job, NetworkSettings
        from rommon_tool.procedures.load_image import run_job

        warn_without_folder(report)
        port = _free_udp_port()
        options = "&".join([f"speed={speed}", f"wire=127.0.0.1:{port}", *(f"fault={name}" for name in fault)])
        job = Job(
            image=_made_up(Path(folder) / _NAMES[platform], size),
            port=f"sim://{platform}?{options}",
            network=NetworkSettings("10.86.118.4/24", "10.86.118.21", bind="127.0.0.1", tftp_port=port),
            timeout_seconds=60,
            device="demo",
            transcript=report.folder / "transcript.txt" if report.folder else None,
        )
        with run_job(job, report.progress) as run:
            outcome = run.finish()
        report.proved, report.summary = proof(outcome), summary(outcome)


def _made_up(path: Path, mebibytes: int) -> Path:
    """An image of no use to anybody, whose every MiB differs from the others."""
    with path.open("wb") as file:
        for number in range(mebibytes):
            file.write(hashlib.sha256(b"%d" % number).digest() * (_MEBIBYTE // 32))
    return path


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
