"""What a simulated ASA boots: shown, set, saved and read back, in virtual time; and each refusal."""

import pytest
from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from rommon_tool.errors import FilesRefused, InstallRefused, RommonError, WrongUsage
from rommon_tool.procedures.asa_session import AsaConsole, taken_in_hand
from rommon_tool.procedures.boot_settings import BootJob, BootSettings, named, settled
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress, Warned
from serial_console.errors import ConsoleError, ConsoleLost
from serial_console.simulated.events import Erased

OLD = "asa941-lfbff-k8.SPA"


class Bench:
    def __init__(self, options: str = "", *, enters: tuple[str, ...] = ()) -> None:
        self.line = SimulatedLine(f"sim://asa5506x?state=booted&flash=old{options}", network=MemoryNetwork())
        self.progress = Progress("test")
        self.warnings: list[str] = []
        self.progress.subscribe(
            lambda record: self.warnings.append(record.event.text) if isinstance(record.event, Warned) else None
        )
        for line in ("enable", "", "configure terminal", *enters, "end", "write memory", "exit") if enters else ():
            self.line.device.type(line.encode() + b"\r")
            self.line.device.advance(5)
            self.line.device.printed()

    @property
    def chassis(self):  # type: ignore[no-untyped-def]
        return self.line.device._chassis

    def have(self, *names: str) -> None:
        for name in names:
            self.chassis.disk.write(name, f"hostname {name}\n".encode())

    def do(self, *words: str, saves: bool = True, whole: bool = False) -> BootSettings:
        asa = taken_in_hand(self.line, AsaConsole("sim"))
        job = BootJob(words[0], words[1:], saves, whole)  # type: ignore[arg-type]
        return Run(settled(asa, job, self.progress), self.progress).finish()


def test_a_device_without_entries_boots_the_first_image_in_flash() -> None:
    found = Bench().do("show")
    assert (found.saved, found.configured, found.is_saved) == ((), (), True)
    assert found.next_boot == "the first application image that it finds in internal flash memory"
    assert found.saved_config == "a hidden file"


def test_a_list_is_set_saved_and_read_back_in_its_order() -> None:
    bench = Bench()
    bench.have("new.SPA")
    found = bench.do("system", "tftp://192.168.1.9/new.SPA", "new.SPA", f"flash:{OLD}")
    assert found.saved == ("tftp://192.168.1.9/new.SPA", "disk0:/new.SPA", f"disk0:/{OLD}")
    assert bench.chassis.boot_entries == found.saved
    assert found.next_boot == "tftp://192.168.1.9/new.SPA; if its server can't be reached, disk0:/new.SPA"


def test_the_saved_line_decides_what_boots_not_the_current_one() -> None:
    bench = Bench()
    bench.have("new.SPA")
    found = bench.do("system", "new.SPA", saves=False)
    assert (found.saved, found.configured, found.is_saved) == ((), ("disk0:/new.SPA",), False)
    assert "new.SPA" not in found.next_boot
    assert any("not saved" in note for note in found.notes)


def test_an_entry_that_is_not_on_the_disk_is_passed_over() -> None:
    bench = Bench(enters=("boot system disk0:/gone.SPA", f"boot system disk0:/{OLD}"))
    assert bench.do("show").next_boot == f"disk0:/{OLD}"


def test_entries_are_taken_away() -> None:
    bench = Bench(enters=(f"boot system disk0:/{OLD}",))
    assert bench.do("system").saved == ()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (("a.SPA", "tftp://192.168.1.9/a.SPA"), "must be first"),
        (("tftp://192.168.1.9/a.SPA", "tftp://192.168.1.9/b.SPA"), "only one"),
        (("a", "b", "c", "d", "e"), "up to four"),
        (("a", "disk0:/a"), "twice"),
        (("a b",), "no file"),
        (("../etc",), "no file"),
        (("scp://192.168.1.9/a",), "no file"),
    ],
)
def test_a_list_that_the_chapter_does_not_allow_is_refused_with_nothing_typed(
    values: tuple[str, ...], why: str
) -> None:
    bench = Bench()
    with pytest.raises(WrongUsage, match=why):
        bench.do("system", *values)
    assert b"configure" not in bench.line.typed()


def test_an_image_that_is_not_there_is_refused_before_anything_is_changed() -> None:
    bench = Bench()
    with pytest.raises(FilesRefused, match="is not there"):
        bench.do("system", "new.SPA")
    assert b"configure" not in bench.line.typed()


def test_the_asdm_image_is_set_and_taken_away() -> None:
    bench = Bench()
    bench.have("asdm-7191.bin")
    assert bench.do("asdm", "asdm-7191.bin").asdm == "disk0:/asdm-7191.bin"
    assert "asdm image disk0:/asdm-7191.bin" in bench.chassis.startup
    assert bench.do("asdm").asdm == ""


def test_the_startup_configuration_comes_out_as_it_went_in() -> None:
    bench = Bench()
    bench.have("site.cfg")
    found = bench.do("config", "site.cfg")
    assert found.saved_config == "disk0:/site.cfg"
    assert bench.chassis.disk.read("site.cfg") == b"hostname site.cfg\n"
    assert "put back" in " ".join(bench.warnings)
    assert not [name for name in bench.chassis.disk.files() if "kept" in name]
    assert bench.do("config").saved_config == "a hidden file"


def test_unsaved_changes_of_others_are_named_before_they_are_saved() -> None:
    bench = Bench()
    for line in ("enable", "", "configure terminal", "hostname edge", "end", "exit"):
        bench.line.device.type(line.encode() + b"\r")
        bench.line.device.advance(1)
    bench.have("new.SPA")
    bench.do("system", "new.SPA")
    assert "unsaved changes" in " ".join(bench.warnings)


def test_a_configuration_that_the_device_ignores_is_not_written_over() -> None:
    bench = Bench(enters=("config-register 0x41",))
    bench.have("new.SPA")
    with pytest.raises(InstallRefused, match="ignores its saved configuration"):
        bench.do("system", "new.SPA")
    assert bench.do("system", "new.SPA", whole=True).saved == ("disk0:/new.SPA",)


@pytest.mark.parametrize("after", [700, 1500, 2500, 3500])
def test_a_console_that_is_lost_leaves_the_old_settings_or_the_new_ones(after: int) -> None:
    bench = Bench(f"&fault=port-dies:{after}", enters=())
    bench.have("new.SPA")

    def set_again_and_again() -> None:
        for _ in range(9):
            bench.do("system", "new.SPA")
            bench.do("system", OLD)

    with pytest.raises(ConsoleLost):
        set_again_and_again()
    assert bench.chassis.boot_entries in ((), ("disk0:/new.SPA",), (f"disk0:/{OLD}",))


@pytest.mark.parametrize("seed", range(8))
def test_a_device_that_words_all_otherwise_ends_in_a_proof_or_a_named_error(seed: int) -> None:
    bench = Bench(f"&fault=reworded:{seed}")
    bench.have("new.SPA")
    try:
        found = bench.do("system", "new.SPA")
    except (ConsoleError, RommonError):
        pass
    else:
        assert found.saved == ("disk0:/new.SPA",)
    assert not [event for event in bench.line.events if isinstance(event, Erased)]


def test_names_are_completed_as_the_device_writes_them() -> None:
    assert [named(name) for name in ("a.SPA", "disk0:a.SPA", "flash:/a.SPA", "disk1:/a")] == [
        "disk0:/a.SPA",
        "disk0:/a.SPA",
        "disk0:/a.SPA",
        "disk1:/a",
    ]
