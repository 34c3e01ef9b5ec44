"""The recordings of devices that are refused: each is named from what it printed, whole and one byte at a time."""

import pytest
from played_line import PlayedLine, Script
from recordings import recordings

from platforms import load_platform, platform_names, strangers
from serial_console.boot_monitor import BootMonitor
from serial_console.errors import WrongDevice

KEYS = {b"", b"\r", b"\rset\r"}
CASES = {
    "a 4110 from its first words": ("fpr4100", recordings()["fpr4100/4110-kickstart"].script),
    "a 4110 behind its kickstart image": (
        "fpr4100",
        recordings()["fpr4100/4110-kickstart"].script.since("switch(boot)#"),
    ),
    "a 4110 with monitor 1.0.11": ("fpr4100", recordings()["fpr4100/4110-countdown"].script),
    "a 2600 at its prompt": ("ios-router", recordings()["ios-router/2600-set-usage"].script),
}


@pytest.mark.parametrize("bytewise", [False, True])
@pytest.mark.parametrize(("name", "script"), CASES.values(), ids=CASES)
def test_a_recorded_stranger_is_named_and_nothing_is_set_on_it(name: str, script: Script, *, bytewise: bool) -> None:
    line = PlayedLine(script, bytewise)
    with pytest.raises(WrongDevice) as told:
        BootMonitor(line, [load_platform(each) for each in platform_names()]).enter(5)
    assert next(it.title for it in strangers() if it.name == name) in str(told.value)
    assert line.typed.replace(b"\x1b", b"").replace(b"\b", b"") in KEYS


OURS = [name for name in recordings() if name.partition("/")[0] not in {it.name for it in strangers()}]


@pytest.mark.parametrize("name", OURS)
def test_no_device_of_ours_is_taken_for_a_stranger(name: str) -> None:
    text = recordings()[name].script.printed().encode("latin-1")
    assert [it.name for it in strangers() if any(pattern.search(text) for pattern in (*it.banner, *it.dump))] == []
