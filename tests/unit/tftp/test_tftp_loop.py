"""The quick way of a block, driven turn by turn."""

from __future__ import annotations

import socket
import time
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.none() | st.binary(max_size=8) | st.sampled_from([b"\0\4\0\0", b"\0\4\0\1", b"\0\4\xff\xff"]), max_size=60
    )
)
def test_no_packet_between_the_right_ones_breaks_a_transfer_on_the_quick_way(packets: list[bytes | None]) -> None:
    """None is the ACK that is awaited. An ERROR ends the transfer, and nothing else does."""
    events: list[Event] = []
    loop = Loop(Listener(LOCALHOST, 0), NoFiles(), None, events.append, ServerSettings())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind((LOCALHOST, 0))
        content = Content.of_bytes(bytes(512 * 100))
        loop.sessions.begin(device.getsockname(), LOCALHOST, Request("asa.bin", "octet"), content, time.monotonic())
        (transfer,) = loop.sessions.by_fd.values()
        device.connect(transfer.socket.getsockname())
        rights = 0
        for packet in packets:
            if transfer.fd not in loop.sessions.by_fd:
                break
            right = transfer.awaited if transfer.expected is None else transfer.expected
            device.send(right if packet is None else packet)
            rights += packet is None or packet[:4] == right
            loop._deal_with([(transfer.fd, 1)], Everybody, time.monotonic())
        transfer.catch_up(time.monotonic())
        assert transfer.block == 1 + rights
        is_stopped = any(packet is not None and packet[:2] == b"\0\5" for packet in packets)
        assert (transfer.fd in loop.sessions.by_fd) is not is_stopped
    loop.close()
    assert not [event for event in events if isinstance(event, TransferFailed) and event.reason == "defect"]
