"""Transcripts: nothing lost, nothing secret, nothing that a terminal would obey."""

from pathlib import Path

import pytest

from serial_console.transcript import Transcript, printable, read_transcript


def test_both_directions_are_read_back_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "run" / "transcript.txt"
    sent = [b"rommon 1 > ", b"ADDR", b"ESS=10.0.0.1", b"\r\n\r\x00\xff\\", b"rommon 2 > "]
    with Transcript(path) as transcript:
        for part in sent:
            transcript.record("<", part)
        transcript.record(">", b"sync\r")
    entries = read_transcript(path)
    assert b"".join(entry.data for entry in entries if entry.direction == "<") == b"".join(sent)
    assert [entry.data for entry in entries if entry.direction == ">"] == [b"sync\r"]


def test_a_password_that_is_split_over_two_reads_does_not_reach_the_file(tmp_path: Path) -> None:
    path = tmp_path / "transcript.txt"
    with Transcript(path) as transcript:
        transcript.record("<", b"enable pass")
        transcript.record("<", b"word hun")
        transcript.record("<", b"ter2 encrypted\r\n")
    assert "hunter2" not in path.read_text()
    assert "password <secret>" in path.read_text()


def test_a_passphrase_in_a_monitor_s_variable_does_not_reach_the_file(tmp_path: Path) -> None:
    path = tmp_path / "transcript.txt"
    with Transcript(path) as transcript:
        transcript.record(">", b"RESTORE_PASSPHR")
        transcript.record(">", b"ASE=hunter2\r")
        transcript.record("<", b"    RESTORE_PASSPHRASE=hunter2\n\r")
    assert "hunter2" not in path.read_text()


def test_press_any_key_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "transcript.txt"
    with Transcript(path) as transcript:
        transcript.record("<", b"Press any key to continue.\r\n")
    assert "any key to continue" in path.read_text()


def test_only_its_owner_can_read_a_transcript(tmp_path: Path) -> None:
    path = tmp_path / "transcript.txt"
    Transcript(path).close()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "attack",
    [b"\x1b]52;c;cm0gLXJm\x07", b"\x1b[2J\x1b[H", b"\x9b31m", b"\x1b]0;title\x07", b"\x00\x08\x7f", "\u202e".encode()],
)
def test_an_escape_sequence_of_a_device_is_harmless_on_the_terminal(attack: bytes) -> None:
    shown = printable(b"rommon " + attack)
    assert all(character.isascii() and character.isprintable() for character in shown)


def test_a_full_disk_stops_the_file_and_not_the_recovery(tmp_path: Path) -> None:
    heard: list[str] = []
    transcript = Transcript(Path("/dev/full"), on_line=lambda _, text: heard.append(text))
    for _ in range(3):
        transcript.record("<", b"rommon #0>\r\nset\r\n")
    assert "can't be written" in transcript.trouble
    transcript.close()
    assert heard == ["rommon #0>", "set"] * 3


def test_each_line_is_heard_once_it_is_whole() -> None:
    heard: list[tuple[str, str]] = []
    transcript = Transcript(on_line=lambda direction, text: heard.append((direction, text)))
    transcript.record("<", b"Boot interr")
    assert heard == []
    transcript.record("<", b"upted.\r\nrommon 1 > ")
    assert heard == [("<", "Boot interrupted.")]


def test_a_line_without_an_end_does_not_grow_for_ever() -> None:
    heard: list[str] = []
    transcript = Transcript(on_line=lambda _, text: heard.append(text))
    for _ in range(100):
        transcript.record("<", b"!" * 100)
    assert 2 <= len(heard) <= 3
    assert all(len(text) < 5000 for text in heard)


def test_a_line_that_is_no_transcript_is_named_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "transcript.txt"
    path.write_text("    0.000 < rommon #0>\nnonsense\n")
    with pytest.raises(ValueError, match=r"transcript\.txt:2"):
        read_transcript(path)
