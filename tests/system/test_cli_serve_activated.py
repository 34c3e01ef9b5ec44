"""`rommon serve` with a socket that systemd, or whoever speaks its protocol, has opened."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cli_rig import ROMMON, Program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")

CONTENT = b"hostname bench\n"
ASKED = b"\0\1config.txt\0octet\0"
STARTER = """
import os, socket, sys
kinds = sys.argv[1].split(",")
for number, kind in enumerate(kinds):
    kind, family = (socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM), socket.AF_INET
    opened = socket.socket(family, kind)
    opened.bind(("127.0.0.1", 0))
    print(opened.getsockname()[1], flush=True)
    # Past those to be taken, so that none is closed under another's number.
    os.dup2(opened.detach(), 20 + number)
for number in range(len(kinds)):
    os.dup2(20 + number, 3 + number)
os.environ |= {"LISTEN_PID": str(os.getpid() + int(sys.argv[2])), "LISTEN_FDS": str(len(kinds))}
os.execvp(sys.argv[3], sys.argv[3:])
"""


@pytest.fixture
def served(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    (tmp_path / "config.txt").write_bytes(CONTENT)
    return tmp_path / "config.txt"


def _started(kinds: str, path: Path, *options: str, for_another: int = 0) -> Program:
    command = [*ROMMON, "serve", str(path), *options, "--json"]
    return Program([sys.executable, "-c", STARTER, kinds, str(for_another), *command], dict(os.environ))


def _answer(port: int) -> bytes:
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(30)
        client.sendto(ASKED, ("127.0.0.1", port))
        return client.recv(600)


def test_the_server_listens_by_the_socket_that_it_was_given_and_gives_up_what_it_does_not_need(served: Path) -> None:
    with _started("udp", served, "--bind", "192.0.2.1", "--tftp-port", "69") as server:
        port = int(server.line())
        listening = server.record(kind="server", event="server_listening")
        assert (listening["address"], listening["port"]) == ("127.0.0.1", port)
        assert listening["privileges"].startswith("port opened by systemd, ")
        assert listening["uid"] != 0
        assert _answer(port) == b"\0\3\0\1" + CONTENT


@pytest.mark.parametrize(
    ("kinds", "complaint"),
    [("tcp", "no UDP socket"), ("udp,udp", "several sockets"), ("udp,tcp", "several sockets")],
)
def test_what_is_not_one_udp_socket_is_refused(kinds: str, complaint: str, served: Path) -> None:
    with _started(kinds, served) as server:
        for _ in kinds.split(","):
            server.line()
        result = server.record(kind="result")
        assert result["exit_code"] == 20
        assert complaint in result["message"]
        assert "ListenDatagram" in result["hint"]


def test_a_socket_that_was_meant_for_another_process_is_left_alone(served: Path) -> None:
    with _started("udp", served, "--bind", "127.0.0.1", "--tftp-port", "0", for_another=1) as server:
        port = int(server.line())
        listening = server.record(kind="server", event="server_listening")
        assert listening["port"] != port
        assert "systemd" not in listening["privileges"]


def test_systemds_own_starter_hands_over_its_socket_with_the_request_in_it(served: Path) -> None:
    starter = shutil.which("systemd-socket-activate")
    if starter is None:
        pytest.skip("systemd-socket-activate is not installed")
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [starter, "-d", "-l", f"127.0.0.1:{port}", *ROMMON, "serve", str(served), "--json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as starting:
        assert starting.stderr is not None
        assert "Listening" in starting.stderr.readline()
        try:
            assert _answer(port) == b"\0\3\0\1" + CONTENT
        finally:
            starting.terminate()
