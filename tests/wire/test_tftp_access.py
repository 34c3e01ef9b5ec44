"""Who is served, and from which address."""

from __future__ import annotations

import socket

import pytest
from tftp_rig import Client, download, request, serving

from tftp.access import Devices, Ourselves, networks
from tftp.events import RequestReceived, RequestRefused, ServerArmed, ServerListening, TransferCompleted

IMAGE = b"image" * 300
DEVICE = "127.0.0.8"


@pytest.fixture
def loopback_is_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """All test addresses are loopback ones, which count as the device; here they stand for addresses of a real net."""

    def admits(self: Devices, client: str, local: str) -> bool:
        return any(address in network for network in self.expected for address in networks([client])[0])

    monkeypatch.setattr(Devices, "admits", admits)


@pytest.mark.usefixtures("loopback_is_no_exception")
def test_a_stranger_gets_one_error_no_longer_than_its_request_and_the_device_is_served() -> None:
    with serving({"asa.bin": IMAGE}, clients=[DEVICE]) as running:
        with Client(running.port, source="127.0.0.66") as stranger, Client(running.port, source=DEVICE) as device:
            asked = request(b"asa.bin", {b"tsize": b"0"})
            for _ in range(50):
                stranger.ask(asked)
            assert download(device, b"asa.bin").data == IMAGE
            answer = stranger.hear()
            assert answer[:4] == b"\0\5\0\2"
            assert len(answer) <= len(asked)
            stranger.socket.settimeout(0)
            with pytest.raises(BlockingIOError):
                stranger.hear()
        (refused,) = running.of(RequestRefused)
        assert (refused.client, refused.name, refused.code, refused.reason) == ("127.0.0.66", "asa.bin", 2, "stranger")
        assert [event.client for event in running.of(RequestReceived)] == [DEVICE]


@pytest.mark.usefixtures("loopback_is_no_exception")
def test_a_stranger_whose_request_is_shorter_than_the_error_gets_nothing() -> None:
    with serving({"f": IMAGE}, clients=[DEVICE]) as running:
        with Client(running.port, source="127.0.0.66") as stranger, Client(running.port, source=DEVICE) as device:
            stranger.ask(request(b"f"))
            assert download(device, b"f").data == IMAGE
            stranger.socket.settimeout(0)
            with pytest.raises(BlockingIOError):
                stranger.hear()
        (refused,) = running.of(RequestRefused)
        assert (refused.code, refused.reason) == (None, "stranger")


@pytest.mark.usefixtures("loopback_is_no_exception")
def test_the_devices_may_be_a_network_and_may_change_while_serving() -> None:
    with serving({"f": IMAGE}, clients=["127.0.1.0/24"]) as running:
        with Client(running.port, source="127.0.1.77") as inside:
            assert download(inside, b"f").data == IMAGE
        running.server.arm([DEVICE, "10.0.0.0/8"])
        with Client(running.port, source="127.0.1.78") as inside, Client(running.port, source=DEVICE) as device:
            inside.ask(request(b"f", {b"blksize": b"1468"}))
            assert inside.hear()[:4] == b"\0\5\0\2"
            assert download(device, b"f").data == IMAGE
        assert running.of(ServerArmed) == [ServerArmed((DEVICE, "10.0.0.0/8"))]


def test_at_a_loopback_address_every_loopback_source_is_the_device() -> None:
    with serving({"f": IMAGE}, clients=["192.0.2.1"]) as running:
        for source in ("127.0.0.1", "127.0.0.66", "127.9.9.9"):
            with Client(running.port, source=source) as client:
                assert download(client, b"f").data == IMAGE


def test_before_it_is_armed_the_server_serves_the_address_it_listens_at_and_no_other() -> None:
    with serving({"f": IMAGE}) as running:
        running.server.admit(Ourselves())
        with Client(running.port) as ours, Client(running.port, source=DEVICE) as device:
            device.ask(request(b"f", {b"blksize": b"1468"}))
            assert device.hear()[:4] == b"\0\5\0\2"
            assert download(ours, b"f").data == IMAGE


@pytest.mark.parametrize("bind", ["127.0.0.5", ""])
def test_every_answer_comes_from_the_address_that_was_asked(bind: str) -> None:
    with serving({"f": IMAGE}, bind=bind) as running, Client(running.port, host="127.0.0.5") as client:
        client.ask(request(b"no such file"))
        assert client.hear()[:4] == b"\0\5\0\1"
        assert client.peer[0] == "127.0.0.5"
        assert download(client, b"f").data == IMAGE
        assert client.peer[0] == "127.0.0.5"
        assert client.peer[1] != running.port
        (listening,) = running.of(ServerListening)
        assert (listening.address, listening.port) == (bind or "0.0.0.0", running.port)
        running.wait_for(TransferCompleted)


def test_what_was_sent_to_everybody_is_not_answered() -> None:
    with serving({"f": IMAGE}, bind="") as running, Client(running.port, host="127.255.255.255") as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.ask(request(b"f"))
        with Client(running.port) as other:
            assert download(other, b"f").data == IMAGE
        assert len(running.of(RequestReceived)) == 1
