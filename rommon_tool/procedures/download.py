"""Step 8's first half: the download, heard from both sides.

The console tells what the device thinks; the server tells which bytes left and were acknowledged. An error names
what both saw together: a device that gives up is one thing if its request never arrived, and another if it did.
"""

import zlib
from dataclasses import dataclass

from rommon_tool.errors import ImageMissing, NoRequestSeen, TransferFailed
from rommon_tool.preflight import Plan
from rommon_tool.procedures.run import Steps
from rommon_tool.procedures.serving import ImageServer
from rommon_tool.progress import Progress, Warned
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import Idle
from serial_console.boot_monitor.netboot import Download
from serial_console.errors import BootNotProved, ConsoleError, DownloadTimedOut, FileNotFound, NetbootFailed

_NO_REQUEST_WARNING_SECONDS = 20.0
_COMPLETION_SECONDS = 2.0
_REFUSAL_SECONDS = 2.0
_NO_REQUEST_HINT = (
    "most often this machine's firewall drops UDP to the server's port, or the cable is in another network port than the monitor uses; "
    "capture on this machine while the device asks"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The image as the device has it: `image_bytes` were taken, of a bundle maybe not all of them.

    `memory_crc32` is empty where the monitor tells none.
    """

    image_bytes: int
    memory_crc32: str


def downloaded(plan: Plan, server: ImageServer, monitor: BootMonitor, progress: Progress) -> Steps[Download]:
    """Run the download to its end on the console. An error of the console's is explained by what the server saw."""
    download = monitor.download(plan.job.stall_seconds, bundle=plan.image.is_bundle_for(monitor.platform))
    try:
        yield from _followed(plan, download, server, progress)
    except ConsoleError as error:
        server.poll()
        raise _explained(error, plan, server) from error
    return download


def checked_delivery(plan: Plan, server: ImageServer, monitor: BootMonitor, download: Download) -> Delivery:
    """See server and device agree on what was delivered. Raises `TransferFailed`, or `BootNotProved` for wrong bytes."""
    _check_whole(plan, server, download)
    taken = server.taken_bytes if server.has_enough else plan.image.image_bytes or download.image_bytes
    return Delivery(taken, _memory_proved(plan, monitor))


def _followed(plan: Plan, download: Download, server: ImageServer, progress: Progress) -> Steps[None]:
    warned = False
    for event in download.run():
        server.enough_bytes = _enough(download, plan.image.image_bytes)
        if not isinstance(event, Idle):
            progress.publish(event)
        elif server.serves and not server.requests and not warned and event.seconds > _NO_REQUEST_WARNING_SECONDS:
            warned = True
            progress.publish(Warned(f"no TFTP request has arrived for {event.seconds:.0f} s; {_NO_REQUEST_HINT}"))
        if server.poll():
            download.heard_from_server()
        yield


def _enough(download: Download, size: int) -> int:
    """How many bytes of a bundle are all that the device asks for; 0 if it asks for the whole file."""
    return download.stops_after_bytes if download.stops_after_bytes < size else 0


def _explained(error: ConsoleError, plan: Plan, server: ImageServer) -> Exception:
    """The console's error, made more exact by what the server saw."""
    if not server.serves:
        return error
    if isinstance(error, FileNotFound):
        server.await_refusal(_REFUSAL_SECONDS)
    if isinstance(error, FileNotFound) and server.refused is not None:
        message = f"the device asked for '{server.refused.name}', and only '{plan.image.name}' is served"
        return FileNotFound(message, seen=error.seen, hint=error.hint)
    if type(error) in {DownloadTimedOut, NetbootFailed} and not server.requests:
        message = f"the device says that it downloads, but no request reached UDP port {server.port}"
        return NoRequestSeen(message, seen=error.seen, hint=_NO_REQUEST_HINT)
    if type(error) in {DownloadTimedOut, NetbootFailed} and server.failed is not None:
        failed = server.failed
        message = f"the transfer broke off at {failed.bytes} of {failed.total} bytes ({failed.reason})"
        return DownloadTimedOut(message, seen=error.seen, hint=error.hint)
    return error


def _check_whole(plan: Plan, server: ImageServer, download: Download) -> None:
    """See that device and server tell of the same number of bytes, and that those are the image's."""
    size = plan.image.image_bytes
    if size and download.image_bytes not in {0, size}:
        message = f"the device received {download.image_bytes} bytes, and the image has {size}"
        hint = "run again; if it happens again, look for another TFTP server in this network"
        raise TransferFailed(message, cause="size-differs", hint=hint)
    if not server.serves:
        return
    if server.enough_bytes:
        server.await_enough(_COMPLETION_SECONDS)
        size = server.enough_bytes
    else:
        server.await_completion(_COMPLETION_SECONDS)
    # A loader that starts the image without acknowledging the last block is no failure: the console decides.
    if server.completed is None and not server.has_enough and server.taken_bytes < size - server.block_bytes:
        if server.requests:
            message = f"the device launches the image before it has taken all of its {size} bytes from our server"
            raise TransferFailed(
                message, cause="transfer-incomplete", hint="run again; compare the image with the device's model"
            )
        message = "the device launches an image that our server did not deliver"
        hint = "another TFTP server in this network has answered: capture while the device asks"
        raise TransferFailed(message, cause="delivered-by-another", hint=hint)


def _crc32(plan: Plan) -> int:
    crc32 = 0
    try:
        with plan.image.path.open("rb") as file:
            while part := file.read(1 << 20):
                crc32 = zlib.crc32(part, crc32)
    except OSError as error:
        raise ImageMissing(f"cannot read the image {plan.image.path} any more", seen=error.strerror or "") from error
    return crc32


def _memory_proved(plan: Plan, monitor: BootMonitor) -> str:
    """Where the monitor tells the checksum of its memory, it must be the image's."""
    found = monitor.memory_crc32()
    if not found or not plan.image.image_bytes:
        return found
    expected = _crc32(plan)
    if found != f"{expected:08x}":
        message = f"the image in the device's memory has the CRC-32 {found}, the file {expected:08x}"
        raise BootNotProved(message, hint="run again: something changed the bytes on their way")
    return found
