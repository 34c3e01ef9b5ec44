"""The processor time and the memory of a process and all its children, from /proc.

The one rule: a child that has ended still counts, with what it had used when it was last looked at. tftpd-hpa has a
process for each transfer and never waits for them, so no parent's account has their time.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
#: In /proc/PID/stat, counted from the field behind the name in parentheses.
_USER, _SYSTEM, _RESIDENT = 11, 12, 21


class Account:
    """What process `pid` and its children used since the block was entered; looked at ten times a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ticks: dict[int, tuple[int, int]] = {}
        self._before = (0, 0)
        self.peak_bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="accounting", daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._before = self._total()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    @property
    def user_seconds(self) -> float:
        return (self._total()[0] - self._before[0]) / _TICKS

    @property
    def system_seconds(self) -> float:
        return (self._total()[1] - self._before[1]) / _TICKS

    @property
    def cpu_seconds(self) -> float:
        return self.user_seconds + self.system_seconds

    def _total(self) -> tuple[int, int]:
        return sum(user for user, _ in self._ticks.values()), sum(system for _, system in self._ticks.values())

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        resident = 0
        for pid in _family(self._pid):
            with suppress(OSError):  # it has ended meanwhile
                fields = _fields(pid)
                self._ticks[pid] = fields[_USER], fields[_SYSTEM]
                resident += fields[_RESIDENT] * _PAGE_BYTES
        self.peak_bytes = max(self.peak_bytes, resident)


def _family(pid: int) -> list[int]:
    pids = [pid]
    for each in pids:  # grows while it is walked: children of children
        with suppress(OSError):
            for listing in Path(f"/proc/{each}/task").glob("*/children"):
                pids += map(int, listing.read_text(encoding="ascii").split())
    return pids


def _fields(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return [int(field) if field.lstrip("-").isdigit() else 0 for field in text.rpartition(")")[2].split()]
