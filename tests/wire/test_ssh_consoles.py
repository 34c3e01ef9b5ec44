"""`ssh://` against a real SSH server in front of a tty, and of a simulated device: who is let in, what passes, how it ends."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

asyncssh = pytest.importorskip("asyncssh")

from ssh_server import PASSWORD, USER, SshServer  # noqa: E402

from serial_console.channel import Channel, open_line  # noqa: E402
from serial_console.errors import ConsoleLost, PortUnavailable  # noqa: E402
from serial_console.line import Seen  # noqa: E402
from serial_console.simulated.lines import PtyLine  # noqa: E402

PATIENCE_SECONDS = 30.0
EVERY_BYTE = bytes(range(256)) * 2
PROMPT = {"prompt": re.compile(rb"rommon \d+ > ")}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own keys, known hosts or agent may let a test pass."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return tmp_path


@pytest.fixture
def cable() -> Iterator[tuple[int, str]]:
    """A serial cable: the device's end, and the name of the console server's."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    yield master, path
    with suppress(OSError):
        os.close(master)


@pytest.fixture
def master(cable: tuple[int, str]) -> int:
    return cable[0]


@pytest.fixture
def server(cable: tuple[int, str], tmp_path: Path) -> Iterator[SshServer]:
    with SshServer(cable[1], tmp_path) as running:
        yield running


def by_key(server: SshServer, command: str = "") -> str:
    return f"{server.url}{command}?known-hosts={server.known_hosts}&key={server.client_key}"


def by_password(server: SshServer, source: str) -> str:
    return f"{server.url}?known-hosts={server.known_hosts}&password={source}"


def refusal(url: str) -> str:
    with pytest.raises(PortUnavailable) as refused:
        open_line(url)
    return refused.value.seen


def hears(master: int, count: int) -> bytes:
    heard = b""
    while len(heard) < count and select.select([master], [], [], PATIENCE_SECONDS)[0]:
        heard += os.read(master, 4096)
    return heard


def test_every_byte_passes_both_ways(server: SshServer, master: int) -> None:
    with open_line(by_key(server)) as line:
        line.send(EVERY_BYTE)
        assert hears(master, len(EVERY_BYTE)) == EVERY_BYTE
        os.write(master, EVERY_BYTE)
        assert isinstance(line.expect({"all": re.compile(re.escape(EVERY_BYTE), re.DOTALL)}, PATIENCE_SECONDS), Seen)


def test_a_break_is_asked_for_by_its_length(server: SshServer, master: int) -> None:
    with open_line(by_key(server)) as line:
        assert line.sends_break
        assert not line.sets_baud
        line.send_break()
        line.send(b"\r")
        assert hears(master, 1) == b"\r"
    assert server.breaks == [250]


def test_a_simulated_device_is_stopped_in_its_window_and_answers(tmp_path: Path) -> None:
    with PtyLine("sim://asa5506x?speed=5&state=window") as device, SshServer(device.url, tmp_path) as server:
        server.on_break = device.device.send_break
        with open_line(by_key(server)) as line:
            assert isinstance(line.expect({"window": re.compile(rb"seconds\.")}, PATIENCE_SECONDS), Seen)
            line.send_break()
            assert isinstance(line.expect(PROMPT, PATIENCE_SECONDS), Seen)
            line.send(b"set\r")
            assert isinstance(line.expect({"dump": re.compile(rb"ADDRESS=")}, PATIENCE_SECONDS), Seen)


def test_a_command_is_run_in_place_of_a_shell(server: SshServer) -> None:
    with open_line(by_key(server, "/pmshell%20-l%20port07")):
        assert server.commands == ["pmshell -l port07"]


def test_an_unknown_host_key_is_refused_and_says_what_to_do(server: SshServer, home: Path) -> None:
    seen = refusal(f"{server.url}?key={server.client_key}")
    assert f"the host key of [127.0.0.1]:{server.port} is not known" in seen
    assert f"`ssh -p {server.port} {USER}@127.0.0.1`" in seen
    (home / ".ssh").mkdir()
    (home / ".ssh" / "known_hosts").write_bytes(server.known_hosts.read_bytes())
    open_line(f"{server.url}?key={server.client_key}").close()


