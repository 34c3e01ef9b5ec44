"""How long `rommon --help` takes, against a bare import of click and rich in the same interpreter."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.row import Row

_ROUNDS = 15


def measure() -> Row:
    rommon = [str(Path(sys.executable).with_name("rommon")), "--help"]
    bare = [sys.executable, "-c", "import click, rich"]
    # In turn, so that a change of the machine's speed meets both.
    pairs = [(_seconds(rommon), _seconds(bare)) for _ in range(_ROUNDS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours = statistics.median(pair[0] for pair in pairs)
    return Row("rommon --help against importing click and rich", ratio, 1.5, f"median {ours * 1000:.0f} ms")


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started
