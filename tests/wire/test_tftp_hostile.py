"""Whatever is thrown at the listening port or into a transfer, the server lives, says little, and serves the device."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_corpus import DATAGRAMS, ENDS, PASSED_OVER, Answer, Hostile
from tftp_rig import LOCALHOST, Bystander, Client, InMemory, Running, download, request, serving

from tftp.events import RequestReceived, RequestRefused, TransferCompleted, TransferFailed, TransferStopped
from tftp.files import Folder, OneImage
from tftp.private_copy import Content

IMAGE = bytes(range(256)) * 20
LONGEST_ANSWER = 105

REASONS = {
    Answer.NOT_FOUND: {"not-found"},
    Answer.WRITE_REFUSED: {"write-refused"},
    Answer.ILLEGAL: {"malformed", "mode-refused"},
    Answer.NOTHING: set(),
    Answer.SERVED: set(),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder to serve, with more beside it than anybody may see."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "asa.bin").write_bytes(IMAGE)
    (tmp_path / "asa.bin").write_bytes(b"secret")
    (tmp_path / "root-private").mkdir()
    (tmp_path / "root-private" / "asa.bin").write_bytes(b"secret")
    return root


@pytest.mark.parametrize("served", [lambda root: OneImage(root / "asa.bin"), Folder], ids=["one image", "folder"])
@pytest.mark.parametrize("hostile", DATAGRAMS, ids=lambda hostile: hostile.what)
def test_a_hostile_datagram_gets_its_one_answer_and_does_not_disturb_the_transfer_beside_it(
    hostile: Hostile, served: Callable[[Path], OneImage | Folder], root: Path
) -> None:
    before = sorted(root.parent.rglob("*"))
    with (
        serving(served(root)) as running,
        Bystander(running.port, b"asa.bin", IMAGE) as bystander,
        Client(running.port, source="127.0.0.66") as attacker,
    ):
        bystander.goes_on(3)
        attacker.ask(hostile.datagram)
        answers = attacker.hear_all()
        bystander.finishes()
        _judge(hostile, answers, running)
    assert sorted(root.parent.rglob("*")) == before
    assert (root / "asa.bin").read_bytes() == IMAGE


def _judge(hostile: Hostile, answers: list[bytes], running: Running) -> None:
    refused = [event for event in running.of(RequestRefused) if event.client == "127.0.0.66"]
    assert {event.reason for event in refused} <= REASONS[hostile.answer]
    told = [event.name for event in refused + running.of(RequestReceived)]
    assert all(name.isascii() and name.isprintable() and len(name) <= 255 for name in told)
    if hostile.answer is Answer.NOTHING:
        assert answers == []
        return
    (answer,) = answers
    assert answer.startswith(hostile.answer.value)
    if hostile.answer is Answer.SERVED:
        _judge_opening(hostile.datagram, answer)
    else:
        assert len(refused) == 1
        assert len(answer) <= LONGEST_ANSWER


def _judge_opening(datagram: bytes, answer: bytes) -> None:
    """DATA 1, or an OACK that promises nothing which was not asked and no value out of its range."""
    if answer[:2] == b"\0\3":
        assert answer == b"\0\3\0\1" + IMAGE[:512]
        return
    assert answer[:2] == b"\0\6"
    strings = answer[2:].split(b"\0")[:-1]
    agreed = dict(zip(strings[::2], strings[1::2], strict=True))
    asked = datagram[2:].split(b"\0")[2:]
    assert set(agreed) <= set(asked[::2])
    assert 8 <= int(agreed.get(b"blksize", b"512")) <= min(65464, _first(asked, b"blksize"))
    assert 1 <= int(agreed.get(b"windowsize", b"1")) <= min(65535, _first(asked, b"windowsize"))
    assert int(agreed.get(b"tsize", len(IMAGE))) == len(IMAGE)
    assert b"timeout" not in agreed


def _first(strings: list[bytes], option: bytes) -> int:
    return int(strings[strings.index(option) + 1]) if option in strings else 1 << 16


@pytest.mark.parametrize(
    "name", [b"asa.bin", b"/asa.bin", b"tftp:asa.bin", b"tftp:/asa.bin", b"tftp://10.0.0.1/asa.bin"]
)
def test_the_images_own_name_may_come_with_a_slash_or_a_prefix(name: bytes, tmp_path: Path) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    with serving(OneImage(tmp_path / "asa.bin")) as running, Client(running.port) as client:
        assert download(client, name).data == IMAGE


def test_the_mode_may_come_in_any_case() -> None:
    with serving({"asa.bin": b"x"}) as running, Client(running.port) as client:
        client.ask(request(b"asa.bin", mode=b"OcTeT"))
        assert client.hear() == b"\0\3\0\1x"


@pytest.mark.parametrize("datagram", PASSED_OVER.values(), ids=PASSED_OVER)
def test_a_packet_that_has_no_place_in_a_transfer_is_passed_over(datagram: bytes) -> None:
    with (
        serving({"asa.bin": IMAGE}) as running,
        Bystander(running.port, b"asa.bin", IMAGE) as bystander,
        Client(running.port) as client,
    ):
        client.ask(request(b"asa.bin"))
        client.hear()
        bystander.goes_on(3)
        for _ in range(3):
            client.say(datagram)
        assert client.hears_nothing()
        client.ack(1)
        assert client.hear()[:4] == b"\0\3\0\2"
        bystander.finishes()


@pytest.mark.parametrize("packet", ENDS.values(), ids=ENDS)
def test_a_clipped_error_ends_its_transfer_like_a_whole_one(packet: bytes) -> None:
    with (
        serving({"asa.bin": IMAGE}) as running,
        Bystander(running.port, b"asa.bin", IMAGE) as bystander,
        Client(running.port) as client,
    ):
        client.ask(request(b"asa.bin"))
        client.hear()
        client.ack(1)
        client.hear()
        bystander.goes_on(3)
        client.say(packet)
        (stopped,) = running.wait_for(TransferStopped)
        assert stopped.port == client.socket.getsockname()[1]
        assert stopped.text.isascii()
        assert stopped.text.isprintable()
        client.ack(2)
        assert client.hears_nothing()
        bystander.finishes()
        assert len(running.wait_for(TransferCompleted)) == 1


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
                good.ask_until_heard(request(b"asa.bin"))
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
        transfer.steps = None
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
