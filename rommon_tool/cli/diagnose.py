"""`rommon diagnose PCAP`: why a TFTP transfer fails, named from the packets of a capture."""

import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.options import option

if TYPE_CHECKING:
    from tftp.findings import Expected, Finding


@dataclass(frozen=True, slots=True)
class Looked:
    """Where the packets came from, how many there were, and what they show."""

    source: str
    packets: int
    findings: "list[Finding]"
    is_cut_short: bool = False


@click.command()
@click.argument("pcap", type=click.Path(path_type=Path, dir_okay=False))
@option("--address", default="", metavar="A", help="The device's address. Default: whoever asks.")
@option("--server", default="", metavar="S", help="The TFTP server's address.")
@option("--tftp-port", default=69, show_default=True, type=click.IntRange(1, 65535), help="UDP port of the server.")
@option("--image", default="", metavar="NAME", help="The image, by its name or as a file, whose size then counts too.")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def diagnose(pcap: Path, *, as_json: bool, **expectations: Any) -> None:
    """Name why a TFTP transfer fails, from the packets in PCAP (pcap or pcapng, of any tool).

    The more is told of what should have happened, the more is found. Exit code 0: nothing is wrong.

    \b
    Example:
      rommon diagnose bench.pcap --address 10.86.118.4 --server 10.86.118.21 --image asa984-22-lfbff-k8.SPA
    """
    expected = _expected(**expectations)
    looked = _in_file(pcap, expected)
    sys.exit(_told(looked, as_json=as_json))


def _expected(address: str, server: str, tftp_port: int, image: str) -> "Expected":
    from tftp.findings import Expected

    path = Path(image)
    size = path.stat().st_size if image and path.is_file() else 0
    return Expected(_address("server", server), tftp_port, _address("address", address), path.name, size)


def _address(name: str, text: str) -> str:
    from rommon_tool.errors import WrongUsage

    try:
        return str(ip_address(text.partition("/")[0])) if text else ""
    except ValueError as error:
        raise WrongUsage(f"--{name} '{text}' is no address", hint="write it as 192.0.2.10") from error


def _in_file(path: Path, expected: "Expected") -> Looked:
    from tftp.capture import Capture
    from tftp.diagnosis import diagnosed

    capture = Capture(path)
    findings = diagnosed(capture.sightings(), expected)
    return Looked(str(path), capture.packets, findings, capture.is_cut_short)


def _told(looked: Looked, *, as_json: bool) -> int:
    """Write the findings to stdout and return the exit code of the first."""
    from rommon_tool.cli.exit_codes import stage_code

    code = stage_code(looked.findings[0].stage)
    if as_json:
        _tell_scripts(looked, code)
    else:
        _tell_people(looked)
    return code


def _tell_people(looked: Looked) -> None:
    from rommon_tool.cli.main import tell

    if looked.is_cut_short:
        tell(f"Warning: {looked.source} breaks off in its last packet; what came before it was read")
    tell(f"{looked.packets} packets of {looked.source}", err=False)
    for each in looked.findings:
        tell(f"{each.cause} ({each.certainty}): {each.seen}\n    Try: {each.hint}", err=False)


def _tell_scripts(looked: Looked, code: int) -> None:
    from rommon_tool.progress import Finished, Progress, Warned
    from rommon_tool.sinks import JsonLines

    progress = Progress("device")
    progress.subscribe(JsonLines(sys.stdout))
    if looked.is_cut_short:
        progress.publish(Warned(f"{looked.source} breaks off in its last packet"))
    for each in looked.findings:
        progress.publish(each)
    first, proved = looked.findings[0], {"capture": looked.source, "packets": looked.packets}
    if code:
        progress.publish(Finished(code, "failed", first.cause, first.seen, "", first.hint, proved))
    else:
        progress.publish(Finished(code, "done", proved=proved))
