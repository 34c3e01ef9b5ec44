"""The server and a device with a bad cable between them: real network stacks, real packets, faults from a seed."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from network_relay import Direction, Network, Weather, skip_reason
from tftp_patient_device import PatientDevice
from tftp_rig import Client, Running, serving

from tftp.events import TransferCompleted, TransferFailed

REASON = skip_reason()
pytestmark = [pytest.mark.namespaces, pytest.mark.skipif(REASON is not None, reason=str(REASON))]

IMAGE = random.Random(3).randbytes(15_000)
BLOCKS = len(IMAGE) // 512 + 1


@contextmanager
def bench(
    weather: Weather | None = None, seed: int = 1, **options: object
) -> Iterator[tuple[Network, Running, Client]]:
    """The network, a server in the one stack, and a port of the device's in the other."""
    with ExitStack() as stack:
        network = stack.enter_context(Network(weather, seed))
        running = network.server.call(
            lambda: stack.enter_context(serving({"asa.bin": IMAGE}, bind=Network.SERVER, **options))
        )
        device = network.device.call(lambda: Client(running.port, Network.SERVER, source=Network.DEVICE))
        stack.enter_context(device)
        yield network, running, device


WEATHERS = {
    "clear": Weather(),
    "1 % lost": Weather(loss=0.01),
    "5 % lost": Weather(loss=0.05),
    "20 % lost": Weather(loss=0.2),
    "all doubled": Weather(duplication=1),
    "10 % swapped": Weather(reordering=0.1),
    "5 % damaged": Weather(corruption=0.05),
    "5 ms late": Weather(delay=0.005),
    "later than the server's shortest timer, by half of it at random": Weather(delay=0.02, jitter=0.06),
    "everything at once": Weather(loss=0.2, duplication=0.1, reordering=0.1, corruption=0.01),
}


@pytest.mark.parametrize("weather", WEATHERS.values(), ids=WEATHERS)
def test_the_image_arrives_whole_in_any_weather(weather: Weather) -> None:
    with bench(weather) as (_, running, client):
        assert PatientDevice(client).fetch(b"asa.bin") == IMAGE
        running.wait_for(TransferCompleted)


def test_a_device_that_passes_repeated_blocks_over_gets_the_image_too() -> None:
    with bench(Weather(loss=0.05)) as (_, _, client):
        assert PatientDevice(client, acknowledges_again=False).fetch(b"asa.bin") == IMAGE


@pytest.mark.parametrize("acknowledges_again", [True, False])
def test_a_network_that_doubles_every_packet_costs_no_more_than_twice_the_packets(acknowledges_again: bool) -> None:
    with bench(Weather(duplication=1)) as (network, _, client):
        device = PatientDevice(client, acknowledges_again=acknowledges_again)
        assert device.fetch(b"asa.bin") == IMAGE
        assert network.to_device.packets < 2.2 * BLOCKS


@pytest.mark.parametrize("weather", [Weather(), Weather(loss=0.05), Weather(reordering=0.1), Weather(duplication=1)])
def test_the_image_arrives_in_windows_too(weather: Weather) -> None:
    with bench(weather) as (_, _, client):
        assert PatientDevice(client).fetch(b"asa.bin", {b"windowsize": b"8", b"blksize": b"256"}) == IMAGE


def test_large_blocks_that_vanish_on_the_way_do_not_keep_a_device_from_its_image_for_ever() -> None:
    """A tunnel, or a switch with small buffers: what is larger than 576 bytes never arrives, and nobody says so."""
    with bench(Weather(largest_bytes=576)) as (network, running, first), ExitStack() as ports:
        with pytest.raises(TimeoutError):
            PatientDevice(first, gives_up_seconds=3).fetch(b"asa.bin", {b"blksize": b"1468"})
        again = ports.enter_context(
            network.device.call(lambda: Client(running.port, Network.SERVER, source=Network.DEVICE))
        )
        assert PatientDevice(again).fetch(b"asa.bin", {b"blksize": b"1468"}) == IMAGE


def test_damage_that_no_checksum_shows_is_left_to_whoever_compares_the_sums() -> None:
    with bench(Weather(corruption=0.1, clears_checksums=True)) as (_, _, client):
        got = PatientDevice(client).fetch(b"asa.bin")
        assert len(got) == len(IMAGE)
        assert got != IMAGE


def _pulled(network: Network) -> tuple[Callable[[], None], Callable[[], None]]:
    def plug(is_up: bool) -> None:
        network.is_up = is_up

    return lambda: plug(False), lambda: plug(True)


def _card_down(network: Network) -> tuple[Callable[[], None], Callable[[], None]]:
    return lambda: network.server.ip("link set tap0 down"), lambda: network.server.ip("link set tap0 up")


def _address_gone(network: Network) -> tuple[Callable[[], None], Callable[[], None]]:
    address = f"{Network.SERVER}/24 dev tap0"
    return lambda: network.server.ip(f"address del {address}"), lambda: network.server.ip(f"address add {address}")


@pytest.mark.parametrize("fault", [_pulled, _card_down, _address_gone])
def test_a_transfer_goes_on_when_the_network_comes_back(
    fault: Callable[[Network], tuple[Callable[[], None], Callable[[], None]]],
) -> None:
    with bench() as (network, running, client):
        fail, mend = fault(network)
        mending = threading.Timer(1.2, mend)

        def fail_for_a_while() -> None:
            fail()
            mending.start()

        assert PatientDevice(client, at={10: fail_for_a_while}).fetch(b"asa.bin") == IMAGE
        mending.join()
        running.wait_for(TransferCompleted)
        assert running.of(TransferFailed) == []


def test_a_new_device_is_served_after_the_servers_address_went_and_came_back() -> None:
    with bench() as (network, _, client):
        for change in _address_gone(network):
            change()
        assert PatientDevice(client).fetch(b"asa.bin") == IMAGE


def _fate(seed: str) -> bytes:
    """What comes out of a cable of five hundred packets, each of which holds its number."""
    source, target = os.pipe()
    weather = Weather(loss=0.2, duplication=0.1, reordering=0.1, corruption=0.1, delay=0.01, jitter=0.01)
    direction = Direction(source, target, weather, seed)
    for number in range(500):
        ethernet, ip = bytes(12) + b"\x08\x00", b"\x45" + bytes(8) + b"\x11" + bytes(10)
        direction.take(ethernet + ip + bytes(8) + b"\0\3\0\0" + number.to_bytes(4), number / 1000)
        direction.deliver(number / 1000, is_up=True)
    os.close(target)
    with os.fdopen(source, "rb") as came_out:
        return came_out.read()


def test_the_same_seed_brings_the_same_weather() -> None:
    assert _fate("7") == _fate("7")
    assert _fate("7") != _fate("8")
