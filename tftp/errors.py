"""What can go wrong with the server, as errors that a caller tells apart.

    TftpServerError             the root; a tftpy.TftpException as well
     +-- PortBusy               somebody else holds the port
     +-- PortForbidden          this user may not open the port
     +-- AddressNotLocal        the address to listen on is not one of this machine
     +-- ImageUnreadable        the image cannot be opened or copied
     +-- ImageChanged           the image was written to while it was being copied
     +-- SelfTestFailed         a read from our own address did not bring the image back
     +-- UploadImpossible       the folder that an upload is ordered into cannot be written to
     +-- ServerDied             the server's process ended without being asked to
     +-- MetricsUnavailable     the port of the metrics cannot be opened
          +-- MetricsNotInstalled   the library that writes them is not there
     +-- CaptureUnreadable      a file of captured packets cannot be read
          +-- CaptureToolMissing    what reads it is not installed
          +-- RecordingRefused      packets cannot be recorded here: no right, no such interface

The one rule: `cause` is a stable word for scripts, the rest is for people.
"""

from __future__ import annotations

from typing import ClassVar

import tftpy


class TftpServerError(tftpy.TftpException):
    """The root of the tree. `seen` is what was observed, `hint` what to try; both may be empty."""

    cause: ClassVar[str] = "tftp-server"

    def __init__(self, message: str, *, seen: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.seen = seen
        self.hint = hint


class PortBusy(TftpServerError):
    """`seen` names the program that holds the port, where that can be found out."""

    cause = "port-busy"


class PortForbidden(TftpServerError):
    """`hint` tells the ways to get the right to it."""

    cause = "port-forbidden"


class AddressNotLocal(TftpServerError):
    """No interface has the address."""

    cause = "address-not-local"


class ImageUnreadable(TftpServerError):
    """Not there, not a regular file, no permission, or the disk failed."""

    cause = "image-unreadable"


class ImageChanged(TftpServerError):
    """A download or a copy still writes to the image."""

    cause = "image-changed"


class SelfTestFailed(TftpServerError):
    """No answer, an error, or other bytes than those of the image."""

    cause = "self-test-failed"


class UploadImpossible(TftpServerError):
    """No folder, or not one that the server's user can write to."""

    cause = "upload-impossible"


class ServerDied(TftpServerError):
    """`seen` is its exit code and the end of what it wrote to standard error."""

    cause = "server-died"


class MetricsUnavailable(TftpServerError):
    """Taken, not allowed, or not an address of this machine."""

    cause = "metrics-unavailable"


class MetricsNotInstalled(MetricsUnavailable):
    """`hint` names the extra to install."""

    cause = "metrics-not-installed"


class CaptureUnreadable(TftpServerError):
    """Not there, no capture, or damaged."""

    cause = "capture-unreadable"


class CaptureToolMissing(CaptureUnreadable):
    """`hint` names the extra to install."""

    cause = "capture-tool-missing"


class RecordingRefused(CaptureUnreadable):
    """`hint` tells how to get the right to record."""

    cause = "recording-refused"
