"""Whatever is thrown at the listening port or into a transfer, the server lives, says little, and serves the device.

The table is the hostile corpus: what is known to have crashed, hung or fooled TFTP servers.
"""

from __future__ import annotations

import resource
import socket
from pathlib import Path

import pytest
from tftp_rig import LOCALHOST, Client, InMemory, download, request, serving

from tftp.events import RequestRefused, TransferCompleted, TransferFailed, TransferStopped
from tftp.files import OneImage
from tftp.private_copy import Content

IMAGE = bytes(range(256)) * 20
LONGEST_ANSWER = 105

NO_REQUESTS = [b"", b"\0", b"\1", b"\0\0", b"\0\7", b"\1\0f\0octet\0", b"\xff\xff", bytes(65507), b"A" * 65507]
NO_REQUESTS += [b"\0\3\0\1data", b"\0\3\0", b"\0\4\0\0", b"\0\4\0", b"\0\5\0\0error\0", b"\0\5", b"\0\6blksize\0008\0"]

MALFORMED = [
    b"\0\1",
    b"\0\1f",
    b"\0\1f\0",
    b"\0\1f\0octet",
    b"\0\1\0octet\0",
    b"\0\1\0\0",
    b"\0\1f\0\0",
    b"\0\1" + b"\0" * 1000,
]
MALFORMED += [
    b"\0\1f\0" + b"m" * 60000 + b"\0",
    b"\0\1f\0octet\xff\0",
    b"\0\1f\0oct et\0",
    b"\0\1" + b"f" * 60000 + b"\0octet\0",
]
MALFORMED += [b"\0\1f\0octet\0" + b"a\0b\0" * 300, b"\0\2", b"\0\2f", b"\0\2\0\0"]

NAMES = [
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xe2\x80\xae",
    b"%2e%2e/asa.bin",
    b"\n\r\x1b[2J",
    b"n" * 255,
    b"n" * 256,
    b"n" * 900,
]
NAMES += [b"asa.bin.", b"asa.bin ", b"asa.bin::$DATA", b"CON", b"aux.bin", b"COM1", b"C:\\asa.bin", b"\\\\host\\share"]
NAMES += [b"//host/asa.bin", b"/dev/zero", b"/proc/self/mem", b"../asa.bin", b"a/../asa.bin", b"a/../../asa.bin"]
NAMES += [b"..\\asa.bin", b"....//asa.bin", b"./asa.bin", b"ASA.BIN", b"tftp:tftp:asa.bin", b"tftp://asa.bin"]
NAMES += [b"//asa.bin", b"http://x/asa.bin", b"asa_bin", b"x/asa.bin", b"asa.bin/"]

OPTIONS: list[bytes] = [
    b"blksize\0" + value + b"\0"
    for value in (
        b"",
        b"0",
        b"7",
        b"-1",
        b"+512",
        b"0x200",
        b"512 ",
        b"1e3",
        b"abc",
        b"\xb2",
        b"5_1_2",
        b"9" * 99,
        b"\xd9\xa5",
    )
]
OPTIONS += [b"blksize", b"blksize\0", b"blksize\x001428", b"\0\0", b"\0008\0", b"\xff\xff\0001\0", b"tsize\0-1\0"]
OPTIONS += [b"tsize\0" + str(2**64).encode() + b"\0", b"timeout\x000\0", b"timeout\x00256\0", b"windowsize\x0065535\0"]
OPTIONS += [b"blksize\x00512\0blksize\x008\0", b"a\0b\0" * 200, b"blksize"]


@pytest.mark.parametrize("datagram", NO_REQUESTS, ids=repr)
def test_what_is_no_request_is_not_answered(datagram: bytes) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client, Client(running.port) as good:
        client.ask(datagram)
        assert client.hear_all() == []
        assert download(good, b"asa.bin").data == IMAGE


@pytest.mark.parametrize("datagram", MALFORMED, ids=lambda datagram: repr(datagram[:40]))
def test_a_malformed_request_gets_one_short_error(datagram: bytes) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client, Client(running.port) as good:
        client.ask(datagram)
        (answer,) = client.hear_all()
        assert answer[:4] == b"\0\5\0\4"
        assert len(answer) <= LONGEST_ANSWER
        assert running.of(RequestRefused)[0].reason == "malformed"
        assert download(good, b"asa.bin").data == IMAGE


