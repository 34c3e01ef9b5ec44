"""The file tools on a booted ASA, in virtual time: what has a use stays, nothing is written over, changes are read back."""

import hashlib
from pathlib import Path

import pytest
from files_bench import FilesBench, MemoryTaker
from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from rommon_tool.errors import (
    FilesRefused,
    FilesUnproved,
    ImageMismatch,
    RommonError,
    TransferFailed,
    WrongUsage,
)
from rommon_tool.procedures.disk_files import compared, copied, folder_made, removed, renamed, shown
from rommon_tool.procedures.disk_names import DiskName, disk_name
from rommon_tool.procedures.receiving import received
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.version import ShownVersion
from serial_console.errors import CommandFailed, ConsoleError
from serial_console.simulated.events import Erased

OLD = "asa941-lfbff-k8.SPA"
CONFIG = b"hostname fw\n: end\n"


def bench(options: str = "", **files: bytes) -> FilesBench:
    return FilesBench(f"&flash=old{options}", {"a.cfg": CONFIG, **files})


def yes(_what: str) -> bool:
    return True


def no(_what: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("text", "disk", "path"),
    [
        ("a.cfg", "disk0", "a.cfg"),
        ("disk0:/a/b.cfg", "disk0", "a/b.cfg"),
        ("flash:a.cfg", "disk0", "a.cfg"),
        ("disk3:/x/", "disk3", "x"),
    ],
)
def test_a_name_is_read_as_people_write_it(text: str, disk: str, path: str) -> None:
    assert disk_name(text) == DiskName(disk, path)


@pytest.mark.parametrize(
    "text",
    ["", "disk0:/", "../x", "disk0:/a/../b", "a b", "a?", "a\r", "a;type=in", "tftp://x/y", "disk9:/x", "a" * 300, "ä"],
)
def test_what_no_device_takes_as_one_name_is_typed_at_none(text: str) -> None:
    with pytest.raises(WrongUsage):
        disk_name(text)


def test_a_listing_tells_what_files_are_designated_as() -> None:
    here = bench()
    for line in ("configure terminal", f"boot system disk0:/{OLD}", "asdm image disk0:/a.cfg", "end"):
        here.cli.run(line)
    found = shown(here.cli, DiskName("disk0", ""), here.asa.shown)
    status = {file.name: file.status for file in found.files}
    assert status["a.cfg"] == "ASDM image"
    assert status[OLD] in ("boot image", "running image")
    assert found.free_bytes


def test_a_deleted_file_is_gone_and_only_that_one() -> None:
    here = bench(b=b"b")
    assert removed(here.cli, disk_name("b"), here.asa.shown, yes).did == "deleted"
    assert "b" not in here.names
    assert "a.cfg" in here.names


@pytest.mark.parametrize("line", [f"boot system disk0:/{OLD}", f"asdm image disk0:/{OLD}", f"boot config disk0:/{OLD}"])
def test_what_has_a_use_is_neither_deleted_nor_renamed(line: str) -> None:
    here = bench()
    for typed in ("configure terminal", line, "end"):
        here.cli.run(typed)
    with pytest.raises(FilesRefused) as caught:
        removed(here.cli, disk_name(OLD), here.asa.shown, yes)
    assert caught.value.cause == "in-use"
    with pytest.raises(FilesRefused):
        renamed(here.cli, disk_name(OLD), disk_name("x"), here.asa.shown)
    assert OLD in here.names


def test_nobody_who_agrees_means_nothing_is_deleted() -> None:
    here = bench()
    with pytest.raises(FilesRefused, match="not agreed"):
        removed(here.cli, disk_name("a.cfg"), here.asa.shown, no)
    assert "a.cfg" in here.names
    assert b"delete" not in here.line.typed()


def test_a_file_that_is_not_there_is_named() -> None:
    here = bench()
    with pytest.raises(FilesRefused, match="no file disk0:/none"):
        removed(here.cli, disk_name("none"), here.asa.shown, yes)
    with pytest.raises(CommandFailed):
        copied(here.cli, disk_name("no/folder.cfg"), disk_name("x"))


def test_a_copy_and_a_new_name_are_read_back_and_write_over_nothing() -> None:
    here = bench(b=b"other")
    assert copied(here.cli, disk_name("a.cfg"), disk_name("c")).sha512 == hashlib.sha512(CONFIG).hexdigest()
    renamed(here.cli, disk_name("c"), disk_name("d"), here.asa.shown)
    assert here.content("d") == CONFIG
    for refused in (
        lambda: copied(here.cli, disk_name("a.cfg"), disk_name("b")),
        lambda: renamed(here.cli, disk_name("a.cfg"), disk_name("b"), here.asa.shown),
    ):
        with pytest.raises(FilesRefused, match="is there already"):
            refused()
    assert here.content("b") == b"other"
    with pytest.raises(FilesRefused, match="there is no folder"):
        copied(here.cli, disk_name("a.cfg"), disk_name("no/a.cfg"))


