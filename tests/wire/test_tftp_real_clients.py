"""The same server, read by clients that nobody here wrote."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import tftpy
from tftp_rig import LOCALHOST, serving
from tftpy.TftpClient import TftpClient

from tftp.events import RequestReceived, TransferCompleted
from tftp.files import OneImage
from tftp.server import RecoveryTftpServer

IMAGE = os.urandom(500_000)

Fetch = Callable[[int, str, Path], None]


def _need(program: str) -> None:
    """Leave the test out where a person has no such program; where CI has none, something is wrong with CI."""
    if not shutil.which(program):
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent(f"the client {program} is not installed")


def _curl(port: int, name: str, target: Path) -> None:
    url = f"tftp://{LOCALHOST}:{port}/{name}"
    subprocess.run(["curl", "--silent", "--fail", "--max-time", "20", "-o", target, url], check=True)


def _curl_without_options(port: int, name: str, target: Path) -> None:
    url = f"tftp://{LOCALHOST}:{port}/{name}"
    subprocess.run(["curl", "--silent", "--fail", "--tftp-no-options", "-o", target, url], check=True)


def _curl_with_large_blocks(port: int, name: str, target: Path) -> None:
    url = f"tftp://{LOCALHOST}:{port}/{name}"
    subprocess.run(["curl", "--silent", "--fail", "--tftp-blksize", "8192", "-o", target, url], check=True)


def _busybox(port: int, name: str, target: Path) -> None:
    subprocess.run(["busybox", "tftp", "-g", "-r", name, "-l", target, "-b", "1024", LOCALHOST, str(port)], check=True)


def _tftp_hpa(port: int, name: str, target: Path) -> None:
    command = ["tftp", "-m", "binary", LOCALHOST, str(port), "-c", "get", name, str(target)]
    subprocess.run(command, check=True, timeout=20, capture_output=True)


def _atftp(port: int, name: str, target: Path) -> None:
    command = ["atftp", "--get", "--remote-file", name, "--local-file", str(target), LOCALHOST, str(port)]
    subprocess.run(command, check=True, timeout=20, capture_output=True)


def _atftp_with_options(port: int, name: str, target: Path) -> None:
    command = ["atftp", "--option", "blksize 1428", "--option", "tsize 0", "--option", "timeout 3", "--get"]
    command += ["--remote-file", name, "--local-file", str(target), LOCALHOST, str(port)]
    subprocess.run(command, check=True, timeout=20, capture_output=True)


def _tftpy(port: int, name: str, target: Path) -> None:
    TftpClient(LOCALHOST, port, {"blksize": 1468, "tsize": 0}).download(name, str(target))


@pytest.mark.parametrize(
    ("program", "fetch"),
    [
        ("curl", _curl),
        ("curl", _curl_without_options),
        ("curl", _curl_with_large_blocks),
        ("busybox", _busybox),
        ("tftp", _tftp_hpa),
        ("atftp", _atftp),
        ("atftp", _atftp_with_options),
        ("", _tftpy),
    ],
)
@pytest.mark.parametrize("size", [0, 512, 500_000])
def test_a_real_client_gets_the_file_whole(program: str, fetch: Fetch, size: int, tmp_path: Path) -> None:
    if program:
        _need(program)
    (tmp_path / "asa.bin").write_bytes(IMAGE[:size])
    with serving(OneImage(tmp_path / "asa.bin")) as running:
        fetch(running.port, "asa.bin", tmp_path / "got")
        assert (tmp_path / "got").read_bytes() == IMAGE[:size]
        (received,) = running.wait_for(RequestReceived)
        assert (received.name, received.mode) == ("asa.bin", "octet")
        (completed,) = running.wait_for(TransferCompleted)
        assert completed.bytes == size


def test_a_device_may_speak_ipv6(tmp_path: Path) -> None:
    _need("curl")
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with serving(OneImage(tmp_path / "asa.bin"), bind="::1", clients=["2001:db8::1"]) as running:
        subprocess.run(["curl", "-sf", "-o", tmp_path / "got", f"tftp://[::1]:{running.port}/asa.bin"], check=True)
        assert (tmp_path / "got").read_bytes() == IMAGE


def test_tftpys_users_find_its_server_again(tmp_path: Path) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    asked = []

    def dynamic(name: str, *, raddress: str, rport: int) -> object:
        asked.append((name, raddress, rport > 0))
        return io.BytesIO(b"made up") if name == "dynamic" else None

    server = RecoveryTftpServer(str(tmp_path), dynamic)
    assert isinstance(server, tftpy.TftpServer)
    thread = threading.Thread(target=server.listen, args=(LOCALHOST, 0), kwargs={"timeout": 5, "retries": 3})
    thread.start()
    assert server.is_running.wait(5)
    for name, expected in (("asa.bin", IMAGE), ("dynamic", b"made up")):
        _tftpy(server.listenport, name, tmp_path / "got")
        assert hashlib.sha512((tmp_path / "got").read_bytes()).digest() == hashlib.sha512(expected).digest()
    with pytest.raises(tftpy.TftpFileNotFoundError):
        _tftpy(server.listenport, "missing", tmp_path / "got")
    assert asked == [("dynamic", LOCALHOST, True), ("missing", LOCALHOST, True)]
    server.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_uploads_cannot_be_switched_on_by_tftpys_hook(tmp_path: Path) -> None:
    with pytest.raises(tftpy.TftpException, match="read-only"):
        RecoveryTftpServer(str(tmp_path), upload_open=lambda *_: None)
