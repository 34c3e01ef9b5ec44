"""What a run shows and leaves behind: the live view, JSON lines, the run folder, and its end as error and exit code."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rommon_tool import register_journal
from rommon_tool.cli.exit_codes import DONE, INTERNAL, INTERRUPTED, USAGE, exit_code
from rommon_tool.cli.main import DEFECT_HINT, tell, told
from rommon_tool.errors import Interrupted
from rommon_tool.progress import Finished, Progress, Warned
from rommon_tool.sinks import JsonLines, PlainText, RunFolder

_RUNS_KEPT = 200


@dataclass
class Report:
    """What the body of a run hands over: what was proved, in part also where it fails, and on success a sentence."""

    progress: Progress
    folder: Path | None
    proved: dict[str, Any] = field(default_factory=dict)
    summary: str = ""


@contextmanager
def reported(device: str, *, as_json: bool, no_progress: bool, verbose: bool, name: str) -> Iterator[Report]:
    """Show a run on stderr, its records on stdout with --json, and exit with its code.

    The `result` record is the last one, whatever happened.
    """
    progress = Progress(device)
    folder = _new_folder(name)
    report = Report(progress, folder)
    error: BaseException | None = None
    with ExitStack() as stack:
        if as_json:
            progress.subscribe(JsonLines(sys.stdout))
        if folder is not None:
            record = RunFolder(folder)
            stack.callback(record.close)
            progress.subscribe(record)
        view = stack.enter_context(_view(progress, plain=as_json or no_progress, verbose=verbose, quiet=as_json))
        stack.enter_context(_signals_as_interrupts())
        try:
            yield report
        except KeyboardInterrupt:  # outside of the procedure, which names the device's state
            error = Interrupted("interrupted; no step was under way", hint="run the same command again")
        except Exception as caught:  # noqa: BLE001 - every end becomes a result line and an exit code
            error = caught
        view()
        progress.publish(
            Finished(DONE, "done", proved=report.proved)
            if error is None
            else replace(finished_by(error), proved={**report.proved, **measured(error)})
        )
    if error is None and not as_json:
        tell(report.summary, err=False)
    code = DONE if error is None else told(error, where=device if device != "device" else "")
    if code == USAGE and folder is not None and not (folder / "transcript.txt").exists():
        # The console was not opened, so there is nothing to keep.
        shutil.rmtree(folder, ignore_errors=True)
    elif error is not None and folder is not None:
        tell(f"Run folder: {folder}")
    sys.exit(code)


def finished_by(error: BaseException) -> Finished:
    """The `result` of a run that an error ended."""
    code = exit_code(error)
    return Finished(
        code,
        "interrupted" if code == INTERRUPTED else "failed",
        cause=getattr(error, "cause", "internal-error"),
        message=str(error) or type(error).__name__,
        seen=getattr(error, "seen", ""),
        hint=getattr(error, "hint", "") or (DEFECT_HINT if code == INTERNAL else ""),
    )


def measured(error: BaseException) -> dict[str, Any]:
    """What was measured before the error: of a noisy line, the share of bytes that are wrong each way."""
    rate = getattr(error, "error_rate", None)
    return {} if rate is None else {"error_rate": round(rate, 4)}


@contextmanager
def _view(progress: Progress, *, plain: bool, verbose: bool, quiet: bool) -> Iterator[Callable[[], None]]:
    """The live view on a terminal, plain lines elsewhere; nothing but warnings beside JSON unless it is verbose."""
    if plain or not can_redraw():
        quiet = quiet and not verbose
        progress.subscribe(PlainText(tell, verbose=verbose, quiet=quiet))
        yield lambda: None
        return
    from rommon_tool.live_view import LiveView

    with LiveView(verbose=verbose) as view:
        progress.subscribe(view)
        yield view.close


def can_redraw() -> bool:
    """Whether stderr is a terminal on which a picture can be drawn anew."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """A closed terminal or a kill ends a run as cleanly as Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _new_folder(name: str) -> Path | None:
    """A folder of this run's own under the user's state folder; None where none can be made."""
    from platformdirs import user_state_path

    stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S")
    runs = user_state_path("rommon") / "runs"
    with suppress(OSError):
        runs.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(1000):
            folder = runs / f"{stamp}-{name}{f'-{number}' if number else ''}"
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                _prune(runs)
                return folder
    return None


def _prune(runs: Path) -> None:
    """Keep the latest runs, whose names begin with their time, and those that know what a device's register was."""
    for old in sorted(runs.iterdir())[:-_RUNS_KEPT]:
        if not (old / register_journal.FILE_NAME).exists():
            shutil.rmtree(old, ignore_errors=True)


def warn_without_folder(report: Report) -> None:
    """Say that nothing is kept of this run."""
    if report.folder is None:
        report.progress.publish(
            Warned("no run folder could be made: nothing is kept of this run, and no transcript is written")
        )
