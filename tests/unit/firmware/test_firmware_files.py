"""Files that are none, that change, or that are too large: what is read is bounded, and the same from first to last."""

import os
import threading
from pathlib import Path

import pytest
from signed_image import FIRMWARE_NAME, firmware, key

from rommon_tool import firmware as verifier
from rommon_tool.errors import ImageMissing
from rommon_tool.firmware import Anchors
from rommon_tool.firmware.source import Source, opened
from tftp.errors import ImageChanged


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / FIRMWARE_NAME
    path.write_bytes(firmware(1 << 20).built(key()))
    return path


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, image: Path) -> None:
    fifo, link = tmp_path / "fifo.SPA", tmp_path / "link.SPA"
    os.mkfifo(fifo)
    link.symlink_to(image)
    for path in (fifo, link, tmp_path, Path("/dev/zero"), Path("/dev/null"), tmp_path / "missing", Path("a\0b")):
        with pytest.raises(ImageMissing):
            verifier.verify(path)


def test_a_file_that_nobody_may_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_bytes(b"")
    with pytest.raises(ImageMissing):
        verifier.verify(folder / "below-a-file")


def test_a_sparse_file_larger_than_any_image_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / FIRMWARE_NAME
    with path.open("wb") as file:
        file.write(firmware().built(key()))
        file.truncate((4 << 30) + 1)
    found = verifier.verify(path)
    assert (found.verdict, found.sha512) == ("unreadable", "")


def during_the_hashing(path: Path, act: object) -> None:
    """Verify, and do something once the first bytes are hashed."""
    done = threading.Event()

    def once(_done: int, _total: int) -> None:
        if not done.is_set():
            done.set()
            act()  # type: ignore[operator]

    with opened(path) as source:
        source.read(0, 64)
        for chunk in source.chunks():
            once(len(chunk), source.size)


def test_a_file_that_grows_while_it_is_read_is_told(image: Path) -> None:
    def grow() -> None:
        with image.open("ab") as file:
            file.write(bytes(100_000))

    with pytest.raises(ImageChanged):
        during_the_hashing(image, grow)


def test_a_file_that_shrinks_while_it_is_read_is_told(image: Path) -> None:
    with pytest.raises(ImageChanged):
        during_the_hashing(image, lambda: os.truncate(image, 300_000))


def test_a_file_that_is_rewritten_in_place_while_it_is_read_is_told(image: Path) -> None:
    def rewrite() -> None:
        with image.open("r+b") as file:
            file.seek(900_000)
            file.write(b"other bytes")
        os.utime(image, ns=(1, 1))

    with pytest.raises(ImageChanged):
        during_the_hashing(image, rewrite)


def test_what_was_parsed_must_be_what_is_hashed(image: Path) -> None:
    """Even where the times are put back: the bytes that the parser saw are looked for while hashing."""
    with opened(image) as source:
        source.read(0x30, 64)
        before = image.stat()
        with image.open("r+b") as file:
            file.seek(0x42)
            file.write(b"CN=SomebodyElse")
        os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
        with pytest.raises(ImageChanged):
            list(map(len, source.chunks()))


def test_a_file_that_is_replaced_while_it_is_read_does_not_matter(image: Path) -> None:
    """It was opened once: the one that takes its name is another file."""
    other = image.with_name("other")
    other.write_bytes(b"another")
    during_the_hashing(image, lambda: other.replace(image))


def test_every_byte_is_read_once_and_in_order(image: Path) -> None:
    descriptor = os.open(image, os.O_RDONLY)
    try:
        source = Source(descriptor, "image")
        assert b"".join(bytes(chunk) for chunk in source.chunks()) == image.read_bytes()
    finally:
        os.close(descriptor)


def test_the_progress_ends_with_the_whole(image: Path) -> None:
    told: list[tuple[int, int]] = []
    verifier.verify(image, Anchors(), on_progress=lambda done, total: told.append((done, total)))
    size = image.stat().st_size
    assert told[-1] == (size, size)
