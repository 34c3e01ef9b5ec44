"""Real servers and clients on network stacks of their own, recorded as a run records them, and what the packets then show."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from network_relay import Network, Weather, skip_reason
from tftp_rig import Client, Running, request, serving

from tftp.diagnosis import diagnosed
from tftp.diagnosis.capture import Capture
from tftp.diagnosis.findings import Expected, Finding
from tftp.diagnosis.pcap import recorded_sightings
from tftp.diagnosis.recording import Recording
from tftp.events import RequestRefused, TransferCompleted, TransferFailed

REASON = skip_reason()
pytestmark = [pytest.mark.namespaces, pytest.mark.skipif(REASON is not None, reason=str(REASON))]

SERVER, DEVICE = Network.SERVER, Network.DEVICE
IMAGE = bytes(range(256)) * 200
NAME = "asa.bin"


@dataclass
class Bench:
    """The network, the server, a port of the device's, and the recording on the server's card."""

    network: Network
    running: Running
    client: Client
    recording: Recording
    expected: Expected

    def run(self, *command: str | Path) -> None:
        """Run a program on the device."""
        self.network.device.call(
            lambda: subprocess.run(
                command, check=False, capture_output=True, timeout=20, cwd=self.recording.file.parent
            )
        )

    def found(self) -> list[Finding]:
        self.recording.stop()
        return self.recording.findings()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    with ExitStack() as stack:

        def made(weather: Weather | None = None, *, clients: list[str] | None = None) -> Bench:
            return stack.enter_context(_bench(tmp_path, weather, clients))

        yield made


@contextmanager
def _bench(folder: Path, weather: Weather | None, clients: list[str] | None) -> Iterator[Bench]:
    with ExitStack() as stack:
        network = stack.enter_context(Network(weather))
        running = network.server.call(lambda: stack.enter_context(serving({NAME: IMAGE}, bind=SERVER, clients=clients)))
        expected = Expected(SERVER, running.port, DEVICE, NAME, len(IMAGE))
        recording = network.server.call(lambda: Recording(folder / "packets.pcap", "tap0", expected).start())
        stack.callback(recording.stop)
        assert recording.await_start(10), recording.refused
        device = network.device.call(lambda: Client(running.port, SERVER, source=DEVICE))
        stack.enter_context(device)
        yield Bench(network, running, device, recording, expected)


def ping(network: Network) -> None:
    """The device pings the server once, and hears the answer."""

    def pinged() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as echo:
            echo.settimeout(10)
            echo.sendto(b"\x08\0\xf7\xfe" + bytes(3) + b"\1", (SERVER, 0))
            echo.recv(100)

    network.device.call(pinged)


@contextmanager
def passing(network: Network, frames: int, *, leaving: bool = False) -> Iterator[None]:
    """Go on when so many frames have come out of the cable at the server's end, or have gone into it."""
    with network.server.call(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)) as watch:
        network.server.call(lambda: watch.bind(("tap0", 3)))
        watch.settimeout(10)
        yield
        while frames:
            frames -= (watch.recvfrom(100)[1][2] == socket.PACKET_OUTGOING) == leaving


CLIENTS = {
    "curl": ("curl", "-sf", "-o", "got", "tftp://{server}:{port}/asa.bin"),
    "busybox": ("busybox", "tftp", "-g", "-r", "asa.bin", "-l", "got", "-b", "1024", "{server}", "{port}"),
}


@pytest.mark.parametrize("program", CLIENTS)
def test_of_a_real_clients_transfer_nothing_is_wrong(program: str, bench: Callable[..., Bench], tmp_path: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"the client {program} is not installed")
    here = bench()
    here.run(*(word.format(server=SERVER, port=here.running.port) for word in CLIENTS[program]))
    here.running.wait_for(TransferCompleted)
    first, *rest = here.found()
    assert (tmp_path / "got").read_bytes() == IMAGE
    assert first.cause == "nothing-wrong", first
    assert f"took all {len(IMAGE) // (1024 if program == 'busybox' else 512) + 1} blocks" in first.seen
    assert rest == []


def test_a_recording_can_be_read_by_everybody_and_holds_a_fraction_of_the_traffic(bench: Callable[..., Bench]) -> None:
    here = bench()
    here.run("curl", "-sf", "-o", "got", f"tftp://{SERVER}:{here.running.port}/{NAME}")
    here.running.wait_for(TransferCompleted)
    found = here.found()
    path = here.recording.file
    assert diagnosed(Capture(path).sightings(), here.expected) == found
    assert [seen[1:] for seen in Capture(path).sightings()] == [seen[1:] for seen in recorded_sightings(path)]
    assert path.stat().st_size < len(IMAGE) / 5
    assert here.recording.missed == 0
    assert here.recording.packets > 2 * len(IMAGE) / 512


def test_another_name_is_told_with_the_servers_own_words(bench: Callable[..., Bench]) -> None:
    here = bench()
    here.client.ask(request(b"asa982.bin"))
    assert here.client.hear()[:2] == b"\0\5"
    first, *_ = here.found()
    assert first.cause == "asked-another-name"
    assert "'asa982.bin'" in first.seen
    assert f"'{NAME}'" in first.seen


def test_a_device_with_another_address_is_told_from_the_one_that_was_expected(bench: Callable[..., Bench]) -> None:
    here = bench(clients=[DEVICE])
    here.network.device.ip("address add 10.86.118.77/24 dev tap0")
    with here.network.device.call(lambda: Client(here.running.port, SERVER, source="10.86.118.77")) as stranger:
        stranger.ask(request(NAME.encode()))
        here.running.wait_for(RequestRefused)
    first, *_ = here.found()
    assert first.cause == "request-from-stranger"
    assert "10.86.118.77" in first.seen


