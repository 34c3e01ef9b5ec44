"""The one file that the server was ordered to take, and everything that is not it."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tftp_rig import LOCALHOST, PATIENCE_SECONDS, Bystander, Client, Running, download, serving

from tftp.access import Devices
from tftp.errors import UploadImpossible
from tftp.events import RequestRefused, UploadCompleted, UploadExpected, UploadFailed, UploadProgressed
from tftp.process import ServerProcess
from tftp.uploads import Upload

CONTENT = os.urandom(20_000)
NAME = "running-config"
ACK, ERROR = b"\0\4", b"\0\5"


def _write_request(name: bytes = NAME.encode(), options: dict[bytes, bytes] | None = None) -> bytes:
    parts = [name, b"octet", *(part for pair in (options or {}).items() for part in pair)]
    return b"\0\2" + b"".join(part + b"\0" for part in parts)


def _data(block: int, content: bytes = CONTENT, blksize: int = 512) -> bytes:
    return b"\0\3" + (block & 0xFFFF).to_bytes(2) + content[(block - 1) * blksize : block * blksize]


@contextmanager
def _expecting(folder: Path, largest_bytes: int = 1_000_000) -> Iterator[tuple[Running, Client]]:
    with serving({"f": CONTENT}) as running, Client(running.port) as client:
        running.server.expect_upload(Upload(NAME, LOCALHOST, largest_bytes, folder))
        yield running, client


def _send_all(client: Client, content: bytes = CONTENT, blksize: int = 512, *, first: int = 1) -> None:
    """The blocks from `first` on, each once its predecessor was acknowledged."""
    for block in range(first, len(content) // blksize + 2):
        client.say(_data(block, content, blksize))
        assert client.hear() == ACK + (block & 0xFFFF).to_bytes(2)


def _begun(client: Client, options: dict[bytes, bytes] | None = None) -> None:
    client.ask(_write_request(options=options))
    assert client.hear()[:2] == (b"\0\6" if options else ACK)


# ---- with clients that nobody here wrote


@pytest.mark.parametrize("size", [0, 511, 512, 20_000])
@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("curl", ["-sf", "--max-time", "20", "-T", "{source}", "tftp://{host}:{port}/{name}"]),
        ("curl", ["-sf", "--tftp-no-options", "-T", "{source}", "tftp://{host}:{port}/{name}"]),
        ("curl", ["-sf", "--tftp-blksize", "8192", "-T", "{source}", "tftp://{host}:{port}/{name}"]),
        ("tftp", ["-m", "binary", "{host}", "{port}", "-c", "put", "{source}", "{name}"]),
        ("busybox", ["tftp", "-p", "-l", "{source}", "-r", "{name}", "-b", "1024", "{host}", "{port}"]),
        ("atftp", ["-p", "-l", "{source}", "-r", "{name}", "{host}", "{port}"]),
    ],
)
def test_a_real_client_leaves_the_file_whole(program: str, arguments: list[str], size: int, tmp_path: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"the client {program} is not installed")
    if program == "curl" and size == 0:
        pytest.skip("curl uploads no empty file")
    source, folder = tmp_path / "source", tmp_path / "backups"
    source.write_bytes(CONTENT[:size])
    folder.mkdir()
    with _expecting(folder) as (running, _):
        values = {"source": source, "host": LOCALHOST, "port": running.port, "name": NAME}
        command = [part.format(**values) for part in arguments]
        subprocess.run([program, *command], check=True, timeout=30, capture_output=True)
        (completed,) = running.wait_for(UploadCompleted)
    assert (completed.name, completed.client, completed.bytes) == (NAME, LOCALHOST, size)
    assert completed.sha512 == hashlib.sha512(CONTENT[:size]).hexdigest()
    assert [path.name for path in folder.iterdir()] == [NAME]
    assert (folder / NAME).read_bytes() == CONTENT[:size]
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600 or sys.platform == "win32"


# ---- who and what is refused


@pytest.mark.parametrize(
    "name", [b"startup-config", b"../" + NAME.encode(), b"RUNNING-CONFIG", b"f", b"x/running-config"]
)
def test_another_name_is_refused_before_anything_is_touched(name: bytes, tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        client.ask(_write_request(name))
        assert client.hear()[:4] == ERROR + b"\0\2"
        (refused,) = running.wait_for(RequestRefused)
        assert refused.reason == "write-refused"
        assert list(tmp_path.iterdir()) == []


def test_another_address_is_refused_before_anything_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def admits(self: Devices, client: str, local: str) -> bool:  # here loopback addresses stand for those of a real net
        return any(str(network.network_address) == client for network in self.expected)

    monkeypatch.setattr(Devices, "admits", admits)
    with _expecting(tmp_path) as (running, device), Client(running.port, source="127.0.0.66") as stranger:
        stranger.ask(_write_request())
        assert stranger.hear()[:4] == ERROR + b"\0\2"
        assert list(tmp_path.iterdir()) == []
        _begun(device)


def test_without_an_order_every_write_is_refused() -> None:
    with serving({"f": CONTENT}) as running, Client(running.port) as client:
        client.ask(_write_request())
        assert client.hear()[:4] == ERROR + b"\0\2"


def test_an_order_holds_for_one_upload(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client), Client(running.port) as second:
        _begun(client)
        _send_all(client)
        second.ask(_write_request())
        assert second.hear()[:4] == ERROR + b"\0\2"
        assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("name", [b"/running-config", b"tftp:running-config", b"tftp://192.0.2.1/running-config"])
def test_the_name_may_be_written_as_devices_do(name: bytes, tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        client.ask(_write_request(name))
        assert client.hear() == ACK + b"\0\0"
        _send_all(client)
        running.wait_for(UploadCompleted)
        assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["", "..", "a/b", "/a", "a\\b", "a:b", "a\0b"])
def test_an_order_names_a_plain_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no plain file name"):
        Upload(name, LOCALHOST, 1, tmp_path)


@pytest.mark.parametrize(("client", "largest_bytes"), [("192.0.2.0/24", 1), ("bench-3", 1), (LOCALHOST, 0)])
def test_an_order_names_one_address_and_a_size(client: str, largest_bytes: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"address|positive"):
        Upload(NAME, client, largest_bytes, tmp_path)


# ---- sizes


def test_a_size_over_the_cap_that_is_told_is_refused_at_once(tmp_path: Path) -> None:
    with _expecting(tmp_path, largest_bytes=1000) as (running, client):
        client.ask(_write_request(options={b"tsize": b"1001"}))
        assert client.hear()[:4] == ERROR + b"\0\3"
        (failed,) = running.wait_for(UploadFailed)
        assert failed.reason == "too-large"
        assert list(tmp_path.iterdir()) == []
        _begun(client, {b"tsize": b"1000"})


def test_a_size_over_the_cap_that_was_not_told_is_refused_when_it_is_passed(tmp_path: Path) -> None:
    with _expecting(tmp_path, largest_bytes=1024) as (running, client):
        _begun(client)
        for block in (1, 2):
            client.say(_data(block))
            client.hear()
        client.say(_data(3))
        assert client.hear()[:4] == ERROR + b"\0\3"
        (failed,) = running.wait_for(UploadFailed)
        assert (failed.reason, failed.bytes) == ("too-large", 1024)
        assert list(tmp_path.iterdir()) == []


def test_what_was_asked_for_is_agreed_to_and_nothing_else(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        options = {b"BLKSIZE": b"1400", b"tsize": b"20000", b"timeout": b"3", b"windowsize": b"8", b"x": b"1"}
        client.ask(_write_request(options=options))
        assert client.hear() == b"\0\6blksize\x001400\0timeout\x003\0tsize\x0020000\0"
        _send_all(client, blksize=1400)
        running.wait_for(UploadCompleted)
        assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("after_wrap", [0, 1])
def test_blocks_past_65535_go_on_from_0_or_from_1(after_wrap: int, tmp_path: Path) -> None:
    content = os.urandom(8) * 65_540 + b"end"
    with _expecting(tmp_path) as (running, client):
        _begun(client, {b"blksize": b"8"})
        client.socket.connect(client.peer)
        send, receive = client.socket.send, client.socket.recv
        number = 0
        for offset in range(0, len(content), 8):
            number = number + 1 if number < 0xFFFF else after_wrap
            send(b"\0\3" + number.to_bytes(2) + content[offset : offset + 8])
            while receive(100) != ACK + number.to_bytes(2):
                pass  # the one before, said again to a test that was slow
        running.wait_for(UploadCompleted)
        assert (tmp_path / NAME).read_bytes() == content


# ---- bad networks and bad clients


def test_a_block_that_comes_twice_is_written_once_and_acknowledged_twice(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        _begun(client)
        for block in range(1, len(CONTENT) // 512 + 2):
            for _ in range(2):
                client.say(_data(block))
                assert client.hear() == ACK + block.to_bytes(2)
        running.wait_for(UploadCompleted)
        assert (tmp_path / NAME).read_bytes() == CONTENT


def test_the_last_acknowledgement_comes_again_for_a_client_that_missed_it(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        _begun(client)
        _send_all(client)
        last = len(CONTENT) // 512 + 1
        for _ in range(3):
            client.say(_data(last))
            assert client.hear() == ACK + last.to_bytes(2)
        assert len(running.of(UploadCompleted)) == 1


def test_a_repeated_request_is_answered_again_and_three_times_at_most(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        for _ in range(6):
            client.ask(_write_request())
        assert client.hear_all() == [ACK + b"\0\0"] * 3
        assert len(list(tmp_path.iterdir())) == 1
        assert running.of(UploadFailed) == []


def test_a_client_that_begins_anew_from_the_same_port_is_taken_from_the_start(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        _begun(client)
        client.say(_data(1, b"x" * 512))
        client.hear()
        _begun(client)
        _send_all(client)
        running.wait_for(UploadCompleted)
        assert [event.reason for event in running.of(UploadFailed)] == ["replaced"]
        assert [path.name for path in tmp_path.iterdir()] == [NAME]
        assert (tmp_path / NAME).read_bytes() == CONTENT


def test_what_strangers_send_to_the_uploads_port_changes_nothing(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client), Client(running.port, source="127.0.0.66") as stranger:
        _begun(client)
        stranger.peer = client.peer
        for packet in (_data(1, b"x" * 512), b"\0\5\0\0stop\0", b"", b"\0\3", _write_request()):
            stranger.say(packet)
        _send_all(client)
        running.wait_for(UploadCompleted)
        assert (tmp_path / NAME).read_bytes() == CONTENT


def test_what_is_no_data_changes_nothing(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        _begun(client)
        for packet in (b"", b"\0", b"\0\3", b"\0\3\0", b"\0\4\0\1", _data(2), _data(0xFFFF), b"\0\3\0\0x", b"\xff" * 9):
            client.say(packet)
        _send_all(client)
        running.wait_for(UploadCompleted)
        assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("packet", "reason", "answer"),
    [
        (b"\0\3\0\1" + bytes(513), "malformed", ERROR + b"\0\4"),
        (b"\0\5\0\3disk full here\0", "client-stopped", None),
        (b"\0\5", "client-stopped", None),
    ],
)
def test_an_upload_that_fails_leaves_nothing_and_may_be_tried_again(
    packet: bytes, reason: str, answer: bytes | None, tmp_path: Path
) -> None:
    with _expecting(tmp_path) as (running, client):
        _begun(client)
        client.say(packet)
        (failed,) = running.wait_for(UploadFailed)
        assert failed.reason == reason
        if answer:
            assert client.hear()[:4] == answer
        assert list(tmp_path.iterdir()) == []
        _begun(client)
        _send_all(client)
        running.wait_for(UploadCompleted)


def test_a_client_that_vanishes_leaves_nothing(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client):
        _begun(client)
        client.say(_data(1))
        client.socket.close()
        (failed,) = running.wait_for(UploadFailed)
        assert failed.reason == "client-gone"
        assert list(tmp_path.iterdir()) == []


def test_a_file_of_that_name_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"before")
    with _expecting(tmp_path) as (running, client):
        _begun(client)
        _send_all(client, CONTENT[:1024] + b"")
        assert (tmp_path / NAME).read_bytes() == CONTENT[:1024]
        running.server.expect_upload(Upload(NAME, LOCALHOST, 1000, tmp_path))
        _begun(client)
        client.say(_data(1))
        client.hear()
        assert (tmp_path / NAME).read_bytes() == CONTENT[:1024]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == CONTENT[:1024]
    assert [event.reason for event in running.of(UploadFailed)] == ["server-stopped"]


@pytest.mark.parametrize(("call", "code"), [("fsync", b"\0\3"), ("open", b"\0\3")])
def test_a_full_disk_is_told_with_error_3_and_leaves_nothing(
    call: str, code: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with _expecting(tmp_path) as (running, client):
        if call == "open":
            monkeypatch.setattr(os, call, fail)
            client.ask(_write_request())
        else:
            _begun(client)
            monkeypatch.setattr(os, call, fail)
            client.say(b"\0\3\0\1all of it")
        assert client.hear()[:4] == ERROR + code
        monkeypatch.undo()
        (failed,) = running.wait_for(UploadFailed)
        assert (failed.reason, failed.detail) == ("not-stored", "No space left on device")
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_none_is_told_when_it_is_ordered(tmp_path: Path) -> None:
    with serving({}) as running, pytest.raises(UploadImpossible, match="cannot take"):
        running.server.expect_upload(Upload(NAME, LOCALHOST, 1, tmp_path / "missing"))


def test_downloads_go_on_beside_an_upload(tmp_path: Path) -> None:
    with _expecting(tmp_path) as (running, client), Bystander(running.port, b"f", CONTENT) as bystander:
        _begun(client)
        for block in range(1, len(CONTENT) // 512 + 1):
            client.say(_data(block))
            client.hear()
            bystander.goes_on(1)
        _send_all(client, first=len(CONTENT) // 512 + 1)
        bystander.finishes()
        running.wait_for(UploadCompleted)


def test_the_process_takes_the_order_and_tells_of_the_upload(tmp_path: Path) -> None:
    (tmp_path / "asa.bin").write_bytes(CONTENT)
    with ServerProcess(tmp_path / "asa.bin", bind=LOCALHOST, port=0) as server, Client(server.port) as client:
        folder = tmp_path / "backups"
        with pytest.raises(UploadImpossible) as caught:
            server.expect_upload(Upload(NAME, LOCALHOST, 100_000, folder))
        assert caught.value.seen == "no folder that the server's user can see"
        folder.mkdir()
        for each in (folder, *folder.parents):  # started by root it has become nobody
            if each.stat().st_uid == os.geteuid() and each != Path("/"):
                each.chmod(each.stat().st_mode | 0o011)
        folder.chmod(0o777)
        server.expect_upload(Upload(NAME, LOCALHOST, 100_000, folder))
        server.arm([LOCALHOST])
        _begun(client)
        _send_all(client)
        completed = server.wait_for(UploadCompleted, PATIENCE_SECONDS)
        assert completed is not None
        assert completed.sha512 == hashlib.sha512(CONTENT).hexdigest()
        told = [event for event in server.poll() if isinstance(event, UploadExpected | UploadProgressed)]
        assert told[0] == UploadExpected(LOCALHOST, NAME, 100_000)
        assert download(client, b"asa.bin").data == CONTENT
