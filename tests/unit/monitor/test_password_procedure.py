"""`rommon password` step by step, against simulated devices in virtual time: what is recorded, set, put back, refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from simulated_line import SimulatedLine

from platforms import load_platform
from rommon_tool import register_journal
from rommon_tool.errors import WrongUsage
from rommon_tool.procedures.password import PasswordJob, PasswordOutcome, _Password
from rommon_tool.progress import Progress, Warned
from rommon_tool.register_journal import RegisterNote
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import MonitorEntered
from serial_console.errors import ConsoleLost, UnexpectedState

PORT = "/dev/ttyUSB0"


class Bench:
    """One simulated device, and jobs for it, each with a journal of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.family = url.removeprefix("sim://").partition("?")[0]
        self.line = SimulatedLine(url)
        self.journal = folder / register_journal.FILE_NAME
        self.warnings: list[str] = []

    @property
    def register(self) -> int:
        return self.line.device._chassis.register

    def run(self, job: PasswordJob) -> PasswordOutcome:
        progress = Progress("device")
        progress.subscribe(
            lambda record: self.warnings.append(record.event.text) if isinstance(record.event, Warned) else None
        )
        monitor = BootMonitor(self.line, load_platform(self.family))
        monitor.enter(60)
        steps = _Password(job, progress)._at_prompt(monitor)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                outcome = end.value
                assert isinstance(outcome, PasswordOutcome)
                return outcome

    def recovery(self, **changes: object) -> PasswordJob:
        return replace(PasswordJob(PORT, journal=self.journal), **changes)  # type: ignore[arg-type]

    def restoration(self, **changes: object) -> PasswordJob:
        return replace(PasswordJob(PORT, "restore", earlier=self.journal), **changes)  # type: ignore[arg-type]


@pytest.fixture(params=["asa5505", "asa5506x"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(tmp_path, f"sim://{request.param}?state=monitor&flash=old")


def test_the_old_register_is_recorded_and_the_device_boots_without_its_configuration(bench: Bench) -> None:
    outcome = bench.run(bench.recovery())
    assert (outcome.register_found, outcome.register, outcome.register_to_restore) == ("0x1", "0x41", "0x1")
    assert outcome.config_ignored
    assert bench.register == 0x41
    note = register_journal.read(bench.journal)
    assert note is not None
    assert (note.before, note.wanted) == (0x1, 0x41)


def test_the_old_register_is_put_back_and_the_journal_is_closed(bench: Bench) -> None:
    bench.run(bench.recovery(boots=False))
    outcome = bench.run(bench.restoration())
    assert (outcome.register, bench.register) == ("0x1", 0x1)
    assert outcome.proof == "prompt"
    assert not outcome.config_ignored
    assert register_journal.read(bench.journal) is None


def test_a_second_run_does_not_take_the_changed_register_for_the_old_one(bench: Bench) -> None:
    bench.line.device._chassis.register = 0x11
    bench.run(bench.recovery(boots=False))
    outcome = bench.run(bench.recovery(earlier=bench.journal, boots=False))
    assert (outcome.register_found, outcome.register_to_restore) == ("0x41", "0x11")
    note = register_journal.read(bench.journal)
    assert note is not None
    assert note.before == 0x11


def test_a_register_that_ignored_the_configuration_before_is_not_what_is_put_back(bench: Bench) -> None:
    bench.line.device._chassis.register = 0x40
    outcome = bench.run(bench.recovery(boots=False))
    assert (outcome.register_found, outcome.register_to_restore) == ("0x40", "0x1")
    assert any("0x40 already" in warning for warning in bench.warnings)


def test_showing_changes_and_records_nothing(bench: Bench) -> None:
    outcome = bench.run(PasswordJob(PORT, "show"))
    assert outcome.register == "0x1"
    assert "reads its startup configuration" in outcome.meaning
    assert bench.register == 0x1
    assert not bench.journal.exists()


def test_a_register_that_the_journal_does_not_know_is_left_alone(bench: Bench) -> None:
    bench.run(bench.recovery(boots=False))
    bench.line.device._chassis.register = 0x11
    with pytest.raises(UnexpectedState, match="the register is 0x11"):
        bench.run(bench.restoration())
    assert bench.register == 0x11
    bench.run(bench.restoration(register=0x1))
    assert bench.register == 0x1


def test_nothing_is_changed_where_the_old_register_cannot_be_recorded(bench: Bench) -> None:
    bench.journal.mkdir()
    with pytest.raises(WrongUsage, match="not changed"):
        bench.run(bench.recovery())
    assert bench.register == 0x1


def test_without_a_journal_there_is_nothing_to_put_back() -> None:
    with pytest.raises(WrongUsage, match="no journal"):
        _Password(PasswordJob(PORT, "restore"), Progress("device"))


def test_a_console_that_is_lost_in_the_change_leaves_the_old_register_on_the_disk(bench: Bench) -> None:
    for sends in range(200):
        bench.line.device._chassis.register = 0x1
        bench.journal.unlink(missing_ok=True)
        line = SimulatedLine(bench.line.url)
        other = Bench(bench.journal.parent, bench.line.url)
        other.line = _Dying(line, sends)  # type: ignore[assignment]
        try:
            other.run(other.recovery(boots=False))
        except ConsoleLost:
            register = line.device._chassis.register
            if register != 0x1:
                note = register_journal.read(other.journal)
                assert note is not None
                assert note.before == 0x1
            continue
        assert sends > 20
        return
    raise AssertionError("it never ends")


class _Dying:
    """A line whose adapter is gone behind so many sends."""

    def __init__(self, line: SimulatedLine, sends: int) -> None:
        self._line = line
        self._left = sends

    def send(self, data: bytes) -> None:
        self._left -= 1
        if self._left < 0:
            raise ConsoleLost("lost the console")
        self._line.send(data)

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        return getattr(self._line, name)


def test_a_prompt_that_a_firepower_has_too_is_not_enough() -> None:
    families = [load_platform(name) for name in ("asa5506x", "fpr1000")]
    password = _Password(PasswordJob(PORT, journal=Path("unused")), Progress("device"))
    with pytest.raises(UnexpectedState, match="does not tell whether"):
        password._check_family(MonitorEntered("asa5506x", "rommon 1 >"), families)
    password._check_family(MonitorEntered("asa5506x", "rommon 1 >", named=True), families)
    password._note = RegisterNote(0x1, 0x41, PORT, "asa5506x")
    password._check_family(MonitorEntered("asa5506x", "rommon 1 >"), families)
