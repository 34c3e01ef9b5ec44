"""One file on its way to us: which block came last, and what was answered.

The one rule: a block is written once, in its turn, and acknowledged as often as it comes. The last one is acknowledged
when the file is safe on the disk, and not before. Time is `time.monotonic()` in seconds, handed in.
"""

from __future__ import annotations

import errno
import socket
from concurrent.futures import Future
from typing import Final

from tftpy import TftpErrors

from tftp.events import UploadFailure
from tftp.packets import OPCODE_ACK, OPCODE_DATA, OPCODE_ERROR, error_of_client
from tftp.partial_file import PartialFile
from tftp.request import Request

_FIRST_REPEAT_SECONDS: Final = 1.0
_LONGEST_REPEAT_SECONDS: Final = 8.0
#: A request may carry a forged sender, who then gets no more than this many packets.
_OPENING_SENDS: Final = 3
_LAST_NUMBER: Final = 0xFFFF
_FULL: Final = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class UploadEnded(Exception):
    """It can't go on. `code` is that of the ERROR to send, None for no answer."""

    def __init__(self, code: int | None, reason: UploadFailure, text: str) -> None:
        super().__init__(text)
        self.code, self.reason, self.text = code, reason, text


def not_stored(error: OSError) -> UploadEnded:
    """What a client is told when the disk refuses."""
    text = error.strerror or type(error).__name__
    return UploadEnded(TftpErrors.DiskFull if error.errno in _FULL else TftpErrors.AccessViolation, "not-stored", text)


class Incoming:
    """The state of one upload; `tftp.uploads` decides what becomes of it."""

    def __init__(
        self,
        connected: socket.socket,
        request: Request,
        part: PartialFile,
        *,
        blksize: int,
        largest_bytes: int,
        reply: bytes,
        now: float,
    ) -> None:
        """`connected` is a non-blocking socket that hears only the client. `reply` is what answers the request."""
        self.socket, self.fd = connected, connected.fileno()
        self.client, self.port = connected.getpeername()[:2]
        self.request, self.part = request, part
        self._blksize, self._largest_bytes = blksize, largest_bytes
        self._reply, self._replies = reply, 0
        self._last_number, self._repeat_seconds = 0, _FIRST_REPEAT_SECONDS
        self._sent_at = self.started_at = self.moved_at = self.told_at = now
        self.blocks = self.told_bytes = 0
        #: Set when the last block has come: its end is that of writing the file out.
        self.kept: Future[None] | None = None
        self.completed_at: float | None = None

    def hear(self, now: float) -> None:
        """Read a packet and do what it asks for. Raises UploadEnded, OSError."""
        packet = self.socket.recv(self._blksize + 5)  # one more than there may be
        opcode, number = int.from_bytes(packet[:2]), int.from_bytes(packet[2:4])
        if opcode == OPCODE_ERROR and self.kept is None:
            raise UploadEnded(None, "client-stopped", error_of_client(packet)[1].decode("latin-1"))
        if opcode != OPCODE_DATA or len(packet) < 4:
            return
        if self._is_next(number):
            self._take(number, packet[4:], now)
        elif number == self._last_number and self.blocks and (self.kept is None or self.completed_at is not None):
            self.answer(now)

    def _is_next(self, number: int) -> bool:
        if self.kept is not None:
            return False
        if self._last_number == _LAST_NUMBER:
            return number in (0, 1)  # the client chooses
        return number == self._last_number + 1

    def _take(self, number: int, data: bytes, now: float) -> None:
        if len(data) > self._blksize:
            raise UploadEnded(TftpErrors.IllegalTftpOp, "malformed", f"a block of more than {self._blksize} bytes")
        if self.part.bytes + len(data) > self._largest_bytes:
            raise UploadEnded(TftpErrors.DiskFull, "too-large", f"more than {self._largest_bytes} bytes")
        try:
            self.part.write(data)
        except OSError as error:
            raise not_stored(error) from error
        self.blocks, self._last_number, self.moved_at = self.blocks + 1, number, now
        self._reply, self._repeat_seconds = OPCODE_ACK.to_bytes(2) + number.to_bytes(2), _FIRST_REPEAT_SECONDS
        if len(data) < self._blksize:
            self.kept = self.part.keep()
        else:
            self.answer(now)

    def answer(self, now: float) -> None:
        """Send the last answer, for the first time or again. Raises OSError."""
        if self.blocks or self._replies < _OPENING_SENDS:
            self._replies += 1
            self._sent_at = now
            self.socket.send(self._reply)

    def forgive(self, seconds: float) -> None:
        """Count so many seconds less of silence."""
        self._sent_at += seconds
        self.moved_at += seconds
        if self.completed_at is not None:
            self.completed_at += seconds

    def repeat_if_due(self, now: float) -> None:
        """Our answer may be what was lost. Raises OSError."""
        if self.kept is None and now - max(self._sent_at, self.moved_at) >= self._repeat_seconds:
            self._repeat_seconds = min(2 * self._repeat_seconds, _LONGEST_REPEAT_SECONDS)
            self.answer(now)
