"""Bring the access point of an ASA 5506W-X back, from its own loader `ap:` or by its MODE button.

The loader's way is the one that the chapter sends people to: set its addresses, start network and flash, unpack the
image by TFTP, name it in BOOT, boot. By the MODE button the access point does all of that by itself, and we answer
the one broadcast that asks for its image.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from platforms import access_point
from rommon_tool.access_point_image import AccessPointImage, open_tar
from rommon_tool.errors import Interrupted, NoRequestSeen, TransferFailed, WrongUsage
from rommon_tool.job import Network, NetworkSettings, checked
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.progress import ConsoleShowed, PowerAsked, Progress
from serial_console.access_point import Loader
from serial_console.boot_monitor.events import Booted, Idle
from serial_console.channel import Channel
from serial_console.errors import DownloadTimedOut, FileNotFound
from serial_console.transcript import Transcript
from tftp import ServerProcess
from tftp.events import Event, RequestReceived, RequestRefused, TransferCompleted, TransferProgressed
from tftp.events import TransferFailed as BrokenOff
from tftp.settings import ServerSettings

STEPS = ("connect", "reach-loader", "set", "read-back", "start-network", "start-flash", "extract", "set-boot", "boot")
_SILENCE_SECONDS = 120.0
_BOOT_SECONDS = 600.0
_COMPLETION_SECONDS = 5.0
_TICK_SECONDS = 0.5
_FILE_NOT_FOUND = 1  # the TFTP error


@dataclass(frozen=True, slots=True)
class AccessPointJob:
    """What to recover. `mode_button`: answer its broadcast; then neither a console nor a device's address is needed.

    `timeout_seconds` is the longest wait for the loader's prompt, or for the broadcast.
    """

    image: Path
    network: NetworkSettings
    port: str = ""
    baud: int = 9600
    mode_button: bool = False
    timeout_seconds: float = 300.0
    transcript: Path | None = None


@dataclass(frozen=True, slots=True)
class AccessPointOutcome:
    """What was proved: all bytes were taken and, at a console, that the image boots."""

    image: str
    image_bytes: int
    sha512: str
    booted_version: str = ""
    booted: bool = False


def recover(job: AccessPointJob, progress: Progress) -> Run[AccessPointOutcome]:
    """The run of a job. Nothing happens before it is iterated over or its block is left."""
    procedure = _ByButton if job.mode_button else _ByLoader
    return Run(procedure(job, progress).steps(), progress)


def lines_to_type(network: Network, image: AccessPointImage) -> dict[str, list[str]]:
    """What is typed at the loader, by step."""
    facts = access_point()
    return {
        "set": [f"set {name} {value}" for name, value in _addresses(network).items()],
        "read-back": [facts.dump_command],
        "start-network": list(facts.network),
        "start-flash": list(facts.flash),
        "extract": [facts.extract.format(file=f"{network.server}/{image.name}")],
        "set-boot": [f"set {name} {value}" for name, value in _boot(image).items()] + [facts.dump_command],
        "boot": [facts.boot_command],
    }


def asked_file(image: AccessPointImage) -> str:
    """The name under which an access point whose MODE button was held asks for an image. Raises `WrongUsage`."""
    if not image.family:
        message = f"the name {image.name} does not begin with the access point's family"
        raise WrongUsage(message, hint="give the image its own name back, such as ap1g2-k9w7-tar.153-3.JF10.tar")
    return access_point().mode_button.file.format(family=image.family)


def button_network(settings: NetworkSettings) -> NetworkSettings:
    """The settings with the address that every access point takes at its MODE button. Raises `WrongUsage`."""
    button = access_point().mode_button
    network = IPv4Network(button.network)
    try:
        fits = IPv4Address(settings.server) in network
    except ValueError:
        fits = False
    if not fits:
        message = f"an access point asks from {button.address}: the server must be in {network}, not at {settings.server or 'no address'}"
        raise WrongUsage(message, hint="give this machine's port the address 10.0.0.2/24, and --server 10.0.0.2")
    return NetworkSettings(f"{button.address}/{network.prefixlen}", settings.server, tftp_port=settings.tftp_port)


def _addresses(network: Network) -> dict[str, str]:
    names = access_point().variables
    return {
        names.address: str(network.address.ip),
        names.netmask: str(network.address.netmask),
        names.gateway: str(network.gateway),
    }


def _boot(image: AccessPointImage) -> dict[str, str]:
    return {access_point().variables.boot: f"flash:/{image.boot_file}"}


class _Served:
    """Our server with the image, its events in the run's stream, and what became of the transfer."""

    def __init__(self, process: ServerProcess, progress: Progress) -> None:
        self.process = process
        self._progress = progress
        self.asked = False
        self.refused = ""
        self.completed: TransferCompleted | None = None
        self.failed: BrokenOff | None = None

    def poll(self) -> bool:
        """Publish what the server saw; whether the access point moved."""
        moves = [self.take(event) for event in self.process.poll()]
        return any(moves)

    def take(self, event: Event) -> bool:
        self._progress.publish(event)
        self.asked = self.asked or isinstance(event, RequestReceived)
        if isinstance(event, TransferCompleted):
            self.completed = event
        elif isinstance(event, BrokenOff):
            self.failed = event
        elif isinstance(event, RequestRefused) and event.code == _FILE_NOT_FOUND:
            self.refused = event.name
        return isinstance(event, RequestReceived | TransferProgressed | TransferCompleted)

    def check_complete(self, image: AccessPointImage) -> None:
        """The console may be quicker than the server's pipe. Raises `NoRequestSeen`, `TransferFailed`."""
        if self.completed is None and (event := self.process.wait_for(TransferCompleted, _COMPLETION_SECONDS)):
            self.take(event)
        self.poll()
        if self.completed is None and not self.asked:
            raise NoRequestSeen(f"nobody asked for {image.name}", hint=_NOT_HEARD)
        if self.completed is None:
            raise TransferFailed(
                f"the access point did not take all of {image.name}", hint="run the same command again"
            )


