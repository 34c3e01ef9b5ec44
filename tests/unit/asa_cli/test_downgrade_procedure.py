"""A downgrade on a simulated ASA, in virtual time: the chapter's order, each refusal, and a fault at each step."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from simulated_line import SimulatedLine

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade.explaining import ExplainedError
from rommon_tool.errors import (
    DowngradeNotProved,
    DowngradeRefused,
    Interrupted,
    NotForThisModel,
    RommonError,
    WrongUsage,
)
from rommon_tool.procedures.asa_session import AsaConsole, taken_in_hand
from rommon_tool.procedures.downgrade_gates import GoAhead, Source
from rommon_tool.procedures.downgrade_image import WIZARD, Downgrade, DowngradeJob, DowngradeOutcome, lines_to_type
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress, StepChanged, Warned
from serial_console.asa_cli import Credentials, Secret
from serial_console.errors import ConsoleError, ReadBackDiffers
from serial_console.simulated.events import Answered, Booted, CommandEntered, Erased

NEW, OLD = "asa984-22-lfbff-k8.SPA", "asa944-lfbff-k8.SPA"
INTERFACE = """\
interface Management1/1
 management-only
 nameif management
 security-level 100
 ip address 192.168.1.1 255.255.255.0
"""
TODAY = f": Saved\n: \nASA Version 9.8(4)22 \n!\nhostname today\n{INTERFACE}boot system disk0:/{NEW}\n: end\n"
BACKUP = f": Saved\n: \nASA Version 9.4(4) \n!\nhostname before\n{INTERFACE}: end\n"
ACL = "access-list acl1 extended permit sctp 192.0.2.0 255.255.255.0 198.51.100.0 255.255.255.0"
USER = "username test1 password $sha512$1234$abcdefghijklmnopqrstuvwxy pbkdf2 privilege 15"
NEWER = f": Saved\nASA Version 9.8(2) \nhostname before\n{ACL}\n{USER}\naaa authentication ssh console LOCAL\n{INTERFACE}: end\n"
ALL = GoAhead(losses=True, lock_out=True)


class Bench:
    """A device that runs 9.8(4)22 and has the files of before on its disk."""

    def __init__(self, folder: Path, options: str = "", *, config: str = BACKUP, today: str = TODAY) -> None:
        self.disk = folder / "disk0"
        self.disk.mkdir()
        for name in (NEW, OLD):
            (self.disk / name).write_bytes(name.encode() * 100)
        (self.disk / "old.cfg").write_text(config)
        nvram = {"startup": today, "boot_entries": [f"disk0:/{NEW}"], "config_file": "", "register": 1}
        (self.disk / ".simulated-nvram.json").write_text(json.dumps({**nvram, "monitor_version": ""}))
        self.line = SimulatedLine(f"sim://asa5506x?state=booted&disk={self.disk}{options}")
        self.job = DowngradeJob(
            Source(f"disk0:/{OLD}"), Source("disk0:/old.cfg"), AsaVersion.parse("9.4(4)"), folder / "archive"
        )
        self.job.archive.mkdir()
        self.progress = Progress("test")
        self.events: list[object] = []
        self.progress.subscribe(lambda record: self.events.append(record.event))
        self.agrees = True

    def downgrade(self, **changes: object) -> DowngradeOutcome:
        job = replace(self.job, **changes)  # type: ignore[arg-type]
        asa = taken_in_hand(self.line, AsaConsole("sim"), WIZARD)
        procedure = Downgrade(job, self.progress, lambda _: self.agrees, serve=None)  # type: ignore[arg-type]
        return Run(procedure.on(asa), self.progress).finish()

    @property
    def chassis(self):  # type: ignore[no-untyped-def]
        return self.line.device._chassis

    def commands(self) -> list[str]:
        return [event.text for event in self.line.events if isinstance(event, CommandEntered)]

    def booted(self) -> list[Booted]:
        return [event for event in self.line.events if isinstance(event, Booted)]

    def told(self) -> str:
        return " ".join(event.text for event in self.events if isinstance(event, Warned))

    def is_as_before(self) -> bool:
        return self.chassis.startup == TODAY and self.chassis.boot_entries == (f"disk0:/{NEW}",) and not self.booted()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def in_order(commands: list[str], wanted: list[str]) -> bool:
    rest = iter(commands)
    return all(line in rest for line in wanted)


def test_the_device_runs_the_old_version_with_the_old_configuration_in_the_chapters_order(bench: Bench) -> None:
    outcome = bench.downgrade()
    assert (outcome.old_version, outcome.version, outcome.image_file) == ("9.8(4)22", "9.4(4)", f"disk0:/{OLD}")
    assert bench.booted() == [Booted("9.4(4)", "flash", OLD)]
    assert bench.chassis.startup == BACKUP
    order = ["clear configure boot", f"boot system disk0:/{OLD}", "write memory"]
    order += ["copy /noconfirm disk0:/old.cfg startup-config", "reload", "show startup-config errors"]
    assert in_order(bench.commands(), order)
    assert bench.commands().count("write memory") == 1
    assert (outcome.refused, outcome.unforeseen, outcome.unrealised) == ((), 0, ())


def test_the_configurations_of_today_are_kept_here_and_on_disk0_before_anything_is_changed(bench: Bench) -> None:
    outcome = bench.downgrade()
    assert outcome.kept == ("disk0:/running-before-downgrade.cfg", "disk0:/startup-before-downgrade.cfg")
    assert (bench.disk / "startup-before-downgrade.cfg").read_text() == TODAY
    here = bench.job.archive / "startup-config.cfg"
    assert here.read_text() == TODAY
    assert here.stat().st_mode & 0o777 == 0o600
    assert "hostname today" in (bench.job.archive / "running-config.cfg").read_text()
    kept = bench.commands().index("copy /noconfirm startup-config disk0:/startup-before-downgrade.cfg")
    assert kept < bench.commands().index("clear configure boot")


def test_the_reload_saves_nothing_though_somebody_has_configured_something_meanwhile(bench: Bench) -> None:
    def somebody_types(event: object) -> None:
        if isinstance(event, StepChanged) and (event.name, event.status) == ("restore-config", "done"):
            bench.line.device.type(b"configure terminal\rpager lines 30\rend\r")
            bench.line.device.advance(5)
            bench.line.device.printed()

    bench.progress.subscribe(lambda record: somebody_types(record.event))
    bench.downgrade()
    answers = [(event.question, event.text) for event in bench.line.events if isinstance(event, Answered)]
    assert answers[-2:] == [
        ("System config has been modified. Save? [Y]es/[N]o:", "n"),
        ("Proceed with reload? [confirm]", ""),
    ]
    assert bench.chassis.startup == BACKUP


def test_an_archive_of_an_earlier_run_stays(bench: Bench) -> None:
    (bench.disk / "startup-before-downgrade.cfg").write_text("of an earlier run")
    assert "disk0:/startup-before-downgrade-2.cfg" in bench.downgrade().kept
    assert (bench.disk / "startup-before-downgrade.cfg").read_text() == "of an earlier run"


def test_what_the_old_version_refuses_is_foretold_and_explained(tmp_path: Path) -> None:
    bench = Bench(tmp_path, config=NEWER)
    outcome = bench.downgrade(agreed=ALL)
    refused = {error.line: error.rule for error in outcome.refused}
    assert refused.keys() == {4, 5}
    assert refused[4] == "acl-sctp"
    assert all(refused.values())
    assert outcome.unforeseen == 0
    told = [event.text for event in bench.events if isinstance(event, ExplainedError)]
    assert told == [ACL, "username test1 password <secret>"]
    assert "$sha512$" not in f"{bench.events} {outcome}"


def test_a_refusal_that_nothing_foretold_is_told_as_such(tmp_path: Path) -> None:
    bench = Bench(tmp_path, config=BACKUP.replace(": end", f"{ACL}\n: end"))
    outcome = bench.downgrade()
    assert [(error.text, error.rule) for error in outcome.refused] == [(ACL, "")]
    assert outcome.unforeseen == 1


@pytest.mark.parametrize(("agreed", "cause"), [(GoAhead(), "lock-out"), (GoAhead(lock_out=True), "losses")])
def test_losses_and_a_lock_out_each_need_a_word_of_their_own(tmp_path: Path, agreed: GoAhead, cause: str) -> None:
    bench = Bench(tmp_path, config=NEWER)
    with pytest.raises(DowngradeRefused) as caught:
        bench.downgrade(agreed=agreed)
    assert caught.value.cause == cause
    assert bench.is_as_before()


def test_a_configuration_with_hidden_keys_is_a_loss(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path, config=BACKUP.replace(": end", "tunnel-group one ipsec-attributes\n pre-shared-key *****\n: end")
    )
    with pytest.raises(DowngradeRefused, match="lost or changed"):
        bench.downgrade()
    assert bench.is_as_before()


@pytest.mark.parametrize("line", ["failover", "cluster group one"])
def test_a_unit_that_is_not_alone_is_refused(tmp_path: Path, line: str) -> None:
    today = TODAY.replace(": end", f"{line}\n: end")
    bench = Bench(tmp_path, today=today)
    with pytest.raises(DowngradeRefused, match="mate") as caught:
        bench.downgrade()
    assert caught.value.cause == "not-alone"
    assert bench.chassis.startup == today


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"image": Source("disk0:/asa943-lfbff-k8.SPA")}, DowngradeRefused, "there is no disk0:/asa943"),
        ({"config": Source("disk0:/other.cfg")}, DowngradeRefused, "there is no disk0:/other.cfg"),
        ({"target": AsaVersion.parse("9.12(4)")}, WrongUsage, "is not older"),
        ({"target": AsaVersion.parse("9.1(2)")}, RommonError, "can't be taken"),
        ({"sha512": "0" * 128}, DowngradeRefused, "another SHA-512"),
    ],
)
def test_what_can_be_refused_is_refused_with_the_device_as_it_was(
    bench: Bench, changes: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        bench.downgrade(**changes)
    assert bench.is_as_before()
    assert "nothing on it was changed" in bench.told() or "was not changed" in bench.told()


def test_nothing_happens_to_what_boots_unless_somebody_agrees(bench: Bench) -> None:
    bench.agrees = False
    with pytest.raises(Interrupted, match="not agreed to"):
        bench.downgrade()
    assert bench.is_as_before()
    assert "clear configure boot" not in bench.commands()


def test_an_old_activation_key_is_entered_before_the_configuration_is_saved(bench: Bench) -> None:
    bench.downgrade(activation_key="0x1 0x2 0x3 0x4 0x5")
    assert in_order(bench.commands(), ["activation-key 0x1 0x2 0x3 0x4 0x5", "write memory"])


def test_the_old_configuration_s_own_enable_password_is_used_after_the_reload(tmp_path: Path) -> None:
    bench = Bench(tmp_path, config=BACKUP.replace("hostname before", "hostname before\nenable password oldpw"))
    outcome = bench.downgrade(after=Credentials(enable_password=Secret("oldpw")))
    assert outcome.version == "9.4(4)"


def test_a_version_that_is_not_the_old_one_is_not_proved(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "&fault=reports-version:9.5(1)")
    with pytest.raises(DowngradeNotProved, match=r"calls it 9\.5\(1\)"):
        bench.downgrade()
    assert "has reloaded" in bench.told()


def test_a_configuration_that_is_not_the_old_one_afterwards_is_never_reloaded_into(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = type(bench.chassis).save
    monkeypatch.setattr(
        type(bench.chassis), "save", lambda self, text, *rest: whole(self, text.replace("hostname before\n", ""), *rest)
    )
    with pytest.raises(ReadBackDiffers):
        bench.downgrade()
    assert not bench.booted()
    assert "startup-config.cfg" in str(list(bench.job.archive.iterdir()))
    assert "configurations of before" in bench.told()


def test_a_firepower_is_told_the_steps_that_fxos_takes(bench: Bench) -> None:
    asa = taken_in_hand(bench.line, AsaConsole("sim"), WIZARD)
    for model, words in (("FPR-2130", "Chassis Manager"), ("FPR4K-SM-12", "FXOS has to go down first")):
        shown = replace(asa.shown, model=model)
        procedure = Downgrade(bench.job, bench.progress, lambda _: True, serve=None)  # type: ignore[arg-type]
        with pytest.raises(NotForThisModel) as caught:
            Run(procedure.on(replace(asa, shown=shown)), bench.progress).finish()
        assert words in caught.value.hint
    assert bench.is_as_before()


@pytest.mark.parametrize("seed", range(12))
def test_a_reworded_device_ends_in_a_named_state_with_nothing_lost(tmp_path: Path, seed: int) -> None:
    bench = Bench(tmp_path, f"&fault=reworded:{seed}")
    with suppress(ConsoleError, RommonError):
        assert bench.downgrade().version == "9.4(4)"
    assert not [event for event in bench.line.events if isinstance(event, Erased)]
    if bench.chassis.startup != TODAY:
        assert (bench.job.archive / "startup-config.cfg").read_text() == TODAY


@pytest.mark.parametrize("after", range(1000, 16000, 2500))
def test_a_console_that_dies_at_any_step_leaves_the_archive_or_the_device_as_it_was(tmp_path: Path, after: int) -> None:
    bench = Bench(tmp_path, f"&fault=port-dies:{after}")
    try:
        bench.downgrade()
    except (ConsoleError, RommonError):
        failed = [e for e in bench.events if isinstance(e, StepChanged) and e.status == "failed"]
        assert bool(failed) == bool(bench.told())
    if bench.chassis.startup != TODAY:
        assert (bench.disk / "startup-before-downgrade.cfg").read_text() == TODAY


def test_the_plan_shows_the_chapters_lines(bench: Bench) -> None:
    typed = [line for lines in lines_to_type(bench.job).values() for line in lines]
    order = ["clear configure boot", f"boot system disk0:/{OLD}", "write memory"]
    assert in_order(typed, [*order, "copy /noconfirm disk0:/old.cfg startup-config", "reload"])
