"""Devices that say everything in other words, and ask questions where none is expected: each of a seed's own making.

Whatever such a device says, the driver ends with a proof or with an error that has a name and an exit code.
"""

from dataclasses import dataclass
from functools import cache

import pytest
from memory_network import MemoryNetwork
from simulated_line import SimulatedLine

from platforms import load_platform, platform_names
from rommon_tool.cli.exit_codes import INTERNAL, exit_code
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import Booted as Proved
from serial_console.errors import ConsoleError
from serial_console.simulated import FAMILIES
from serial_console.simulated.events import Answered, Booted, Erased, TransferFinished
from serial_console.simulated.rewording import QUESTIONS

IMAGES = {
    "asa5500": "asa903-k8.bin",
    "asa5500x": "asa961-smp-k8.bin",
    "asa5505": "asa924-k8.bin",
    "asasm": "asa961-smp-k8.bin",
    "asa5506x": "asa984-22-lfbff-k8.SPA",
    "fpr1000": "cisco-asa-fp1k.9.20.2.SPA",
    "fpr2100": "cisco-asa-fp2k.9.12.4.SPA",
    "fpr3100": "fxos-k8-fp3k-lfbff.2.12.1.73.SPA",
    "isa3000": "asa984-22-lfbff-k8.SPA",
}
CONTENT = bytes(range(256)) * 400
PACKAGES = ("fpr1000", "fpr2100")
PART = 35 * 1460  # of a package
ADDRESSES = {"address": "10.86.118.4", "netmask": "255.255.255.0", "server": "10.86.118.21", "gateway": "10.86.118.21"}
SEEDS = range(12)
DEVICES = pytest.mark.parametrize(("family", "seed"), [(family, seed) for family in IMAGES for seed in SEEDS])
DESTROYS = {question for question, destroys in QUESTIONS if destroys}


@dataclass(frozen=True)
class Ending:
    """How the recovery of one device ended: with a proof or an error, and what happened to the device."""

    proved: Proved | None
    error: ConsoleError | None
    events: tuple[object, ...]

    def of(self, *kinds: type) -> list[object]:
        return [event for event in self.events if isinstance(event, kinds)]


@cache
def ending(family: str, seed: int) -> Ending:
    """Every other device would boot an old image from flash."""
    flash = "empty" if seed % 2 else "old"
    network = MemoryNetwork({IMAGES[family]: CONTENT})
    line = SimulatedLine(f"sim://{family}?fault=reworded:{seed}&flash={flash}&bundle={PART}", network=network)
    monitor = BootMonitor(line, [load_platform(name) for name in platform_names()])
    try:
        return Ending(_recovered(monitor, IMAGES[family]), None, tuple(line.events))
    except ConsoleError as error:
        return Ending(None, error, tuple(line.events))


def _recovered(monitor: BootMonitor, image: str) -> Proved:
    monitor.enter(120)
    monitor.set(**ADDRESSES, image=image, vlan="100" if monitor.platform.session else "")
    monitor.ping(ADDRESSES["server"])
    monitor.save()
    for _ in monitor.download(bundle=monitor.platform.name in PACKAGES).run():
        pass
    *_, last = monitor.watch_boot()
    assert isinstance(last, Proved)
    return last


@DEVICES
def test_success_is_told_of_nothing_but_the_image_that_was_sent(family: str, seed: int) -> None:
    end = ending(family, seed)
    if end.proved:
        taken = PART if family in PACKAGES else len(CONTENT)
        assert [event.bytes for event in end.of(TransferFinished)] == [taken]  # type: ignore[attr-defined]
        *_, booted = end.of(Booted)
        assert isinstance(booted, Booted)
        assert (booted.source, booted.image) == ("netboot", IMAGES[family])


@DEVICES
def test_any_other_end_has_a_name_and_an_exit_code(family: str, seed: int) -> None:
    end = ending(family, seed)
    if end.error:
        assert exit_code(end.error) not in {0, INTERNAL}
        assert type(end.error) is not ConsoleError
        assert str(end.error)
        assert end.error.hint


@DEVICES
def test_no_question_is_answered_least_of_all_one_that_destroys(family: str, seed: int) -> None:
    end = ending(family, seed)
    assert not end.of(Erased, Answered)


def test_some_are_recovered_and_others_end_in_many_ways() -> None:
    """Or the tests above would show nothing."""
    ends = [ending(family, seed) for family in ("asa5505", "asa5506x") for seed in SEEDS]
    assert any(end.proved for end in ends)
    assert len({type(end.error) for end in ends}) > 4


def test_every_family_is_reworded_here() -> None:
    assert {*IMAGES} >= {*FAMILIES}
    assert DESTROYS


def test_a_device_words_the_same_text_in_the_same_way_each_time() -> None:
    plain, *others = (_self_test(f"sim://asa5505{fault}") for fault in ("", *(f"?fault=reworded:{n}" for n in SEEDS)))
    assert others == [_self_test(f"sim://asa5505?fault=reworded:{n}") for n in SEEDS]
    assert len({plain, *others}) > len(SEEDS) / 2


def _self_test(url: str) -> bytes:
    device = SimulatedLine(url).device
    device.advance(6)
    return device.printed()
