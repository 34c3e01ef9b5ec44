"""A large file is copied beside the transfers that are under way, and its first reader waits for it."""

from __future__ import annotations

import errno
import os
import select
from concurrent.futures import Future
from pathlib import Path

import pytest
from tftp_rig import Bystander, Client, download, request, serving

from tftp.errors import ImageChanged
from tftp.events import RequestReceived, RequestRefused, TransferCompleted
from tftp.files import Folder
from tftp.private_copy import Content

IMAGE = os.urandom(20_000)
LARGE = 2 * Folder.COPIED_AT_ONCE_BYTES


class OnASlowDisk:
    """One file that is there at once, and one whose copy is ready when the test says so."""

    def __init__(self) -> None:
        self.copied: Future[Content] = Future()
        self.asked = 0

    def find(self, name: str) -> Content | Future[Content] | None:
        if name == "slow":
            self.asked += 1
            return self.copied
        return Content.of_bytes(IMAGE) if name == "quick" else None


def test_a_device_waits_for_its_copy_and_its_repeated_requests_begin_nothing_twice() -> None:
    files = OnASlowDisk()
    with serving(files) as running, Client(running.port) as patient, Client(running.port) as other:
        for _ in range(3):
            patient.ask(request(b"slow"))
        running.wait_for(RequestReceived, 3)
        assert download(other, b"quick").data == IMAGE
        assert patient.hears_nothing()
        files.copied.set_result(Content.of_bytes(IMAGE))
        assert patient.hear() == b"\0\3\0\1" + IMAGE[:512]
        assert patient.hears_nothing()
        assert len(running.server.sessions) == 2


def test_a_device_that_asked_for_another_file_meanwhile_gets_that_one_only() -> None:
    files = OnASlowDisk()
    with serving(files) as running, Client(running.port) as device:
        device.ask(request(b"slow"))
        running.wait_for(RequestReceived)
        assert download(device, b"quick").data == IMAGE
        files.copied.set_result(Content.of_bytes(b"late"))
        device.peer = device.server
        assert device.hears_nothing()


def test_a_copy_that_fails_is_refused_with_its_reason() -> None:
    files = OnASlowDisk()
    with serving(files) as running, Client(running.port) as device:
        device.ask(request(b"slow"))
        running.wait_for(RequestReceived)
        files.copied.set_exception(ImageChanged("slow changed while it was being read"))
        assert device.hear()[:4] == b"\0\5\0\2"
        (refused,) = running.wait_for(RequestRefused)
        assert (refused.reason, refused.detail) == ("unreadable", "slow changed while it was being read")


def test_a_server_that_is_stopped_while_a_device_waits_stops() -> None:
    files = OnASlowDisk()
    with serving(files) as running, Client(running.port) as device:
        device.ask(request(b"slow"))
        running.wait_for(RequestReceived)
    files.copied.set_result(Content.of_bytes(IMAGE))


def test_others_go_on_while_a_file_of_300_megabytes_is_copied(tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    (tmp_path / "small.bin").write_bytes(content)
    with (tmp_path / "large.bin").open("wb") as large:
        large.truncate(300_000_000)
    with (
        serving(Folder(tmp_path), clients=None) as running,
        Bystander(running.port, b"small.bin", content) as bystander,
        Client(running.port, source="127.0.0.9") as device,
    ):
        device.ask(request(b"large.bin"))
        blocks = 0
        while not select.select([device.socket], [], [], 0)[0] and blocks < 1000:
            bystander.goes_on(1)
            blocks += 1
        assert blocks > 30
        device.socket.settimeout(60)  # a slow disk is no fault of the server
        assert device.hear() == b"\0\3\0\1" + bytes(512)
        bystander.finishes()


@pytest.mark.parametrize("changes", [False, True])
def test_a_large_file_is_copied_once_for_all_until_it_changes(changes: bool, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(LARGE))
    folder = Folder(tmp_path)
    first = folder.find("large.bin")
    assert isinstance(first, Future)
    content = first.result(10)
    if changes:
        (tmp_path / "large.bin").write_bytes(b"other" * LARGE)
        again = folder.find("large.bin")
        assert isinstance(again, Future)
        assert bytes(again.result(10).view[:5]) == b"other"
    else:
        assert folder.find("large.bin") is content


def test_no_more_than_a_few_large_files_are_copied_at_a_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for number in range(Folder.COPIED_BESIDE):
        folder._copying[number,] = Future()  # a disk that does not answer
    (tmp_path / "large.bin").write_bytes(bytes(LARGE))
    with serving(folder) as running, Client(running.port) as device:
        device.ask(request(b"large.bin"))
        assert device.hear()[:4] == b"\0\5\0\0"
        (refused,) = running.wait_for(RequestRefused)
        assert refused.reason == "busy"


@pytest.mark.parametrize(
    ("name", "is_served"),
    [
        (b"boot/asa.bin", True),
        (b"/boot/asa.bin", True),
        (b"tftp:boot/asa.bin", True),
        (b"tftp:/boot/asa.bin", True),
        (b"tftp://192.0.2.1/boot/asa.bin", True),
        (b"tftp://[2001:db8::1]/boot/asa.bin", True),
        (b"tftp:///boot/asa.bin", True),
        (b"//192.0.2.1/boot/asa.bin", False),
        (b"tftp://192.0.2.1/../boot/asa.bin", False),
        (b"tftp:tftp:boot/asa.bin", False),
        (b"http://192.0.2.1/boot/asa.bin", False),
        (b"boot/ASA.bin", False),
        (b"BOOT/asa.bin", False),
        (b"boot//asa.bin", False),
        (b"tftp://192.0.2.1", False),
        (b"tftp:", False),
        (b"/", False),
    ],
)
def test_a_name_may_be_written_as_devices_do(name: bytes, is_served: bool, tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot" / "asa.bin").write_bytes(IMAGE)
    with serving(Folder(tmp_path)) as running, Client(running.port) as device:
        if is_served:
            assert download(device, name).data == IMAGE
            running.wait_for(TransferCompleted)
        else:
            device.ask(request(name))
            assert device.hear()[:4] == b"\0\5\0\1"


def test_a_file_that_the_system_cannot_copy_by_itself_is_read_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "sendfile", refuse, raising=False)
    (tmp_path / "large.bin").write_bytes(IMAGE * 100)
    copied = Folder(tmp_path).find("large.bin")
    assert isinstance(copied, Future)
    assert copied.result(10).view == IMAGE * 100
