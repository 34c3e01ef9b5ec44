"""`rommon diagnose [PCAP]`: why a TFTP transfer fails, named from the packets of a capture."""

import sys
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import rich_click as click

from rommon_tool.cli.options import Finite, option

if TYPE_CHECKING:
    from tftp.diagnosis.findings import Expected, Finding


@dataclass(frozen=True, slots=True)
class Looked:
    """Where the packets came from, how many there were, and what they show."""

    source: str
    packets: int
    findings: "list[Finding]"
    is_cut_short: bool = False


@click.command()
@click.argument("pcap", required=False, type=click.Path(path_type=Path))
@option("--address", default="", metavar="A", help="The device's address. Default: whoever asks.")
@option("--server", default="", metavar="S", help="The TFTP server's address. With --interface: that interface's.")
@option("--tftp-port", default=69, show_default=True, type=click.IntRange(1, 65535), help="UDP port of the server.")
@option("--image", default="", metavar="NAME", help="The image, by its name or as a file, whose size then counts too.")
@option("--interface", default="", metavar="IF", help="Record here for --seconds, and diagnose that (Linux, root).")
@option(
    "--seconds", default=30.0, show_default=True, type=Finite(0.1), help="How long to record; Ctrl-C ends it early."
)
@option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def diagnose(pcap: Path | None, *, interface: str, seconds: float, as_json: bool, **expectations: Any) -> None:
    """Name why a TFTP transfer fails, from the packets in PCAP: a pcap or pcapng file of any tool.

    Without PCAP, the packets are those of your latest `rommon load` that recorded some (it does so as root), or with
    --interface those that go by now. The more is told of what should have happened, the more is found.
    Exit code 0: nothing is wrong.

    \b
    Example:
      rommon diagnose bench.pcap --address 10.86.118.4 --server 10.86.118.21
      sudo rommon diagnose --interface eth0 --address 10.86.118.4
    """
    from rommon_tool.errors import WrongUsage

    expected = _expected(**expectations)
    if pcap is not None and interface:
        raise WrongUsage("PCAP and --interface exclude each other", hint="give one of them")
    if interface:
        looked = _on_interface(interface, seconds, expected)
    else:
        looked = _in_file(pcap, expected) if pcap is not None else _in_recording(_latest(), expected)
    sys.exit(_told(looked, as_json=as_json))


def _expected(address: str, server: str, tftp_port: int, image: str) -> "Expected":
    from tftp.diagnosis.findings import Expected

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
    from tftp.diagnosis import diagnosed
    from tftp.diagnosis.capture import Capture

    capture = Capture(path)
    findings = diagnosed(capture.sightings(), expected)
    return Looked(str(path), capture.packets, findings, capture.is_cut_short)


def _in_recording(path: Path, expected: "Expected") -> Looked:
    """A recording of our own is read without scapy."""
    from tftp.diagnosis import diagnosed
    from tftp.diagnosis.pcap import recorded_sightings

    sightings = list(recorded_sightings(path))
    return Looked(str(path), len(sightings), diagnosed(sightings, expected))


def _latest() -> Path:
    """The recording of the latest run; the folders' names begin with their time."""
    from platformdirs import user_state_path

    from rommon_tool.errors import WrongUsage

    runs = user_state_path("rommon") / "runs"
    found = sorted(runs.glob("*/packets.pcap"), key=lambda path: path.parent.name)
    if not found:
        raise WrongUsage(
            f"no run with recorded packets is in {runs}", hint="give a PCAP, or --interface to record now (root)"
        )
    return found[-1]


def _on_interface(interface: str, seconds: float, expected: "Expected") -> Looked:
    from tempfile import TemporaryDirectory

    from tftp.diagnosis.recording import Recording, addresses_of

    if not expected.server:
        expected = replace(expected, server=next(iter(addresses_of(interface)), ""))
    with TemporaryDirectory(prefix="rommon-") as folder:
        recording = Recording(Path(folder) / "packets.pcap", interface, expected).start()
        try:
            if recording.await_start():
                _tell(f"recording on {interface} for {seconds:g} s: have the device ask now; Ctrl-C ends it early")
                sleep(seconds)
        except KeyboardInterrupt:
            _tell("recording ended")
        finally:
            recording.stop()
        findings = recording.findings()
        return Looked(interface, recording.packets, findings)


def _tell(text: str) -> None:
    from rommon_tool.cli.main import tell

    tell(text)


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
    if looked.is_cut_short:
        _tell(f"Warning: {looked.source} breaks off in its last packet; what came before it was read")
    from rommon_tool.cli.main import tell

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
