"""Files on a disk that change, are replaced, or are no files, while devices read them."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tftp_rig import Client, download, request, serving

from tftp.errors import ImageChanged, ImageUnreadable
from tftp.events import RequestRefused
from tftp.files import Folder, OneImage, served_files
from tftp.private_copy import Content

IMAGE = os.urandom(40_000)

#: The system's call that copies a file, for disks that fail and for files that grow meanwhile.
COPYING = "sendfile" if sys.platform == "linux" else "read"


def _truncate(path: Path) -> None:
    os.truncate(path, 1000)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(len(IMAGE)))


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"other")
    other.replace(path)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(100_000))


@pytest.fixture(params=["sealed", "nameless"])
def copy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both kinds of private copy: in memory, and on the disk when memory is short."""
    if request.param == "nameless":
        monkeypatch.setattr("tftp.private_copy._free_memory", lambda: 0)


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("served_as", [OneImage, lambda path: Folder(path.parent)], ids=["one image", "folder"])
@pytest.mark.parametrize("change", [_truncate, _overwrite, _replace, _grow, Path.unlink])
def test_what_happens_to_the_file_while_it_is_served_does_not_reach_the_device(
    change: Callable[[Path], None], served_as: Callable[[Path], OneImage | Folder], tmp_path: Path
) -> None:
    path = tmp_path / "asa.bin"
    path.write_bytes(IMAGE)
    with serving(served_as(path)) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        got = client.hear()[4:]
        change(path)
        for block in range(1, len(IMAGE) // 512 + 1):
            client.ack(block)
            got += client.hear()[4:]
        assert got == IMAGE


@pytest.mark.usefixtures("copy")
def test_size_and_sum_are_those_of_the_bytes_that_are_served(tmp_path: Path) -> None:
    path = tmp_path / "asa.bin"
    path.write_bytes(IMAGE)
    image = OneImage(path)
    path.write_bytes(b"something else")
    assert image.content.size == len(IMAGE)
    assert image.content.sha512 == hashlib.sha512(IMAGE).hexdigest()
    assert OneImage(path).content.sha512 == hashlib.sha512(b"something else").hexdigest()


@pytest.mark.usefixtures("copy")
def test_an_empty_image_is_an_image(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with serving(OneImage(tmp_path / "empty")) as running, Client(running.port) as client:
        assert download(client, b"empty").data == b""


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no memfd on this system")
def test_the_copy_in_memory_cannot_be_written_by_anybody(tmp_path: Path) -> None:
    path = tmp_path / "asa.bin"
    path.write_bytes(IMAGE)
    before = set(_own_copies())
    image = OneImage(path)
    assert image.content.view.readonly
    (copy,) = set(_own_copies()) - before
    with pytest.raises(PermissionError):
        os.truncate(copy, 0)
    with copy.open("r+b", buffering=0) as writable, pytest.raises(PermissionError):
        writable.write(b"x")


def _own_copies() -> list[Path]:
    descriptors = Path("/proc/self/fd").iterdir()
    return [each for each in descriptors if each.is_symlink() and "tftp-image" in str(each.readlink())]


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("change", [_grow, _truncate, lambda path: os.truncate(path, 0)], ids=["grow", "cut", "empty"])
def test_an_image_that_is_still_being_written_is_refused_at_the_start(
    change: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "asa.bin"
    path.write_bytes(IMAGE)
    copy = getattr(os, COPYING)
    copied_bytes = []

    def change_and_copy(*arguments: Any) -> Any:
        change(path)
        copied = copy(*arguments)
        copied_bytes.append(copied if isinstance(copied, int) else len(copied))
        assert sum(copied_bytes) <= len(IMAGE), "whoever writes faster than we read would fill the machine"
        return copied

    monkeypatch.setattr(os, COPYING, change_and_copy)
    with pytest.raises(ImageChanged) as caught:
        OneImage(path)
    assert caught.value.cause == "image-changed"


def test_a_failing_disk_is_told_at_the_start_and_not_in_the_middle_of_a_transfer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "asa.bin"
    path.write_bytes(IMAGE)

    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, COPYING, fail)
    with pytest.raises(ImageUnreadable) as caught:
        OneImage(path)
    assert caught.value.seen == "Input/output error"


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "socket", "device"])
def test_only_a_regular_file_can_be_the_image(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "it"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
    elif kind == "device":
        path = Path("/dev/zero")
    with pytest.raises(ImageUnreadable):
        OneImage(path)


def test_the_image_that_a_person_names_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    (tmp_path / "current").symlink_to(tmp_path / "asa.bin")
    assert bytes(OneImage(tmp_path / "current").content.view) == IMAGE


def _folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "9.16").mkdir(parents=True)
    (root / "asa.bin").write_bytes(IMAGE)
    (root / "9.16" / "asa.bin").write_bytes(b"below")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "root-private").mkdir()
    (tmp_path / "root-private" / "x").write_bytes(b"secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "inner-link").symlink_to("asa.bin")
    (root / "link-folder").symlink_to(tmp_path)
    os.mkfifo(root / "fifo")
    return root


def test_a_folder_serves_its_files_and_those_below(tmp_path: Path) -> None:
    with serving(served_files(_folder(tmp_path))) as running, Client(running.port) as one, Client(running.port) as two:
        assert download(one, b"/asa.bin").data == IMAGE
        assert download(two, b"9.16/asa.bin").data == b"below"


@pytest.mark.parametrize(
    "name",
    [
        "link",
        "inner-link",
        "link-folder/secret",
        "fifo",
        "9.16",
        "9.16/",
        "9.16/../asa.bin",
        "../root-private/x",
        ".",
        "..",
    ],
)
def test_a_folder_serves_nothing_else_and_does_not_hang(name: str, tmp_path: Path) -> None:
    root = _folder(tmp_path)
    with serving(Folder(root)) as running, Client(running.port) as client, Client(running.port) as good:
        client.ask(request(name.encode()))
        assert client.hear()[:4] == b"\0\5\0\1"
        client.ask(request(f"{root}/{name}".encode()))
        assert client.hear()[:4] == b"\0\5\0\1"
        assert download(good, b"asa.bin").data == IMAGE


@pytest.mark.parametrize(
    "name", ["link", "inner-link", "link-folder/secret", "../secret", "CON", "ASA.BIN", "asa.bin.", "9.16"]
)
def test_where_the_system_cannot_refuse_links_the_listing_decides(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tftp.files._NOFOLLOW", 0)
    folder = Folder(_folder(tmp_path))
    assert folder.find(name) is None
    assert bytes(folder.find("9.16/asa.bin").view) == b"below"


def test_a_file_that_changed_is_copied_anew_for_the_next_device(tmp_path: Path) -> None:
    folder = Folder(_folder(tmp_path))
    first = folder.find("asa.bin")
    assert folder.find("asa.bin") is first
    _replace(tmp_path / "root" / "asa.bin")
    assert bytes(folder.find("asa.bin").view) == b"other"
    assert bytes(first.view) == IMAGE


def test_a_folder_keeps_a_few_copies_only(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.bin").write_bytes(bytes([number]))
    folder = Folder(tmp_path)
    for number in range(20):
        folder.find(f"{number}.bin")
    assert len(folder._copies) == Folder.KEPT


def test_a_file_that_can_not_be_read_is_refused_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)

    def fail(_descriptor: int, shown_as: str) -> Content:
        raise ImageUnreadable(f"cannot copy {shown_as}", seen="Input/output error")

    monkeypatch.setattr(Content, "of_file", fail)
    with serving(Folder(tmp_path)) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        assert client.hear()[:4] == b"\0\5\0\2"
        (refused,) = running.wait_for(RequestRefused)
        assert refused.reason == "unreadable"


def test_a_folder_that_is_none_cannot_be_served(tmp_path: Path) -> None:
    with pytest.raises(ImageUnreadable):
        Folder(tmp_path / "missing")