def test_a_device_that_never_speaks_and_one_that_only_pings_are_told_apart(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    here = bench()
    first, *_ = here.found()
    assert first.cause == "nothing-from-device"
    again = here.network.server.call(lambda: Recording(tmp_path / "again.pcap", "tap0", here.expected).start())
    assert again.await_start(10)
    ping(here.network)
    again.stop()
    first, *_ = again.findings()
    assert first.cause == "no-request"
    assert "1 of them pings" in first.seen


def test_a_device_that_looks_for_an_address_nobody_has(bench: Callable[..., Bench]) -> None:
    here = bench()
    with passing(here.network, 1):
        here.client.socket.sendto(b"x", ("10.86.118.99", 69))
    first, *_ = here.found()
    assert first.cause == "arp-for-another-address"
    assert "10.86.118.99" in first.seen


def test_a_server_that_does_not_read_its_port_leaves_the_request_unanswered(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    here = bench()
    with socket_of(here.network) as mute:
        port = mute.getsockname()[1]
        expected = Expected(SERVER, port, DEVICE, NAME)
        recording = here.network.server.call(lambda: Recording(tmp_path / "mute.pcap", "tap0", expected).start())
        assert recording.await_start(10)
        for _ in range(3):
            here.client.socket.sendto(request(NAME.encode()), (SERVER, port))
        for _ in range(3):
            assert mute.recv(100)
        recording.stop()
        first, *_ = recording.findings()
    assert first.cause == "request-unanswered"
    assert "3 times" in first.seen


def socket_of(network: Network) -> socket.socket:
    """A socket of the server's stack."""

    def made() -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((SERVER, 0))
        bound.settimeout(10)
        return bound

    return network.server.call(made)


def test_a_port_without_a_server_says_so(bench: Callable[..., Bench], tmp_path: Path) -> None:
    here = bench()
    expected = Expected(SERVER, 6970, DEVICE, NAME)
    recording = here.network.server.call(lambda: Recording(tmp_path / "none.pcap", "tap0", expected).start())
    assert recording.await_start(10)
    here.client.socket.connect((SERVER, 6970))
    here.client.socket.send(request(NAME.encode()))
    with pytest.raises(ConnectionRefusedError):
        here.client.socket.recv(100)
    recording.stop()
    first, *_ = recording.findings()
    assert first.cause == "no-server"


def test_answers_that_a_device_does_not_take_are_unheard(bench: Callable[..., Bench]) -> None:
    here = bench()
    for _ in range(2):
        here.client.ask(request(NAME.encode()))
        here.client.hear()
    first, *_ = here.found()
    assert first.cause == "answers-unheard"
    assert first.certainty == "certain"


def test_a_device_that_vanishes_is_gone_at_a_block(bench: Callable[..., Bench]) -> None:
    here = bench()
    here.client.ask(request(NAME.encode()))
    for block in (1, 2):
        here.client.hear()
        here.client.ack(block)
    here.client.hear()
    here.client.socket.close()
    here.running.wait_for(TransferFailed)
    first, *_ = here.found()
    assert first.cause == "client-gone"
    assert "at block 2" in first.seen


def test_a_device_that_stops_answering_stalls_the_transfer(bench: Callable[..., Bench]) -> None:
    here = bench()
    here.client.ask(request(NAME.encode()))
    for block in range(1, 40):
        here.client.hear()
        here.client.ack(block)
    assert {here.client.hear() for _ in range(3)} == {b"\0\3" + (40).to_bytes(2) + IMAGE[39 * 512 : 40 * 512]}
    first, *_ = here.found()
    assert first.cause == "transfer-stalled"
    assert f"block 39 ({39 * 512} bytes)" in first.seen


def test_large_blocks_that_the_network_swallows(bench: Callable[..., Bench]) -> None:
    here = bench(Weather(largest_bytes=600))
    here.client.ask(request(NAME.encode(), {b"blksize": b"1428"}))
    assert here.client.hear()[:2] == b"\0\6"
    with passing(here.network, 3, leaving=True):
        here.client.ack(0)
    first, *_ = here.found()
    assert first.cause == "mtu-black-hole", first
    assert "1428" in first.seen


def test_flipped_bits_show_in_the_checksums_of_the_devices_packets(bench: Callable[..., Bench]) -> None:
    here = bench()
    ping(here.network)  # which tells each the other's hardware address
    here.network.to_server.weather = Weather(corruption=1)
    with passing(here.network, 3):
        for _ in range(3):
            here.client.ask(request(NAME.encode()))
    first, *_ = here.found()
    assert first.cause == "bad-checksums"
    assert first.certainty == "certain"
    assert "3 packets" in first.seen


def test_two_machines_with_one_address_are_found_by_their_network_cards(bench: Callable[..., Bench]) -> None:
    here = bench()
    ping(here.network)
    here.network.device.ip("link set tap0 down", "link set tap0 address 02:00:00:00:00:77", "link set tap0 up")
    ping(here.network)
    first, *_ = here.found()
    assert first.cause == "duplicate-address"
    assert "02:00:00:00:00:77" in first.seen


def test_a_lossy_cable_shows_in_the_blocks_that_were_sent_again(bench: Callable[..., Bench]) -> None:
    here = bench(Weather(loss=0.1))
    here.run("curl", "-sf", "-o", "got", f"tftp://{SERVER}:{here.running.port}/{NAME}")
    here.running.wait_for(TransferCompleted)
    first, *rest = here.found()
    assert first.cause == "nothing-wrong"
    assert "lossy-network" in {each.cause for each in rest}


def test_without_the_right_to_record_there_is_a_reason_and_no_error(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "packets.pcap", "no-such-card", Expected()).start()
    assert not recording.await_start(10)
    recording.stop()
    assert recording.refused
