"""Ten thousand half-open requests in a second; a fuzz of devices in any order that takes minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import hypothesis
import psutil
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tftp_crowd import Crowd, addresses, paced
from tftp_machine import FILES, Devices
from tftp_rig import LOCALHOST, Client, request, serving

from tftp.events import TransferFailed
from tftp.process import ServerProcess

HALF_OPEN = 10_000
GROWTH_BYTES = 3 << 20
IMAGE = bytes(range(256)) * 4000
EXAMPLES, STEPS = 400, 60


def _seconds_until_a_device_starts(port: int) -> float:
    began = time.monotonic()
    with Client(port, source="127.0.0.77") as device:
        device.socket.settimeout(0.2)
        for _ in range(50):
            device.ask(request(b"asa.bin"))
            try:
                device.hear()
            except TimeoutError:
                continue
            return time.monotonic() - began
    pytest.fail("the device's request was never answered")


def test_a_device_starts_within_a_second_of_ten_thousand_half_open_requests(
    tell: Callable[[str], None], tmp_path: Path
) -> None:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    with ServerProcess(tmp_path / "asa.bin", bind=LOCALHOST, port=0) as server, Crowd() as crowd:
        server.arm(["192.0.2.10"])
        assert server._process is not None
        child = psutil.Process(server._process.pid)
        waits, took, sizes = [], [], []
        for _ in range(5):
            began = time.monotonic()
            for source in paced(addresses(HALF_OPEN), HALF_OPEN):
                crowd.say(request(b"asa.bin"), source, (LOCALHOST, server.port))
            took.append(time.monotonic() - began)
            waits.append(_seconds_until_a_device_starts(server.port))
            sizes.append(child.memory_info().rss)
        grown = max(sizes) - sizes[0]
        tell(f"5 times {HALF_OPEN} half-open requests in {max(took):.2f} s; then a device started after")
        tell(f"{max(waits):.3f} s at most; memory grew by {grown >> 10} KiB, descriptors {child.num_fds()}")
    assert max(waits) < 1
    assert grown < GROWTH_BYTES


def test_no_order_of_what_devices_may_do_confuses_the_server(seed: int, tell: Callable[[str], None]) -> None:
    with serving(FILES) as running:

        class Machine(Devices):
            port = running.port

        run_state_machine_as_test(
            hypothesis.seed(seed)(Machine),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],  # what depends on time as well does not shrink
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert "defect" not in {failed.reason for failed in running.of(TransferFailed)}
        tell(f"{EXAMPLES} orders of up to {STEPS} steps; the server told {len(running.events)} events")
