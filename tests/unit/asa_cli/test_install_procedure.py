"""An image made to last on a simulated ASA, in virtual time: success, each refusal, and a fault at each step."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface
from pathlib import Path

import pytest
from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from rommon_tool.errors import CopyRefused, InstallNotProved, InstallRefused, NotForThisModel, RommonError
from rommon_tool.job import InstallOutcome
from rommon_tool.procedures.asa_session import AsaConsole, taken_in_hand
from rommon_tool.procedures.file_servers import Taken
from rommon_tool.procedures.install_image import WIZARD, DeviceAddress, Install, InstallJob
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress, Record, StepChanged, Warned
from serial_console.errors import ConsoleError, ConsoleLost, UnexpectedQuestion
from serial_console.simulated.events import Booted, Erased

NAME = "asa984-22-lfbff-k8.SPA"
ENTRY = f"disk0:/{NAME}"
CONTENT = bytes(range(251)) * 1000
SHA512 = hashlib.sha512(CONTENT).hexdigest()
JOB = InstallJob(Path(NAME), "192.168.1.21", version="9.8(4)22")
OLD = "asa941-lfbff-k8.SPA"


@dataclass
class MemoryServer:
    """Stands for a server whose file the device's network has."""

    network: MemoryNetwork
    sha512: str = SHA512
    bytes: int = len(CONTENT)
    url: str = f"tftp://192.168.1.21/{NAME}"
    clients: list[str] = field(default_factory=list)

    @property
    def seen(self) -> Taken:
        taken = Taken()
        taken.requests = len(self.network.requests)
        return taken

    def __enter__(self) -> "MemoryServer":
        return self

    def __exit__(self, *_: object) -> None: ...

    def arm(self, clients: Iterable[str]) -> None:
        self.clients = list(clients)

    def poll(self) -> Iterator[object]:
        return iter(())

    def await_end(self, seconds: float) -> None: ...


class Bench:
    """One device that runs an image, and the procedure on it."""

    def __init__(self, options: str = "", family: str = "asa5506x", *, enters: str = "") -> None:
        self.network = MemoryNetwork({NAME: CONTENT})
        self.line = SimulatedLine(f"sim://{family}?state=booted{options}", network=self.network)
        self.server = MemoryServer(self.network)
        self.progress = Progress("test")
        self.events: list[object] = []
        self.progress.subscribe(lambda record: self.events.append(record.event))
        for line in enters.splitlines():
            self.line.device.type(line.encode() + b"\r")
            self.line.device.advance(5)
            self.line.device.printed()

    @property
    def chassis(self):  # type: ignore[no-untyped-def]
        return self.line.device._chassis

    def install(self, job: InstallJob = JOB) -> InstallOutcome:
        asa = taken_in_hand(self.line, AsaConsole("sim"), WIZARD)
        return Run(Install(job, self.progress).on(asa, self.server), self.progress).finish()

    @property
    def warnings(self) -> str:
        return " ".join(event.text for event in self.events if isinstance(event, Warned))

    @property
    def failed_step(self) -> str:
        return next(e.name for e in self.events if isinstance(e, StepChanged) and e.status == "failed")

    @property
    def booted(self) -> list[Booted]:
        return [event for event in self.line.events if isinstance(event, Booted)]


def configured(*lines: str) -> str:
    return "\n".join(["enable", "", "configure terminal", *lines, "end", "write memory", "exit"])


def test_an_image_is_on_an_empty_disk_saved_and_proved_to_run_from_flash() -> None:
    bench = Bench()
    outcome = bench.install()
    assert (outcome.version, outcome.image_file, outcome.sha512) == ("9.8(4)22", ENTRY, SHA512)
    assert (outcome.boot_system, outcome.register) == ((ENTRY,), "0x1")
    assert bench.chassis.boot_entries == (ENTRY,)
    assert bench.booted == [Booted("9.8(4)22", "flash", NAME)]
    steps = [e.name for e in bench.events if isinstance(e, StepChanged) and e.status == "done"]
    assert steps == ["check-device", "copy-to-disk0", "keep-config", "boot-system", "write-memory", "reload", "prove"]


def test_the_saved_configuration_is_kept_as_a_file_before_it_is_written_over() -> None:
    bench = Bench()
    before = bench.chassis.startup
    assert bench.install().kept_config == "startup-before-install.cfg"
    assert bench.chassis.disk.read("startup-before-install.cfg").decode() == before
    bench = Bench()
    bench.chassis.disk.write("startup-before-install.cfg", b"of an earlier run")
    assert bench.install().kept_config == "startup-before-install-2.cfg"
    assert bench.chassis.disk.read("startup-before-install.cfg") == b"of an earlier run"


def test_old_entries_stay_behind_the_new_one_in_their_order() -> None:
    enters = configured("boot system disk0:/a.SPA", "boot system disk0:/b.SPA")
    outcome = Bench("&flash=old", enters=enters).install()
    assert outcome.boot_system == (ENTRY, "disk0:/a.SPA", "disk0:/b.SPA")


def test_old_entries_are_cleared_where_that_was_asked() -> None:
    bench = Bench("&flash=old", enters=configured("boot system disk0:/a.SPA"))
    assert bench.install(replace(JOB, clears=True)).boot_system == (ENTRY,)


def test_entries_that_find_no_place_are_named() -> None:
    entries = ["boot system tftp://192.168.1.9/x.SPA", *(f"boot system disk0:/{letter}.SPA" for letter in "abcd")]
    bench = Bench("&flash=old", enters=configured(*entries))
    outcome = bench.install()
    assert outcome.boot_system == (ENTRY, "disk0:/a.SPA", "disk0:/b.SPA", "disk0:/c.SPA")
    assert outcome.dropped == ("tftp://192.168.1.9/x.SPA", "disk0:/d.SPA")
    assert "tftp://192.168.1.9/x.SPA" in bench.warnings


