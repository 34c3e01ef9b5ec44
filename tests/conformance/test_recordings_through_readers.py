"""Every recording, whole and one byte at a time, through the patterns of its platform and the pure readers."""

import pytest
from expected import EXPECTED
from reading_checks import Check, reading_checks
from recordings import FAMILIES, of_family, recordings

from platforms import load_platform, platform_names

CASES = [
    pytest.param(family, check, bytewise, id=f"{family}-{check.name}-{'byte by byte' if bytewise else 'whole'}")
    for family in FAMILIES
    for recording in of_family(family)
    for check in reading_checks(recording)
    for bytewise in (False, True)
]
# The device says so itself: its cable is out, or its flash is empty.
UNWELL = {
    "asa5505/break-confreg": {"link-down"},
    "asa5500x/5512x-no-image-break-help": {"link-down", "file-not-found"},
    "asa5500/ips4240-set-interface": {"link-down"},
}


@pytest.mark.parametrize(("family", "check", "bytewise"), CASES)
def test_a_recording_is_read_as_it_was_meant(family: str, check: Check, bytewise: bool) -> None:
    check.run(load_platform(family), bytewise)


@pytest.mark.parametrize("name", list(recordings()))
def test_a_device_that_is_well_makes_no_complaint(name: str) -> None:
    """Looked for in the whole text at once, so that nothing is hidden by what stands before it."""
    recording = recordings()[name]
    text = recording.script.printed().encode("latin-1")
    for family in recording.families:
        complaints = load_platform(family).netboot.complaints
        made = {kind for kind, patterns in complaints.items() if any(pattern.search(text) for pattern in patterns)}
        assert made == UNWELL.get(name, set()), family


def test_every_recording_has_its_expectations() -> None:
    assert set(EXPECTED) == set(recordings())


def test_every_shipped_family_is_read_from_recordings() -> None:
    assert platform_names() == FAMILIES
