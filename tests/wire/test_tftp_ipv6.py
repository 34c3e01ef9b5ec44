"""A server that is asked by IPv6, in a network stack of the test's own."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from network_relay import Stack, skip_reason
from tftp_rig import PATIENCE_SECONDS, request, serving

from tftp.access import Ourselves
from tftp.events import RequestReceived, ServerListening, TransferCompleted
from tftp.listening import named
from tftp.process import ServerProcess
from tftp.selftest import self_test

REASON = skip_reason()
pytestmark = [pytest.mark.namespaces, pytest.mark.skipif(REASON is not None, reason=REASON or "")]

IMAGE = os.urandom(200_000)
SHORT = b"hostname bench\n"
OURS = ["2001:db8::1", "2001:db8::2", "fe80::1%tap0"]


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack("192.0.2.1")
    stack.ip(
        *(f"address add {address}/64 dev tap0 nodad" for address in ("2001:db8::1", "2001:db8::2", "fe80::1")),
        "link set tap0 multicast on",
    )
    yield stack
    stack.close()


class Device:
    """One port at an IPv6 or IPv4 address."""

    def __init__(self, source: str, port: int) -> None:
        found = socket.getaddrinfo(source, 0, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
        self.socket = socket.socket(found[0], socket.SOCK_DGRAM)
        self.socket.bind(found[4])
        self.socket.settimeout(PATIENCE_SECONDS)
        self.port = port

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, address: str, name: bytes = b"f") -> None:
        server = socket.getaddrinfo(address, self.port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0][4]
        self.socket.sendto(request(name), server)

    def answer(self) -> tuple[bytes, str]:
        packet, peer = self.socket.recvfrom(600)
        return packet, named(peer)


@pytest.mark.parametrize("bind", ["::", *OURS])
def test_every_answer_comes_from_the_ipv6_address_that_was_asked(bind: str, stack: Stack) -> None:
    def body() -> None:
        with serving({"f": SHORT}, bind=bind) as running:
            (listening,) = running.wait_for(ServerListening)
            assert listening.address == bind
            for asked in OURS if bind == "::" else [bind]:
                with Device(asked, running.port) as device:
                    device.ask(asked)
                    assert device.answer() == (b"\0\3\0\1" + SHORT, asked)
                    device.ask(asked, b"no such file")
                    while (heard := device.answer())[0][:2] == b"\0\3":
                        pass  # said again to a test that was slow
                    assert (heard[0][:4], heard[1]) == (b"\0\5\0\1", asked)

    stack.call(body)


def test_an_answer_to_an_ipv6_client_of_another_address_comes_from_the_one_it_asked(stack: Stack) -> None:
    def body() -> None:
        with serving({"f": SHORT}, bind="::") as running, Device("2001:db8::1", running.port) as device:
            device.ask("2001:db8::2")
            assert device.answer() == (b"\0\3\0\1" + SHORT, "2001:db8::2")

    stack.call(body)


@pytest.mark.parametrize(
    ("bind", "group", "source"),
    [
        ("::", "ff02::1%tap0", "fe80::1%tap0"),
        ("", "192.0.2.255", "192.0.2.1"),
        ("", "255.255.255.255", "192.0.2.1"),
        ("", "224.0.0.1", "192.0.2.1"),
    ],
)
def test_what_was_sent_to_a_group_or_to_everybody_is_not_answered(
    bind: str, group: str, source: str, stack: Stack
) -> None:
    def body() -> None:
        with serving({"f": SHORT}, bind=bind) as running, Device(source, running.port) as device:
            device.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            if source == "192.0.2.1":
                device.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
            device.ask(group)
            device.ask(source)
            assert device.answer()[0] == b"\0\3\0\1" + SHORT
            assert len(running.of(RequestReceived)) == 1

    stack.call(body)


@pytest.mark.parametrize("group", ["ff02::1%tap0", "224.0.0.1", "255.255.255.255"])
def test_a_group_is_no_address_to_listen_at(group: str, stack: Stack) -> None:
    from tftp.errors import AddressNotLocal

    def body() -> None:
        with pytest.raises(AddressNotLocal), serving({}, bind=group):
            pass

    stack.call(body)


def test_ipv4_has_a_listener_of_its_own(stack: Stack) -> None:
    def body() -> None:
        with (
            serving({"f": SHORT}, bind="::") as running,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as beside,
        ):
            beside.bind(("0.0.0.0", running.port))

    stack.call(body)


def test_a_client_is_known_by_its_interface_where_the_network_names_one(stack: Stack) -> None:
    def body() -> None:
        with serving({"f": SHORT}, bind="::", clients=["fe80::1%tap0", "2001:db8::1"]) as running:
            for source, code in (("fe80::1%tap0", b"\0\3"), ("2001:db8::1", b"\0\3"), ("2001:db8::2", b"\0\5")):
                with Device(source, running.port) as device:
                    device.ask("2001:db8::1" if code == b"\0\5" else source, b"f" if code == b"\0\3" else b"f" * 90)
                    assert device.answer()[0][:2] == code

    stack.call(body)


@pytest.mark.parametrize("bind", ["::", "::1", "2001:db8::2", "fe80::1%tap0"])
def test_the_server_reads_itself_by_ipv6(bind: str, stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)

    def body() -> None:
        with ServerProcess(tmp_path / "asa.bin", bind=bind, port=0) as server:
            server.self_test()
            assert [type(event) for event in server.poll() if isinstance(event, TransferCompleted)] == []

    stack.call(body)


def test_before_it_is_armed_a_server_at_all_addresses_serves_each_of_its_own(stack: Stack) -> None:
    def body() -> None:
        with serving({"f": IMAGE}, bind="::") as running:
            running.server.admit(Ourselves())
            for address in OURS:
                expected = hashlib.sha512(IMAGE).hexdigest()
                self_test(address, running.port, "f", image_bytes=len(IMAGE), sha512=expected)

    stack.call(body)


def test_curl_reads_from_a_link_local_address(stack: Stack, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("the client curl is not installed")

    def body() -> None:
        with serving({"f": IMAGE}, bind="::") as running:
            url = f"tftp://[fe80::1%25tap0]:{running.port}/f"
            subprocess.run(["curl", "-sf", "--max-time", "20", "-o", tmp_path / "got", url], check=True)
            assert (tmp_path / "got").read_bytes() == IMAGE

    stack.call(body)
