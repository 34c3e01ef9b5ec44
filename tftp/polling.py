"""Wait for many sockets at once, with what the system has.

The one rule: epoll where there is one, because select() ends at descriptor 1024; selectors everywhere else. Time-outs
are in seconds, None waits for ever.
"""

from __future__ import annotations

import select
import selectors
import sys
from typing import Protocol


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


def new_poller() -> Poller:
    """The best one that this system has."""
    return EpollPoller() if sys.platform == "linux" else SelectorPoller()
