"""The live table of `rommon serve`, read back from a terminal emulator."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pyte
import pytest
from rich.console import Console

from rommon_tool.live_table import LiveTable, size_text
from rommon_tool.progress import Record, Warned
from rommon_tool.transfer_board import REFUSALS_KEPT, ROWS_KEPT, TransferBoard
from tftp.events import (
    RequestReceived,
    RequestRefused,
    ServerListening,
    TransferCompleted,
    TransferFailed,
    TransferProgressed,
    TransferRetransmitted,
    TransferStalled,
    TransferStopped,
)

NAME = "asa984-22-lfbff-k8.SPA"
TOTAL = 100_000_000


class Terminal:
    """A table on an emulated terminal, and the clock of both."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.now = 1000.0
        self._out = io.StringIO()
        self._screen = pyte.HistoryScreen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        console = Console(
            file=self._out,
            force_terminal=True,
            width=columns,
            height=lines,
            legacy_windows=False,
            _environ={"TERM": "xterm-256color"},
        )
        self.table = LiveTable("images", console, lambda: self.now)
        self.table.open()

    def happens(self, *events: object) -> None:
        for event in events:
            self.table(Record(1, self.now - 1000, "server", event))

    def shows(self) -> list[str]:
        """The lines of the screen, once drawn anew."""
        self.table.refresh()
        return self._displayed()

    def closed(self) -> list[str]:
        self.table.close()
        return self._displayed()

    @property
    def scrolled_away(self) -> int:
        return len(self._screen.history.top)

    def _displayed(self) -> list[str]:
        self._stream.feed(self._out.getvalue().replace("\n", "\r\n"))
        self._out.seek(0)
        self._out.truncate()
        return [line.rstrip() for line in self._screen.display]


def asked(client: str = "10.86.118.4", port: int = 1024) -> RequestReceived:
    return RequestReceived(client, port, NAME, "octet")


def progressed(taken: int, client: str = "10.86.118.4", port: int = 1024) -> TransferProgressed:
    return TransferProgressed(client, port, NAME, 1, taken, TOTAL)