@pytest.mark.parametrize("kind", ["one image", "folder"])
@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_no_other_name_than_the_images_own_brings_anything(name: bytes, kind: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "asa.bin").write_bytes(IMAGE)
    (tmp_path / "asa.bin").write_bytes(b"secret")
    files = {"files": OneImage(root / "asa.bin")} if kind == "one image" else {"tftproot": root, "files": None}
    with serving(**files) as running, Client(running.port) as client, Client(running.port) as good:
        client.ask(request(name))
        (answer,) = client.hear_all()
        assert answer[:4] == b"\0\5\0\1"
        (refused, *_) = running.wait_for(RequestRefused)
        assert refused.reason == "not-found"
        assert len(refused.name) <= 255
        assert refused.name.isascii()
        assert refused.name.isprintable()
        assert download(good, b"asa.bin").data == IMAGE


@pytest.mark.parametrize(
    "name", [b"asa.bin", b"/asa.bin", b"tftp:asa.bin", b"tftp:/asa.bin", b"tftp://10.0.0.1/asa.bin"]
)
def test_the_images_own_name_may_come_with_a_slash_or_a_prefix(name: bytes, tmp_path: Path) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    with serving(OneImage(tmp_path / "asa.bin")) as running, Client(running.port) as client:
        assert download(client, name).data == IMAGE


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: repr(options[:40]))
def test_an_option_that_makes_no_sense_is_left_out_and_the_file_served(options: bytes) -> None:
    with serving({"asa.bin": b"short"}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin") + options)
        answer = client.hear()
        assert answer in (b"\0\3\0\1short", b"\0\6tsize\x005\0", b"\0\6blksize\x00512\0")


@pytest.mark.parametrize("mode", [b"netascii", b"mail", b"NetASCII", b"octets"])
def test_a_mode_that_would_change_bytes_is_refused_with_a_reason_that_helps(mode: bytes) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin", mode=mode))
        answer = client.hear()
        assert answer[:4] == b"\0\5\0\4"
        assert b"octet" in answer
        (refused,) = running.wait_for(RequestRefused)
        assert refused.reason == "mode-refused"


def test_the_mode_may_come_in_any_case() -> None:
    with serving({"asa.bin": b"x"}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin", mode=b"OcTeT"))
        assert client.hear() == b"\0\3\0\1x"


@pytest.mark.parametrize("name", [b"asa.bin", b"new.bin", b"sub", b"sub/new.bin", b"n" * 300])
def test_a_write_is_refused_before_anything_is_touched(name: bytes, tmp_path: Path) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    (tmp_path / "sub").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with serving(files=None, tftproot=tmp_path) as running, Client(running.port) as client:
        client.ask(b"\0\2" + request(name)[2:])
        assert client.hear()[:4] == b"\0\5\0\2"
        (refused,) = running.wait_for(RequestRefused)
        assert refused.reason == "write-refused"
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "asa.bin").read_bytes() == IMAGE


IN_SESSION = [
    b"",
    b"\0",
    b"\0\4",
    b"\0\4\0",
    b"\0\4\0\2",
    b"\0\4\xff\xff",
    b"\0\3\0",
    b"\0\3\0\1data",
    b"\0\6tsize\x001\0",
]
IN_SESSION += [request(b"asa.bin"), b"\0\2asa.bin\0octet\0", b"\0\7\0\1", b"\xff" * 600, bytes(65507)]


@pytest.mark.parametrize("datagram", IN_SESSION, ids=lambda datagram: repr(datagram[:20]))
def test_a_packet_that_has_no_place_in_a_transfer_is_passed_over(datagram: bytes) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        for _ in range(3):
            client.say(datagram)
        assert client.hears_nothing()
        client.ack(1)
        assert client.hear()[:4] == b"\0\3\0\2"


@pytest.mark.parametrize("packet", [b"\0\5", b"\0\5\0", b"\0\5\0\3", b"\0\5\0\3no end"], ids=repr)
def test_a_clipped_error_ends_its_transfer_like_a_whole_one(packet: bytes) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client, Client(running.port) as good:
        client.ask(request(b"asa.bin"))
        client.hear()
        client.say(packet)
        assert client.hears_nothing()
        assert running.server.sessions == {}
        assert download(good, b"asa.bin").data == IMAGE


def test_ten_thousand_repeated_acknowledgements_bring_not_one_block_more() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin"))
        client.hear()
        client.ack(1)
        client.hear()
        for _ in range(10_000):
            client.ack(1)
        repeats = [packet for packet in client.hear_all() if packet[:4] != b"\0\3\0\2"]
        assert repeats == []


def test_a_thousand_requests_that_nobody_follows_up_leave_room_for_the_device() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1500:
        pytest.skip("needs 1500 descriptors")
    with serving({"asa.bin": IMAGE}) as running:
        flood = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(1000)]
        try:
            for number, each in enumerate(flood):
                each.bind((f"127.0.{number % 100}.7", 0))
                each.sendto(request(b"asa.bin"), (LOCALHOST, running.port))
            with Client(running.port) as good:
                assert download(good, b"asa.bin").data == IMAGE
            assert len(running.server.sessions) <= 256
        finally:
            for each in flood:
                each.close()


