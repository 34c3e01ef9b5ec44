"""The server in its own process: what the parent sees of it, what it gives up, and how it ends."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tftp_rig import LOCALHOST, Client, download, request, serving

from tftp.errors import AddressNotLocal, ImageUnreadable, PortBusy, PortForbidden, SelfTestFailed, ServerDied
from tftp.events import (
    ImageCopied,
    RequestReceived,
    RequestRefused,
    ServerArmed,
    ServerListening,
    TransferCompleted,
    TransferFailed,
    TransferStopped,
)
from tftp.listening import Listener
from tftp.process import ServerProcess
from tftp.selftest import self_test
from tftp.settings import ServerSettings

IMAGE = os.urandom(200_000)
PATIENCE_SECONDS = 10.0

linux_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux, to have privileges that can be dropped"
)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "asa.bin"
    path.write_bytes(IMAGE)
    return path


@pytest.fixture
def server(image: Path) -> Iterator[ServerProcess]:
    with ServerProcess(image, bind=LOCALHOST, port=0) as server:
        yield server


def _pid(server: ServerProcess) -> int:
    assert server._process is not None
    return server._process.pid


def test_the_parent_learns_where_the_server_listens_and_what_it_serves(server: ServerProcess) -> None:
    copied, listening = server.poll()
    assert copied == ImageCopied("asa.bin", len(IMAGE), hashlib.sha512(IMAGE).hexdigest())
    assert isinstance(listening, ServerListening)
    assert (listening.address, listening.port) == (server.address, server.port)
    assert (server.image_bytes, server.sha512) == (copied.bytes, copied.sha512)
    assert server.poll() == []


def test_the_self_test_reads_the_whole_image_and_leaves_no_events_of_its_own(server: ServerProcess) -> None:
    server.poll()
    server.self_test()
    assert server.poll() == []


def test_the_self_test_fails_when_other_bytes_come_back(server: ServerProcess) -> None:
    server.sha512 = hashlib.sha512(b"other").hexdigest()
    with pytest.raises(SelfTestFailed) as caught:
        server.self_test()
    assert caught.value.cause == "self-test-failed"
    assert hashlib.sha512(IMAGE).hexdigest()[:16] in caught.value.seen


def test_the_self_test_reads_past_block_65535_of_a_server_that_goes_on_with_1() -> None:
    image = os.urandom(8) * 65_540 + b"end"
    settings = ServerSettings(largest_blksize=8, rollover_to=1)
    with serving({"asa.bin": image}, settings=settings) as running:
        sha512 = hashlib.sha512(image).hexdigest()
        self_test(LOCALHOST, running.port, "asa.bin", image_bytes=len(image), sha512=sha512)


def test_the_self_test_fails_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tftp.selftest._TIMEOUT_SECONDS", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((LOCALHOST, 0))
        with pytest.raises(SelfTestFailed):
            self_test(LOCALHOST, silent.getsockname()[1], "asa.bin", image_bytes=1, sha512="")


def test_only_this_machine_is_served_before_the_server_is_armed(server: ServerProcess) -> None:
    with Client(server.port, source="127.0.0.8") as device:
        device.ask(request(b"asa.bin", {b"tsize": b"0"}))
        assert device.hear()[:4] == b"\0\5\0\2"
        refused = server.wait_for(RequestRefused, PATIENCE_SECONDS)
        assert refused is not None
        assert refused.reason == "stranger"
        server.arm(["192.0.2.10"])
        assert download(device, b"asa.bin").data == IMAGE
    assert server.wait_for(ServerArmed, PATIENCE_SECONDS) == ServerArmed(("192.0.2.10",))
    assert server.wait_for(TransferCompleted, PATIENCE_SECONDS) is not None


def test_what_is_no_address_cannot_be_armed(server: ServerProcess) -> None:
    with pytest.raises(ValueError, match="bench-3"):
        server.arm(["bench-3"])


def test_waiting_for_one_kind_of_event_leaves_the_others_in_order(server: ServerProcess) -> None:
    server.arm(["192.0.2.10"])
    with Client(server.port) as client:
        client.ask(request(b"asa.bin", {b"blksize": b"1468"}))
        client.hear()
        client.say(b"\0\5\0\0enough\0")
    stopped = server.wait_for(TransferStopped, PATIENCE_SECONDS)
    assert stopped is not None
    assert stopped.text == "enough"
    assert [type(event) for event in server.poll()] == [ImageCopied, ServerListening, ServerArmed, RequestReceived]
    assert server.wait_for(TransferCompleted, 0) is None


def test_the_device_may_ask_for_another_name_than_the_files_own(image: Path) -> None:
    with ServerProcess(image, name="boot/asa.bin", bind=LOCALHOST, port=0) as server, Client(server.port) as client:
        assert download(client, b"boot/asa.bin").data == IMAGE


def test_a_busy_port_is_told_with_the_name_of_who_holds_it(image: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((LOCALHOST, 0))
        with pytest.raises(PortBusy) as caught:
            ServerProcess(image, bind=LOCALHOST, port=holder.getsockname()[1]).start()
    assert caught.value.cause == "port-busy"
    assert f"(PID {os.getpid()})" in caught.value.seen


def test_an_address_of_another_machine_is_told_as_that(image: Path) -> None:
    with pytest.raises(AddressNotLocal) as caught:
        ServerProcess(image, bind="192.0.2.1", port=0).start()
    assert caught.value.cause == "address-not-local"


def test_an_image_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(ImageUnreadable, match="missing"):
        ServerProcess(tmp_path / "missing", bind=LOCALHOST, port=0).start()


@linux_root
def test_a_user_without_the_right_to_the_port_is_told_how_to_get_it(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if lowest < 70:
        pytest.skip("every user may open port 69 here")
    monkeypatch.setattr(socket.socket, "bind", _forbidden)
    with pytest.raises(PortForbidden) as caught:
        Listener(LOCALHOST, 69)
    assert "ip_unprivileged_port_start=69" in caught.value.hint
    assert "cap_net_bind_service" in caught.value.hint
    assert "--tftp-port" in caught.value.hint


def _forbidden(_socket: socket.socket, _address: object) -> None:
    raise PermissionError(13, "Permission denied")


@linux_root
@pytest.mark.parametrize(("sudo", "uid"), [({}, 65534), ({"SUDO_UID": "1234", "SUDO_GID": "2345"}, 1234)])
def test_a_server_started_as_root_runs_without_privileges(
    sudo: dict[str, str], uid: int, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("SUDO_UID", "SUDO_GID"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in sudo.items():
        monkeypatch.setenv(variable, value)
    image.chmod(0o600)
    groups = os.getgroups()
    os.setgroups([12345])
    try:
        server = ServerProcess(image, bind=LOCALHOST, port=0).start()
    finally:
        os.setgroups(groups)
    with server:
        assert server.uid == uid
        for thread in Path(f"/proc/{_pid(server)}/task").iterdir():
            status = _status((thread / "status").read_text())
            assert status["Uid"].split() == [str(uid)] * 4
            assert status["Gid"].split() == [sudo.get("SUDO_GID", "65534")] * 4
            assert status["Groups"] == ""
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
            assert status["NoNewPrivs"] == "1"
        server.self_test()


def _status(text: str) -> dict[str, str]:
    return {name: value.strip() for name, value in (line.split(":", 1) for line in text.splitlines())}


_FORBIDS = """
import threading
from tftp.privileges import forbid_new_privileges
print(forbid_new_privileges())
tell = lambda: print(open(f"/proc/self/task/{threading.get_native_id()}/status").read())
threading.Thread(target=tell).start()
"""


@linux_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv gives a capability to a process")
def test_a_right_that_was_lent_for_the_port_is_used_and_handed_to_no_other_program() -> None:
    lent = ["--inh-caps", "+net_bind_service", "--ambient-caps", "+net_bind_service"]
    command = ["setpriv", *lent, sys.executable, "-c", _FORBIDS]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    first, _, rest = text.partition("\n")
    assert first == "no new privileges"
    status = _status(rest.strip())
    assert (status["NoNewPrivs"], int(status["CapAmb"], 16)) == ("1", 0)
    assert int(status["CapEff"], 16) & (1 << 10)


def test_ctrl_c_at_the_terminal_is_left_to_the_parent(server: ServerProcess) -> None:
    os.kill(_pid(server), signal.SIGINT)
    assert os.getpgid(_pid(server)) != os.getpgid(0)
    with Client(server.port) as client:
        assert download(client, b"asa.bin").data == IMAGE


_PARENT = """
import sys
from tftp import ServerProcess
server = ServerProcess(sys.argv[1], bind="127.0.0.1", port=0).start()
print(server._process.pid, flush=True)
sys.stdin.read()
"""


def test_the_server_does_not_outlive_its_parent(image: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(image)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        child.wait(PATIENCE_SECONDS)
    assert not psutil.pid_exists(child.pid)


def test_a_parent_that_reads_nothing_does_not_hold_up_a_transfer(image: Path) -> None:
    configuration = {"image": str(image), "name": "asa.bin", "bind": LOCALHOST, "port": 0}
    limits = {"settings": {}}
    with subprocess.Popen(
        [sys.executable, "-m", "tftp.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(configuration | limits).encode() + b"\n")
        child.stdout.readline()
        port = json.loads(child.stdout.readline())["port"]
        for number in range(600):  # each order is answered with 100 kB: far more than the pipe holds
            clients = [f"10.{number // 256}.{number % 256}.0/24"] * 300
            child.stdin.write(
                json.dumps({"order": "arm", "clients": clients[: 300 if number < 20 else 1]}).encode() + b"\n"
            )
        with Client(port) as client:
            assert download(client, b"asa.bin").data == IMAGE
        child.stdin.close()
        child.stdout.close()
        assert child.wait(PATIENCE_SECONDS) == 0


def test_a_server_that_dies_is_reported_with_its_last_words_and_not_on_the_terminal(
    server: ServerProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    server.poll()
    psutil.Process(_pid(server)).kill()
    with pytest.raises(ServerDied) as caught:
        server.wait_for(TransferCompleted, PATIENCE_SECONDS)
    assert "exit code -9" in caught.value.seen
    with pytest.raises(ServerDied):
        server.poll()
    with pytest.raises(ServerDied):
        server.arm(["192.0.2.10"])
    assert capfd.readouterr() == ("", "")


def test_what_the_child_complains_of_stands_in_the_error(image: Path, capfd: pytest.CaptureFixture[str]) -> None:
    process = ServerProcess(image, bind=LOCALHOST, port=0)
    process._configuration.pop("settings")
    with pytest.raises(ServerDied) as caught:
        process.start()
    assert "KeyError: 'settings'" in caught.value.seen
    assert capfd.readouterr() == ("", "")


def test_close_ends_the_server_within_a_second_even_in_the_middle_of_a_transfer(image: Path) -> None:
    server = ServerProcess(image, bind=LOCALHOST, port=0).start()
    pid = _pid(server)
    with Client(server.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        began = time.monotonic()
        server.close()
        assert time.monotonic() - began < 1
    assert not psutil.pid_exists(pid)
    assert TransferFailed in [type(event) for event in server.poll()]
    assert server.poll() == []
    assert [thread.name for thread in threading.enumerate() if thread.name == "tftp-events"] == []
    server.close()


def test_a_server_that_does_not_obey_is_ended_within_a_second(image: Path) -> None:
    server = ServerProcess(image, bind=LOCALHOST, port=0).start()
    os.kill(_pid(server), signal.SIGSTOP)
    began = time.monotonic()
    server.close()
    assert time.monotonic() - began < 1.2


def test_the_child_imports_from_where_its_parent_does_and_not_from_the_current_folder(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "tftp.py").write_text("raise SystemExit('from the current folder')")
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2]), *sys.path])
    monkeypatch.chdir(trap)
    with ServerProcess(image, bind=LOCALHOST, port=0) as server:
        server.self_test()
