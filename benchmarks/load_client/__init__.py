"""The devices' side of the TFTP benchmarks: a C program that is compiled when it is first needed.

The one rule: what it reports was compared byte for byte. A download that differs from the file is a failure.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cache import cache_folder

_SOURCES = Path(__file__).parent
_GRACE_SECONDS = 10


class LoadFailed(Exception):
    """The load client could not be compiled or started."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the devices do: `clients` downloads of one file at the same time; a chance is 0 to 1.

    `blksize` and `windowsize` None ask for no option. `think_us` passes before each ACK, `timeout_ms` until an ACK is
    repeated.
    """

    clients: int = 1
    blksize: int | None = None
    windowsize: int | None = None
    think_us: int = 0
    timeout_ms: int = 1000
    lose_received: float = 0.0
    lose_sent: float = 0.0
    deadline_seconds: int = 120

    def arguments(self, seed: int) -> list[str]:
        given = {
            "clients": self.clients,
            "blksize": self.blksize,
            "windowsize": self.windowsize,
            "think": self.think_us,
            "timeout": self.timeout_ms,
            "lose-received": self.lose_received,
            "lose-sent": self.lose_sent,
            "deadline": self.deadline_seconds,
            "seed": seed,
        }
        return [f"--{name}={value}" for name, value in given.items() if value]


def compiled() -> Path:
    """The program, compiled anew whenever a source has changed. Raises LoadFailed."""
    sources = sorted(_SOURCES.glob("*.[ch]"))
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    program = cache_folder() / f"load-{version}"
    if not program.exists():
        partial = program.with_suffix(".partial")
        _compile([str(source) for source in sources if source.suffix == ".c"], partial)
        partial.rename(program)
    return program


def _compile(sources: list[str], program: Path) -> None:
    command = ["cc", "-O2", "-std=c17", "-Wall", "-Wextra", "-o", str(program), *sources]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise LoadFailed("no C compiler: install gcc (apt-get install gcc libc6-dev)") from error
    if done.returncode:
        raise LoadFailed(f"the load client does not compile:\n{done.stderr}")


def run(
    load: Load, address: str, port: int, file: Path, *, seed: int = 1, prefix: Sequence[str] = ()
) -> dict[str, Any]:
    """Download `file` under its own name from the server; the program's report. Raises LoadFailed.

    `prefix` is a command that starts commands, such as `taskset`.
    """
    command = [*prefix, str(compiled()), address, str(port), file.name, str(file), *load.arguments(seed)]
    limit = load.deadline_seconds + _GRACE_SECONDS
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    if done.returncode not in (0, 1):
        raise LoadFailed(f"{' '.join(command)}: {done.stderr.strip() or f'exit code {done.returncode}'}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report
