"""File access of a booted ASA in virtual time: each setting is typed, read back, and saved only where that was said."""

import pytest
from files_bench import FilesBench

from rommon_tool.errors import FilesUnproved, WrongUsage
from rommon_tool.procedures.file_access import (
    FileAccess,
    Mount,
    Setting,
    configured,
    ftp_passive,
    lines_to_type,
    mount_point,
    no_mount_point,
    no_tftp_path,
    scp_server,
    tftp_path,
)
from serial_console.asa_cli import Secret

PATH = tftp_path("inside", "192.0.2.1", "/tftpboot/asa/config3")
CIFS = Mount("files", "cifs", "192.0.2.5", "fw", Secret("p4ss-w0rd"), share="asa", domain="EXAMPLE")
FTP = Mount("backups", "ftp", "192.0.2.5", "fw", Secret("p4ss-w0rd"), path="/asa", passive=False)


def configure(here: FilesBench, setting: Setting, *, saves: bool = False) -> FileAccess:
    return configured(here.asa, setting, here.progress, saves=saves)


@pytest.mark.parametrize(
    ("on", "off"),
    [
        (ftp_passive(on=True), ftp_passive(on=False)),
        (scp_server(on=True), scp_server(on=False)),
        (PATH, no_tftp_path()),
        (mount_point(CIFS), no_mount_point("files")),
        (mount_point(FTP), no_mount_point("backups")),
    ],
    ids=lambda setting: setting.name,
)
def test_a_setting_is_read_back_and_taken_back(on: Setting, off: Setting) -> None:
    here = FilesBench("&flash=old")
    assert set(on.present) <= set(configure(here, on).shows)
    assert not set(on.present) & set(configure(here, off).shows)
    assert b"write memory" not in here.line.typed()


def test_a_setting_is_saved_if_that_was_said() -> None:
    here = FilesBench("&flash=old")
    assert configure(here, PATH, saves=True).saved
    assert PATH.lines[0] in here.line.device._chassis.startup


def test_a_password_is_in_no_plan_and_no_outcome() -> None:
    here = FilesBench("&flash=old")
    setting = mount_point(CIFS)
    assert "p4ss-w0rd" not in " ".join(
        [*lines_to_type(setting, saves=False), repr(setting), repr(configure(here, setting))]
    )
    assert b"password p4ss-w0rd\r" in here.line.typed()


def test_what_does_not_read_back_is_told() -> None:
    here = FilesBench("&flash=old")
    with pytest.raises(FilesUnproved, match="is not there"):
        configure(here, Setting("x", ("ftp mode passive",), "show running-config ftp", present=("ftp mode other",)))


@pytest.mark.parametrize("text", ["a b", "a?", "", "a\rreload", "a;b"])
def test_what_is_more_than_a_word_is_not_typed(text: str) -> None:
    with pytest.raises(WrongUsage):
        tftp_path("inside", "192.0.2.1", text)
