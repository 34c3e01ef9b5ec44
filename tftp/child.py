"""The server's own process: `python -m tftp.child`, started by `tftp.process.ServerProcess`.

The one rule: it lives exactly as long as its parent wants. Its standard input is the parent's hand: one JSON line of
configuration, then orders; when it closes, the server ends. Its standard output is events, one JSON object a line.

    in   {"image": PATH, "name": NAME, "bind": ADDRESS, "port": 69, ...}, then
         {"order": "arm", "clients": [ADDRESS, ...]}, {"order": "expect", "name": NAME, ...} or {"order": "stop"}
    out  events as in `tftp.events.to_json`; if it cannot start, {"kind": "ServerFailed", "error": CLASS, ...},
         and if it can't obey, {"kind": "OrderFailed", "error": CLASS, ...}
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tftp.access import Ourselves
from tftp.errors import TftpServerError
from tftp.events import Event, ImageCopied, TransferProgressed, TransferRetransmitted, printable, to_json
from tftp.files import OneImage
from tftp.privileges import drop_privileges, forbid_new_privileges
from tftp.server import RecoveryTftpServer
from tftp.settings import ServerSettings
from tftp.uploads import Upload

STDIN, STDOUT = 0, 1
#: A parent that was suspended reads nothing: progress is dropped then, the rest is kept.
_MANY_LINES = 500


class _Reporter:
    """Writes lines to the parent from a thread of its own, so that a slow reader never holds up a transfer."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="reports", daemon=True)
        self._thread.start()

    def tell(self, event: Event) -> None:
        if isinstance(event, TransferProgressed | TransferRetransmitted) and self._lines.qsize() > _MANY_LINES:
            return
        self._lines.put(to_json(event))

    def fail(self, error: TftpServerError, kind: str = "ServerFailed") -> None:
        self._lines.put(
            {
                "kind": kind,
                "error": type(error).__name__,
                "message": str(error),
                "seen": error.seen,
                "hint": error.hint,
            }
        )

    def close(self) -> None:
        """Write what is left, for as long as the parent reads."""
        self._lines.put(None)
        self._thread.join(timeout=1)

    def _write(self) -> None:
        with suppress(OSError):  # the parent is gone: the closed input ends the server
            while (line := self._lines.get()) is not None:
                rest = json.dumps(line).encode("ascii") + b"\n"
                while rest:
                    rest = rest[os.write(STDOUT, rest) :]


def _orders() -> Iterator[dict[str, Any]]:
    """What the parent sends, until it closes our input. Read unbuffered: a buffer's lock would outlive the thread."""
    pending = b""
    while chunk := os.read(STDIN, 65536):
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)


def _expect(order: dict[str, Any], server: RecoveryTftpServer, reporter: _Reporter) -> None:
    try:
        server.expect_upload(Upload(order["name"], order["client"], order["largest_bytes"], Path(order["directory"])))
    except TftpServerError as error:
        reporter.fail(error, "OrderFailed")


def _obey(orders: Iterator[dict[str, Any]], server: RecoveryTftpServer, reporter: _Reporter) -> None:
    try:
        for order in orders:
            if order.get("order") == "arm":
                server.arm(order["clients"])
            elif order.get("order") == "expect":
                _expect(order, server, reporter)
            else:
                break
    finally:
        server.stop(now=True)


def _prepared(configuration: dict[str, Any], reporter: _Reporter) -> RecoveryTftpServer:
    """A server that is bound to its port and has its image, in a process without privileges. Raises TftpServerError."""
    image = OneImage(configuration["image"], configuration["name"])
    reporter.tell(ImageCopied(printable(image.name), image.content.size, image.content.sha512))
    server = RecoveryTftpServer(
        files=image,
        on_event=reporter.tell,
        settings=ServerSettings(**configuration["settings"]),
    )
    server.admit(Ourselves())
    server.bind(configuration["bind"], configuration["port"])
    server.privileges = drop_privileges()
    return server


def main() -> int:
    """Serve until the parent says stop or is gone. The exit code: 1 if the server could not start."""
    # The person's Ctrl-C is for the parent, which may have to finish something first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forbid_new_privileges()
    orders = _orders()
    configuration = next(orders, None)
    if configuration is None:
        return 0
    reporter = _Reporter()
    try:
        server = _prepared(configuration, reporter)
        signal.signal(signal.SIGTERM, lambda *_: server.stop(now=True))
        threading.Thread(target=_obey, args=(orders, server, reporter), name="orders", daemon=True).start()
        server.serve()
    except TftpServerError as error:
        reporter.fail(error)
        return 1
    finally:
        reporter.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
