"""The exchange of `load`, struck at seeded places: a reboot, a port that dies, a log line. `tests/campaign` takes every byte."""

import random

import pytest
from golden_loads import IMAGES, Load, Strike, launch_bytes, loaded

PLACES = 20


def struck(family: str, strike: Strike, places: range) -> dict[int, Load]:
    """Loads that were struck behind so many bytes, at seeded places, the first and the last one included."""
    chosen = random.Random(f"{family} {strike}").sample(places, PLACES)
    return {place: loaded(family, strike, place) for place in [places[0], *sorted(chosen), places[-1]]}


def whole(family: str) -> range:
    return range(1, len(loaded(family).heard) + 1)


FAMILIES = pytest.mark.parametrize("family", IMAGES)


@FAMILIES
def test_an_undisturbed_load_ends_well(family: str) -> None:
    load = loaded(family)
    assert (load.code, load.is_false_success) == (0, False)
    assert load.answered == []


@FAMILIES
def test_a_port_that_dies_at_any_byte_is_a_lost_console(family: str) -> None:
    ends = {place: (load.code, load.cause) for place, load in struck(family, "port-dies", whole(family)).items()}
    assert set(ends.values()) == {(11, "console-lost")}, ends


@FAMILIES
def test_a_reboot_at_any_byte_before_the_launch_begins_the_procedure_anew(family: str) -> None:
    loads = struck(family, "reboot-after", range(1, launch_bytes(family).start))
    assert {place: load.cause for place, load in loads.items() if load.code or load.is_false_success} == {}


@pytest.mark.parametrize("place", [276, 277, 298, 299])
def test_a_reboot_behind_words_that_look_like_a_question_is_waited_for(place: int) -> None:
    """They end in a colon, as a question does."""
    load = loaded("asa5500x", "reboot-after", place)
    assert (load.code, load.is_false_success, load.answered) == (0, False, [])


@FAMILIES
def test_a_reboot_at_any_byte_before_the_launch_has_a_name_without_retries(family: str) -> None:
    for place in range(1, launch_bytes(family).start, 97):
        load = loaded(family, "reboot-after", place, retries=0)
        assert (load.code, load.cause) in {(0, ""), (13, "device-rebooted"), (23, "device-rebooted")}, place
        assert not load.is_false_success, place


@FAMILIES
def test_a_reboot_at_any_byte_of_the_boot_is_no_success_and_nothing_is_typed_at_what_boots_then(family: str) -> None:
    """Its flash holds an old image, which boots where nobody stops the device."""
    places = range(launch_bytes(family).stop, whole(family).stop)
    for place, load in struck(family, "reboot-after", places).items():
        assert (load.code, load.cause) in {(40, "boot-not-proved"), (0, "")}, place
        assert not load.is_false_success, place
        assert (load.typed_into_old_software, load.answered) == (b"", []), place


@FAMILIES
def test_a_log_line_at_any_byte_of_the_boot_and_the_software_changes_nothing(family: str) -> None:
    places = range(launch_bytes(family).stop, whole(family).stop)
    loads = struck(family, "log-line", places)
    assert {place: load.cause for place, load in loads.items() if load.code or load.is_false_success} == {}


@FAMILIES
def test_a_log_line_at_any_byte_of_the_monitor_never_makes_a_false_success(family: str) -> None:
    """A monitor prints none; whoever does, the end has a name."""
    for place, load in struck(family, "log-line", range(1, launch_bytes(family).stop)).items():
        assert load.cause in {"", "ping-failed", "boot-not-proved", "download-timed-out"}, place
        assert not load.is_false_success, place
