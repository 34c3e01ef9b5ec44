"""The server in a process of its own, seen from the process that needs it.

The one rule: nothing here blocks for longer than it was told to, and whatever the child does or fails to do becomes an
event or an error of this package.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from tftp import errors
from tftp.access import Clients, networks
from tftp.errors import ServerDied, TftpServerError
from tftp.events import (
    Event,
    ImageCopied,
    RequestReceived,
    ServerArmed,
    ServerListening,
    TransferCompleted,
    TransferProgressed,
    TransferRetransmitted,
    UploadExpected,
    from_json,
)
from tftp.own_process import import_path, of_its_own
from tftp.selftest import self_test
from tftp.settings import ServerSettings
from tftp.uploads import Upload

_E = TypeVar("_E", bound=Event)

#: What the self-test's own transfer may leave among the events.
_PASSING = (RequestReceived, TransferProgressed, TransferRetransmitted)

#: Copy and sum of an image take some 4 s a gigabyte, and a slow disk or a share several times that.
START_SECONDS = 120.0
_STOP_SECONDS = 0.8
_ANSWER_SECONDS = 5.0
_EXIT_SECONDS = 1.0
_TAIL_BYTES = 2000


class ServerProcess:
    """Serves one image from a child process; until `arm` only to this machine itself.

        with ServerProcess("asa984-22-lfbff-k8.SPA", bind="192.0.2.1") as server:
            server.self_test()
            server.arm(["192.0.2.10"])
            ...
            for event in server.poll(): ...

    `address`, `port`, `image_bytes`, `sha512` (of exactly what is served), `uid` and `privileges` are known after `start`.
    """

    def __init__(
        self,
        image_path: str | os.PathLike[str],
        *,
        name: str | None = None,
        bind: str = "",
        port: int = 69,
        settings: ServerSettings | None = None,
    ) -> None:
        """`name` is what the device asks for (the file's name unless given), `bind` our address, `port` 0 any free."""
        path = Path(image_path)
        self.name = name if name is not None else path.name
        self.address, self.port = bind, port
        self.image_bytes, self.sha512 = 0, ""
        self.uid: int | None = None
        self.privileges = ""
        self._configuration = {
            "image": str(path.absolute()),
            "name": self.name,
            "bind": bind,
            "port": port,
            "settings": asdict(settings or ServerSettings()),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._stderr: IO[bytes] | None = None
        self._events: deque[Event] = deque()
        self._failure: TftpServerError | None = None
        self._is_listening, self._times_armed, self._times_expected, self._has_ended = False, 0, 0, False
        self._disobeyed: TftpServerError | None = None
        self._changed = threading.Condition()  # of everything above that the reader sets

    # ---- life

    def start(self, seconds: float = START_SECONDS) -> Self:
        """Start the child and wait until it listens.

        Raises PortBusy, PortForbidden, AddressNotLocal, ImageUnreadable, ImageChanged, ServerDied, TftpServerError.
        """
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tftp.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": import_path()},
            **of_its_own(),
        )
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="tftp-events", daemon=True
        )
        self._reader.start()
        try:
            self._send(self._configuration)
            self._await(lambda: self._is_listening, seconds, "did not start")
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop the child, within a second. May be called again, and after a failure."""
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None or self._stderr is None:
            return
        process.stdin.close()  # which is the order to stop
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._reader is not None:
            self._reader.join()  # it has reached the end of the pipe
        process.stdout.close()
        self._stderr.close()

    def __enter__(self) -> Self:
        return self.start() if self._process is None else self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- what it is told

    def arm(self, clients: Clients) -> None:
        """Serve these addresses and networks from now on, and no longer ourselves.

        Returns when the child has done so. Raises ValueError for what is no address, ServerDied.
        """
        before = self._times_armed
        self._send({"order": "arm", "clients": [str(one) for one in networks(clients)]})
        self._await(lambda: self._times_armed > before, _ANSWER_SECONDS, "did not take the addresses")

    def expect_upload(self, order: Upload) -> None:
        """Take one file, of one name, from one client; every other write goes on being refused.

        Returns when the child has agreed. Its user, who may be nobody, must be able to write to the folder. Raises
        UploadImpossible, ServerDied.
        """
        before, self._disobeyed = self._times_expected, None
        directory = str(order.directory.absolute())
        fields = {"name": order.name, "client": order.client, "largest_bytes": order.largest_bytes}
        self._send({"order": "expect", **fields, "directory": directory})

        def is_answered() -> bool:
            return self._times_expected > before or self._disobeyed is not None

        self._await(is_answered, _ANSWER_SECONDS, "did not take the order for an upload")
        if self._disobeyed is not None:
            raise self._disobeyed

    def self_test(self, address: str | None = None) -> None:
        """Read the image back from our own `address` (the one bound to, else the loopback one), before `arm`.

        What the server told of it is taken out of the events, so that it is not mistaken for the device's doing.
        Raises SelfTestFailed, ServerDied.
        """
        if address is None:
            address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.address, self.address)  # noqa: S104 - a key
        self_test(address, self.port, self.name, image_bytes=self.image_bytes, sha512=self.sha512)
        self.wait_for(TransferCompleted, _ANSWER_SECONDS)
        with self._changed:
            kept = [event for event in self._events if not isinstance(event, _PASSING)]
            self._events = deque(kept)

    # ---- what it tells

    def poll(self) -> list[Event]:
        """The events since the last call, without waiting.

        Raises ServerDied when the child has ended without being asked to, and all that it told was polled.
        """
        with self._changed:
            events = list(self._events)
            self._events.clear()
            if not events and self._has_ended and self._process is not None:
                raise self._death()
        return events

    def wait_for(self, kind: type[_E], seconds: float) -> _E | None:
        """Wait for an event of that kind and take it out; the others stay for `poll`. None when time is up.

        Raises ServerDied if the child ends meanwhile.
        """
        found: list[_E] = []

        def is_there() -> bool:
            found.extend(event for event in self._events if isinstance(event, kind))
            return bool(found)

        with self._changed:
            if not self._wait(is_there, seconds):
                return None
            self._events.remove(found[0])
        return found[0]

    def _wait(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Wait for something that the reader brings; False when time is up. Raises what the child died of."""
        with self._changed:
            self._changed.wait_for(lambda: is_so() or self._has_ended, seconds)
            if is_so():
                return True
            if self._has_ended:
                raise self._death()
            return False

    def _await(self, is_so: Callable[[], bool], seconds: float, failing: str) -> None:
        if not self._wait(is_so, seconds):
            raise ServerDied(f"the TFTP server {failing} within {seconds:g} s", seen=self._last_words())

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            for line in iter(pipe.readline, b""):
                with self._changed:
                    self._take(json.loads(line))
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _take(self, fields: dict[str, Any]) -> None:
        if fields["kind"] in ("ServerFailed", "OrderFailed"):
            failure: type[TftpServerError] = getattr(errors, fields["error"])
            error = failure(fields["message"], seen=fields["seen"], hint=fields["hint"])
            if fields["kind"] == "ServerFailed":
                self._failure = error
            else:
                self._disobeyed = error
            return
        event = from_json(fields)
        self._events.append(event)
        match event:
            case ImageCopied():
                self.image_bytes, self.sha512 = event.bytes, event.sha512
            case ServerListening():
                self.address, self.port = event.address, event.port
                self.uid, self.privileges = event.uid, event.privileges
                self._is_listening = True
            case ServerArmed():
                self._times_armed += 1
            case UploadExpected():
                self._times_expected += 1

    def _send(self, order: dict[str, Any]) -> None:
        if self._process is None or self._process.stdin is None:
            raise ServerDied("the TFTP server is not running")
        try:
            self._process.stdin.write(json.dumps(order).encode("ascii") + b"\n")
        except OSError as error:
            raise self._death() from error

    def _death(self) -> TftpServerError:
        if self._failure is not None:
            return self._failure
        return ServerDied("the TFTP server ended unexpectedly", seen=self._last_words())

    def _last_words(self) -> str:
        """The exit code, if there is one, and the end of what the child wrote to its standard error."""
        if self._process is None or self._stderr is None:
            return "it was stopped"
        with suppress(subprocess.TimeoutExpired):  # its output ends a moment before the process does
            self._process.wait(_EXIT_SECONDS if self._has_ended else 0)
        code = self._process.returncode
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(self._stderr.tell() - _TAIL_BYTES, 0))
        text = self._stderr.read().decode("utf-8", "replace").strip()
        return f"exit code {code}; {text}" if code is not None else text
