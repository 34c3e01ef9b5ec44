"""The live view of a run on a terminal: the chapter's nine steps, and the transfer's progress under them."""

import time
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from rommon_tool.progress import ConsoleShowed, Record, StepChanged
from rommon_tool.sinks import STEP_NAMES, describe, harmless, title
from serial_console.boot_monitor.events import MonitorEntered, PowerCycleWanted, PowerOnSeen
from tftp.events import TransferCompleted, TransferFailed, TransferProgressed, TransferStopped

_MARKS = {
    "waiting": ("·", ".", "dim"),
    "started": ("▶", ">", "cyan"),
    "done": ("✔", "+", "green"),
    "failed": ("✘", "x", "red"),
    "skipped": ("–", "-", "yellow"),
}
_STALL_SECONDS = 3.0


class LiveView:
    """A subscriber that redraws. What scrolls above it is what a person would want to read again."""

    def __init__(self, *, verbose: bool, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._verbose = verbose
        self._steps: dict[str, tuple[str, str]] = dict.fromkeys(STEP_NAMES, ("waiting", ""))
        self._bar = Progress(
            TextColumn("      {task.description}"),
            BarColumn(bar_width=30),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=self.console,
        )
        self._task = self._bar.add_task("TFTP", total=None, visible=False)
        self._last_block = 0.0
        self._moving = False
        self._wanted = ""
        self._console_line = ""
        self._ascii = not self.console.encoding.lower().startswith("utf")
        self._step_began = self._last_text = time.monotonic()
        self._live = Live(self, console=self.console, refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop redrawing, and leave the last picture where it is."""
        self._live.stop()

    def __rich__(self) -> RenderableType:
        parts: list[RenderableType] = [self._table()]
        if self._moving and time.monotonic() - self._last_block > _STALL_SECONDS:
            waited = time.monotonic() - self._last_block
            parts.append(Text(f"      no block was acknowledged for {waited:.0f} s", style="bold yellow"))
        if self._console_line:
            parts.append(Text(f"      {self._console_line}", style="dim", no_wrap=True, overflow="ellipsis"))
        if self._wanted:
            parts.append(Text(f">>> {self._wanted} <<<", style="bold reverse"))
        return Group(*parts)

    def __call__(self, record: Record) -> None:
        event = record.event
        if isinstance(event, StepChanged):
            self._steps[event.name] = (event.status, harmless(event.note))
            self._step_began = time.monotonic()
            return
        self._follow_transfer(event)
        self._say(record)

    def _follow_transfer(self, event: object) -> None:
        if isinstance(event, TransferProgressed):
            self._moving, self._last_block = True, time.monotonic()
            self._bar.update(self._task, completed=event.bytes, total=event.total, visible=True)
        elif isinstance(event, TransferCompleted):
            self._moving = False
            self._bar.update(self._task, completed=event.bytes, total=event.bytes, visible=True)
        elif isinstance(event, TransferStopped | TransferFailed):
            self._moving = False

    def _say(self, record: Record) -> None:
        event = record.event
        if isinstance(event, PowerCycleWanted):
            self._wanted = describe(event).strip("<> ")
            self._live.console.bell()
        elif isinstance(event, PowerOnSeen | MonitorEntered):
            self._wanted = ""
        if isinstance(event, ConsoleShowed) and event.direction == "<" and event.text.strip():
            self._console_line = event.text.strip()
            self._last_text = time.monotonic()
        if isinstance(event, TransferProgressed) or (isinstance(event, ConsoleShowed) and not self._verbose):
            return
        if text := describe(event, verbose=self._verbose):
            self._live.console.print(Text(f"{record.seconds:7.1f} s  {text}", style="dim"))

    def _clock(self) -> str:
        """A sign of life for the step under way: its time, and how long the console has said nothing."""
        now = time.monotonic()
        took, silent = int(now - self._step_began), int(now - self._last_text)
        quiet = f", console silent for {silent} s" if silent > _STALL_SECONDS else ""
        return f"{took // 60}:{took % 60:02}{quiet}"

    def _table(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        # One column for mark, number and title: rich would squeeze a narrow one away beside a long note.
        table.add_column(no_wrap=True, min_width=8 + max(len(title(name)) for name in STEP_NAMES))
        table.add_column(no_wrap=True, overflow="ellipsis")
        for number, name in enumerate(STEP_NAMES, 1):
            status, note = self._steps[name]
            sign, plain, style = _MARKS[status]
            mark = plain if self._ascii else sign
            if status == "started":
                note = self._clock()
            table.add_row(Text(f"  {mark} {number} {title(name)}", style=style), Text(note, style="dim"))
        return Group(table, self._bar) if self._bar.tasks[0].visible else table
