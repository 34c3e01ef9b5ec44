"""What time does to a file that is received. The clock is the test's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tftp.events import Event, UploadCompleted, UploadFailed
from tftp.listening import Listener
from tftp.polling import SelectorPoller
from tftp.request import Request
from tftp.settings import ServerSettings
from tftp.uploads import Upload, Uploads

LOCALHOST = "127.0.0.1"
NAME = "running-config"


@dataclass
class Bench:
    """The order for one file, the device that leaves it, and a clock."""

    folder: Path
    name: str = NAME
    listener: Listener = field(default_factory=lambda: Listener(LOCALHOST, 0))
    poller: SelectorPoller = field(default_factory=SelectorPoller)
    events: list[Event] = field(default_factory=list)
    wakes: int = 0
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.uploads = Uploads(self.listener, self.poller, self.events.append, ServerSettings(), self._wake)
        self.uploads.expect(Upload(self.name, LOCALHOST, 1_000_000, self.folder))
        self.device = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.device.bind((LOCALHOST, 0))
        self.device.settimeout(0)

    def _wake(self) -> None:
        self.wakes += 1

    def begin(self, **options: str) -> None:
        request = Request(self.name, "octet", options, is_write=True)
        self.uploads.begin(self.device.getsockname(), LOCALHOST, request, self.now)

    def heard(self) -> list[bytes]:
        packets = []
        while True:
            try:
                packet, self.peer = self.device.recvfrom(1024)
            except BlockingIOError:
                return packets
            packets.append(packet)

    def say(self, block: int, data: bytes) -> None:
        self.device.sendto(b"\0\3" + block.to_bytes(2) + data, self.peer)
        for fd in list(self.uploads.by_fd):
            self.uploads.hear(fd, self.now)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.uploads.tick(self.now)

    def stand_still(self, seconds: float) -> None:
        """As the loop does it after the process was stopped."""
        self.now += seconds
        self.uploads.forgive(seconds)
        self.uploads.tick(self.now)

    def failures(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, UploadFailed)]

    def close(self) -> None:
        self.uploads.end_all(self.now)
        self.poller.close()
        self.listener.close()
        self.device.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def begun(bench: Bench) -> Bench:
    """An upload with its first block taken."""
    bench.begin()
    assert bench.heard() == [b"\0\4\0\0"]
    bench.say(1, bytes(512))
    assert bench.heard() == [b"\0\4\0\1"]
    return bench


def test_a_device_that_is_silent_for_a_minute_is_given_up(begun: Bench) -> None:
    begun.wait(59)
    assert begun.failures() == []
    begun.wait(2)
    assert begun.failures() == ["timed-out"]
    assert list(begun.folder.iterdir()) == []


def test_the_time_in_which_our_process_stood_still_is_no_silence_of_the_device(begun: Bench) -> None:
    begun.wait(20)
    begun.heard()
    begun.stand_still(3600)
    assert begun.failures() == []
    assert begun.heard() == []  # nor is it a reason to say anything again
    begun.say(2, b"end")
    assert begun.uploads.by_fd
    begun.wait(30)
    assert begun.failures() == []


def test_a_standstill_does_not_lengthen_the_patience_for_what_comes_after_it(begun: Bench) -> None:
    begun.stand_still(3600)
    begun.wait(61)
    assert begun.failures() == ["timed-out"]


def test_the_end_is_waited_for_once_however_often_the_last_block_comes(begun: Bench) -> None:
    (incoming,) = begun.uploads.by_fd.values()
    for _ in range(5):
        begun.say(2, b"end")
    assert incoming.kept is not None
    for thread in threading.enumerate():
        if thread.name == "tftp-keep":
            thread.join(timeout=10)
    begun.uploads.go_on(begun.now)
    assert len([event for event in begun.events if isinstance(event, UploadCompleted)]) == 1
    assert begun.wakes == 1


def test_a_block_is_agreed_on_that_the_path_takes_in_one_piece(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tftp.links.largest_packet", lambda _: 1472)
    bench.begin(blksize="8192")
    assert bench.heard() == [b"\0\6blksize\x001468\0"]


def test_a_name_of_many_bytes_a_letter_still_fits_beside_its_part(tmp_path: Path) -> None:
    bench = Bench(tmp_path, name="\N{FIREWORKS}" * 60)  # 240 bytes; file systems take 255
    bench.begin()
    assert bench.heard() == [b"\0\4\0\0"]
    assert len(list(tmp_path.iterdir())) == 1
    bench.close()
    assert bench.failures() == ["server-stopped"]
