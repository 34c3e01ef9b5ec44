"""Our server the other way round: it takes the one file that was ordered, of the one device, and serves none.

The file lands in a folder of its own that goes with the server; whoever ordered it moves it where it belongs.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Protocol, Self

from rommon_tool.procedures.file_servers import TFTP_PORT
from tftp import ServerProcess
from tftp.events import Event, RequestRefused, UploadCompleted, UploadFailed
from tftp.uploads import Upload

_OURSELVES = "nothing-is-served"


class Taker(Protocol):
    """What takes one file at a time, from `__enter__` to `__exit__`."""

    refused: str
    failed: str

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def url(self, name: str) -> str:
        """Where the device is told to copy to."""

    def nearest(self, addresses: Sequence[str]) -> list[str]:
        """The device's addresses, the likeliest source of its packets first."""

    def expect(self, name: str, client: str, largest_bytes: int) -> None:
        """From now on take this file from this address, once."""

    def poll(self) -> Iterator[object]:
        """What happened since the last call."""

    def taken(self, name: str, seconds: float) -> Path | None:
        """The file, whole; None if it has not come within `seconds`."""


class TftpTaker:
    """Takes files by TFTP. `address` is ours as the device reaches it, `bind` where we listen."""

    def __init__(self, address: str, *, bind: str = "", port: int = TFTP_PORT) -> None:
        self._address = address
        self._folder = tempfile.TemporaryDirectory(prefix="rommon-upload-")
        placeholder = Path(self._folder.name) / _OURSELVES
        placeholder.write_bytes(b"\n")
        self._process = ServerProcess(placeholder, bind=bind or address, port=port)
        self._whole: set[str] = set()
        self.refused = ""
        self.failed = ""

    @property
    def port(self) -> int:
        """The UDP port that it listens on, once entered."""
        return self._process.port

    def url(self, name: str) -> str:
        port = "" if self._process.port == TFTP_PORT else f":{self._process.port}"
        return f"tftp://{self._address}{port}/{name}"

    def __enter__(self) -> Self:
        try:
            self._process.start()
            # Started by root, the server has become another user, who has to write there.
            if self._process.uid is not None and self._process.uid != os.getuid():
                os.chown(self._folder.name, self._process.uid, -1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()
        self._folder.cleanup()

    def nearest(self, addresses: Sequence[str]) -> list[str]:
        own = int(ip_address(self._address))
        return sorted(addresses, key=lambda one: int(ip_address(one)) ^ own)

    def expect(self, name: str, client: str, largest_bytes: int) -> None:
        self.refused, self.failed = "", ""
        self._whole.discard(name)
        self._process.arm([client])
        self._process.expect_upload(Upload(name, client, largest_bytes, Path(self._folder.name)))

    def poll(self) -> Iterator[Event]:
        for event in self._process.poll():
            self._note(event)
            yield event

    def taken(self, name: str, seconds: float) -> Path | None:
        until = monotonic() + seconds
        while name not in self._whole and (left := until - monotonic()) > 0:
            event = self._process.wait_for(UploadCompleted, left)
            if event is not None:
                self._note(event)
        return Path(self._folder.name) / name if name in self._whole else None

    def _note(self, event: Event) -> None:
        if isinstance(event, UploadCompleted):
            self._whole.add(event.name)
        elif isinstance(event, UploadFailed):
            self.failed = f"{event.reason} after {event.bytes} bytes"
        elif isinstance(event, RequestRefused):
            self.refused = str(event.client)
