"""How long it takes to verify a large image by its SHA-512, against `openssl dgst -sha512` over the same file."""

import hashlib
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.row import Row
from rommon_tool import firmware
from rommon_tool.firmware import Anchors

_ROUNDS = 5
_FILE_BYTES = 512 << 20
_NAME = "our verification against `openssl dgst -sha512`"


def measure() -> Row:
    if shutil.which("openssl") is None:
        return Row(_NAME, 0.0, 1.1, "not measured: the openssl command is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "asa961-smp-k8.bin")
        block = os.urandom(1 << 20)
        with path.open("wb") as file:
            for _ in range(_FILE_BYTES >> 20):
                file.write(block)
        _openssl(path)  # the file is in memory from here on, for both
        # In turn, so that a change of the machine's speed meets both.
        pairs = [(_ours(path), _openssl(path)) for _ in range(_ROUNDS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    rate = _FILE_BYTES / statistics.median(ours for ours, _ in pairs) / 1e6
    return Row(_NAME, ratio, 1.1, f"median {rate:.0f} MB/s over {_FILE_BYTES >> 20} MiB, {hashlib.sha512().name}")


def _ours(path: Path) -> float:
    started = time.perf_counter()
    firmware.verify(path, Anchors())
    return time.perf_counter() - started


def _openssl(path: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["openssl", "dgst", "-sha512", str(path)], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started
