"""Why a load failed on the network, as the packets tell it: recorded beside the run, and looked at only if it fails.

The one rule: it adds what it knows, and changes neither the outcome nor the error that it explains.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rommon_tool.errors import NoRequestSeen, TransferFailed
from rommon_tool.preflight import Plan
from rommon_tool.procedures.serving import ImageServer
from rommon_tool.progress import Progress
from serial_console.errors import ImageRefused, NetbootFailed, PingFailed
from tftp.diagnosis.findings import Expected, Finding
from tftp.diagnosis.recording import Recording, interface_of
from tftp.errors import CaptureUnreadable

_OF_THE_NETWORK = (NoRequestSeen, TransferFailed, NetbootFailed, PingFailed)
# A device that does not even ping has not come to asking for a file.
_BEFORE_A_REQUEST = {"link", "nothing-from-device"}
_UNRECORDED = "run with sudo to have the packets recorded and the reason named, or see `rommon diagnose --help`"


@contextmanager
def explained(plan: Plan, server: ImageServer, progress: Progress) -> Iterator[None]:
    """Record while the block runs. An error of the network's leaves it with the packets' reason in its hint."""
    recording = _recording(plan, server)
    try:
        yield
    except _OF_THE_NETWORK as error:
        if recording is not None and not isinstance(error, ImageRefused):
            _explain(error, recording, progress)
        raise
    finally:
        if recording is not None:
            recording.stop()


def _recording(plan: Plan, server: ImageServer) -> Recording | None:
    """The recording on the interface that we serve on; None where nothing is served, or nothing shall be kept."""
    bind, file = plan.network.bind, plan.job.packets
    if bind is None or file is None or not (interface := interface_of(str(bind))):
        return None
    # On loopback any of its addresses is the device: the server takes it so as well.
    device = "" if bind.is_loopback else str(plan.network.address.ip)
    expected = Expected(str(bind), server.port, device, plan.image.name, plan.image.image_bytes)
    recording = Recording(file, interface, expected).start()
    recording.await_start()  # a fifth of a second, and the first packets are among the recorded ones
    return recording


def _explain(
    error: NoRequestSeen | TransferFailed | NetbootFailed | PingFailed, recording: Recording, progress: Progress
) -> None:
    recording.stop()
    if recording.refused:
        error.hint = f"{error.hint}; {_UNRECORDED}"
        return
    with suppress(CaptureUnreadable):
        findings = [each for each in recording.findings() if _bears_on(each, error)]
        for each in findings:
            progress.publish(each)
        if findings and findings[0].breaks:
            first = findings[0]
            error.hint = f"{error.hint}. The packets show {first.cause}: {first.seen}. Against that: {first.hint}"


def _bears_on(finding: Finding, error: Exception) -> bool:
    if isinstance(error, PingFailed):
        return bool({finding.stage, finding.cause} & _BEFORE_A_REQUEST)
    return finding.cause != "no-tftp"  # which says less than the error does
