"""Devices that request, acknowledge, repeat, restart, talk nonsense and vanish in any order."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tftp_machine import FILES, Devices
from tftp_rig import serving

from tftp.events import TransferFailed


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 on the loopback")
def test_no_order_of_what_devices_may_do_confuses_the_server() -> None:
    with serving(FILES) as running:

        class Machine(Devices):
            port = running.port

        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=15,
                stateful_step_count=40,
                derandomize=True,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert "defect" not in {failed.reason for failed in running.of(TransferFailed)}
