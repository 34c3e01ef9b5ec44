"""Backup and restore of a booted ASA in virtual time: the chapter's rules, the passphrase, the archive before."""

import hashlib
import json
from pathlib import Path

import pytest
from files_bench import FilesBench, MemoryTaker
from test_copying_procedure import MemoryServer

from rommon_tool.errors import BackupRefused, BackupUnusable, RommonError
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.backing_up import BackedUp, backed_up
from rommon_tool.procedures.own_archive import LOCAL_CA, MANIFEST, OwnArchive, archived, checked
from rommon_tool.procedures.restoring import ON_DISK, Restored, RestoreOrder, restored
from serial_console.asa_cli import Secret
from serial_console.asa_cli.reading.version import ShownVersion
from serial_console.errors import ConsoleError
from serial_console.simulated.events import Erased

KEY = Secret("k3y-0f-certs")
RUN = 1 << 30


def bench(options: str = "") -> FilesBench:
    return FilesBench(f"&flash=old&free={RUN}{options}")


def yes(_what: str) -> bool:
    return True


def back_up(here: FilesBench, folder: Path, asa: Asa | None = None) -> BackedUp:
    taker = MemoryTaker(here.network, folder)
    return here.finish(backed_up(asa or here.asa, taker, folder / "fw.tar.gz", KEY, here.progress))


def archive(here: FilesBench, folder: Path) -> OwnArchive:
    taker = MemoryTaker(here.network, folder.parent)
    return here.finish(archived(here.asa, taker, folder, here.progress))


def restore(here: FilesBench, path: Path, agrees: object = yes) -> Restored:
    data = path.read_bytes()
    name = ON_DISK.name
    here.network.files[name] = data
    server = MemoryServer(here.network, hashlib.sha512(data).hexdigest(), len(data), f"tftp://192.168.1.21/{name}")
    order = RestoreOrder(path, path.parent / "before", KEY, agrees)  # type: ignore[arg-type]
    taker = MemoryTaker(here.network, path.parent)
    return here.finish(restored(here.asa, taker, server, order, here.progress))


def test_a_backup_is_fetched_looked_into_and_taken_off_the_disk(tmp_path: Path) -> None:
    here = bench()
    done = back_up(here, tmp_path)
    assert done.version == here.asa.shown.version
    assert {"running configuration", "startup configuration", "certificates"} <= set(done.holds)
    assert not [name for name in here.names if "backup" in name]
    assert here.line.typed("question") == b"\rk3y-0f-certs\r"


@pytest.mark.parametrize(
    ("options", "version", "cause"),
    [(f"&free={200_000_000}", "9.8(4)22", "no-room"), ("", "9.1(7)", "too-old")],
)
def test_the_chapter_s_limits_are_refusals(options: str, version: str, cause: str, tmp_path: Path) -> None:
    here = FilesBench(f"&flash=old{options or f'&free={RUN}'}")
    with pytest.raises(BackupRefused) as caught:
        back_up(here, tmp_path, Asa(here.cli, ShownVersion(version), here.line))
    assert caught.value.cause == cause
    assert b"backup" not in here.line.typed()


def _back_up_again_and_again(here: FilesBench, folder: Path) -> None:
    for _ in range(20):
        back_up(here, folder)
        (folder / "fw.tar.gz").unlink()


def test_a_device_that_restarts_meanwhile_ends_the_backup_by_name(tmp_path: Path) -> None:
    here = bench("&fault=reboot-after:9000")
    with pytest.raises(ConsoleError):
        _back_up_again_and_again(here, tmp_path)
    assert not (tmp_path / "fw.tar.gz").exists()


def test_an_archive_of_our_own_is_whole_and_proves_it_later(tmp_path: Path) -> None:
    here = bench()
    disk = here.line.device._chassis.disk
    disk.make_directory("LOCAL-CA-SERVER")
    disk.write(LOCAL_CA[0].path, b"serial")
    done = archive(here, tmp_path / "before")
    assert checked(tmp_path / "before") == done.files
    assert (tmp_path / "before").stat().st_mode & 0o077 == 0
    assert (tmp_path / "before/disk0-LOCAL-CA-SERVER-LOCAL-CA-SERVER.ser").read_bytes() == b"serial"
    assert "hostname" in (tmp_path / "before/running-config.cfg").read_text()
    (tmp_path / "before/running-config.cfg").write_text("changed")
    with pytest.raises(BackupUnusable, match="not what was archived"):
        checked(tmp_path / "before")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a\\b"])
def test_a_manifest_that_names_what_lies_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({"files": {name: {"sha512": "0"}}}))
    with pytest.raises(BackupUnusable):
        checked(tmp_path)


def test_a_restore_brings_the_configuration_back_and_keeps_what_was_there(tmp_path: Path) -> None:
    here = bench()
    back_up(here, tmp_path)
    for line in ("configure terminal", "hostname changed", "end"):
        here.cli.run(line)
    done = restore(here, tmp_path / "fw.tar.gz")
    assert here.cli.prompt.host == "ciscoasa"
    assert "hostname changed" in (Path(done.before) / "running-config.cfg").read_text()
    assert done.complaints == ("ERROR: Interface description was set by failover",)
    assert not [name for name in here.names if "restore" in name]
    assert b"k3y-0f-certs" in here.line.typed("question")


def test_a_backup_of_another_version_is_refused_before_anything_is_typed(tmp_path: Path) -> None:
    here = bench()
    back_up(here, tmp_path)
    other = FilesBench(f"&flash=old&free={RUN}&fault=reports-version:9.6(1)")
    with pytest.raises(BackupRefused) as caught:
        restore(other, tmp_path / "fw.tar.gz")
    assert caught.value.cause == "other-version"
    assert b"restore" not in other.line.typed()


def test_without_a_yes_nothing_is_restored_and_the_archive_stays(tmp_path: Path) -> None:
    here = bench()
    back_up(here, tmp_path)
    with pytest.raises(BackupRefused, match="not agreed"):
        restore(here, tmp_path / "fw.tar.gz", lambda _: False)
    assert b"restore" not in here.line.typed()
    assert checked(tmp_path / "before")


@pytest.mark.parametrize("seed", range(12))
def test_a_device_that_words_all_otherwise_ends_in_a_backup_or_a_named_error(seed: int, tmp_path: Path) -> None:
    try:
        here = bench(f"&fault=reworded:{seed}")
    except ConsoleError:
        return
    asa = Asa(here.cli, ShownVersion("9.8(4)22", model="ASA5506"), here.line)
    try:
        back_up(here, tmp_path, asa)
    except (ConsoleError, RommonError):
        pass
    else:
        assert (tmp_path / "fw.tar.gz").exists()
    assert not [event for event in here.line.events if isinstance(event, Erased)]