class _ByLoader:
    def __init__(self, job: AccessPointJob, progress: Progress) -> None:
        self._job = job
        self._progress = progress

    def steps(self) -> Steps[AccessPointOutcome]:
        image, network = open_tar(self._job.image), checked(self._job.network)
        try:
            with ExitStack() as stack:
                bind = str(network.bind or network.server)
                process = stack.enter_context(ServerProcess(image.path, bind=bind, port=network.tftp_port))
                process.self_test()
                served = _Served(process, self._progress)
                yield
                show = Transcript(self._job.transcript, on_line=self._show)
                transcript = stack.enter_context(show)
                with self._step("connect"):
                    line = stack.enter_context(Channel(self._job.port, baud=self._job.baud, record=transcript.record))
                return (yield from self._recovered(Loader(line, access_point()), served, image, network))
        except KeyboardInterrupt:
            raise Interrupted(
                "interrupted; the access point is left as its console shows it", hint="run the same command again"
            ) from None

    def _recovered(
        self, loader: Loader, served: _Served, image: AccessPointImage, network: Network
    ) -> Steps[AccessPointOutcome]:
        with self._step("reach-loader"):
            for _ in loader.reach(self._job.timeout_seconds):
                yield
        yield from self._prepared(loader, network)
        with self._step("extract"):
            served.process.arm([str(network.address.ip)])
            yield from self._extracted(loader, served, f"{network.server}/{image.name}")
            served.check_complete(image)
        with self._step("set-boot"):
            loader.set(_boot(image))
            loader.read_back(_boot(image))
        with self._step("boot") as notes:
            booted = yield from self._booted(loader)
            notes.append(booted.version)
        return AccessPointOutcome(image.name, image.image_bytes, served.process.sha512, booted.version, booted=True)

    def _prepared(self, loader: Loader, network: Network) -> Steps[None]:
        """Addresses set and read back; network and flash started."""
        facts, addresses = access_point(), _addresses(network)
        acts: list[tuple[str, Callable[[], object]]] = [
            ("set", lambda: loader.set(addresses)),
            ("read-back", lambda: loader.read_back(addresses)),
            ("start-network", lambda: [loader.command(text) for text in facts.network]),
            ("start-flash", lambda: [loader.command(text) for text in facts.flash]),
        ]
        for name, act in acts:
            with self._step(name):
                act()
            yield

    def _extracted(self, loader: Loader, served: _Served, file: str) -> Steps[None]:
        try:
            for event in loader.extract(file, _SILENCE_SECONDS):
                if not isinstance(event, Idle):
                    self._progress.publish(event)
                if served.poll():
                    loader.moved()
                yield
        except DownloadTimedOut as error:
            if served.asked:
                raise
            raise NoRequestSeen(f"nobody asked us for {file}", seen=error.seen, hint=_NOT_HEARD) from error

    def _booted(self, loader: Loader) -> Steps[Booted]:
        for event in loader.boot(_BOOT_SECONDS):
            yield
            if isinstance(event, Booted):
                self._progress.publish(event)
                return event
        raise AssertionError("a boot ends with Booted or an error")

    def _step(self, name: str):  # type: ignore[no-untyped-def]
        return step(self._progress, STEPS.index(name) + 1, name)

    def _show(self, direction: str, text: str) -> None:
        self._progress.publish(ConsoleShowed(direction, text))


