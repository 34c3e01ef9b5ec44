"""A relay on the line between two processes, which belongs to neither: what passed is read there, not from our own events."""

import os
import pty
import select
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager


class Tap:
    """A pseudo-terminal in front of a TCP console. `seen` is what passed, in order: `<` from the device, `>` to it."""

    def __init__(self, console: socket.socket) -> None:
        self._console = console
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self.seen: list[tuple[str, bytes]] = []

    def run(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._console], [], [])
            if self._console in ready:
                data = self._console.recv(4096)
                if not data:
                    return
                self.seen.append(("<", data))
                os.write(self._master, data)
            if self._master in ready:
                data = os.read(self._master, 4096)
                self.seen.append((">", data))
                self._console.sendall(data)

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)

    def typed_between(self, begin: bytes, end: bytes) -> bytes:
        """What was typed from the moment that the device had printed `begin` until it printed `end`."""
        printed, typed = b"", b""
        for way, data in self.seen:
            if way == "<":
                printed += data
            elif begin in printed and end not in printed.partition(begin)[2]:
                typed += data
        assert end in printed.partition(begin)[2], printed[-2000:]
        return typed


@contextmanager
def tapped(url: str) -> Iterator[Tap]:
    host, _, port = url.removeprefix("socket://").rpartition(":")
    with socket.create_connection((host, int(port))) as console:
        tap = Tap(console)
        thread = threading.Thread(target=tap.run, daemon=True)
        thread.start()
        try:
            yield tap
        finally:
            console.shutdown(socket.SHUT_RDWR)
            thread.join()
            tap.close()
