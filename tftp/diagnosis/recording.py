"""A recording of the packets around a run, seen from the process that wants it.

The one rule: a recording is a help and never a condition. Without the right to record, or off Linux, there is none, and
whoever asked goes on.
"""

from __future__ import annotations

import ipaddress
import json
import os
import select
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

import psutil

from tftp.diagnosis.findings import Expected, Finding
from tftp.diagnosis.pcap import recorded_sightings
from tftp.diagnosis.verdict import diagnosed
from tftp.errors import RecordingRefused
from tftp.own_process import import_path, of_its_own

_START_SECONDS = 3.0
_STOP_SECONDS = 3.0


class Recording:
    """Records the packets of one interface that have to do with TFTP into `file`, until it is stopped.

    `refused` says why there is no recording; empty while there is one. Once it was stopped, `packets` are those that
    went by, and `missed` those of them that the recorder was too slow for.
    """

    def __init__(self, file: Path, interface: str, expected: Expected) -> None:
        self.file = file
        self.refused = ""
        self.packets = self.missed = 0
        self._interface = interface
        self._expected = expected
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = self._is_written = False
        self._said = b""

    def start(self) -> Self:
        """Start the recorder, without waiting for it."""
        if sys.platform != "linux":
            self.refused = "packets are recorded on Linux only"
            return self
        try:
            self._process = self._started()
        except OSError as error:
            self.refused = error.strerror or str(error)
        return self

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tftp.diagnosis.recorder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": import_path()},
            **of_its_own(),
        )
        settings = {
            "interface": self._interface,
            "file": str(self.file.absolute()),
            "port": self._expected.port,
            "server": self._expected.server,
            "device": self._expected.device,
        }
        if process.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended already: its silence says so
                process.stdin.write(json.dumps(settings).encode("ascii") + b"\n")
        return process

    def await_start(self, seconds: float = _START_SECONDS) -> bool:
        """Whether packets are recorded from now on; False after `seconds` without a word, or after a refusal."""
        pipe = self._process.stdout if self._process is not None else None
        if pipe is not None and not self._is_ready and not self.refused:
            self._hear(pipe, seconds)
        return self._is_ready

    def stop(self) -> None:
        """Have the file written. May be called again."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            rest, _ = process.communicate(timeout=_STOP_SECONDS)  # which closes its input first: the order to stop
        except subprocess.TimeoutExpired:
            process.kill()
            rest, _ = process.communicate()
        lines = (self._said + rest).splitlines()
        for line in lines:
            self._note(json.loads(line))
        if not self._is_written and not self.refused:
            self.refused = "the recorder ended without a word"

    def findings(self) -> list[Finding]:
        """What the recording shows, once it was stopped. Raises RecordingRefused, CaptureUnreadable."""
        if self.refused:
            raise RecordingRefused(
                f"no packets could be recorded on {self._interface}",
                seen=self.refused,
                hint="run with sudo on Linux, or record with tcpdump or Wireshark and give the file",
            )
        return diagnosed(recorded_sightings(self.file), self._expected)

    def _hear(self, pipe: IO[bytes], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while b"\n" not in self._said:
            ready, _, _ = select.select([pipe.fileno()], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(pipe.fileno(), 4096) if ready else b""
            if not chunk:
                return
            self._said += chunk
        line, _, self._said = self._said.partition(b"\n")
        self._note(json.loads(line))

    def _note(self, fields: dict[str, Any]) -> None:
        match fields:
            case {"kind": "Recording"}:
                self._is_ready = True
            case {"kind": "Refused", "reason": reason}:
                self.refused = str(reason)
            case {"kind": "Recorded", "packets": packets, "missed": missed}:
                self._is_written, self.packets, self.missed = True, packets, missed


def interface_of(address: str) -> str:
    """The name of the interface that has this address of ours; empty if none has."""
    wanted = ipaddress.ip_address(address)
    # Linux answers to all of 127.0.0.0/8, though its interface shows one address of it.
    text = "127.0.0.1" if wanted.is_loopback and wanted.version == 4 else str(wanted)
    return next((name.partition(":")[0] for name in psutil.net_if_addrs() if text in addresses_of(name)), "")


def addresses_of(interface: str) -> list[str]:
    """The IP addresses of an interface, IPv4 first; none if there is no such interface."""
    entries = psutil.net_if_addrs().get(interface, [])
    kinds = (socket.AF_INET, socket.AF_INET6)
    return [entry.address.partition("%")[0] for kind in kinds for entry in entries if entry.family == kind]
