"""The live view of a run on a terminal: the chapter's nine steps, and the transfer's progress under them."""

import time
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from rommon_tool.progress import ConsoleShowed, Record, StepChanged
from rommon_tool.sinks import describe, harmless, title

_MARKS = {
    "waiting": ("·", "dim"),
    "started": ("▶", "cyan"),
    "done": ("✔", "green"),
    "failed": ("✘", "red"),
    "skipped": ("–", "yellow"),
}
_STALL_SECONDS = 3.0
_STEP_NAMES = ("connect", "power-cycle", "break-in", "set", "read-back", "ping", "sync", "load", "make-it-last")


class LiveView:
    """A subscriber that redraws. What scrolls above it is what a person would want to read again."""

    def __init__(self, *, verbose: bool, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._verbose = verbose
        self._steps: dict[str, tuple[str, str]] = dict.fromkeys(_STEP_NAMES, ("waiting", ""))
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
            return
        self._follow_transfer(event)
        self._say(record)

    def _follow_transfer(self, event: object) -> None:
        name = type(event).__name__
        if name == "TransferProgressed":
            self._moving, self._last_block = True, time.monotonic()
            self._bar.update(
                self._task, completed=getattr(event, "bytes", 0), total=getattr(event, "total", 0), visible=True
            )
        elif name == "TransferCompleted":
            self._moving = False
            self._bar.update(self._task, completed=getattr(event, "bytes", 0), visible=True)
        elif name.startswith("Transfer"):
            self._moving = False

    def _say(self, record: Record) -> None:
        name = type(record.event).__name__
        if name == "PowerCycleWanted":
            self._wanted = describe(record.event).strip("<> ")
            self._live.console.bell()
        elif name in {"PowerOnSeen", "MonitorEntered"}:
            self._wanted = ""
        if isinstance(record.event, ConsoleShowed) and record.event.direction == "<" and record.event.text.strip():
            self._console_line = record.event.text
        if name == "TransferProgressed" or (isinstance(record.event, ConsoleShowed) and not self._verbose):
            return
        if text := describe(record.event, verbose=self._verbose):
            self._live.console.print(Text(f"{record.seconds:7.1f} s  {text}", style="dim"))

    def _table(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for number, name in enumerate(_STEP_NAMES, 1):
            status, note = self._steps[name]
            mark, style = _MARKS[status]
            table.add_row(
                Text(f"  {mark} {number}", style=style), Text(title(name), style=style), Text(note, style="dim")
            )
        return Group(table, self._bar) if self._bar.tasks[0].visible else table