class _ByButton:
    """The access point broadcasts its read and does the rest by itself. Nothing is typed anywhere."""

    def __init__(self, job: AccessPointJob, progress: Progress) -> None:
        self._job = job
        self._progress = progress

    def steps(self) -> Steps[AccessPointOutcome]:
        image = open_tar(self._job.image)
        network = checked(button_network(self._job.network))
        settings = ServerSettings(answers_broadcasts_at=str(network.server))
        process = ServerProcess(image.path, name=asked_file(image), port=network.tftp_port, settings=settings)
        try:
            with process:
                process.self_test()
                process.arm([str(network.address.ip)])
                served = _Served(process, self._progress)
                yield
                self._progress.publish(PowerAsked(_HOLD_THE_BUTTON))
                with step(self._progress, STEPS.index("extract") + 1, "extract"):
                    yield from self._taken(served, asked_file(image))
                return AccessPointOutcome(image.name, image.image_bytes, process.sha512)
        except KeyboardInterrupt:
            raise Interrupted(
                "interrupted; our server is gone", hint="if the access point was fetching, begin again"
            ) from None

    def _taken(self, served: _Served, file: str) -> Steps[None]:
        """Wait for the broadcast, then for the last block."""
        waited, longest = 0.0, self._job.timeout_seconds
        while served.completed is None:
            event = served.process.wait_for(TransferCompleted, _TICK_SECONDS)
            moved = served.poll()
            if event is not None:
                served.take(event)
            waited = 0.0 if moved else waited + _TICK_SECONDS
            longest = _SILENCE_SECONDS if served.asked else longest
            if served.refused or waited >= longest or (served.failed is not None and not moved):
                raise _not_taken(served, file)
            yield


def _not_taken(served: _Served, file: str) -> Exception:
    if served.refused:
        message = f"the access point asks for '{served.refused}', and {file} is what is offered"
        return FileNotFound(message, hint="get the image of the family that it asks for")
    if served.asked:
        return TransferFailed(f"the access point did not take all of {file}", hint="hold the MODE button once more")
    return NoRequestSeen(
        f"no access point asked for {file}",
        hint="hold the MODE button for 20 to 30 s at power-on, less has no effect; "
        "check the cable, and that this machine's firewall lets UDP port 69 in",
    )


_NOT_HEARD = "check the network cable, the addresses, and that this machine's firewall lets UDP port 69 in"
_HOLD_THE_BUTTON = "Hold the access point's MODE button, switch it on, and release the button after 20 to 30 s"
