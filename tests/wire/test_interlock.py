"""The interlock on real ptys and sockets: what comes out of the other end while a window is open, by whichever way in."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rommon_tool.power import power_of
from serial_console.channel import Channel
from serial_console.errors import (
    JournalUnreadable,
    PortUnavailable,
    RomWindowOpen,
    WindowNotOpened,
    WindowNotReleased,
)
from serial_console.interlock import Journal, Outlet, Window
from serial_console.interlock.identity import consoles_of, may_be_one

QUESTION = b"Verification successful.\r\nProceed with reload? [confirm]"
BANNER = b"\r\nCisco Systems ROMMON, Version 1.1.14, RELEASE SOFTWARE\r\n"
PROMPT = b"\r\nciscoasa> "
ANYTHING = {"anything": re.compile(rb"(?s).+\Z")}


@pytest.fixture(autouse=True)
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Journal()


class Cable:
    """A pty, and all that came through it from the host."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)

    def prints(self, text: bytes, line: Channel) -> None:
        os.write(self.master, text)
        line.expect(ANYTHING, 5)

    def heard(self) -> bytes:
        heard = b""
        while select.select([self.master], [], [], 0)[0]:
            heard += os.read(self.master, 1024)
        return heard


@pytest.fixture
def cable() -> Iterator[Cable]:
    made = Cable()
    yield made
    os.close(made.master)
    os.close(made.slave)


def window(port: str, outlet: Outlet | None = None) -> Window:
    return Window(
        port=port,
        baud=9600,
        consoles=consoles_of(port),
        serial_number="JAD22466666",
        model="ASA5506",
        file_name="asa5500-firmware-1114.SPA",
        sha512="ab" * 64,
        old_version="1.1.8",
        new_version="1.1.14",
        outlet=outlet,
    )


