"""Our TFTP server beside the console: its own process, its events in the run's stream, its errors at once."""

from ipaddress import IPv4Address
from time import monotonic
from typing import Self

from rommon_tool.preflight import Plan
from rommon_tool.progress import BundlePartTaken, Progress
from tftp import ServerProcess
from tftp.errors import ImageChanged, SelfTestFailed
from tftp.events import (
    Event,
    RequestReceived,
    RequestRefused,
    TransferCompleted,
    TransferFailed,
    TransferProgressed,
    TransferRetransmitted,
    TransferStalled,
    TransferStopped,
)

_PLAIN_BLOCK = 512
_LARGEST_BLOCK = 65464
_SELF_TESTS = 3
#: What a server tells of a device that has stopped asking.
_UNMOVED = (TransferRetransmitted, TransferStalled, TransferStopped, TransferFailed)
# A device that stops asking need not acknowledge its last block.
_SLACK_BLOCKS = 2


class ImageServer:
    """Serves exactly the image of a plan, or nothing at all where an external server does."""

    def __init__(self, plan: Plan, progress: Progress, *, verified_sha512: str = "") -> None:
        """`verified_sha512`: nothing else than the file of this digest is served; empty: whatever the file holds."""
        self._plan = plan
        self._verified_sha512 = verified_sha512
        self._progress = progress
        self._process: ServerProcess | None = None
        self.sha512 = ""
        self.requests = 0
        self.completed: TransferCompleted | None = None
        self.failed: TransferFailed | None = None
        self.taken_bytes = 0
        self.block_bytes = 0
        self.enough_bytes = 0
        self.refused: RequestRefused | None = None
        self.port = plan.network.tftp_port
        self._told_enough = False

    @property
    def serves(self) -> bool:
        return self._process is not None

    def __enter__(self) -> Self:
        """Bind the port and read the image back once from our own address, before any device may ask."""
        network = self._plan.network
        if network.bind is not None:
            process = ServerProcess(self._plan.image.path, bind=str(network.bind), port=network.tftp_port).start()
            self._process = process
            self.port, self.sha512 = process.port, process.sha512
            try:
                self._check_same()
                self._read_back(process)
                self.poll()
            except BaseException:
                process.close()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Serve nobody any more, and give the port back. May be called again."""
        if self._process is not None:
            self._process.close()

    def _check_same(self) -> None:
        """The server copied the file after it was verified: the digest tells whether it is still the same."""
        if self._verified_sha512 not in ("", self.sha512):
            raise ImageChanged(
                f"{self._plan.image.name} changed between its verification and its serving",
                seen=f"verified {self._verified_sha512}, served {self.sha512}",
                hint="find out what writes to it, and verify it again",
            )

    def _read_back(self, process: ServerProcess) -> None:
        """The self-test. On a machine under load tftpy's client gives up at an OACK that was sent twice: it may try again."""
        for attempt in range(_SELF_TESTS):
            try:
                process.self_test()
            except SelfTestFailed:
                if attempt == _SELF_TESTS - 1:
                    raise
            else:
                return

    def arm(self, device: IPv4Address) -> None:
        """From now on serve this device only."""
        self.requests, self.taken_bytes, self.block_bytes, self.enough_bytes = 0, 0, 0, 0
        self.completed, self.failed, self.refused, self._told_enough = None, None, None, False
        if self._process is not None:
            self._process.arm([str(device)])

    def poll(self) -> bool:
        """Publish what the server observed; whether it saw the device move. Raises `tftp.ServerDied`."""
        moved = False
        for event in self._process.poll() if self._process is not None else ():
            moved = self._take(event) or moved
        return moved

    @property
    def has_enough(self) -> bool:
        """Whether the device has all that it asks for of a bundle. `enough_bytes`, 0 for a whole file, tells how much that is."""
        return bool(self.enough_bytes) and self._is_enough(self.taken_bytes)

    def await_enough(self, seconds: float) -> None:
        """Wait for the word that the part of a bundle was taken which the device asks for."""
        until = monotonic() + seconds
        while not self.has_enough and monotonic() < until:
            self._await(TransferProgressed, until - monotonic())

    def await_completion(self, seconds: float) -> None:
        """Wait for the word that the last block was taken: the console may be quicker than the server's pipe."""
        if self.completed is None:
            self._await(TransferCompleted, seconds)

    def await_refusal(self, seconds: float) -> None:
        """Wait for the word that a request was refused, for the same reason."""
        if self.refused is None:
            self._await(RequestRefused, seconds)

    def _await(self, kind: type[Event], seconds: float) -> None:
        if self._process is not None:
            event = self._process.wait_for(kind, seconds)
            self.poll()
            if event is not None:
                self._take(event)

    def _take(self, event: Event) -> bool:
        if isinstance(event, _UNMOVED) and self._is_enough(event.bytes):
            self.taken_bytes = max(self.taken_bytes, event.bytes)
            if not self._told_enough:
                self._told_enough = True
                self._progress.publish(BundlePartTaken(event.client, event.bytes, event.total))
            return False
        self._progress.publish(event)
        return self._note(event)

    def _is_enough(self, taken_bytes: int) -> bool:
        return 0 < self.enough_bytes <= taken_bytes + _SLACK_BLOCKS * self.block_bytes

    def _note(self, event: Event) -> bool:
        if isinstance(event, RequestReceived):
            self.requests += 1
            asked = {name.lower(): value for name, value in event.options.items()}.get("blksize", "")
            self.block_bytes = (
                min(int(asked), _LARGEST_BLOCK) if asked.isascii() and asked.isdecimal() else _PLAIN_BLOCK
            )
        elif isinstance(event, RequestRefused):
            self.refused = event
        elif isinstance(event, TransferProgressed):
            self.taken_bytes = max(self.taken_bytes, event.bytes)
        elif isinstance(event, TransferCompleted):
            self.completed = event
            self.taken_bytes = event.bytes
        elif isinstance(event, TransferFailed):
            self.failed = event
        return isinstance(event, RequestReceived | TransferProgressed | TransferCompleted)
