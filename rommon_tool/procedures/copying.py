"""A file of ours onto disk0 of a booted ASA, proved: room, transfer as seen from both ends, size and SHA-512 on the device.

Nothing that is on disk0 is written over unless the caller says so, and what a broken copy has left there is taken away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rommon_tool.errors import CopyRefused, NoRequestSeen, TransferFailed
from rommon_tool.procedures.file_servers import FileServer
from rommon_tool.procedures.run import Steps
from rommon_tool.progress import Progress
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.interfaces import read_addresses
from serial_console.asa_cli.reading.listing import Listing, read_listing
from serial_console.asa_cli.reading.transfer import read_copied, read_digest
from serial_console.errors import CommandFailed, ConsoleError

_SILENCE_SECONDS = 180.0
_VERIFY_SECONDS = 600.0
_COMPLETION_SECONDS = 5.0
# A file system of clusters needs a little more than the file.
_MARGIN_BYTES = 1 << 20
NO_REQUEST_HINT = (
    "check the device's route to this machine, the cable and the interface (`show route`, `ping`), and that this machine's "
    "firewall lets the request in"
)


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """What is proved of a file on the device: its name there, its size in bytes, its SHA-512 as the device computed it."""

    name: str
    bytes: int
    sha512: str
    was_there: bool = False
    seconds: float = 0.0


def file_on_disk0(cli: AsaCli, name: str) -> tuple[Listing, str]:
    """The listing of a file's folder on disk0, and the SHA-512 that the device computes of it; empty if there is none."""
    folder, _, last = name.rpartition("/")
    listing = read_listing(cli.run(f"dir disk0:/{folder}"))
    if listing.size_of(last) is None:
        return listing, ""
    return listing, digest_on_disk0(cli, name)


def digest_on_disk0(cli: AsaCli, name: str) -> str:
    """The SHA-512 of a file on disk0 in hex, as the device computes it."""
    return read_digest(cli.run(f"verify /sha-512 disk0:/{name}", seconds=_VERIFY_SECONDS))


def copied_to_disk0(
    cli: AsaCli, server: FileServer, name: str, progress: Progress, *, replaces: bool = False
) -> Steps[CopiedFile]:
    """Copy what `server` (entered already) offers to disk0 as `name`, and prove it. A file that is there already stays.

    Raises `CopyRefused` before anything is written: no room, or another file of that name and not `replaces`. Raises
    `NoRequestSeen` or `TransferFailed` where the copy broke; what it left is deleted then.
    """
    listing, present = file_on_disk0(cli, name)
    yield
    if present and present == server.sha512:
        return CopiedFile(name, server.bytes, present, was_there=True)
    _check_room(listing, name, server.bytes, replaces=replaces)
    server.arm(addresses_of(cli))
    try:
        text = yield from _followed(cli, server, name, progress)
        copied = read_copied(text)
        return (yield from _proved(cli, server, name, copied.seconds))
    except (CommandFailed, TransferFailed) as error:
        _clear_away(cli, name)
        raise _explained(error, server) from error


def _check_room(listing: Listing, name: str, wanted: int, *, replaces: bool) -> None:
    present = listing.size_of(name.rpartition("/")[2])
    if present is not None and not replaces:
        message = f"disk0:/{name} is there already, and is another file ({present} bytes)"
        raise CopyRefused(message, cause="file-in-the-way", hint="give it another name, or say that it may be replaced")
    free = (listing.free_bytes or 0) + (present or 0)
    if free < wanted + _MARGIN_BYTES:
        message = f"disk0: has {free} bytes free, and {name} needs {wanted}"
        raise CopyRefused(message, cause="no-room", hint="delete what is not needed: `dir disk0:` shows it")


def addresses_of(cli: AsaCli) -> Sequence[str]:
    """The device's own addresses: nobody else is served."""
    addresses = read_addresses(cli.run("show interface ip brief"))
    if not addresses:
        message = "the device has no IP address on any interface, so it can copy nothing"
        raise CopyRefused(
            message, cause="no-address", hint="configure one (nameif, ip address, no shutdown), and run again"
        )
    return addresses


def _followed(cli: AsaCli, server: FileServer, name: str, progress: Progress) -> Steps[str]:
    following = cli.follow(f"copy /noconfirm {server.url} disk0:/{name}", seconds=_SILENCE_SECONDS)
    while True:
        try:
            next(following)
        except StopIteration as end:
            return str(end.value)
        finally:
            for event in server.poll():
                progress.publish(event)
        yield


def _proved(cli: AsaCli, server: FileServer, name: str, seconds: float) -> Steps[CopiedFile]:
    yield
    server.await_end(_COMPLETION_SECONDS)
    listing, digest = file_on_disk0(cli, name)
    size = listing.size_of(name.rpartition("/")[2])
    if size != server.bytes:
        message = f"disk0:/{name} has {size} bytes, and the file {server.bytes}"
        raise TransferFailed(message, cause="size-differs", hint="run again")
    if digest != server.sha512:
        message = f"disk0:/{name} is not the file that was served: its SHA-512 differs"
        raise TransferFailed(message, cause="digest-differs", seen=digest[:16] + "…", hint="run again; check the disk")
    return CopiedFile(name, server.bytes, digest, seconds=seconds)


def _clear_away(cli: AsaCli, name: str) -> None:
    """Take away what a broken copy left. That there is nothing, or no console any more, is no further error."""
    try:
        folder, _, last = name.rpartition("/")
        if read_listing(cli.run(f"dir disk0:/{folder}")).size_of(last) is not None:
            cli.run(f"delete /noconfirm disk0:/{name}")
    except ConsoleError:
        return


def _explained(error: CommandFailed | TransferFailed, server: FileServer) -> Exception:
    """The device's words, made more exact by what the server saw."""
    if isinstance(error, TransferFailed):
        return error
    seen = server.seen
    if seen.refused:
        message = f"a request was refused: {seen.refused}, and only the device's own addresses are served {server.url}"
        return NoRequestSeen(message, seen=error.seen, hint=NO_REQUEST_HINT)
    if not seen.requests:
        return NoRequestSeen(
            "the device says that it copies, but no request reached our server", seen=error.seen, hint=NO_REQUEST_HINT
        )
    if "space" in error.seen.lower():
        return CopyRefused(
            "disk0: took only a part of the file", cause="no-room", seen=error.seen, hint="delete what is not needed"
        )
    message = f"the copy broke off after {seen.bytes} of {server.bytes} bytes"
    return TransferFailed(message, cause="copy-broken", seen=error.seen, hint="run again; look into the transcript")