ACTS: dict[str, Callable[[Channel], None]] = {
    "a command": lambda line: line.send(b"reload noconfirm\r"),
    "an Enter": lambda line: line.send(b"\r"),
    "ESC": lambda line: line.send(b"\x1b"),
    "BREAK": lambda line: line.send_break(),
    "another rate": lambda line: line.set_baud(115200),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_console_that_was_open_before_sends_nothing_to_a_device_in_its_window(
    cable: Cable, journal: Journal, act: str
) -> None:
    with Channel(cable.path) as line:
        journal.open(window(cable.path))
        with pytest.raises(RomWindowOpen):
            ACTS[act](line)
    assert cable.heard() == b""
    assert termios.tcgetattr(cable.slave)[4] == termios.B9600


def aliases(path: str, folder: Path) -> dict[str, str]:
    link = folder / "usb-FTDI_FT232R-if00-port0"
    link.symlink_to(path)
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    return {
        "its path": path,
        "a by-id link": str(link),
        "a roundabout path": f"/dev/../dev/pts/./{Path(path).name}",
        "its descriptor": f"/proc/self/fd/{descriptor}",
        "pyserial's spy": f"spy://{path}",
        "pyserial's alt": f"alt://{path}?class=PosixPollSerial",
        "a URL that nobody knows": "loop://",
    }


def test_no_alias_of_the_port_gets_in(cable: Cable, journal: Journal, tmp_path: Path) -> None:
    journal.open(window(cable.path))
    for alias in aliases(cable.path, tmp_path).values():
        with pytest.raises(RomWindowOpen, match="JAD22466666"):
            Channel(alias)
    assert cable.heard() == b""


def test_the_console_of_another_device_stays_free(cable: Cable, journal: Journal) -> None:
    journal.open(window("/dev/ttyUSB7"))
    journal.open(window("socket://192.0.2.9:2003"))
    with Channel(cable.path) as line:
        line.send(b"rommon\r")
    assert cable.heard() == b"rommon\r"


def test_a_console_server_is_known_by_its_address_whatever_its_name_and_protocol() -> None:
    device = consoles_of("socket://127.0.0.1:2003")
    assert may_be_one(device, consoles_of("rfc2217://LOCALHOST:2003"))
    assert not may_be_one(device, consoles_of("socket://127.0.0.1:2004"))


def test_an_open_tcp_console_sends_nothing_once_another_client_has_opened_the_window(journal: Journal) -> None:
    """Nothing locks a console server: two clients may be on one console."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        with Channel(url) as owner, Channel(url.replace("127.0.0.1", "localhost")) as stranger:
            peer, _ = server.accept()
            peer.sendall(QUESTION)
            owner.expect(ANYTHING, 5)
            owner.open_window(window(url))
            with pytest.raises(RomWindowOpen):
                stranger.send(b"\r")
            owner.send(b"\r")
            assert peer.recv(100) == b"\r"
            peer.close()


def test_the_confirming_enter_passes_once_and_only_at_its_question(cable: Cable, journal: Journal) -> None:
    with Channel(cable.path) as line:
        with pytest.raises(WindowNotOpened):
            line.open_window(window(cable.path))
        assert journal.windows() == []
        cable.prints(QUESTION, line)
        line.open_window(window(cable.path))
        for text in (b"Erase everything? [confirm]", b"Proceed with reload? [confirm]\r\nNo"):
            cable.prints(text, line)
            with pytest.raises(RomWindowOpen):
                line.send(b"\r")
        cable.prints(QUESTION, line)
        line.send(b"\r")
        cable.prints(QUESTION, line)
        with pytest.raises(RomWindowOpen, match="already"):
            line.send(b"\r")
    assert cable.heard() == b"\r"


def test_one_enter_passes_at_a_prompt_in_sight_also_from_the_watcher_of_a_later_process(
    cable: Cable, journal: Journal
) -> None:
    opened = journal.open(window(cable.path))
    with Channel(cable.path, as_found=True, watching=opened) as line:
        for text in (
            b"ciscoasa> ",
            BANNER,
            b"rommon 1 > ",
            QUESTION,
            b"Save? [Y]es/[N]o:",
            b"Username: ",
            b"ciscoasa> Password: ",
        ):
            cable.prints(b"\r\n" + text, line)
            with pytest.raises(RomWindowOpen):
                line.send(b"\r")
        cable.prints(PROMPT, line)
        with pytest.raises(RomWindowOpen):
            line.send(b"show version\r")
        line.send(b"\r")
        cable.prints(PROMPT, line)
        with pytest.raises(RomWindowOpen, match="already"):
            line.send(b"\r")
        # A port that closes with HUPCL drops DTR.
        assert not termios.tcgetattr(cable.slave)[2] & termios.HUPCL
    assert cable.heard() == b"\r"


KILLED = """
import os, signal, sys
from serial_console.interlock import Journal, Window
Journal().open(Window(port=sys.argv[1], baud=9600, consoles=frozenset({"tty:" + sys.argv[1]}), serial_number="JAD1", model="ASA5506",
    file_name="f", sha512="", old_version="1.1.8", new_version="1.1.14"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_window_stays_open_when_its_process_is_killed(cable: Cable, journal: Journal) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, cable.path], check=False)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(RomWindowOpen, match="JAD1"):
        Channel(cable.path)
    with pytest.raises(RomWindowOpen, match="JAD1"):
        power_of("true").cycle()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"port": "x"}', "\x00" * 4096])
def test_a_record_that_cannot_be_read_closes_every_device(cable: Cable, journal: Journal, text: str) -> None:
    journal.folder.mkdir(parents=True)
    (journal.folder / "broken.window").write_text(text)
    with pytest.raises(JournalUnreadable, match=r"broken\.window"):
        Channel(cable.path)
    with pytest.raises(JournalUnreadable):
        power_of("true").cycle()


