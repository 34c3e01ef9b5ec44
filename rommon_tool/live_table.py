"""The live table of `rommon serve`: transfers, refusals and sums on a terminal of any size.

The one rule: drawing is cheap. Lines are cut to fixed columns and written at once; the interpreter that draws is the one
that serves, and 200 devices wait for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.text import Text

from rommon_tool.progress import Record
from rommon_tool.sinks import describe, writable
from rommon_tool.transfer_board import Refused, Row, State, TransferBoard

_STYLES: Final[dict[State, str]] = {
    "asked": "dim",
    "running": "",
    "stalled": "bold yellow",
    "done": "green",
    "stopped": "yellow",
    "failed": "bold red",
}
#: What needs a look comes first; within a state, who came first.
_ORDER: Final[tuple[State, ...]] = ("failed", "stalled", "running", "asked", "stopped", "done")
_REFUSALS_SHOWN: Final = 3
_RATE_SECONDS: Final = 5.0
#: Title, column heads, "and more", sums, and the line where the cursor rests.
_OTHER_LINES: Final = 5


class LiveTable:
    """A subscriber that draws when `refresh` is called; nothing is drawn in between, so that no thread waits for it."""

    def __init__(
        self, served: str, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`served` names what is served. `clock` is any steady one, in seconds."""
        self.console = console or Console(stderr=True, highlight=False)
        self._served, self._clock = writable(served, self.console.encoding), clock
        self._board = TransferBoard()
        self._offset = 0.0  # from the stream's seconds to the clock's
        self._sums: deque[tuple[float, int]] = deque()
        self._drawn: tuple[object, ...] = ()
        self._changes = 0
        self._live = Live(
            get_renderable=self._picture,
            console=self.console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def open(self) -> None:
        """Draw the first picture. Whatever drawing imports is imported by now, while it may be read."""
        cell_len("\N{CJK UNIFIED IDEOGRAPH-4E00}")
        self._live.start()
        self._live.refresh()

    def __call__(self, record: Record) -> None:
        self._offset = self._clock() - record.seconds
        self._changes += 1
        self._board(record)
        if type(record.event).__name__ == "Warned":
            self.console.print(Text(describe(record.event)))

    def refresh(self) -> None:
        """Draw anew, if anything changed or a second has passed."""
        state = (self._changes, int(self._clock()), self.console.size)
        if state != self._drawn:
            self._drawn = state
            self._live.refresh()

    def close(self) -> None:
        """Leave the last picture where it is."""
        self._live.stop()

    def _picture(self) -> Text:
        width, height = self.console.size
        now = self._clock() - self._offset
        self._board.age(now)
        refusals = list(self._board.refusals.values())[-_REFUSALS_SHOWN:]
        room = max(1, height - _OTHER_LINES - len(refusals))
        lines = [
            Text(_cut(self._title(), width - 1), "bold"),
            *_transfers(self._board, width - 1, room, now),
            *(Text(_cut(_refusal(refused, now), width - 1), "yellow") for refused in reversed(refusals)),
            Text(_cut(self._totals(now), width - 1), "dim"),
        ]
        return Text("\n", no_wrap=True, overflow="crop").join(lines)

    def _title(self) -> str:
        where = f"TFTP server on {self._board.listening}" if self._board.listening else "TFTP server, not yet listening"
        return f"{where}, read-only: {self._served}. Ctrl-C ends it."

    def _totals(self, now: float) -> str:
        counts, states = self._board.counters.snapshot(), self._board.states()
        outcomes = counts.transfers
        ended = sum(outcomes.values())
        done = outcomes["completed"] + outcomes["unconfirmed"]
        parts = [
            f"{states['running'] + states['stalled']} running",
            f"{done} done",
            f"{ended - done - outcomes['replaced']} broke off",
            f"{sum(counts.refusals.values())} refused",
        ]
        return f"{', '.join(parts)}; {size_text(counts.bytes)} at {size_text(self._rate(counts.bytes, now))}/s; {_clock(now)}"

    def _rate(self, total: int, now: float) -> float:
        """Bytes a second of all transfers together, over the last few seconds."""
        self._sums.append((now, total))
        while now - self._sums[0][0] > _RATE_SECONDS and len(self._sums) > 2:
            self._sums.popleft()
        seconds = now - self._sums[0][0]
        return (total - self._sums[0][1]) / seconds if seconds > 0 else 0.0


def size_text(count: float) -> str:
    """Bytes in three digits: 512 B, 1.23 MB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size * 0.9995:
            value = count / size
            return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f} {unit}"
    return f"{count:.0f} B"


def _transfers(board: TransferBoard, width: int, room: int, now: float) -> Iterator[Text]:
    """The heads, as many rows as there is room for, and how many of each state are not shown."""
    device, name, state = _widths(width)
    yield Text(f"{'device':{device}} {'file':{name}}    %    bytes      rate {'state':{state}}", "dim")
    rows = sorted(board.rows.values(), key=lambda row: _ORDER.index(row.state))
    for row in _chosen(rows, room):
        yield Text(_row(row, device, name, state, now), _STYLES[row.state])
    if len(rows) > room:
        states = board.states()
        kinds = ", ".join(f"{states[kind]} {kind}" for kind in _ORDER if states[kind])
        yield Text(_cut(f"and {len(rows) - room} more; of all {len(rows)}: {kinds}", width), "dim")
    if not rows:
        yield Text("no device has asked yet" if not board.refusals else "nobody loads", "dim")


def _chosen(rows: list[Row], room: int) -> list[Row]:
    """The first ones; but of failures no more than half while something else runs behind them."""
    failed = sum(row.state == "failed" for row in rows)
    surplus = max(0, min(failed - room // 2, len(rows) - room))
    # Rows stand in the order in which they came, so the latest failures are the last of them.
    return rows[surplus:][:room]


def _widths(width: int) -> tuple[int, int, int]:
    """Of device, file and state; the numbers between them take 26 columns with their blanks."""
    spare = max(0, width - 79)
    device = 15 + min(24, spare // 4)
    state = 22 + min(18, spare // 4)
    return device, max(8, width - 26 - device - state), state


def _row(row: Row, device: int, name: int, state: int, now: float) -> str:
    percent = "" if row.total is None else f"{100 * row.bytes // row.total if row.total else 100}%"
    rate = f"{size_text(row.bytes_per_second)}/s" if row.state == "running" else ""
    taken = size_text(row.bytes) if row.total is not None else ""
    return (
        f"{_cut(row.device, device):{device}} {_cut(row.name, name):{name}} {percent:>4} {taken:>8} {rate:>9} "
        f"{_cut(_state(row, now), state)}"
    )


def _state(row: Row, now: float) -> str:
    if row.state == "stalled":
        return f"stalled {max(0, now - row.changed_at):.0f} s"
    return f"{row.state}: {row.note}" if row.note else row.state


def _refusal(refused: Refused, now: float) -> str:
    times = f"{refused.times} times, last " if refused.times > 1 else ""
    ago = max(0, now - refused.last_at)
    return f"refused {refused.device} ({refused.reason}, {times}{ago:.0f} s ago): {refused.name}"


def _clock(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"up {whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _cut(text: str, width: int) -> str:
    """At most `width` characters: the beginning and the end, which tell one image from another."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}~{text[len(text) - (width - 1 - head) :]}"
