"""`rfc2217://` and `telnet://` against a real ser2net, `rfc2217://` against pyserial's own server too: what passes, and
how a loss is told.
"""

import os
import pty
import re
import select
import socket
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from console_servers import PATIENCE_SECONDS, PyserialServer, Ser2net

from serial_console.channel import Channel, open_line
from serial_console.errors import ConsoleLost, PortUnavailable
from serial_console.line import Seen
from serial_console.port import Port
from serial_console.simulated.events import BreakIn, Event
from serial_console.simulated.lines import Rfc2217Line

# pyserial's own client still calls setDaemon and setName of Thread.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

EVERY_BYTE = bytes(range(256)) + b"\xff\xff\r\n\r\0\xff\xf3"
ALL_OF_IT = {"all": re.compile(re.escape(EVERY_BYTE), re.DOTALL)}
PROMPT = {"prompt": re.compile(rb"rommon \d+ > ")}


class Tty:
    """The device's end of a serial cable: a pty whose master the test holds."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def prints(self, text: bytes) -> None:
        os.write(self.master, text)

    def hears(self, count: int) -> bytes:
        heard = b""
        while len(heard) < count and select.select([self.master], [], [], PATIENCE_SECONDS)[0]:
            heard += os.read(self.master, 1024)
        return heard

    @property
    def speed(self) -> int:
        return int(termios.tcgetattr(self._slave)[5])

    def unplug(self) -> None:
        for descriptor in (self.master, self._slave):
            os.close(descriptor)
        self.master = self._slave = -1


Server = Ser2net | PyserialServer


@pytest.fixture
def device() -> Iterator[Tty]:
    made = Tty()
    yield made
    if made.master >= 0:
        made.unplug()


@pytest.fixture(params=["ser2net", "pyserial", "telnet"])
def server(request: pytest.FixtureRequest, device: Tty, tmp_path: Path) -> Iterator[Server]:
    make: dict[str, Callable[[], Server]] = {
        "ser2net": lambda: Ser2net.of_tty(tmp_path, device.path),
        "pyserial": lambda: PyserialServer(device.path),
        "telnet": lambda: Ser2net.of_tty(tmp_path, device.path, "telnet,tcp"),
    }
    with make[request.param]() as running:
        yield running


def test_every_byte_passes_both_ways_telnet_s_own_too(server: Server, device: Tty) -> None:
    with open_line(server.url) as line:
        line.send(EVERY_BYTE)
        assert device.hears(len(EVERY_BYTE)) == EVERY_BYTE
        device.prints(EVERY_BYTE)
        assert isinstance(line.expect(ALL_OF_IT, PATIENCE_SECONDS), Seen)


def test_the_line_rate_is_set_at_the_far_end_by_rfc_2217_only(server: Server, device: Tty) -> None:
    with Channel(server.url, baud=19200) as line:
        assert line.sets_baud == server.url.startswith("rfc2217")
        if not line.sets_baud:
            assert device.speed == termios.B9600
            return
        assert device.speed == termios.B19200
        line.set_baud(115200)
        assert device.speed == termios.B115200


def test_a_break_is_taken_and_the_line_goes_on(server: Server, device: Tty) -> None:
    with open_line(server.url) as line:
        assert line.sends_break
        line.send_break()
        line.send_break()
        device.prints(b"rommon 1 > ")
        assert isinstance(line.expect(PROMPT, PATIENCE_SECONDS), Seen)
    if isinstance(server, PyserialServer):
        assert server.breaks == 2


def test_a_break_goes_through_ser2net_to_a_device_that_boots(tmp_path: Path) -> None:
    """A pty shows no BREAK, so that ser2net's far end is a second console server."""
    events: list[Event] = []
    with Rfc2217Line("sim://asa5506x?speed=5&state=window", on_event=events.append) as far:
        connector = f"telnet(rfc2217),tcp,{far.url.removeprefix('rfc2217://').replace(':', ',')}"
        with Ser2net(tmp_path, connector) as server, open_line(server.url) as line:
            assert isinstance(line.expect({"window": re.compile(rb"seconds\.")}, PATIENCE_SECONDS), Seen)
            line.send_break()
            assert isinstance(line.expect(PROMPT, PATIENCE_SECONDS), Seen)
    assert BreakIn("BREAK") in events


def test_a_server_that_ends_is_a_lost_console_and_its_last_bytes_are_kept(server: Server, device: Tty) -> None:
    heard: list[bytes] = []
    with Channel(server.url, record=lambda way, data: heard.append(data) if way == "<" else None) as line:
        device.prints(b"rommon 1")
        assert isinstance(line.expect({"text": re.compile(rb"rommon 1")}, PATIENCE_SECONDS), Seen)
        server.close()
        with pytest.raises(ConsoleLost):
            line.expect(PROMPT, PATIENCE_SECONDS)
        with pytest.raises(ConsoleLost):
            line.send_break()
    assert b"".join(heard).endswith(b"rommon 1")