def test_a_note_that_a_crash_cut_short_may_have_been_any(cable: Cable, journal: Journal) -> None:
    opened = journal.open(window(cable.path))
    with (journal.folder / f"{opened.name}.window").open("a") as record:
        record.write('\n{"utc": "2026-')
    with Channel(cable.path, watching=opened) as line:
        cable.prints(BANNER + PROMPT, line)
        with pytest.raises(RomWindowOpen):
            line.send(b"\r")
    assert cable.heard() == b""


def test_only_the_new_version_or_the_serial_number_releases(cable: Cable, journal: Journal) -> None:
    opened = journal.open(window(cable.path))
    for version in ("", "1.1.8", "1.1.140"):
        with pytest.raises(WindowNotReleased):
            journal.release_by_version(opened, version)
    for serial_number in ("", "JAD22466667", "ASA5506"):
        with pytest.raises(WindowNotReleased):
            journal.release_by_operator(serial_number)
    assert journal.windows() == [opened]
    journal.release_by_version(opened, "1.1.14")
    again = journal.open(window(cable.path))
    assert journal.release_by_operator(" jad22466666\n") == again
    with Channel(cable.path) as line:
        line.send(b"\r")
    assert cable.heard() == b"\r"


def test_a_window_whose_record_cannot_be_written_is_not_opened(cable: Cable, journal: Journal) -> None:
    journal.folder.parent.mkdir(parents=True)
    journal.folder.write_text("a file where the folder should be")
    with pytest.raises(WindowNotOpened, match="nothing was confirmed"):
        journal.open(window(cable.path))


OWN = Outlet("pdudaemon", "http://pi:16421 rack-2", "4")


@pytest.mark.parametrize(
    ("how", "passes"),
    [
        ("pdudaemon://pi/rack-2/5", True),
        ("pdudaemon://pi/rack-2/04", False),
        ("pdudaemon://pi/rack-3/5", False),  # another name may be the same PDU
        ("pdudaemon://pi2/rack-2/5", False),
        ("pdudaemon://pi/bench-3", False),
        ("snmp://pdu/apc/5", False),
        ("true", False),
        ("ask:", False),
    ],
)
def test_power_is_switched_only_where_it_is_certainly_another_devices(
    journal: Journal, how: str, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = journal.open(window("/dev/ttyUSB7", OWN))
    power = power_of(how)
    begun: list[str] = []
    monkeypatch.setattr(type(power), "begin", lambda _, action: begun.append(action))
    for act in (power.on, power.off, power.cycle):
        if passes:
            act()
        else:
            with pytest.raises(RomWindowOpen, match="nothing was switched"):
                act()
    assert begun == (["on", "off", "cycle"] if passes else [])
    power.leave.end()
    journal.release_by_version(opened, "1.1.14")
    power.cycle()
    assert begun[-1] == "cycle"
    power.leave.end()


def test_without_an_outlet_of_its_own_on_record_no_power_is_switched(journal: Journal) -> None:
    journal.open(window("/dev/ttyUSB7"))
    with pytest.raises(RomWindowOpen):
        power_of("snmp://pdu/apc/5").on()


@pytest.mark.skipif(sys.platform == "win32", reason="needs flock")
def test_a_power_command_under_way_keeps_the_window_from_opening_also_when_its_rommon_is_killed(
    journal: Journal, tmp_path: Path
) -> None:
    pipe = tmp_path / "goes-on"
    os.mkfifo(pipe)
    script = f"from rommon_tool.power import power_of; power_of('cat {pipe}').cycle(); print(flush=True); __import__('time').sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.kill()
        program.wait()
    with pytest.raises(WindowNotOpened, match="being sent or switched"):
        journal.open(window("/dev/ttyUSB7"))
    assert journal.windows() == []
    pipe.write_bytes(b"")  # the command ends
    journal.open(window("/dev/ttyUSB7"))


def test_the_process_that_watches_is_named_by_the_port_that_it_holds(cable: Cable, journal: Journal) -> None:
    opened = journal.open(window(cable.path))
    with Channel(cable.path, watching=opened), pytest.raises(PortUnavailable, match="in use"):
        Channel(cable.path, watching=opened)
