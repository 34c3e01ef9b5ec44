"""Our servers beside a booted ASA's console, all alike: one file, what it is called there, and what was taken of it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Protocol, Self

from tftp import ServerProcess
from tftp.events import Event, RequestReceived, RequestRefused, TransferCompleted, TransferFailed, TransferProgressed

TFTP_PORT = 69


class FileServer(Protocol):
    """One file on offer, from `__enter__` to `__exit__`."""

    sha512: str
    bytes: int

    @property
    def url(self) -> str:
        """What the device is told to copy."""

    @property
    def seen(self) -> "Taken": ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def arm(self, clients: Iterable[str]) -> None:
        """From now on serve these addresses, and nobody else."""

    def poll(self) -> Iterator[object]:
        """What happened since the last call."""

    def await_end(self, seconds: float) -> None:
        """Wait for the word that the file was taken: the console may be quicker."""


class Taken:
    """What a server saw: how often it was asked, by whom it was not served, and how much was taken."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = 0
        self.is_complete = False
        self.refused = ""
        self.failed = ""


class TftpFileServer:
    """The file by TFTP, from a process of its own. `address` is ours as the device reaches it, `bind` where we listen."""

    def __init__(self, path: Path, address: str, *, name: str = "", bind: str = "", port: int = TFTP_PORT) -> None:
        self._process = ServerProcess(path, name=name or path.name, bind=bind or address, port=port)
        self._address = address
        self.seen = Taken()
        self.sha512 = ""
        self.bytes = 0

    @property
    def port(self) -> int:
        """The UDP port that it listens on, once entered."""
        return self._process.port

    @property
    def url(self) -> str:
        port = "" if self._process.port == TFTP_PORT else f":{self._process.port}"
        return f"tftp://{self._address}{port}/{self._process.name}"

    def __enter__(self) -> Self:
        """Bind the port and read the file back once from our own address, before any device may ask."""
        self._process.start()
        self.sha512, self.bytes = self._process.sha512, self._process.image_bytes
        try:
            self._process.self_test()
        except BaseException:
            self._process.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    def arm(self, clients: Iterable[str]) -> None:
        self._process.arm(list(clients))

    def poll(self) -> Iterator[Event]:
        for event in self._process.poll():
            self._note(event)
            yield event

    def await_end(self, seconds: float) -> None:
        until = monotonic() + seconds
        while not self.seen.is_complete and (left := until - monotonic()) > 0:
            event = self._process.wait_for(TransferCompleted, left)
            if event is not None:
                self._note(event)

    def _note(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self.seen.requests += 1
        elif isinstance(event, RequestRefused):
            self.seen.refused = f"{event.client} asked for '{event.name}'"
        elif isinstance(event, TransferProgressed):
            self.seen.bytes = max(self.seen.bytes, event.bytes)
        elif isinstance(event, TransferCompleted):
            self.seen.bytes, self.seen.is_complete = event.bytes, True
        elif isinstance(event, TransferFailed):
            self.seen.failed = str(event.reason)
