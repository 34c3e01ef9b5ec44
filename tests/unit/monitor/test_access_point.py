"""The conversation with an access point's loader: against the recordings, and against a simulated one in virtual time."""

from collections.abc import Iterator

import pytest
from memory_network import MemoryNetwork
from played_line import PlayedLine, played
from simulated_line import SimulatedLine

from platforms import access_point
from serial_console.access_point import ExtractEvent, FileExtracted, Loader, PagerAnswered
from serial_console.boot_monitor.events import Booted
from serial_console.errors import (
    BootNotProved,
    CommandRefused,
    ConsoleError,
    ConsoleSilent,
    DownloadTimedOut,
    NetbootFailed,
    ReadBackDiffers,
    UnexpectedState,
)

NAME = "ap1g2-k9w7-tar.153-3.JF10.tar"
FOLDER = "ap1g2-k9w7-mx.153-3.JF10"
ADDRESSES = {"IP_ADDR": "192.0.2.10", "NETMASK": "255.255.255.0", "DEFAULT_ROUTER": "192.0.2.1"}
BOOT = {"BOOT": f"flash:/{FOLDER}/{FOLDER}"}
THREE_PAGES = bytes(16 * 512 * 80)


def loader_of(line: SimulatedLine | PlayedLine) -> Loader:
    return Loader(line, access_point())


@pytest.fixture
def line() -> SimulatedLine:
    return SimulatedLine("sim://ap?state=monitor", network=MemoryNetwork({NAME: THREE_PAGES}))


def started(line: SimulatedLine) -> Loader:
    loader = loader_of(line)
    list(loader.reach(5))
    loader.set(ADDRESSES)
    for command in (*access_point().network, *access_point().flash):
        loader.command(command)
    return loader


def extracted(loader: Loader, name: str = NAME) -> Iterator[ExtractEvent]:
    return loader.extract(f"192.0.2.1/{name}", 60)


def named(line: SimulatedLine, name: str) -> list[object]:
    return [event for event in line.events if type(event).__name__ == name]


def test_a_loader_that_waits_is_reached_with_one_enter(line: SimulatedLine) -> None:
    list(loader_of(line).reach(5))
    assert line.typed() == b"\r"


def test_a_loader_that_is_just_starting_is_waited_for() -> None:
    line = SimulatedLine("sim://ap")
    list(loader_of(line).reach(60))
    assert line.typed() in {b"", b"\r"}


def test_its_variables_are_set_without_an_equals_sign_and_read_back(line: SimulatedLine) -> None:
    loader = started(line)
    loader.read_back(ADDRESSES)
    assert b"set IP_ADDR 192.0.2.10\r" in line.typed()
    with pytest.raises(ReadBackDiffers, match=r"IP_ADDR should be 192\.0\.2\.11 and is 192\.0\.2\.10"):
        loader.read_back({"IP_ADDR": "192.0.2.11"})


def test_every_page_of_the_listing_gets_a_key_and_the_image_boots(line: SimulatedLine) -> None:
    loader = started(line)
    events = list(extracted(loader))
    assert PagerAnswered(3) in events
    assert FileExtracted(f"{FOLDER}/{FOLDER}") in events
    assert [event.bytes for event in named(line, "TransferFinished")] == [len(THREE_PAGES)]  # type: ignore[attr-defined]
    loader.set(BOOT)
    loader.read_back(BOOT)
    assert list(loader.boot(60))[-1] == Booted("15.3(3)JF10", "", "banner")


def test_without_its_network_started_it_refuses_to_fetch(line: SimulatedLine) -> None:
    loader = loader_of(line)
    list(loader.reach(5))
    with pytest.raises(NetbootFailed) as told:
        list(extracted(loader))
    assert told.value.seen


def test_a_boot_that_comes_back_to_the_loader_is_no_boot(line: SimulatedLine) -> None:
    loader = started(line)
    with pytest.raises(BootNotProved, match="came back"):
        list(loader.boot(60))


def test_a_command_that_it_does_not_know_is_named(line: SimulatedLine) -> None:
    loader = started(line)
    with pytest.raises(CommandRefused, match="fly"):
        loader.command("fly")


@pytest.mark.parametrize("bytewise", [False, True])
def test_a_question_that_deletes_is_left_unanswered(*, bytewise: bool) -> None:
    line = played('< ap: \\\n> boot\n< Are you sure you want to delete "flash:x" (y/n)?\\\n', bytewise=bytewise)
    loader = loader_of(line)
    list(loader.reach(5))
    with pytest.raises(UnexpectedState):
        loader.command("boot", 1)
    assert line.typed == b"boot\r"


@pytest.mark.parametrize(
    ("shown", "title"),
    [("ciscoasa> \\", "ASA"), ("Username: \\", "Username"), ("Are you sure (y/n)?\\", "asks")],
    ids=["a booted ASA", "a login", "a question"],
)
def test_another_device_or_a_question_is_named_and_nothing_but_an_enter_was_typed(shown: str, title: str) -> None:
    line = played(f"< {shown}\n")
    with pytest.raises(UnexpectedState, match=title):
        list(loader_of(line).reach(3))
    assert line.typed in {b"", b"\r"}


def test_a_silent_console_is_told_how_to_come_to_the_loader() -> None:
    line = SimulatedLine("sim://ap?state=off")
    with pytest.raises(ConsoleSilent) as told:
        list(loader_of(line).reach(3))
    assert "hw-module module wlan recover image" in told.value.hint


def test_a_server_that_never_answers_ends_in_the_loaders_own_words() -> None:
    line = SimulatedLine("sim://ap?state=monitor&fault=no-reply", network=MemoryNetwork({}))
    with pytest.raises(DownloadTimedOut) as told:
        list(extracted(started(line)))
    assert told.value.seen.endswith("(connection timed out)")


@pytest.mark.parametrize("seed", range(12))
def test_a_loader_that_says_all_in_other_words_ends_in_a_named_state(seed: int) -> None:
    """Booted is the proof of success, and only that: whatever ends it before has a name."""
    url = f"sim://ap?state=monitor&fault=reworded:{seed}"
    line = SimulatedLine(url, network=MemoryNetwork({NAME: THREE_PAGES}))
    try:
        loader = started(line)
        list(extracted(loader))
        loader.set(BOOT)
        loader.read_back(BOOT)
        list(loader.boot(60))
    except ConsoleError as error:
        assert error.hint  # noqa: PT017 - either end is allowed
        assert line.device.state not in {"booting", "cli"}
    else:
        assert line.device.state in {"booting", "cli"}


def test_a_page_that_nobody_answers_kills_the_transfer() -> None:
    """What the answer to the pager is for: the simulated loader gives up as the recorded one did."""
    line = SimulatedLine("sim://ap?state=monitor", network=MemoryNetwork({NAME: THREE_PAGES}))
    started(line)
    line.send(f"tar -xtract tftp://192.0.2.1/{NAME} flash:\r".encode())
    line.device.advance(120)
    printed = line.device.printed()
    assert b"-- MORE --" in printed
    assert b"Premature end of tar file" in printed


def test_a_console_and_a_transfer_that_both_stand_still_end_the_wait() -> None:
    line = played(f"< ap: \\\n> tar -xtract tftp://192.0.2.1/{NAME} flash:\n< extracting info (274 bytes)\n~ 500\n")
    loader = loader_of(line)
    list(loader.reach(5))
    with pytest.raises(DownloadTimedOut, match="neither"):
        list(extracted(loader))