def test_the_register_is_put_back_to_normal() -> None:
    bench = Bench(enters=configured("config-register 0x10"))
    assert bench.install().register == "0x1"
    assert "was 0x10" in bench.warnings


def test_a_configuration_that_the_device_ignores_is_not_written_over() -> None:
    bench = Bench(enters=configured("config-register 0x41"))
    before = bench.chassis.startup
    with pytest.raises(InstallRefused, match="ignores its saved configuration") as caught:
        bench.install()
    assert (caught.value.cause, bench.chassis.startup, bench.server.seen.requests) == ("config-ignored", before, 0)
    assert bench.install(replace(JOB, config_is_whole=True)).register == "0x1"


def test_an_unformatted_disk_is_formatted_only_if_asked() -> None:
    bench = Bench("&flash=unformatted")
    with pytest.raises(CopyRefused, match="not formatted unasked"):
        bench.install()
    assert b"format" not in bench.line.typed()
    assert bench.install(replace(JOB, formats=True)).image_file == ENTRY


def test_a_disk_that_can_be_read_is_never_formatted() -> None:
    bench = Bench("&flash=old")
    bench.install(replace(JOB, formats=True))
    assert b"format" not in bench.line.typed()
    assert bench.chassis.disk.has(OLD)


def test_a_device_without_any_configuration_gets_an_address_for_the_copy_alone() -> None:
    bench = Bench("&config=none")
    lent = DeviceAddress(IPv4Interface("192.168.1.7/24"), "Management1/1", "192.168.1.1")
    outcome = bench.install(replace(JOB, address=lent))
    assert (outcome.image_file, bench.server.clients) == (ENTRY, ["192.168.1.7"])
    assert "192.168.1.7" not in bench.chassis.startup
    assert "route" not in bench.chassis.startup


@pytest.mark.parametrize("family", ["fpr1000", "fpr2100", "fpr3100"])
def test_a_firepower_is_refused_with_the_chapter_s_reason(family: str) -> None:
    from rommon_tool.procedures.model_guidelines import check_sets_image

    models = {"fpr1000": "FPR-1120", "fpr2100": "FPR-2130", "fpr3100": "FPR-3110"}
    with pytest.raises(NotForThisModel, match="managed by FXOS"):
        check_sets_image(models[family])


@pytest.mark.parametrize(
    ("options", "error", "step"),
    [
        ("&free=100000", CopyRefused, "copy-to-disk0"),
        ("&fault=disk-full", CopyRefused, "copy-to-disk0"),
        ("&fault=copy-broken", RommonError, "copy-to-disk0"),
        ("&fault=no-reply", RommonError, "copy-to-disk0"),
        ("&fault=reports-version:9.1(2)", InstallNotProved, "prove"),
    ],
)
def test_a_fault_ends_at_its_step_and_leaves_what_boots_alone(options: str, error: type[Exception], step: str) -> None:
    bench = Bench("&flash=old" + options)
    before = bench.chassis.startup
    with pytest.raises(error):
        bench.install()
    assert bench.failed_step == step
    assert bench.warnings
    if step == "copy-to-disk0":
        assert bench.chassis.startup == before
        assert not bench.chassis.disk.has(NAME)


def test_a_reload_that_ends_in_the_boot_monitor_is_not_proved_and_nothing_is_typed_there() -> None:
    bench = Bench()
    asa = taken_in_hand(bench.line, AsaConsole("sim"))

    def lose_the_image(record: Record) -> None:
        if isinstance(record.event, StepChanged) and (record.event.name, record.event.status) == ("reload", "started"):
            bench.chassis.disk.remove(NAME)

    bench.progress.subscribe(lose_the_image)
    with pytest.raises(InstallNotProved) as caught:
        Run(Install(JOB, bench.progress).on(asa, bench.server), bench.progress).finish()
    asa.cli.leave()
    assert caught.value.cause == "at-boot-monitor"
    assert bench.line.typed("monitor") == b""


@pytest.mark.parametrize("after", [900, 2500, 5200, 6000, 7000, 9000])
def test_a_console_that_is_lost_loses_nothing(after: int) -> None:
    bench = Bench(f"&flash=old&fault=port-dies:{after}")
    with pytest.raises(ConsoleLost):
        bench.install()
    assert bench.chassis.startup.startswith(": Saved\n") or "hostname ciscoasa" in bench.chassis.startup
    assert bench.chassis.flash_image in (OLD, NAME)


@pytest.mark.parametrize("seed", range(8))
def test_a_device_that_words_all_otherwise_ends_in_a_proof_or_a_named_error(seed: int) -> None:
    bench = Bench(f"&flash=old&fault=reworded:{seed}")
    try:
        outcome = bench.install()
    except (ConsoleError, RommonError):
        pass
    else:
        assert outcome.image_file == ENTRY
    assert not [event for event in bench.line.events if isinstance(event, Erased)]
    assert bench.chassis.flash_image in (OLD, NAME)


def test_an_unforeseen_question_is_left_unanswered() -> None:
    found = 0
    for seed in range(16):
        bench = Bench(f"&flash=old&fault=reworded:{seed}")
        try:
            bench.install()
        except UnexpectedQuestion:
            found += 1
            assert bench.line.typed("question").strip(b"\r") == b""
        except (ConsoleError, RommonError):
            continue
    assert found
