"""Minutes of bad network: long interruptions, long ways, and many seeds of bad weather."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from network_relay import Network, Weather, skip_reason
from tftp_patient_device import PatientDevice
from tftp_rig import LOCALHOST, PATIENCE_SECONDS, Client, Running, serving

from tftp.events import TransferCompleted, TransferFailed
from tftp.process import ServerProcess

IMAGE = random.Random(3).randbytes(60_000)
BLOCKS = len(IMAGE) // 512 + 1
STORM = Weather(loss=0.2, duplication=0.1, reordering=0.1, corruption=0.01)
STORMS = 20
REASON = skip_reason()
needs_namespaces = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@contextmanager
def bench(weather: Weather | None = None, seed: int = 1) -> Iterator[tuple[Network, Running, Callable[[], Client]]]:
    """The network, the server, and what makes a port of the device's."""
    with ExitStack() as stack:
        network = stack.enter_context(Network(weather, seed))
        running = network.server.call(lambda: stack.enter_context(serving({"asa.bin": IMAGE}, bind=Network.SERVER)))

        def client() -> Client:
            made = network.device.call(lambda: Client(running.port, Network.SERVER, source=Network.DEVICE))
            return stack.enter_context(made)

        yield network, running, client


def _pulled_for(network: Network, seconds: float) -> Callable[[], None]:
    def plug() -> None:
        network.is_up = True

    def pull() -> None:
        network.is_up = False
        threading.Timer(seconds, plug).start()

    return pull


def _resumes_after(seconds: float) -> str:
    with bench() as (network, running, client):
        began = time.monotonic()
        device = PatientDevice(client(), timer_seconds=1, at={10: _pulled_for(network, seconds)})
        assert device.fetch(b"asa.bin") == IMAGE
        assert running.of(TransferFailed) == []
        return f"cable out for {seconds} s: complete {time.monotonic() - began - seconds:.1f} s after it came back"


def _starts_again_after(seconds: float) -> str:
    with bench() as (network, running, client):
        device = PatientDevice(client(), timer_seconds=1, gives_up_seconds=90, at={10: _pulled_for(network, seconds)})
        with pytest.raises(TimeoutError):
            device.fetch(b"asa.bin")
        assert [failed.reason for failed in running.of(TransferFailed)] == ["timed-out"]
        assert PatientDevice(client(), timer_seconds=1, gives_up_seconds=90).fetch(b"asa.bin") == IMAGE
        return f"cable out for {seconds} s: both gave up, and a new request brought the image"


@needs_namespaces
@pytest.mark.namespaces
def test_a_transfer_outlives_8_and_20_seconds_without_a_cable_and_a_new_one_follows_120(
    tell: Callable[[str], None],
) -> None:
    with ThreadPoolExecutor(3) as at_once:
        found = [at_once.submit(_resumes_after, 8), at_once.submit(_resumes_after, 20)]
        found.append(at_once.submit(_starts_again_after, 120))
        for each in found:
            tell(each.result())


@needs_namespaces
@pytest.mark.namespaces
@pytest.mark.parametrize("delay", [0.05, 0.5])
def test_a_long_way_costs_its_time_and_no_packet_twice(delay: float, tell: Callable[[str], None]) -> None:
    with bench(Weather(delay=delay)) as (network, running, client):
        assert PatientDevice(client(), timer_seconds=3).fetch(b"asa.bin") == IMAGE
        running.wait_for(TransferCompleted)
        tell(f"{delay} s each way: {network.to_device.packets} packets for {BLOCKS} blocks")
        assert network.to_device.packets < 1.1 * BLOCKS


@needs_namespaces
@pytest.mark.namespaces
def test_no_seed_of_a_storm_is_bad_enough(seed: int, tell: Callable[[str], None]) -> None:
    def fetched(number: int) -> tuple[float, float]:
        with bench(STORM, seed + number) as (network, running, client):
            began = time.monotonic()
            assert PatientDevice(client()).fetch(b"asa.bin") == IMAGE, f"seed {seed + number}"
            running.wait_for(TransferCompleted)
            return time.monotonic() - began, network.to_device.packets / BLOCKS

    with ThreadPoolExecutor(4) as at_once:
        found = list(at_once.map(fetched, range(STORMS)))
    seconds, packets = zip(*found, strict=True)
    tell(f"{STORMS} storms of 20 % loss, 10 % doubled, 10 % swapped, 1 % damaged: all whole")
    tell(f"{max(seconds) / BLOCKS * 1000:.0f} ms a block at worst, {max(packets):.2f} packets a block at most")


def test_a_server_that_stood_still_longer_than_its_patience_goes_on(
    tell: Callable[[str], None], tmp_path: Path
) -> None:
    """As a virtual machine that was paused: the device has gone on asking all the time, and none of that was its fault."""
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    with ServerProcess(tmp_path / "asa.bin", bind=LOCALHOST, port=0) as server, Client(server.port) as client:
        assert server._process is not None
        pid = server._process.pid
        stopped_seconds = 65

        def sleep() -> None:
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(stopped_seconds, os.kill, (pid, signal.SIGCONT)).start()

        device = PatientDevice(client, timer_seconds=2, gives_up_seconds=100, at={10: sleep})
        assert device.fetch(b"asa.bin") == IMAGE
        assert server.wait_for(TransferCompleted, PATIENCE_SECONDS) is not None
        tell(f"stopped for {stopped_seconds} s, then complete")