def test_what_came_before_the_loss_is_given_before_the_loss_is_told(device: Tty, tmp_path: Path) -> None:
    with Ser2net.of_tty(tmp_path, device.path) as server:
        port = Port(server.url, 9600)
        device.prints(b"Rebooting...\r\n")
        # Only a look into the port's own buffer shows that all is there and nothing was read.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while port._serial.in_waiting < 14 and time.monotonic() < deadline:
            time.sleep(0.01)
        server.close()
        port._serial._thread.join(PATIENCE_SECONDS)
        assert port.read() == b"Rebooting...\r\n"
        for _ in range(2):
            with pytest.raises(ConsoleLost, match="while reading"):
                port.read()
        port.close()


def test_an_adapter_pulled_out_of_the_console_server_is_a_lost_console(device: Tty, tmp_path: Path) -> None:
    with Ser2net.of_tty(tmp_path, device.path) as server, open_line(server.url) as line:
        device.unplug()
        with pytest.raises(ConsoleLost):
            line.expect(PROMPT, PATIENCE_SECONDS)


def test_a_busy_line_is_told_in_the_console_server_s_own_words(device: Tty, tmp_path: Path) -> None:
    with Ser2net.of_tty(tmp_path, device.path) as server, open_line(server.url) as first:
        with pytest.raises(PortUnavailable) as refused:
            open_line(f"{server.url}?timeout=0.5")
        assert "Port already in use" in refused.value.seen
        device.prints(b"rommon 1 > ")
        assert isinstance(first.expect(PROMPT, PATIENCE_SECONDS), Seen)


def test_a_port_that_speaks_no_rfc_2217_is_refused(device: Tty, tmp_path: Path) -> None:
    with Ser2net.of_tty(tmp_path, device.path, accepter="tcp") as server:
        with pytest.raises(PortUnavailable) as refused:
            open_line(f"{server.url}?timeout=0.3")
        assert "RFC2217" in refused.value.seen


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system names its keepalives otherwise")
@pytest.mark.parametrize("scheme", ["socket", "rfc2217", "telnet"])
def test_a_console_server_without_power_is_missed_within_twenty_seconds(
    scheme: str, device: Tty, tmp_path: Path
) -> None:
    accepter = {"socket": "tcp", "rfc2217": "telnet(rfc2217),tcp", "telnet": "telnet,tcp"}[scheme]
    with Ser2net.of_tty(tmp_path, device.path, accepter) as server:
        port = Port(f"{scheme}://127.0.0.1:{server.port}", 9600)
        connection = port._serial._socket
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        idle, interval, count, unheard = (connection.getsockopt(socket.IPPROTO_TCP, option) for option in options)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert idle + interval * count <= 20
        assert unheard <= 20_000
        port.close()


class PlainTelnet:
    """A telnet server that grants no option, as old terminal servers do: CR goes as CR NUL both ways."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"telnet://127.0.0.1:{self._listener.getsockname()[1]}"

    def accept(self) -> socket.socket:
        client, _ = self._listener.accept()
        client.settimeout(PATIENCE_SECONDS)
        return client

    def close(self) -> None:
        self._listener.close()


def heard_until(client: socket.socket, end: bytes) -> bytes:
    heard = b""
    while not heard.endswith(end):
        heard += client.recv(1024)
    return heard


def test_a_telnet_server_that_grants_nothing_gets_cr_nul_and_its_own_is_undone() -> None:
    server = PlainTelnet()
    with closing(server), open_line(server.url) as line, server.accept() as client:
        # WON'T and DON'T to every option, then a prompt; also one that asks for an option of its own.
        client.sendall(b"\xff\xfc\x00\xff\xfe\x00\xff\xfc\x01\xff\xfd\x18login: \r")
        client.sendall(b"\0rommon 1 > ")
        seen = line.expect(PROMPT, PATIENCE_SECONDS)
        assert isinstance(seen, Seen)
        assert seen.before == b"login: \r"
        line.send(b"set\r\xff")
        line.send_break()
        heard = heard_until(client, b"\xff\xf3")
        assert heard.endswith(b"set\r\0\xff\xff\xff\xf3")
        assert b"\xff\xfc\x18" in heard  # we won't tell our terminal's type


@pytest.mark.parametrize("url", ["telnet://", "telnet://me@host", "telnet://host:70000", "telnet://127.0.0.1:1"])
def test_a_telnet_url_that_leads_nowhere_is_one_clear_error(url: str) -> None:
    with pytest.raises(PortUnavailable):
        open_line(url)
