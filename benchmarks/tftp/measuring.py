"""Run the work against the servers, round by round.

The one rule: within a round every server does the same work with the same seed, one after the other; the order is
turned around in every other round.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.load_client import LoadFailed, run
from benchmarks.tftp.accounting import Account
from benchmarks.tftp.figures import BEST_PEER, Sample
from benchmarks.tftp.obtaining import NotToBeHad, program_of
from benchmarks.tftp.peers import OURS, Server
from benchmarks.tftp.running import SMALL_FILE, DidNotStart, RunningServer
from benchmarks.tftp.work import Work

Say = Callable[[str], None]


class Bench:
    """The servers that can be had, and a folder with the files that they serve.

    `briefly`: servers that no bar of a work names are measured in its first round only.
    """

    def __init__(self, servers: Sequence[Server], folder: Path, say: Say, *, briefly: bool = True) -> None:
        self._folder, self._say, self._briefly = folder, say, briefly
        self._servers = [server for server in servers if self._can_be_had(server)]
        folder.chmod(0o755)  # servers that give up root read it as nobody
        served_file(folder, SMALL_FILE, 100)

    def rounds(self, work: Work, count: int) -> list[dict[str, Sample]]:
        """The samples of each round, by server."""
        return [self._round(work, number) for number in range(count)]

    def _round(self, work: Work, number: int) -> dict[str, Sample]:
        servers = [server for server in self._servers if self._takes_part(server, work, number)]
        if number % 2:
            servers.reverse()
        file = served_file(self._folder, f"{work.file_bytes}.bin", work.file_bytes)
        # Waiting is what takes the time of such a work, so that the servers do not disturb each other.
        with ThreadPoolExecutor(len(servers) if work.side_by_side else 1) as pool:
            found = list(pool.map(lambda server: self._sample(server, work, file, number), servers))
        return {server.name: sample for server, sample in zip(servers, found, strict=True) if sample is not None}

    def _takes_part(self, server: Server, work: Work, number: int) -> bool:
        if work.ours_alone:
            return server.name == OURS
        if self._briefly and number > 0:
            return server.name in work.yardsticks or BEST_PEER in work.yardsticks
        return True

    def _sample(self, server: Server, work: Work, file: Path, number: int) -> Sample | None:
        prefix = placed(work)
        try:
            with RunningServer(server, self._folder, prefix=prefix) as running, Account(running.pid) as account:
                report = run(work.load, running.address, running.port, file, seed=number + 1, prefix=prefix)
        except (DidNotStart, LoadFailed) as error:
            self._say(f"  {server.name}: {error}")
            return None
        failures = tuple(report.pop("failures"))
        if failures:
            self._say(f"  {server.name}: {len(failures)} of {work.load.clients} failed, the first: {failures[0]}")
        return Sample(report, failures, account.cpu_seconds, account.peak_bytes)

    def _can_be_had(self, server: Server) -> bool:
        try:
            program_of(server)
        except NotToBeHad as error:
            self._say(f"{server.name} is left out: {error}")
            return False
        if server.needs_root and os.geteuid() != 0:
            self._say(f"{server.name} is left out: it needs root")
            return False
        return True


def placed(work: Work) -> list[str]:
    """The command that starts server and devices where the work wants them."""
    return ["taskset", "-c", str(max(os.sched_getaffinity(0)))] if work.one_cpu else []


def served_file(folder: Path, name: str, size: int) -> Path:
    """A file of `size` bytes that anybody may read, the same bytes every time; made if there is none."""
    path = folder / name
    if not path.exists():
        path.write_bytes(random.Random(size).randbytes(size))
        path.chmod(0o644)
    return path
