"""The stream of records and what the sinks make of it."""

import io
import json
from dataclasses import dataclass

import pytest

from rommon_tool.cli.exit_codes import INTERNAL, exit_code, known_errors
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.progress import Finished, Progress, Record, StepChanged, Warned
from rommon_tool.sinks import JsonLines, PlainText, Rate, as_json, describe
from serial_console.boot_monitor.events import PowerCycleWanted
from serial_console.errors import LinkDown
from tftp.events import TransferProgressed


def progressed(taken: int) -> TransferProgressed:
    return TransferProgressed("10.86.118.4", 1024, "asa.bin", taken // 512, taken, 10_000)


def test_records_are_numbered_from_one_in_the_order_in_which_they_were_published() -> None:
    progress = Progress("bench-3")
    heard: list[Record] = []
    progress.subscribe(heard.append)
    for text in ("a", "b", "c"):
        progress.publish(Warned(text))
    assert [record.seq for record in heard] == [1, 2, 3]
    assert progress.drain() == heard
    assert progress.drain() == []


def test_a_step_is_started_and_then_done_or_failed() -> None:
    progress = Progress("bench-3")
    with step(progress, 6, "ping") as notes:
        notes.append("100 percent")
    with pytest.raises(LinkDown), step(progress, 6, "ping"):
        raise LinkDown("no link")
    events = [record.event for record in progress.drain()]
    assert events == [
        StepChanged(6, "ping", "started"),
        StepChanged(6, "ping", "done", "100 percent"),
        StepChanged(6, "ping", "started"),
        StepChanged(6, "ping", "failed", "no link"),
    ]


def run_of(progress: Progress, *, fails: bool = False) -> Run[str]:
    def steps() -> Steps[str]:
        progress.publish(Warned("first"))
        yield
        if fails:
            raise LinkDown("no link")
        progress.publish(Warned("second"))
        return "recovered"

    return Run(steps(), progress)


def test_a_run_that_nobody_iterates_over_runs_to_its_end_when_its_block_is_left() -> None:
    with run_of(Progress("d")) as run:
        pass
    assert run.outcome == "recovered"


def test_iterating_over_a_run_gives_every_record_once() -> None:
    with run_of(Progress("d")) as run:
        texts = [record.event.text for record in run]
    assert texts == ["first", "second"]
    assert run.outcome == "recovered"


def test_a_run_that_fails_has_no_outcome() -> None:
    with pytest.raises(LinkDown), run_of(Progress("d"), fails=True) as run:
        pass
    with pytest.raises(RuntimeError):
        _ = run.outcome


def test_json_lines_carry_the_fields_that_scripts_rely_on() -> None:
    out = io.StringIO()
    progress = Progress("bench-3")
    progress.subscribe(JsonLines(out))
    progress.publish(StepChanged(1, "connect", "started"))
    progress.publish(progressed(5120))
    progress.publish(Warned("careful"))
    progress.publish(Finished(21, "failed", "link-down", "no link", "Link is DOWN", "plug it in"))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert all(line["v"] == 1 and line["device"] == "bench-3" for line in lines)
    assert [line["kind"] for line in lines] == ["step", "transfer", "warning", "result"]
    assert (lines[0]["name"], lines[0]["status"]) == ("connect", "started")
    assert {"block", "bytes", "total", "rate"} <= lines[1].keys()
    assert lines[3]["exit_code"] == 21
    assert (lines[3]["cause"], lines[3]["hint"]) == ("link-down", "plug it in")


def test_a_reader_that_goes_away_does_not_stop_the_run() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    sink = JsonLines(Gone())
    progress = Progress("d")
    progress.subscribe(sink)
    progress.publish(Warned("one"))
    progress.publish(Warned("two"))
    assert len(progress.drain()) == 2


def test_the_rate_is_that_of_the_last_seconds_and_starts_anew_with_a_new_transfer() -> None:
    rate = Rate()
    rates = [rate.of(Record(1, float(second), "d", progressed(1000 * second))) for second in range(8)]
    assert rates[-1] == 1000
    assert rate.of(Record(1, 9.0, "d", progressed(10))) == 0


def test_plain_text_tells_progress_in_tenths() -> None:
    lines: list[str] = []
    progress = Progress("d")
    progress.subscribe(PlainText(lines.append, verbose=False))
    for taken in range(0, 10_001, 100):
        progress.publish(progressed(taken))
    assert len(lines) == 11


def test_a_wanted_power_cycle_is_told_so_that_nobody_overlooks_it() -> None:
    assert describe(PowerCycleWanted("already-booted")).startswith(">>>")


def test_an_event_that_no_sink_knows_is_still_a_json_object() -> None:
    @dataclass(frozen=True, slots=True)
    class SomethingNew:
        seq: int = 7
        text: str = "x"

    fields = as_json(Record(3, 1.0, "d", SomethingNew()))
    assert (fields["seq"], fields["event"], fields["text"]) == (3, "something_new", "x")


def test_every_error_in_the_table_of_exit_codes_exists() -> None:
    assert all(issubclass(kind, Exception) for kind in known_errors())


def test_the_nearest_ancestor_decides_the_exit_code_and_a_defect_is_70() -> None:
    assert exit_code(LinkDown("x")) == 21
    assert exit_code(KeyError("x")) == INTERNAL


def test_whoever_iterates_hears_which_step_failed_before_the_error() -> None:
    progress = Progress("bench-3")

    def steps() -> Steps[None]:
        yield
        with step(progress, 6, "ping"):
            raise LinkDown("no link")

    heard: list[object] = []
    with pytest.raises(LinkDown):
        heard.extend(record.event for record in Run(steps(), progress))
    assert heard[-1] == StepChanged(6, "ping", "failed", "no link")
