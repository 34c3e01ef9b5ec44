"""Whole downloads over loopback, in lock-step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest
from tftp_rig import PATIENCE_SECONDS, Client, download, served_by_a_process, serving

from tftp.events import TransferCompleted
from tftp.settings import ServerSettings

IMAGE = bytes(range(256)) * 40


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 10_000])
def test_the_device_gets_a_file_of_any_size_whole(size: int) -> None:
    with serving({"asa.bin": IMAGE[:size]}) as running, Client(running.port) as client:
        got = download(client, b"asa.bin")
        assert got.data == IMAGE[:size]
        assert len(got.copies) == size // 512 + 1
        (completed,) = running.wait_for(TransferCompleted)
        assert (completed.bytes, completed.acknowledged) == (size, True)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({b"blksize": b"1468"}, {b"blksize": b"1468"}),
        ({b"BlkSize": b"1024"}, {b"blksize": b"1024"}),
        ({b"tsize": b"0"}, {b"tsize": b"10240"}),
        ({b"timeout": b"2"}, {b"timeout": b"2"}),
        ({b"blksize": b"65535"}, {b"blksize": b"65464"}),
        (
            {b"blksize": b"8", b"tsize": b"0", b"timeout": b"255"},
            {b"blksize": b"8", b"tsize": b"10240", b"timeout": b"255"},
        ),
        ({b"blksize": b"7"}, {}),
        ({b"windowsize": b"1"}, {b"windowsize": b"1"}),
        ({b"windowsize": b"1", b"tsize": b"0"}, {b"tsize": b"10240", b"windowsize": b"1"}),
        ({b"windowsize": b"0"}, {}),
        ({b"multicast": b""}, {}),
    ],
)
def test_the_server_acknowledges_what_was_asked_and_it_knows(
    asked: dict[bytes, bytes], answered: dict[bytes, bytes]
) -> None:
    with serving({"asa.bin": IMAGE}) as running, Client(running.port) as client:
        got = download(client, b"asa.bin", asked)
        assert got.options == answered
        assert got.data == IMAGE


@pytest.mark.parametrize("rollover_to", [0, 1])
def test_blocks_beyond_65535_count_on_as_told_even_when_packets_around_it_are_lost(
    rollover_to: Literal[0, 1], tmp_path: Path
) -> None:
    """With the smallest blocks, which come to that number after half a megabyte."""
    image = os.urandom(8 * 65_545)
    around = frozenset(range(65_533, 65_539))
    settings = ServerSettings(rollover_to=rollover_to)
    with served_by_a_process(image, tmp_path, settings) as (server, client):
        got = download(
            client, b"asa.bin", {b"blksize": b"8"}, lost_data=around, lost_acks=around, rollover_to=rollover_to
        )
        assert got.data == image
        assert got.last_number == 65_546 - 65_536 + rollover_to
        assert got.repeated.keys() >= around
        assert server.wait_for(TransferCompleted, PATIENCE_SECONDS) is not None


def test_an_image_of_65535_full_blocks_ends_with_an_empty_block_0(tmp_path: Path) -> None:
    image = os.urandom(1 << 16) * 511 + os.urandom(65024)
    assert len(image) == 33_553_920
    with served_by_a_process(image, tmp_path) as (_server, client):
        got = download(client, b"asa.bin")
        assert got.data == image
        assert (got.last_number, len(got.copies)) == (0, 65536)
