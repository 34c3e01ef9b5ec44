"""Recordings read line by line: every form they are kept in, and bounds that hold for endless ones."""

import io
import tracemalloc
from pathlib import Path

import pytest

from platforms import load_platform, platform_names
from serial_console.recognition.recording import LINE_BYTES, RecordedLine, recorded_lines
from serial_console.recognition.replay import ReadLine, Replay
from serial_console.transcript import Transcript

CONSOLE = (
    b"Cisco Systems ROMMON, Version 1.1.8, RELEASE SOFTWARE\r\nUse BREAK or ESC to interrupt boot.\r\n"
    b"Boot in 10 seconds.\r\nBoot interrupted.\r\nrommon 1 > ADDRESS=192.0.2.4\r\nrommon 2 > set\r\n    ADDRESS=192.0.2.4\r\n"
    b"rommon 3 > tftpdnld\r\nReceiving asa.SPA from 192.0.2.1!!!!!!!!!!!!\r\nlink down\r\nfile not found\r\nwhat nobody knows\r\n"
    b"Do you wish to change this configuration? y/n [n]: "
)
KINDS = [
    ["banner", "power-on"],
    ["break-notice"],
    ["countdown"],
    ["interrupted"],
    ["prompt", "typed"],
    ["prompt", "typed"],
    ["variable"],
    ["prompt", "typed"],
    ["progress", "download-started"],
    ["complaint"],
    ["complaint"],
    [],
    ["question"],
]


def read(data: bytes, *names: str) -> list[ReadLine]:
    replay = Replay([load_platform(name) for name in names or platform_names()])
    return list(replay.read(lines_of(data)))


def lines_of(data: bytes) -> list[RecordedLine]:
    return list(recorded_lines(io.BufferedReader(io.BytesIO(data))))  # type: ignore[arg-type]


def kinds(lines: list[ReadLine]) -> list[list[str]]:
    return [sorted(each.kind for each in line.understood) for line in lines]


def test_each_line_is_taken_for_what_it_is() -> None:
    assert kinds(read(CONSOLE, "asa5506x")) == [sorted(kind) for kind in KINDS]


def test_what_was_typed_and_set_is_named() -> None:
    lines = read(CONSOLE, "asa5506x")
    assert lines[4].understood[-1].seen == "ADDRESS=192.0.2.4"
    assert [(each.name, each.seen) for each in lines[6].understood] == [("ADDRESS", "192.0.2.4")]
    assert [each.name for each in lines[10].understood] == ["file-not-found"]


@pytest.mark.parametrize(
    "log",
    [
        CONSOLE,
        CONSOLE.replace(b"\r\n", b"\n"),
        CONSOLE.replace(b"\r\n", b"\n\r"),
        CONSOLE.replace(b"\r\n", b"\r\n\r\n"),
        b'Script started on 2026-01-02 03:04:05+00:00 [TERM="xterm"]\n' + CONSOLE + b"\nScript done on 2026-01-02\n",
        b"=~=~=~=~=~=~=~=~=~=~=~= PuTTY log 2026.01.02 03:04:05 =~=~=~=~=~=~=~=~=~=~=~=\r\n" + CONSOLE,
        b"".join(b"[2026-01-02 03:04:05] " + line for line in CONSOLE.splitlines(keepends=True)),
        b"".join(b"[Fri Jan 02 03:04:05.123 2026] " + line for line in CONSOLE.splitlines(keepends=True)),
        CONSOLE.replace(b"Use BREAK", b"\x1b[0m\x1b[1mUse BREAK"),
    ],
    ids=["raw", "lf", "lf-cr", "blank-lines", "script", "putty", "minicom", "tera-term", "coloured"],
)
def test_the_form_of_a_log_changes_nothing(log: bytes) -> None:
    assert kinds(read(log, "asa5506x")) == [sorted(kind) for kind in KINDS]


def test_our_own_transcript_keeps_times_and_directions(tmp_path: Path) -> None:
    with Transcript(tmp_path / "transcript.txt") as transcript:
        transcript.record("<", b"rommon #0> ")
        transcript.record(">", b"set\r")
        transcript.record("<", b"set\r\n  ADDRESS=192.0.2.4\r\n")
        transcript.record("#", b"BREAK")
    lines = read((tmp_path / "transcript.txt").read_bytes())
    by_direction = {line.line.direction: [each.kind for each in line.understood] for line in lines}
    assert by_direction[">"] == ["typed"]
    assert by_direction["#"] == ["note"]
    assert by_direction["<"] == ["variable"]
    assert all(line.line.seconds is not None for line in lines)


@pytest.mark.parametrize(
    ("text", "state"), [(CONSOLE, "confreg-question"), (b"boot\r\nrommon #4> ", "classic-monitor")]
)
def test_it_tells_what_the_console_was_left_at(text: bytes, state: str) -> None:
    replay = Replay([])
    for _ in replay.read(lines_of(text)):
        pass
    ending = replay.ending()
    assert ending is not None
    assert ending.state.name == state


def test_a_family_that_is_named_is_found() -> None:
    replay = Replay([])
    list(replay.read(lines_of(CONSOLE)))
    assert list(replay.families) == ["asa5506x"]


def test_another_rates_bytes_are_called_unreadable() -> None:
    assert kinds(read(bytes(range(128, 200)) + b"\r\n")) == [["unreadable"]]


def test_a_run_of_marks_without_an_end_is_read_in_bounded_memory() -> None:
    class Endless(io.RawIOBase):
        left = 24 << 20

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            size = min(len(buffer), self.left)
            buffer[:size] = b"!" * size
            self.left -= size
            return size

    tracemalloc.start()
    try:
        lines = recorded_lines(io.BufferedReader(Endless()))  # type: ignore[arg-type]
        assert all(len(line.data) <= LINE_BYTES for line in lines)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_line_split_at_every_place_reads_the_same() -> None:
    whole = [line.data for line in lines_of(CONSOLE)]
    padding = b"x" * (64 * 1024)
    for at in range(0, len(CONSOLE), 7):
        data = padding[: 64 * 1024 - at - 1] + b"\n" + CONSOLE
        assert [line.data for line in lines_of(data)][-len(whole) :] == whole
