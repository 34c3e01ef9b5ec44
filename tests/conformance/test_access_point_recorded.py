"""The recordings of access points: the driver types what was typed, and the broadcast's name and address are the recorded ones."""

import pytest
from played_line import PlayedLine
from recordings import recordings

from platforms import access_point
from serial_console.access_point import FileExtracted, Loader, PagerAnswered
from serial_console.errors import DownloadTimedOut

TAR = recordings()["ap/1230-tar-xtract"].script
BUTTON = recordings()["ap/2600-mode-button"].script.printed()
BY_HAND = recordings()["ap/2600-by-hand"].script.typed
FILE = "169.254.105.188/c1200-k9w7-tar.123-8.JEE.tar"


@pytest.mark.parametrize("bytewise", [False, True])
def test_a_1230_is_typed_what_was_typed_and_its_broken_tar_is_named(*, bytewise: bool) -> None:
    facts = access_point()
    line = PlayedLine(TAR, bytewise)
    loader = Loader(line, facts)
    list(loader.reach(5))
    names = facts.variables
    loader.set({names.address: "169.254.105.189", names.netmask: "255.255.0.0"})
    for command in (*facts.network, *facts.flash):
        loader.command(command)
    events: list[object] = []
    with pytest.raises(DownloadTimedOut) as told:
        events.extend(loader.extract(FILE, 60))
    assert told.value.seen == "Premature end of tar file"
    files = [event.file for event in events if isinstance(event, FileExtracted)]
    assert (files[0], len(files)) == ("info", 7)
    assert files[-1].endswith("ap_network-if_ethernet.shtml.gz")
    assert [event for event in events if isinstance(event, PagerAnswered)] == [PagerAnswered(1)]
    assert line.typed.replace(b"\r", b"\n").decode() == "".join(f"{text}\n" for text in TAR.typed) + " "


def test_the_recorded_broadcast_asks_for_the_file_and_from_the_address_of_the_platform() -> None:
    button = access_point().mode_button
    assert f"tftp://255.255.255.255/{button.file.format(family='ap3g2')}\n" in BUTTON
    assert f"config to default {button.address}\n" in BUTTON


def test_by_hand_the_same_commands_were_typed() -> None:
    facts = access_point()
    names = facts.variables
    ours = [
        f"set {names.address} 10.0.0.1",
        f"set {names.netmask} 255.255.255.0",
        f"set {names.gateway} 10.0.0.2",
        *facts.network,
        *facts.flash,
        facts.extract.format(file="10.0.0.2/ap3g2-k9w7-tar.153-3.JF10.tar"),
    ]
    assert [line for line in BY_HAND if line.startswith(("set ", "tar ")) or line.endswith("_init")][
        : len(ours)
    ] == ours
    assert BY_HAND[-2:] == (facts.dump_command, facts.boot_command)
    assert any(line.startswith(f"set {names.boot} flash:/") for line in BY_HAND)
