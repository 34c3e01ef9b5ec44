"""Whole downloads over loopback, in lock-step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tftp_rig import PATIENCE_SECONDS, Client, download, served_by_a_process, serving

from tftp.events import TransferCompleted

IMAGE = bytes(range(256)) * 40


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 10_000])
def test_the_device_gets_a_file_of_any_size_whole(size: int) -> None:
    with serving({"asa.bin": IMAGE[:size]}) as running, Client(running.port) as client:
        got = download(client, b"asa.bin")
        assert got.data == IMAGE[:size]
        assert len(got.copies) == size // 512 + 1
        (completed,) = running.wait_for(TransferCompleted)
        assert (completed.bytes, completed.resent_blocks, completed.acknowledged) == (size, 0, True)


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


def test_an_image_beyond_65535_blocks_goes_on_at_block_0_even_when_packets_around_it_are_lost(tmp_path: Path) -> None:
    image = os.urandom(1 << 20) * 40
    around = frozenset({65535, 65536, 65537})
    with served_by_a_process(image, tmp_path) as (server, client):
        got = download(client, b"asa.bin", lost_data=around, lost_acks=frozenset({65535, 65536}))
        assert got.data == image
        assert got.last_number == 81921 - 65536
        completed = server.wait_for(TransferCompleted, PATIENCE_SECONDS)
        assert completed is not None
        assert completed.resent_blocks == 3


def test_an_image_of_65535_full_blocks_ends_with_an_empty_block_0(tmp_path: Path) -> None:
    image = os.urandom(1 << 16) * 511 + os.urandom(65024)
    assert len(image) == 33_553_920
    with served_by_a_process(image, tmp_path) as (_server, client):
        got = download(client, b"asa.bin")
        assert got.data == image
        assert (got.last_number, len(got.copies)) == (0, 65536)
