"""What the recordings of access points must give with a loader's data: the driver types what was typed, and reads what came."""

from collections.abc import Callable
from ipaddress import ip_interface

import pytest
from played_line import PlayedLine
from recordings import recordings

from platforms import AccessPoint
from serial_console.access_point import FileExtracted, Loader, PagerAnswered
from serial_console.errors import DownloadTimedOut

TAR = recordings()["ap/1230-tar-xtract"].script
BUTTON = recordings()["ap/2600-mode-button"].script.printed()
BY_HAND = recordings()["ap/2600-by-hand"].script.typed
FILE = "169.254.105.188/c1200-k9w7-tar.123-8.JEE.tar"


def type_what_a_1230_was_typed(facts: AccessPoint, *, bytewise: bool = False) -> None:
    """Its tar breaks off, because nobody pressed a key in time: that is named."""
    line = PlayedLine(TAR, bytewise)
    loader = Loader(line, facts)
    list(loader.reach(5))
    names = facts.variables
    loader.set({names.address: "169.254.105.189", names.netmask: "255.255.0.0"})
    for command in (*facts.network, *facts.flash):
        loader.command(command)
    events: list[object] = []
    # By its own words, and not because nothing came for a minute.
    with pytest.raises(DownloadTimedOut, match="could not fetch its image") as told:
        events.extend(loader.extract(FILE, 60))
    assert told.value.seen == "Premature end of tar file"
    files = [event.file for event in events if isinstance(event, FileExtracted)]
    assert (files[0], len(files)) == ("info", 7)
    assert files[-1].endswith("ap_network-if_ethernet.shtml.gz")
    assert [event for event in events if isinstance(event, PagerAnswered)] == [PagerAnswered(1)]
    assert line.typed.replace(b"\r", b"\n").decode() == "".join(f"{text}\n" for text in TAR.typed) + " "


def ask_everybody_for_the_recorded_file(facts: AccessPoint) -> None:
    button = facts.mode_button
    assert f"tftp://255.255.255.255/{button.file.format(family='ap3g2')}\n" in BUTTON
    assert f"config to default {button.address}\n" in BUTTON


def be_in_the_recorded_network(facts: AccessPoint) -> None:
    """By hand the same device was given the button's address, with this mask."""
    mask = next(line.split()[-1] for line in BY_HAND if line.startswith("set NETMASK "))
    assert f"set IP_ADDR {facts.mode_button.address}" in BY_HAND
    assert facts.mode_button.network == str(ip_interface(f"{facts.mode_button.address}/{mask}").network)


def type_what_was_typed_by_hand(facts: AccessPoint) -> None:
    names = facts.variables
    ours = [
        f"set {names.address} 10.0.0.1",
        f"set {names.netmask} 255.255.255.0",
        f"set {names.gateway} 10.0.0.2",
        *facts.network,
        *facts.flash,
        facts.extract.format(file="10.0.0.2/ap3g2-k9w7-tar.153-3.JF10.tar"),
    ]
    theirs = [line for line in BY_HAND if line.startswith(("set ", "tar ")) or line.endswith("_init")]
    assert theirs[: len(ours)] == ours
    assert BY_HAND[-2:] == (facts.dump_command, facts.boot_command)
    assert any(line.startswith(f"set {names.boot} flash:/") for line in BY_HAND)


CHECKS: tuple[Callable[[AccessPoint], None], ...] = (
    type_what_a_1230_was_typed,
    ask_everybody_for_the_recorded_file,
    be_in_the_recorded_network,
    type_what_was_typed_by_hand,
)
