"""`python -m benchmarks.tftp.profile [WORK]`: where our server's time goes while it does a work.

The one rule: each question has a run of its own, because the tool that answers it slows the server down: the account of
the kernel (user and system time), strace (system calls a block), perf (time by library and symbol).
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.load_client import run
from benchmarks.tftp.accounting import Account
from benchmarks.tftp.measuring import placed, served_file
from benchmarks.tftp.peers import Server, ours, rommon_beside_this_python
from benchmarks.tftp.running import SMALL_FILE, RunningServer
from benchmarks.tftp.work import ALL_WORK, Work

_GIB = 1 << 30
_SHOWN = 14
_STRACED_SHARE = 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tftp.profile", description=__doc__)
    parser.add_argument("work", nargs="?", default="clients_48", choices=[work.name for work in ALL_WORK])
    parser.add_argument("--rommon", type=Path, default=rommon_beside_this_python(), help="ours, from another tree")
    given = parser.parse_args()
    work = next(work for work in ALL_WORK if work.name == given.work)
    print(f"{work.name}: {work.title}")
    with tempfile.TemporaryDirectory(prefix="rommon-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        served_file(folder, SMALL_FILE, 100)
        for part in (_account, _system_calls, _symbols):
            print("\n" + "\n".join(part(ours(given.rommon), work, folder)), flush=True)
    return 0


def _loaded(running: RunningServer, work: Work, folder: Path) -> dict[str, Any]:
    file = served_file(folder, f"{work.file_bytes}.bin", work.file_bytes)
    return run(work.load, running.address, running.port, file, prefix=placed(work))


def _account(server: Server, work: Work, folder: Path) -> Iterator[str]:
    with RunningServer(server, folder, prefix=placed(work)) as running, Account(running.pid) as account:
        report = _loaded(running, work, folder)
    gib = report["bytes"] / _GIB
    yield f"{report['blocks_per_second'] / 1e3:.1f} k blocks/s, {report['megabytes_per_second']:.0f} MB/s"
    yield f"CPU seconds a GiB: {account.user_seconds / gib:.2f} user, {account.system_seconds / gib:.2f} system"
    yield f"busy {account.cpu_seconds / report['seconds']:.0%} of one core, peak memory {account.peak_bytes / 1e6:.0f} MB"


def _system_calls(server: Server, work: Work, folder: Path) -> Iterator[str]:
    if shutil.which("strace") is None:
        yield "system calls: strace is not there (apt-get install strace)"
        return
    smaller = replace(work, file_bytes=work.file_bytes // _STRACED_SHARE)
    listing = folder / "strace"
    strace = ["strace", "-c", "-f", "-o", str(listing), "-p"]
    with RunningServer(server, folder, prefix=placed(work)) as running, _attached([*strace, str(running.pid)]):
        blocks = _loaded(running, smaller, folder)["blocks"]
    yield "system calls a block:"
    for line in listing.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)", line)
        if found and found[2] != "total" and int(found[1]) > blocks / 1000:
            yield f"  {found[2]:<14} {int(found[1]) / blocks:.3f}"


def _symbols(server: Server, work: Work, folder: Path) -> Iterator[str]:
    if shutil.which("perf") is None:
        yield "symbols: perf is not there (apt-get install linux-perf)"
        return
    data = str(folder / "perf")
    perf = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "2000", "-o", data, "-p"]
    with RunningServer(server, folder, prefix=placed(work)) as running, _attached([*perf, str(running.pid)]):
        _loaded(running, work, folder)
    yield "time by library:"
    yield from _report(data, "dso")
    yield "time by symbol:"
    yield from _report(data, "symbol")


def _report(data: str, order: str) -> list[str]:
    command = ["perf", "report", "-i", data, "--no-children", "--sort", order, "--stdio", "-q"]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    lines = [re.sub(r"\s*-\s+-\s*$", "", line) for line in text.splitlines() if line.strip()]
    return lines[:_SHOWN]


@contextmanager
def _attached(command: list[str]) -> Iterator[None]:
    """The tool runs beside what is in the block; it writes its outcome when it is interrupted."""
    tool = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _settle(tool)
    try:
        yield
    finally:
        tool.send_signal(signal.SIGINT)
        tool.wait()


def _settle(tool: subprocess.Popen[bytes]) -> None:
    """Give it half a second to attach. Neither tool says when it has; what is missed is a few hundred blocks."""
    try:
        code = tool.wait(0.5)
    except subprocess.TimeoutExpired:
        return
    raise SystemExit(f"{tool.args!r} ended at once with exit code {code}: may this user trace processes?")


if __name__ == "__main__":
    sys.exit(main())
