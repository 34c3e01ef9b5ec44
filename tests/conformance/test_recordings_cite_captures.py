"""The device lines of every recording are a capture's, and a stored hash holds them to it.

With ROMMON_CAPTURES=FOLDER the captures themselves are read as well.
"""

import os

import pytest
from recordings import Recording, cited, digest, original_lines, recordings

ALL = [pytest.param(recording, id=name) for name, recording in recordings().items()]


@pytest.mark.parametrize("recording", ALL)
def test_its_header_and_the_table_cite_the_same_lines_of_the_same_capture(recording: Recording) -> None:
    citation = cited()[recording.name]
    assert (citation.capture, citation.lines) == (recording.file, recording.lines)


@pytest.mark.parametrize("recording", ALL)
def test_its_device_lines_have_the_stored_hash_of_the_capture(recording: Recording) -> None:
    assert digest(recording.script.printed()) == cited()[recording.name].sha256


if os.environ.get("ROMMON_CAPTURES"):
    # The captures are not part of this project: who has them can hold the recordings against them.

    @pytest.mark.parametrize("recording", ALL)
    def test_its_device_lines_are_the_capture_s_own(recording: Recording) -> None:
        original = original_lines(cited()[recording.name])
        assert original is not None
        assert digest(original) == cited()[recording.name].sha256


def test_the_table_cites_nothing_that_is_not_recorded() -> None:
    assert set(cited()) == set(recordings())


def test_only_the_chapter_s_two_procedures_are_documented_and_not_captured() -> None:
    documented = [name for name, it in recordings().items() if it.kind == "documented"]
    assert documented == ["asa5500x/chapter-load", "asasm/chapter-load"]


def test_one_changed_character_is_noticed() -> None:
    text = recordings()["asa5500/ips4240-set-interface"].script.printed()
    assert digest(text.replace("10.0.0.1", "10.0.0.7")) != digest(text)