def test_a_copy_with_a_wrong_bit_is_taken_away_again() -> None:
    here = bench("&fault=copy-broken")
    with pytest.raises(FilesUnproved, match="not the same"):
        copied(here.cli, disk_name("a.cfg"), disk_name("c"))
    assert "c" not in here.names


def test_a_folder_is_made_once() -> None:
    here = bench()
    assert folder_made(here.cli, disk_name("LOCAL-CA-SERVER")).did == "made"
    assert folder_made(here.cli, disk_name("LOCAL-CA-SERVER")).did == "was-there"
    with pytest.raises(FilesRefused, match="is a file"):
        folder_made(here.cli, disk_name("a.cfg"))


def test_a_digest_that_differs_is_told() -> None:
    here = bench()
    digest = hashlib.sha512(CONFIG).hexdigest()
    assert compared(here.cli, disk_name("a.cfg"), digest).did == "verified"
    with pytest.raises(ImageMismatch):
        compared(here.cli, disk_name("a.cfg"), "0" * 128)


# --- onto this machine ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["a.cfg", "running-config"])
def test_a_fetched_file_is_whole_and_nobody_else_s_to_read(source: str, tmp_path: Path) -> None:
    here, path = bench(), tmp_path / "got.cfg"
    taker = MemoryTaker(here.network, tmp_path)
    what = source if source == "running-config" else disk_name(source)
    outcome = here.finish(received(here.cli, taker, what, path, here.progress))
    assert outcome.sha512 == hashlib.sha512(path.read_bytes()).hexdigest()
    assert outcome.is_compared == (source == "a.cfg")
    assert path.stat().st_mode & 0o077 == 0
    assert taker.orders[0][1] == "192.168.1.1"
    assert b"hostname" in path.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_here_already_is_written_over_only_if_that_was_said(tmp_path: Path) -> None:
    here, path = bench(), tmp_path / "got.cfg"
    path.write_text("mine")
    taker = MemoryTaker(here.network, tmp_path)
    with pytest.raises(WrongUsage, match="there already"):
        here.finish(received(here.cli, taker, disk_name("a.cfg"), path, here.progress))
    assert path.read_text() == "mine"
    here.finish(received(here.cli, taker, disk_name("a.cfg"), path, here.progress, replaces=True))
    assert path.read_bytes() == CONFIG


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    here, path = bench(), tmp_path / "got.cfg"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WrongUsage):
        here.finish(
            received(
                here.cli,
                MemoryTaker(here.network, tmp_path),
                disk_name("a.cfg"),
                path,
                here.progress,
                replaces=True,
            )
        )
    assert not (tmp_path / "elsewhere").exists()


class ChangingTaker(MemoryTaker):
    """Hands over something else than what was sent."""

    def taken(self, name: str, seconds: float) -> Path | None:
        path = super().taken(name, seconds)
        if path is not None:
            path.write_bytes(path.read_bytes()[:-1] + b"X")
        return path


@pytest.mark.parametrize(("source", "cause"), [("a.cfg", "digest-differs"), ("running-config", "cut-short")])
def test_what_came_changed_is_not_kept(source: str, cause: str, tmp_path: Path) -> None:
    here, path = bench(), tmp_path / "got.cfg"
    what = source if source == "running-config" else disk_name(source)
    with pytest.raises(TransferFailed) as caught:
        here.finish(received(here.cli, ChangingTaker(here.network, tmp_path), what, path, here.progress))
    assert caught.value.cause == cause
    assert not path.exists()


@pytest.mark.parametrize("seed", range(16))
def test_a_device_that_words_all_otherwise_loses_no_file(seed: int) -> None:
    line = SimulatedLine(f"sim://asa5506x?state=booted&flash=old&fault=reworded:{seed}", network=MemoryNetwork())
    line.device._chassis.disk.write("a.cfg", CONFIG)
    cli = AsaCli(line)
    try:
        cli.log_in()
        cli.enable()
        shown(cli, DiskName("disk0", ""), ShownVersion("9.4(1)"))
        removed(cli, disk_name("a.cfg"), ShownVersion("9.4(1)"), yes)
    except (ConsoleError, RommonError):
        pass  # a named end
    else:
        assert not line.device._chassis.disk.has("a.cfg")
    assert line.device._chassis.disk.has(OLD)
    assert line.typed("question") == b""
    assert not [event for event in line.events if isinstance(event, Erased)]
