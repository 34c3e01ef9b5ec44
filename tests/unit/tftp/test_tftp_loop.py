"""The quick way of a block, driven turn by turn."""

from __future__ import annotations

import socket
import time
from typing import Literal

import pytest

from tftp.access import Everybody
from tftp.events import Event, TransferCompleted, TransferFailed
from tftp.listening import Listener
from tftp.loop import Loop
from tftp.private_copy import Content
from tftp.request import Request
from tftp.settings import ServerSettings

LOCALHOST = "127.0.0.1"


class NoFiles:
    def find(self, _name: str) -> None:
        return None


@pytest.mark.parametrize("rollover_to", [0, 1])
@pytest.mark.parametrize("blocks_between_ticks", [100, 70_000])
def test_even_a_transfer_that_lost_count_ends_that_one_alone(
    rollover_to: Literal[0, 1], blocks_between_ticks: int
) -> None:
    """70 000 blocks are more than the numbers tell apart. The time between two ticks does not allow for them."""
    events: list[Event] = []
    loop = Loop(Listener(LOCALHOST, 0), NoFiles(), None, events.append, ServerSettings(rollover_to=rollover_to))
    content = Content.of_bytes(bytes(64 * 66_000))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind((LOCALHOST, 0))
        asked = Request("asa.bin", "octet", {"blksize": "64", "windowsize": "64"})
        loop.sessions.begin(device.getsockname(), LOCALHOST, asked, content, time.monotonic())
        (transfer,) = loop.sessions.by_fd.values()
        device.connect(transfer.socket.getsockname())
        for turn in range(1, 2000):
            device.send(transfer.awaited if transfer.expected is None else transfer.expected)
            loop._deal_with([(transfer.fd, 1)], Everybody, time.monotonic())
            if turn % (blocks_between_ticks // 64) == 0:
                loop.sessions.tick(time.monotonic())
            if transfer.end_told:
                break
    loop.close()
    last = events[-1]
    if blocks_between_ticks < 0xFFFF:
        assert isinstance(last, TransferCompleted)
    else:
        assert isinstance(last, TransferFailed)
        assert last.reason == "defect"
