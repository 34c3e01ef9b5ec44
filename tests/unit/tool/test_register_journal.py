"""The journal of a register that is about to be changed: on the disk before, found again after."""

from pathlib import Path

import pytest

from rommon_tool import register_journal
from rommon_tool.errors import WrongUsage
from rommon_tool.password_guide import lines_by_hand
from rommon_tool.register_journal import FILE_NAME, RegisterNote

NOTE = RegisterNote(0x1, 0x41, "/dev/ttyUSB0", "asa5505")


def journal(runs: Path, name: str, note: RegisterNote = NOTE) -> Path:
    path = runs / name / FILE_NAME
    register_journal.record(path, note)
    return path


def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    note = register_journal.read(journal(tmp_path, "1"))
    assert note is not None
    assert (note.before, note.wanted, note.port, note.platform) == (0x1, 0x41, "/dev/ttyUSB0", "asa5505")
    assert note.time


def test_a_register_that_was_put_back_is_done_with(tmp_path: Path) -> None:
    path = journal(tmp_path, "1")
    register_journal.record_restored(path, 0x1)
    assert register_journal.read(path) is None
    assert register_journal.latest(tmp_path, NOTE.port) is None


def test_the_newest_open_change_on_this_console_is_found(tmp_path: Path) -> None:
    journal(tmp_path, "20260101T000000-password")
    newest = journal(tmp_path, "20260102T000000-password")
    journal(tmp_path, "20260103T000000-password", RegisterNote(0x1, 0x41, "/dev/ttyUSB1", "asa5505"))
    register_journal.record_restored(journal(tmp_path, "20260104T000000-password"), 0x1)
    assert register_journal.latest(tmp_path, "/dev/ttyUSB0") == newest


@pytest.mark.parametrize("rest", ['{"what": "rest', "[]\n", '{"what": "recorded", "before": "x"}'])
def test_a_line_that_was_cut_or_is_not_ours_does_not_hide_what_was_recorded_after(tmp_path: Path, rest: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(rest + "\n")
    register_journal.record(path, NOTE)
    assert register_journal.read(path) is not None


def test_a_journal_that_cannot_be_written_is_an_error_before_anything_is_changed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongUsage, match="not changed"):
        register_journal.record(tmp_path / "file" / FILE_NAME, NOTE)


def test_a_journal_that_is_not_there_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage) as caught:
        register_journal.read(tmp_path / FILE_NAME)
    assert "--register 0x1" in caught.value.hint


def test_the_old_configuration_comes_back_before_anything_is_saved() -> None:
    lines = [typed.line for typed in lines_by_hand(0x1)]
    assert lines[:2] == ["enable", "copy startup-config running-config"]
    assert lines.index("copy startup-config running-config") < lines.index("write memory")
    assert lines.index("config-register 0x1") < lines.index("write memory")


def test_an_open_set_up_question_is_answered_first_by_hand() -> None:
    assert lines_by_hand(0x1, asks_set_up=True)[0].line == "no"