def stalled(client: str = "10.86.118.4") -> TransferStalled:
    return TransferStalled(client, 1024, NAME, 1, TOTAL // 2, TOTAL, 3.0)


def completed(client: str = "10.86.118.4", *, resent: int = 0, acknowledged: bool = True) -> TransferCompleted:
    return TransferCompleted(client, 1024, NAME, TOTAL, 12.25, resent, acknowledged)


def failed(reason: Any, client: str = "10.86.118.4") -> TransferFailed:
    return TransferFailed(client, 1024, NAME, 1, 512, TOTAL, reason)


def refused(client: str = "10.86.118.9", name: str = "x", reason: Any = "not-found") -> RequestRefused:
    return RequestRefused(client, 1024, name, 1, reason)


def device(number: int) -> str:
    return f"10.86.{118 + number // 250}.{number % 250 + 1}"


def line_with(text: str, lines: list[str]) -> str:
    found = [line for line in lines if text in line]
    assert found, "\n".join(lines)
    return found[0]


def resent(blocks: int) -> TransferRetransmitted:
    return TransferRetransmitted("10.86.118.4", 1024, NAME, 7, 512, TOTAL, "timer", 1, 0.01, blocks)


def test_a_transfer_with_losses_shows_how_much_was_sent_again_until_it_stalls() -> None:
    terminal = Terminal(columns=100)
    terminal.happens(progressed(0), resent(12), progressed(1_000_000))
    assert "running: 12 resent" in line_with("10.86.118.4", terminal.shows())
    terminal.happens(stalled(), resent(13))
    assert "stalled" in line_with("10.86.118.4", terminal.shows())


def test_a_device_that_loads_has_a_row_with_its_file_percent_bytes_and_rate() -> None:
    terminal = Terminal(columns=100)
    terminal.happens(ServerListening("10.86.118.21", 69), asked(), progressed(0))
    terminal.now += 2
    terminal.happens(progressed(25_000_000))
    lines = terminal.shows()
    assert lines[0] == "TFTP server on 10.86.118.21:69, read-only: images. Ctrl-C ends it."
    assert line_with("10.86.118.4", lines).split() == [
        "10.86.118.4",
        NAME,
        "25%",
        "25.0",
        "MB",
        "12.5",
        "MB/s",
        "running",
    ]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (asked(), "asked"),
        (stalled(), "stalled 3 s"),
        (completed(), "done: 12.2 s"),
        (completed(resent=3), "done: 12.2 s, 3 resent"),
        (failed("timed-out"), "failed: fell silent"),
        (failed("never-acknowledged"), "failed: never answered"),
        (TransferStopped("10.86.118.4", 1024, NAME, 1, 512, TOTAL, 3, "disk full"), "stopped: disk full"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_last_column_says_what_became_of_it(event: object, says: str) -> None:
    terminal = Terminal()
    terminal.happens(event)
    assert line_with("10.86.118.4", terminal.shows()).endswith(f" {says}")


def test_a_stall_grows_with_the_clock_and_ends_with_the_next_block() -> None:
    terminal = Terminal()
    terminal.happens(stalled())
    terminal.now += 40
    assert "stalled 43 s" in line_with("10.86.118.4", terminal.shows())
    terminal.happens(progressed(TOTAL // 2 + 512))
    assert "running" in line_with("10.86.118.4", terminal.shows())


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (100, 30), (60, 12), (200, 60), (20, 6)])
def test_two_hundred_devices_fit_any_terminal_and_the_rest_is_counted(columns: int, lines: int) -> None:
    terminal = Terminal(columns, lines)
    terminal.happens(*(refused(client=f"192.0.2.{number}") for number in range(50)))
    for number in range(200):
        terminal.happens(asked(device(number)), progressed(number * 512, device(number)))
    terminal.happens(stalled(device(150)))
    shown = terminal.shows()
    for _ in range(20):
        terminal.now += 1
        terminal.happens(progressed(TOTAL // 2, "198.51.100.1"))
        shown = terminal.shows()
    assert terminal.scrolled_away == 0
    assert len(shown) == lines
    if columns >= 60:
        assert device(150) in shown[2], "the one that stalls comes first"
        more = line_with(" more; of all ", shown)
        assert "of all 201: 1 stalled, 200 running" in more
        assert int(more.split()[1]) + sum("running" in line or "stalled" in line for line in shown) - 2 == 201


def test_failures_leave_room_for_what_still_runs() -> None:
    terminal = Terminal()
    terminal.happens(*(failed("timed-out", device(number)) for number in range(100)))
    terminal.happens(*(progressed(512, device(number)) for number in range(100, 110)))
    lines = terminal.shows()
    assert device(99) in "\n".join(lines)
    assert sum("running" in line for line in lines) >= 8


def test_a_row_leaves_a_minute_after_its_end_and_a_request_that_nobody_acknowledged_sooner() -> None:
    terminal = Terminal()
    terminal.happens(completed(), asked("10.86.118.5"), progressed(512, "10.86.118.6"))
    terminal.now += 30
    assert [device for device in ("118.4", "118.5", "118.6") if device in "\n".join(terminal.shows())] == [
        "118.4",
        "118.6",
    ]
    terminal.now += 31
    lines = "\n".join(terminal.shows())
    assert ("118.4" in lines, "118.6" in lines) == (False, True)


def test_a_device_that_asks_again_from_the_same_port_has_one_row() -> None:
    terminal = Terminal()
    terminal.happens(asked(), progressed(TOTAL // 2), asked(), progressed(512), failed("replaced"))
    rows = [line for line in terminal.shows() if "10.86.118.4" in line]
    assert len(rows) == 1
    assert "running" in rows[0]


def test_refusals_stand_below_by_address_and_reason_with_the_last_name() -> None:
    terminal = Terminal()
    terminal.happens(
        *(refused(name=f"config-{number}") for number in range(12)), refused("192.0.2.66", "y", "stranger")
    )
    terminal.now += 4
    lines = terminal.shows()
    assert line_with("118.9", lines) == "refused 10.86.118.9 (not-found, 12 times, last 4 s ago): config-11"
    assert line_with("192.0.2.66", lines) == "refused 192.0.2.66 (stranger, 4 s ago): y"


def test_the_last_line_sums_up() -> None:
    terminal = Terminal()
    terminal.happens(completed("10.86.118.5"), failed("timed-out", "10.86.118.6"), progressed(1_000), refused())
    terminal.now += 3723
    terminal.happens(progressed(2_000))
    last = line_with("; up ", terminal.shows())
    assert last.startswith("1 running, 1 done, 1 broke off, 1 refused; 100 MB at ")
    assert last.endswith("up 1:02:03")


@pytest.mark.parametrize("hostile", ["\x1b[2J\x1b]0;owned\x07x", "a\r\nb", "\u202etxt.exe", "[bold red]x[/]"])
def test_text_from_the_wire_neither_moves_the_cursor_nor_changes_the_picture(hostile: str) -> None:
    terminal = Terminal(columns=120)
    before = len([line for line in terminal.shows() if line])
    terminal.happens(
        refused(name=hostile),
        RequestReceived("10.86.118.4", 1, hostile, "octet"),
        TransferStopped("10.86.118.5", 1024, hostile, 1, 512, TOTAL, 3, hostile),
    )
    lines = [line for line in terminal.shows() if line]
    assert len(lines) == before + 2, "a row each in the place of 'no device has asked yet', and one refusal"
    assert lines[0].startswith("TFTP server")
    assert lines[-1].endswith("up 0:00:00")


def test_the_last_picture_stays_and_a_warning_stands_above_it() -> None:
    terminal = Terminal()
    terminal.happens(Warned("7 records were left out"), completed())
    terminal.shows()
    lines = terminal.closed()
    assert lines[0] == "Warning: 7 records were left out"
    assert lines[1].startswith("TFTP server")
    assert "done" in line_with("10.86.118.4", lines)


def test_nothing_is_drawn_while_nothing_changes() -> None:
    terminal = Terminal()
    terminal.happens(progressed(512))
    terminal.shows()
    written = terminal.table.console.file
    terminal.table.refresh()
    assert isinstance(written, io.StringIO)
    assert written.getvalue() == ""
    terminal.now += 1
    terminal.table.refresh()
    assert written.getvalue()


@pytest.mark.parametrize(
    ("event_of", "kept"),
    [
        (lambda number: asked(port=number), lambda board: len(board.rows) <= ROWS_KEPT),
        (lambda number: progressed(512, port=number), lambda board: len(board.rows) <= ROWS_KEPT),
        (lambda number: refused(client=device(number)), lambda board: len(board.refusals) <= REFUSALS_KEPT),
    ],
    ids=["requests", "transfers", "refusals"],
)
def test_a_flood_of(event_of: Callable[[int], object], kept: Callable[[TransferBoard], bool]) -> None:
    board = TransferBoard()
    for number in range(1, 5_000):
        board(Record(number, number / 1000, "server", event_of(number)))
    assert kept(board), "keeps the board small"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (99_960, "100 kB"),
        (999_600, "1.00 MB"),
        (2.5e9, "2.50 GB"),
    ],
)
def test_sizes_have_three_digits(count: float, text: str) -> None:
    assert size_text(count) == text