def test_a_device_has_two_transfers_at_most_and_the_newest_request_wins_over_one_never_acknowledged() -> None:
    with serving({"asa.bin": IMAGE}) as running:
        clients = [Client(running.port) for _ in range(4)]
        for client in clients[:2]:
            client.ask(request(b"asa.bin"))
            client.hear()
            client.ack(1)
            client.hear()
        clients[2].ask(request(b"asa.bin"))
        assert clients[2].hear()[:4] == b"\0\5\0\0"
        clients[0].say(b"\0\5\0\0\0")
        running.wait_for(TransferStopped)
        for client in clients[2:]:
            client.ask(request(b"asa.bin"))
            assert client.hear()[:4] == b"\0\3\0\1"
        (failed,) = running.wait_for(TransferFailed)
        assert (failed.reason, failed.port) == ("crowded-out", clients[2].socket.getsockname()[1])
        assert [event.reason for event in running.of(RequestRefused)] == ["busy"]
        for client in clients:
            client.socket.close()


class _Defective(InMemory):
    """A source of files with a defect of ours in it."""

    def find(self, name: str) -> Content | None:
        if name == "defect":
            raise ZeroDivisionError("in find")
        return super().find(name)


def test_a_defect_while_a_request_is_answered_costs_that_request_alone() -> None:
    with serving(_Defective({"asa.bin": IMAGE})) as running, Client(running.port) as client:
        client.ask(request(b"defect"))
        assert client.hear()[:4] == b"\0\5\0\0"
        (refused,) = running.wait_for(RequestRefused)
        assert (refused.reason, refused.detail) == ("defect", "ZeroDivisionError: in find")
        assert download(client, b"asa.bin").data == IMAGE


def test_a_defect_in_one_transfer_ends_that_one_alone_and_is_named() -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as broken, Client(running.port) as good:
        broken.ask(request(b"asa.bin"))
        broken.hear()
        (transfer,) = running.server.sessions.values()
        transfer.view = None
        broken.ack(1)
        (failed,) = running.wait_for(TransferFailed)
        assert failed.reason == "defect"
        assert failed.detail.startswith("TypeError: ")
        assert download(good, b"asa.bin").data == IMAGE


def test_a_defect_in_the_listener_of_events_does_not_reach_the_transfer(caplog: pytest.LogCaptureFixture) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        running.server._on_event = lambda _event: 1 / 0
        assert download(client, b"asa.bin").data == IMAGE
        running.server._on_event = running.tell
        assert download_again(running.port) == IMAGE
        running.wait_for(TransferCompleted)
    assert "ZeroDivisionError" in caplog.text


def download_again(port: int) -> bytes:
    with Client(port) as client:
        return download(client, b"asa.bin").data
