"""One server as a process: start it, wait until it answers, account for it, stop it.

The one rule: whatever happens, what was started here is stopped, with all its children, and nothing else is.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.tftp.obtaining import program_of
from benchmarks.tftp.peers import Server

#: A file of one short block that every served folder has.
SMALL_FILE = "small"
_START_SECONDS = 15.0
_STOP_SECONDS = 3.0
_SAMPLE_SECONDS = 0.1


class DidNotStart(Exception):
    """A server was started and did not answer; the text has its last words."""


class RunningServer:
    """A server that answers at `address` and `port`, from entering to leaving the block.

    `prefix` is a command that starts commands without a process of its own: `taskset`.
    """

    def __init__(self, server: Server, folder: Path, *, prefix: Sequence[str] = ()) -> None:
        self.server, self._folder, self._prefix = server, folder, prefix
        self.address = server.own_address or "127.0.0.1"
        self.port = 69 if server.own_address else _free_port()

    def __enter__(self) -> Self:
        self._words = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._words,
            cwd=self._folder,
            process_group=0,
        )
        try:
            self._wait_for_answer()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def command(self) -> list[str]:
        places = {"folder": str(self._folder), "address": self.address, "port": str(self.port)}
        arguments = [argument.format(**places) for argument in self.server.arguments]
        return [*self._prefix, str(program_of(self.server)), *arguments]

    def _wait_for_answer(self) -> None:
        stop = time.monotonic() + _START_SECONDS
        while time.monotonic() < stop and self._process.poll() is None:
            if _answers(self.address, self.port):
                return
        self._words.seek(0)
        said = self._words.read().decode("utf-8", "replace").strip()[-500:]
        raise DidNotStart(f"{self.server.name} does not answer: {' '.join(self.command())}\n{said}")

    def _stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._words.close()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(address: str, port: int) -> bool:
    """Whether the small file comes; it is acknowledged, so that nothing is repeated afterwards."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        try:
            client.sendto(b"\0\1" + SMALL_FILE.encode() + b"\0octet\0", (address, port))
            packet, source = client.recvfrom(2048)
            client.sendto(b"\0\4\0\1", source)
        except OSError:
            return False
        return packet.startswith(b"\0\3\0\1")
