"""copy: between disk0, the configurations and servers on the network, with the device's own clients."""

import re
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..events import TransferFailed, TransferFinished, TransferStarted
from ..invented import (
    ALREADY_EXISTS,
    INCOMPLETE_DOWNLOAD,
    NO_SPACE,
    NO_SUCH_FILE,
    OVERWRITE,
    TIMED_OUT,
)
from ..network import Fetching, FetchRequest
from ..script import Pause, Script, news
from ..stream_clients import StreamRequest
from .commands import Command
from .files import complain, is_on_disk, path_of
from .running_config import RunningConfig
from .saving import checksum
from .session import Session

BLOCKS_PER_MARK = 100
WRITTEN_BYTES_A_SECOND = 20_000_000
WRITTEN_MARKS = 8
TFTP_BLOCK_BYTES, TFTP_PACKET_SECONDS, TFTP_RETRIES = 512, 5.0, 3
REMOTE = re.compile(r"(?:tftp|https?|ftp)://")


@dataclass(frozen=True, slots=True)
class Remote:
    """A URL of a server; `;int=` and `;type=` are cut off."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    user: str = ""
    password: str = ""

    @classmethod
    def read(cls, url: str) -> "Remote":
        parts = urlsplit(url.partition(";")[0])
        default = {"tftp": 69, "http": 80, "https": 443, "ftp": 21}[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        path = parts.path.lstrip("/")
        return cls(url, parts.scheme, parts.hostname or "", parts.port or default, path, user, password)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def _copy(session: Session, words: list[str]) -> Script[None]:
    quiet = "/noconfirm" in words
    urls = [word for word in words if not word.startswith("/") and word != "interface"]
    if len(urls) < 2:
        session.print("ERROR: % Incomplete command")
        return
    source, target = urls[-2:]
    content = yield from _read(session, source, target, quiet=quiet)
    if content is not None and target.startswith("tftp://"):
        yield from _send(session, Remote.read(target), content, quiet=quiet)
    elif content is not None:
        yield from _write(session, target, content)


def _read(session: Session, source: str, target: str, *, quiet: bool) -> Script[bytes | None]:
    if REMOTE.match(source):
        return (yield from _fetch(session, Remote.read(source), target, quiet=quiet))
    if source in ("running-config", "system:running-config", "startup-config"):
        if not quiet:
            yield from session.value("Source filename", source)
        running = session.running.text(session.machine.version)
        return (session.chassis.startup if source == "startup-config" else running).encode("latin-1")
    name = path_of(source)
    if not quiet:
        name = path_of((yield from session.value("Source filename", name)))
        if is_on_disk(target):
            yield from _agree_on_target(session, target)
    if not session.chassis.disk.has(name):
        complain(session, "opening", f"disk0:/{name}")
        return None
    return session.chassis.disk.read(name)


def is_configuration(url: str) -> bool:
    """Whether a URL names one of the two configurations."""
    return url in ("running-config", "startup-config", "system:running-config")


def _agree_on_target(session: Session, target: str) -> Script[bool]:
    """Ask for the name, and whether to write over what has it."""
    name = path_of((yield from session.value("Destination filename", path_of(target))))
    if not is_on_disk(target) or not session.chassis.disk.has(name):
        return True
    session.print(f"\n{ALREADY_EXISTS}\n")
    return (yield from session.confirms(OVERWRITE))


# --- from a server ---------------------------------------------------------------------------------------------


def _fetch(session: Session, remote: Remote, target: str, *, quiet: bool) -> Script[bytes | None]:
    if not quiet and not (yield from _asked(session, remote, target)):
        return None
    session.print(f"\nAccessing {remote.url}...", end="")
    content = yield from _transferred(session, remote)
    session.print()
    if isinstance(content, bytes):
        return content
    if content == "incomplete":
        session.print(INCOMPLETE_DOWNLOAD)
        complain(session, "reading", remote.url, "Unspecified Error")
    else:
        complain(session, "opening", remote.url, content)
    return None


def _asked(session: Session, remote: Remote, target: str) -> Script[bool]:
    yield from session.value("Address or name of remote host", remote.host)
    if remote.user:
        yield from session.value("Source username", remote.user)
        yield from session.value("Source password", remote.password)
    yield from session.value("Source filename", remote.path)
    if is_configuration(target):
        return True
    return (yield from _agree_on_target(session, target))


def _transferred(session: Session, remote: Remote) -> Script[bytes | str]:
    """The content, or why there is none."""
    chassis = session.chassis
    with chassis.in_state("download"):
        chassis.publish(TransferStarted(remote.path, remote.host))
        if not chassis.link_up or "no-reply" in chassis.faults:
            yield Pause(TFTP_PACKET_SECONDS * TFTP_RETRIES)
            chassis.publish(TransferFailed(remote.path, 0, "timed out"))
            return TIMED_OUT
        with closing(_begun(session, remote)) as transfer:
            failure = yield from _followed(session, transfer)
            fetch = transfer.fetch
            if failure:
                chassis.publish(TransferFailed(remote.path, fetch.received, failure))
                return _told(failure, fetch.received)
            chassis.publish(TransferFinished(remote.path, fetch.received, fetch.sha512))
            return fetch.content()


def _begun(session: Session, remote: Remote) -> Fetching:
    suffix = ".missing" if "file-not-found" in session.chassis.faults else ""
    network = session.chassis.network
    if remote.scheme == "tftp":
        return network.begin(_request(session, remote, remote.path + suffix))
    passive = bool(session.running.beginning("ftp mode passive"))
    return network.open_stream(
        StreamRequest(
            remote.scheme,
            remote.host,
            remote.port,
            remote.path + suffix,
            user=remote.user,
            password=remote.password,
            is_passive=passive,
            source=session.machine.address,
        )
    )


def _request(session: Session, remote: Remote, name: str) -> FetchRequest:
    return FetchRequest(
        name=name,
        server=remote.host,
        address=session.machine.address,
        block_size=TFTP_BLOCK_BYTES,
        packet_seconds=TFTP_PACKET_SECONDS,
        retries=TFTP_RETRIES,
        keeps=True,
        port=remote.port,
    )


def _followed(session: Session, transfer: Fetching) -> Script[str]:
    marks = 0
    while True:
        report = yield from news(transfer)
        due = report.blocks // BLOCKS_PER_MARK
        if due > marks:
            session.print("!" * (due - marks), end="")
            marks = due
        if report.ended:
            return report.failure


def _told(failure: str, received: int) -> str:
    if failure == "file not found":
        return NO_SUCH_FILE
    return "incomplete" if received else TIMED_OUT if failure == "timed out" else failure


# --- to a server -----------------------------------------------------------------------------------------------


def _send(session: Session, remote: Remote, content: bytes, *, quiet: bool) -> Script[None]:
    """As a 5525-X writes its configuration to a TFTP server: no rate below a second."""
    if not quiet:
        yield from session.value("Address or name of remote host", remote.host)
        yield from session.value("Destination filename", remote.path)
    session.print(f"Cryptochecksum: {checksum(content.decode('latin-1'))}")
    request = _request(session, remote, remote.path)
    with session.chassis.in_state("download"), closing(session.chassis.network.send(request, content)) as transfer:
        failure = yield from _followed(session, transfer)
    session.print("!!")
    if failure:
        complain(session, "writing", remote.url, TIMED_OUT if failure == "timed out" else "Permission denied")
    else:
        session.print(_copied(len(content), 0.66))


# --- to where it goes ------------------------------------------------------------------------------------------


def _write(session: Session, target: str, content: bytes) -> Script[None]:
    if target == "startup-config":
        session.chassis.save(content.decode("latin-1"), session.chassis.boot_entries, session.chassis.config_file)
        session.print(f"\nCopy in progress...C\n{len(content)} bytes copied in 0.40 secs")
        return
    if target in ("running-config", "system:running-config"):
        yield from _merge(session, content)
        return
    if not is_on_disk(target):
        complain(session, "opening", target, "Permission denied")
        return
    yield from _write_file(session, path_of(target), content)


def _merge(session: Session, content: bytes) -> Script[None]:
    for block in RunningConfig.read(content.decode("latin-1")).blocks:
        session.running.put(block.line).inner[:] = block.inner
    session.print(f"Cryptochecksum (changed): {checksum(content.decode('latin-1'))}\n")
    session.print(f"{len(content)} bytes copied in 0.40 secs")
    yield from ()


def _write_file(session: Session, name: str, content: bytes) -> Script[None]:
    chassis = session.chassis
    session.print(f"Writing file disk0:/{name}...\n", end="")
    seconds = len(content) / WRITTEN_BYTES_A_SECOND
    yield Pause(seconds)
    if "disk-full" in chassis.faults or not chassis.disk.formatted:
        complain(session, "writing", f"disk0:/{name}", NO_SPACE)
        return
    if "copy-broken" in chassis.faults:
        content = bytes([content[0] ^ 1]) + content[1:] if content else b"\0"
    try:
        chassis.disk.write(name, content, chassis.stamp())
    except OSError as error:
        session.print("!")
        complain(session, "writing", f"disk0:/{name}", str(error))
        return
    session.print("!" * WRITTEN_MARKS)
    session.print(_copied(len(content), max(0.1, round(seconds, 2))))


def _copied(size: int, seconds: float) -> str:
    rate = f" ({size // int(seconds)} bytes/sec)" if seconds >= 1 else ""
    return f"{size} bytes copied in {seconds:.3f} secs{rate}"


COMMANDS = (Command(("copy",), _copy),)
