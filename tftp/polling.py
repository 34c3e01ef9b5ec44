"""Wait for many sockets at once, with what the system has.

The one rule: epoll where there is one, because select() ends at descriptor 1024; selectors everywhere else. Time-outs
are in seconds, None waits for ever.
"""

from __future__ import annotations

import os
import select
import selectors
import sys
import time
from collections.abc import Callable
from typing import Final, Protocol

#: How long to look again and again before the processor is given up. To be woken takes a quarter of that.
_SPIN_SECONDS: Final = 200e-6
#: With more transfers under way there is always something ready.
_SPINS_FOR: Final = 4
_CREDIT: Final = 16


class Poller(Protocol):
    """What the loop needs of epoll and its like."""

    def register(self, fd: int) -> None: ...
    def unregister(self, fd: int) -> None: ...
    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        """Descriptors that can be read, each with a number that means nothing here."""

    def close(self) -> None: ...


class SelectorPoller:
    """kqueue on macOS, select on Windows."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, fd: int) -> None:
        self._selector.register(fd, selectors.EVENT_READ)

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        return [(key.fd, mask) for key, mask in self._selector.select(timeout)]

    def close(self) -> None:
        self._selector.close()


if sys.platform == "linux":

    class EpollPoller:
        """epoll itself: the objects that selectors makes for every event cost as much as a system call."""

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self.poll = self._epoll.poll
            self.close = self._epoll.close
            self.unregister = self._epoll.unregister

        def register(self, fd: int) -> None:
            self._epoll.register(fd, select.EPOLLIN)


class Waiting:
    """Waits with a poller; for a few busy transfers actively at first.

    One client that answers at once is otherwise served at the speed at which a sleeping processor wakes up. Looking is
    paid for with credit, which a client earns that answers within the time, and loses when it doesn't.
    """

    def __init__(self, poller: Poller, *, spins: bool) -> None:
        self._poll = poller.poll
        self._spins = spins and _processors() > 1  # on one, it would keep the client from answering
        self._credit = 0

    def way_for(self, transfers: int) -> Callable[[float | None], list[tuple[int, int]]]:
        """How to wait while so many transfers move: called with a time-out, it answers as a poller does."""
        return self._spin if self._spins and 0 < transfers <= _SPINS_FOR else self._poll

    def _spin(self, timeout: float | None) -> list[tuple[int, int]]:
        poll, clock = self._poll, time.perf_counter
        end = clock() + _SPIN_SECONDS
        while self._credit > 0:
            if ready := poll(0):
                self._credit = min(self._credit + 1, _CREDIT)
                return ready
            if clock() > end:
                self._credit -= 1
                break
        ready = poll(timeout)
        if clock() <= end:
            self._credit += 1
        return ready


#: Let others that are ready run first. Nothing where the system has no such call.
yield_processor: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def new_poller() -> Poller:
    """The best one that this system has."""
    return EpollPoller() if sys.platform == "linux" else SelectorPoller()
