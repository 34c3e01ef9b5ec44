"""A restart of a simulated ASA: now, delayed, at a time, cancelled; saved or discarded; in virtual time."""

from contextlib import suppress

import pytest
from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from rommon_tool.errors import InstallRefused, RommonError, WrongUsage
from rommon_tool.procedures.asa_session import AsaConsole, taken_in_hand
from rommon_tool.procedures.reload_schedule import ReloadJob, ReloadOutcome, command_of, scheduled
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli.reading.reload import read_reload
from serial_console.errors import AnswerUnclear, BootNotProved, ConsoleError
from serial_console.simulated.events import Booted, Erased

CONSOLE = AsaConsole("sim")


class Bench:
    def __init__(self, options: str = "", *, hostname: str = "", register: str = "") -> None:
        self.line = SimulatedLine(f"sim://asa5506x?state=booted&flash=old{options}", network=MemoryNetwork())
        self.progress = Progress("test")
        self.warnings: list[str] = []
        self.progress.subscribe(
            lambda record: self.warnings.append(record.event.text) if isinstance(record.event, Warned) else None
        )
        changes = [f"hostname {hostname}"] * bool(hostname) + [f"config-register {register}"] * bool(register)
        for line in ["enable", "", "configure terminal", *changes, "end", "exit"] if changes else []:
            self.line.device.type(line.encode() + b"\r")
            self.line.device.advance(1)
            self.line.device.printed()

    @property
    def chassis(self):  # type: ignore[no-untyped-def]
        return self.line.device._chassis

    def do(self, job: ReloadJob) -> ReloadOutcome:
        asa = taken_in_hand(self.line, CONSOLE)
        return Run(scheduled(asa, job, CONSOLE, self.progress), self.progress).finish()

    @property
    def boots(self) -> int:
        return sum(isinstance(event, Booted) for event in self.line.events)


def test_a_reload_now_is_watched_until_the_software_is_up() -> None:
    bench = Bench()
    outcome = bench.do(ReloadJob("now"))
    assert (outcome.version, outcome.image_file) == ("9.4(1)", "disk0:/asa941-lfbff-k8.SPA")
    assert bench.boots == 1


@pytest.mark.parametrize("saves", [True, False])
def test_the_running_configuration_is_saved_or_discarded_as_chosen(*, saves: bool) -> None:
    bench = Bench(hostname="edge-fw")
    bench.do(ReloadJob("now", saves=saves))
    assert ("hostname edge-fw" in bench.chassis.startup) is saves
    assert ("discarded" in " ".join(bench.warnings)) is not saves


def test_a_delayed_reload_is_read_back_and_carried_out() -> None:
    bench = Bench()
    outcome = bench.do(ReloadJob("in", "0:10", message="new image"))
    assert "in 0 hours and 9 minutes" in outcome.scheduled or "in 0 hours and 10 minutes" in outcome.scheduled
    assert bench.do(ReloadJob("show")).scheduled
    bench.line.device.advance(500)
    assert bench.boots == 0
    bench.line.device.advance(600)
    assert bench.boots == 1


def test_a_reload_at_a_time_is_read_back() -> None:
    assert Bench().do(ReloadJob("at", "23:00")).scheduled.startswith("23:00:00 UTC")
    assert "July 4" in Bench().do(ReloadJob("at", "01:30 jul 4")).scheduled


def test_a_scheduled_reload_is_cancelled() -> None:
    bench = Bench()
    bench.do(ReloadJob("in", "5"))
    assert bench.do(ReloadJob("cancel")) == ReloadOutcome()
    bench.line.device.advance(1000)
    assert bench.boots == 0


def test_cancelling_nothing_types_no_command() -> None:
    bench = Bench()
    assert bench.do(ReloadJob("cancel")) == ReloadOutcome()
    assert b"reload cancel" not in bench.line.typed()


def test_all_that_was_chosen_is_in_the_command() -> None:
    job = ReloadJob("in", "1:30", message="new image", force_after="0:05")
    assert command_of(job) == "reload in 1:30 max-hold-time 0:05 reason new image"


@pytest.mark.parametrize(
    "job",
    [
        ReloadJob("in", "soon"),
        ReloadJob("in", ""),
        ReloadJob("at", "25:00"),
        ReloadJob("at", "10:00 13 13"),
        ReloadJob("now", force_after="x"),
        ReloadJob("now", message="what?"),
        ReloadJob("now", message="a\rformat disk0:"),
    ],
)
def test_what_no_device_takes_is_refused_with_nothing_typed(job: ReloadJob) -> None:
    with pytest.raises(WrongUsage):
        command_of(job)


def test_a_configuration_that_the_device_ignores_is_not_saved_over() -> None:
    bench = Bench(register="0x41")
    with pytest.raises(InstallRefused):
        bench.do(ReloadJob("now", saves=True))
    assert bench.boots == 0


def test_a_reload_that_ends_in_the_boot_monitor_is_named_and_nothing_is_typed_there() -> None:
    bench = Bench()
    bench.chassis.disk.wipe()
    with pytest.raises(BootNotProved, match="boot monitor"):
        bench.do(ReloadJob("now"))
    assert bench.line.typed("monitor") == b""


@pytest.mark.parametrize("seed", range(8))
def test_a_device_that_words_all_otherwise_ends_in_a_named_state(seed: int) -> None:
    bench = Bench(f"&fault=reworded:{seed}")
    with suppress(ConsoleError, RommonError):
        assert bench.do(ReloadJob("in", "30")).scheduled
    assert not [event for event in bench.line.events if isinstance(event, Erased)]


def test_an_answer_that_tells_nothing_is_no_no() -> None:
    with pytest.raises(AnswerUnclear):
        read_reload("")