def test_a_changed_host_key_is_refused(server: SshServer) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {other}")
    assert "has changed" in refusal(by_key(server))


def test_a_password_comes_from_a_file_that_only_its_owner_reads(server: SshServer, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o644)
    assert "chmod 600" in refusal(by_password(server, f"file:{file}"))
    file.chmod(0o600)
    open_line(by_password(server, f"file:{file}")).close()
    assert server.passwords == 1


def test_a_wrong_password_is_tried_once_and_is_told(server: SshServer, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("wrong\n")
    file.chmod(0o600)
    assert f"127.0.0.1 does not let {USER} in" in refusal(by_password(server, f"file:{file}"))
    assert server.passwords == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ssh://operator:secret@127.0.0.1", "a password in a URL is seen by every user"),
        ("ssh://127.0.0.1?pasword=ask", "an address of the form ssh://"),
        ("ssh://127.0.0.1:99999", "an address of the form ssh://"),
        ("ssh://127.0.0.1:1", "[127.0.0.1]:1"),
    ],
)
def test_a_url_that_cannot_be_followed_is_refused(url: str, told: str) -> None:
    seen = refusal(url)
    assert told in seen
    assert "secret" not in seen


def test_a_refusal_repeats_no_password_that_was_put_into_the_url() -> None:
    with pytest.raises(PortUnavailable) as refused:
        open_line("ssh://operator:secret@127.0.0.1")
    assert "secret" not in f"{refused.value} {refused.value.seen} {refused.value.hint}"


def test_a_server_that_ends_is_a_lost_console_and_its_last_bytes_are_kept(server: SshServer, master: int) -> None:
    heard: list[bytes] = []
    with Channel(by_key(server), record=lambda way, data: heard.append(data) if way == "<" else None) as line:
        os.write(master, b"rommon 1")
        assert isinstance(line.expect({"text": re.compile(rb"rommon 1")}, PATIENCE_SECONDS), Seen)
        server.close()
        with pytest.raises(ConsoleLost):
            line.expect(PROMPT, PATIENCE_SECONDS)
        with pytest.raises(ConsoleLost):
            line.send(b"\r")
        with pytest.raises(ConsoleLost):
            line.send_break()
    assert b"".join(heard) == b"rommon 1"


def test_an_adapter_pulled_out_of_the_console_server_is_a_lost_console(server: SshServer, master: int) -> None:
    with open_line(by_key(server)) as line:
        os.close(master)
        with pytest.raises(ConsoleLost):
            line.expect(PROMPT, PATIENCE_SECONDS)


def test_without_asyncssh_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "serial_console.remote.ssh_session", raising=False)
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    assert "pip install 'rommon-tool[ssh]'" in refusal("ssh://127.0.0.1:1")


ASK = """
import sys
from serial_console.channel import open_line
with open_line(sys.argv[1]):
    print("let in", flush=True)
"""


@pytest.mark.skipif(shutil.which("setsid") is None, reason="setsid gives the child a terminal of its own")
def test_a_password_is_asked_for_at_the_terminal_and_not_shown(server: SshServer) -> None:
    person, terminal = pty.openpty()
    command = ["setsid", "--ctty", sys.executable, "-c", ASK, by_password(server, "ask")]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal) as child:
        shown = b""
        while b"let in" not in shown:
            assert select.select([person], [], [], PATIENCE_SECONDS)[0], shown
            shown += os.read(person, 1024)
            if shown.endswith(b"Password of operator on 127.0.0.1: "):
                os.write(person, f"{PASSWORD}\n".encode())
        assert child.wait(PATIENCE_SECONDS) == 0
    os.close(person)
    os.close(terminal)
    assert PASSWORD.encode() not in shown
