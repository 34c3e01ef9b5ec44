"""A console cable that leads to another kind of device: it is named at once, and nothing is set on it.

What the devices print is captured: a Firepower 4110 (lewiryan, unicon), a 2600 and an ISR 1841; the Catalyst's and the
IOS boot's texts are partly recalled.
"""

import pytest
from played_line import PlayedLine, Script, played

from platforms import load_platform, platform_names, strangers
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import MonitorEntered
from serial_console.errors import BreakInMissed, WrongDevice

WHOLE_AND_BYTEWISE = pytest.mark.parametrize("bytewise", [False, True])

POWER_ON = {
    "ios-router": "< \n< System Bootstrap, Version 16.9(5r), RELEASE SOFTWARE\n< Copyright (c) 1994-2018  by cisco Systems, Inc.\n",
    "catalyst": "< \n< Preparing to autoboot. [Press Ctrl-C to interrupt]  5\\\n",
    "fpr4100": (
        "< !!  Rommon image verified successfully  !!\n< Cisco System ROMMON, Version 1.0.10, RELEASE SOFTWARE\n"
        "< Platform FPR-4110-SUP with 8192 Mbytes of main memory\n"
    ),
}
AT_ITS_PROMPT = {
    "a Catalyst's loader": ("catalyst", "< switch: \\\n> \n< switch: \\\n"),
    "an access point's loader": ("ap", "< ap: \\\n> \n< ap: \\\n"),
    "a 4100 between its two images": ("fpr4100", "< switch(boot)# \\\n> \n< switch(boot)# \\\n"),
}


def monitor_of(line: PlayedLine) -> BootMonitor:
    return BootMonitor(line, [load_platform(name) for name in platform_names()])


def refused(line: PlayedLine) -> WrongDevice:
    with pytest.raises(WrongDevice) as told:
        monitor_of(line).enter(5)
    return told.value


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("name", POWER_ON)
def test_a_stranger_is_named_by_its_first_words_before_a_key_is_pressed(name: str, *, bytewise: bool) -> None:
    stranger = next(it for it in strangers() if it.name == name)
    line = played(POWER_ON[name], bytewise=bytewise)
    error = refused(line)
    assert stranger.title in str(error)
    assert stranger.explanation in str(error)
    assert error.hint == stranger.remedy
    assert line.typed == b""


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(("name", "text"), AT_ITS_PROMPT.values(), ids=AT_ITS_PROMPT)
def test_a_stranger_that_waits_at_a_prompt_of_its_own_gets_one_enter(name: str, text: str, *, bytewise: bool) -> None:
    line = played(text, bytewise=bytewise)
    line.typed = b""
    error = refused(line)
    assert next(it.title for it in strangers() if it.name == name) in str(error)
    assert line.typed in {b"", b"\r"}


IOS_DUMP = "< rommon 3 > \\\n> set\n<     PS1=rommon ! > \n<     IP_ADDRESS=172.18.16.76\n<     TFTP_SERVER=172.18.16.2\n< rommon 4 > \\\n"


@WHOLE_AND_BYTEWISE
def test_a_router_at_the_prompt_that_asas_have_too_is_known_by_its_variables(*, bytewise: bool) -> None:
    line = played(IOS_DUMP, bytewise=bytewise)
    error = refused(line)
    assert "a Cisco IOS router" in str(error)
    assert line.typed.replace(b"\b", b"") == b"\rset\r"


@WHOLE_AND_BYTEWISE
def test_an_asa_at_its_prompt_that_was_set_like_a_router_is_still_an_asa(*, bytewise: bool) -> None:
    text = IOS_DUMP.replace("<     PS1=rommon ! > ", '<     ADDRESS=\n<     PS1="rommon ! > "')
    line = played(text, bytewise=bytewise)
    monitor_of(line).enter(5)
    assert line.typed.replace(b"\b", b"") == b"\rset\r"


@WHOLE_AND_BYTEWISE
def test_a_firepower_s_word_about_its_switch_is_no_prompt_of_a_switch(*, bytewise: bool) -> None:
    # Captured: cisco.com document 225504, a 3130 with monitor 1.2.06.
    script = Script.read(
        "< Platform FPR-3130 with 131072 MBytes of main memory\n"
        "< switch: \\\n~ 0.1\n< bar0=0xd0800000 bar2=0xcc000000 bar4=0xd0000000 cmd=0x6\n"
    )
    with pytest.raises(BreakInMissed):
        monitor_of(PlayedLine(script, bytewise)).enter(5)


def test_a_monitor_whose_banner_was_seen_is_not_asked_who_it_is() -> None:
    line = played(
        "< Cisco Systems ROMMON, Version 1.1.14, RELEASE SOFTWARE\n< Use BREAK or ESC to interrupt boot.\n"
        ">! \\e\n< Boot interrupted.\n< rommon 1 > \\\n> \n< rommon 1 > \\\n"
    )
    events = list(monitor_of(line).entry().run(5))
    assert isinstance(events[-1], MonitorEntered)
    assert events[-1].named


def test_every_stranger_tells_what_it_is_and_what_to_do_with_evidence() -> None:
    assert [it.name for it in strangers()] == ["ap", "catalyst", "fpr4100", "ios-router"]
    for it in strangers():
        assert it.banner
        assert set(it.evidence) >= {"banner", "explanation", "remedy"}


def test_a_platform_file_of_ones_own_takes_the_place_of_a_stranger() -> None:
    asa = load_platform("asa5506x")
    address = asa.variables.address.model_copy(update={"name": "IP_ADDRESS"})
    variables = asa.variables.model_copy(update={"address": address})
    own = asa.model_copy(update={"name": "ios-router", "variables": variables})
    line = played("< rommon 3 > \\\n> set\n<     IP_ADDRESS=172.18.16.76\n< rommon 4 > \\\n")
    BootMonitor(line, own).enter(5)
    assert line.typed.replace(b"\b", b"") == b"\rset\r"
