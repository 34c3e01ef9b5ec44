"""Archives from anybody: what would write elsewhere, grow without end or is no archive is refused before it is unpacked."""

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rommon_tool.backup_archive import look_into, unpack
from rommon_tool.errors import BackupUnusable

Member = tuple[str, bytes, bytes, str]  # name, type, content, where a link leads


def tar_of(path: Path, *members: Member) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, kind, content, link in members:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(content), link
            tar.addfile(entry, io.BytesIO(content))
    return path


def plain(name: str, content: bytes = b"x") -> Member:
    return name, tarfile.REGTYPE, content, ""


GOOD = (plain("running-config.cfg", b"ASA Version 9.8(4)22\n"), plain("csco/dap.xml"), plain("certs/main.p12"))

HOSTILE: dict[str, tuple[Member, ...]] = {
    "absolute": (plain("/etc/cron.d/x"),),
    "upwards": (plain("../x"),),
    "upwards from within": (plain("a/../../x"),),
    "drive letter": (plain("C:/x"),),
    "backslashes": (plain("a\\..\\x"),),
    "symbolic link": (("a", tarfile.SYMTYPE, b"", "/etc"),),
    "link within": (("a", tarfile.SYMTYPE, b"", "running-config.cfg"),),
    "hard link": (("a", tarfile.LNKTYPE, b"", "/etc/passwd"),),
    "link and a file through it": (("a", tarfile.SYMTYPE, b"", "/tmp"), plain("a/x")),
    "device": (("a", tarfile.CHRTYPE, b"", ""),),
    "pipe": (("a", tarfile.FIFOTYPE, b"", ""),),
    "same name twice": (plain("a"), plain("a")),
    "same name in capitals": (plain("a"), plain("A")),
    "same name with a dot": (plain("a"), plain("./a")),
    "escape sequence": (plain("a\x1b[2J"),),
    "new line": (plain("a\nb"),),
    "nothing": (),
}


def test_a_good_archive_is_listed_with_what_its_names_suggest(tmp_path: Path) -> None:
    archive = look_into(tar_of(tmp_path / "a.tar.gz", *GOOD))
    assert archive.version == "9.8(4)22"
    assert [member.suggests for member in archive.members] == [
        "running configuration",
        "access policies",
        "certificates",
    ]


def test_a_good_archive_is_unpacked_where_nothing_was(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar.gz", *GOOD)
    unpack(path, tmp_path / "out")
    assert (tmp_path / "out/csco/dap.xml").read_bytes() == b"x"
    with pytest.raises(BackupUnusable, match="File exists"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_whole(name: str, tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar.gz", *GOOD, *HOSTILE[name]) if name != "nothing" else tar_of(tmp_path / "a.tar.gz")
    before = set(tmp_path.rglob("*"))
    with pytest.raises(BackupUnusable) as caught:
        unpack(path, tmp_path / "out")
    assert str(caught.value).isprintable()
    assert set(tmp_path.rglob("*")) == before


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "no archive": lambda _: b"hello" * 100,
    "cut short": lambda data: data[: len(data) // 2],
    "a zip, as ASDM makes": lambda _: b"PK\x03\x04" + bytes(200),
    "wrong bit": lambda data: data[:60] + bytes([data[60] ^ 0x10]) + data[61:],
    "a gzip of noise": lambda _: gzip.compress(bytes(range(256)) * 8),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_archive_is_told(name: str, tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar.gz", *GOOD, plain("noise", bytes(range(256)) * 20))
    path.write_bytes(DAMAGE[name](path.read_bytes()))
    with pytest.raises(BackupUnusable):
        look_into(path)


def test_an_archive_that_tells_of_more_than_it_can_hold_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    entry = tarfile.TarInfo("huge")
    entry.size = 1 << 40
    packed.write(entry.tobuf())
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(packed.getvalue() + bytes(1024)))
    with pytest.raises(BackupUnusable):
        look_into(path)
