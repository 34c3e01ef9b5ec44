"""`load --install`: the chapter's step 9 on the console that the image was just loaded over, and never let go.

What the device printed last goes with it: a question that stands there must not get the Enter of somebody who looks anew.
"""

from rommon_tool.errors import WrongUsage
from rommon_tool.job import InstallOutcome
from rommon_tool.preflight import Plan
from rommon_tool.procedures.asa_session import AsaConsole, taken_in_hand
from rommon_tool.procedures.file_servers import TftpFileServer
from rommon_tool.procedures.install_image import WIZARD, DeviceAddress, Install, InstallJob
from rommon_tool.procedures.run import Steps
from rommon_tool.progress import Progress
from serial_console.channel import Recorder
from serial_console.discreet import Discreet
from serial_console.line import Line

_KEPT_BYTES = 8192


class LastHeard:
    """A recorder that remembers what the device printed last, and passes everything on but passwords."""

    def __init__(self, record: Recorder) -> None:
        self._record = Discreet(record)
        self.text = b""

    def __call__(self, direction: str, data: bytes) -> None:
        if direction == "<":
            self.text = (self.text + data)[-_KEPT_BYTES:]
        self._record(direction, data)


def check_lasts(plan: Plan) -> None:
    """Raise `WrongUsage` where an image could be loaded, and not installed."""
    if plan.job.lasting and plan.network.bind is None:
        raise WrongUsage("--install serves the image from here", hint="leave --external-server out, or --install")


def made_to_last(
    plan: Plan, line: Line, heard: bytes, progress: Progress, *, port: int, sha512: str, netboot_interface: str
) -> Steps[InstallOutcome]:
    """Install the image of a plan on the device that has booted it; `port` is the UDP port that is free again."""
    lasting, network = plan.job.lasting, plan.network
    if lasting is None:
        raise ValueError("nobody asked for the image to last")
    interface = network.interface or netboot_interface
    gateway = "" if network.server in network.address.network else str(network.gateway)
    job = InstallJob(
        image=plan.image.path,
        server=str(network.server),
        bind=str(network.bind),
        tftp_port=port,
        version=plan.image.version,
        sha512=sha512,
        clears=lasting.clears,
        replaces=lasting.replaces,
        formats=lasting.formats,
        config_is_whole=lasting.config_is_whole,
        address=DeviceAddress(network.address, interface, gateway) if interface else None,
        **({"boot_seconds": plan.job.boot_seconds} if plan.job.boot_seconds else {}),
    )
    console = AsaConsole(plan.job.port, plan.job.baud, lasting.credentials, plan.job.transcript)
    with TftpFileServer(job.image, job.server, bind=job.bind, port=job.tftp_port) as server:
        yield
        asa = taken_in_hand(line, console, WIZARD, heard=heard)
        try:
            return (yield from Install(job, progress, lasting.credentials).on(asa, server))
        finally:
            asa.cli.leave()
