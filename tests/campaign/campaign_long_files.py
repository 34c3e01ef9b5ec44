"""Files around the rollover of block numbers, each loss around it, and the sizes that broke servers."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from tftp_rig import LOCALHOST, PATIENCE_SECONDS, download, on_one_processor, served_by_a_process

from tftp.events import TransferCompleted
from tftp.process import ServerProcess
from tftp.settings import ServerSettings

#: The last that fits 65 535 blocks with a short one at its end, the one that needs an empty block 0, 2 to the 25th, and
#: one that passes 65 535 twice.
SIZES = [0, 511, 512, 513, 33_553_919, 33_553_920, 33_554_432, 70_000_000]
#: With the smallest blocks the rollover comes after half a megabyte.
SMALL = {b"blksize": b"8"}
AROUND = range(65_534, 65_539)


@pytest.mark.parametrize("size", SIZES)
def test_curl_gets_a_file_of_every_size_that_broke_a_server(
    size: int, seed: int, tell: Callable[[str], None], tmp_path: Path
) -> None:
    image = tmp_path / "asa.bin"
    image.write_bytes(random.Random(seed).randbytes(size))
    with on_one_processor(), ServerProcess(image, bind=LOCALHOST, port=0) as server:
        began = time.monotonic()
        url = f"tftp://{LOCALHOST}:{server.port}/asa.bin"
        subprocess.run(["curl", "-sf", "--tftp-blksize", "512", "-o", tmp_path / "got", url], check=True)
        seconds = time.monotonic() - began
    got = (tmp_path / "got").read_bytes() if size else b""  # curl makes no file of nothing
    assert hashlib.sha512(got).digest() == hashlib.sha512(image.read_bytes()).digest()
    tell(f"{size} bytes in {seconds:.2f} s")


@pytest.mark.parametrize("rollover_to", [0, 1])
@pytest.mark.parametrize("lost", ["DATA", "ACK"])
@pytest.mark.parametrize("block", AROUND)
def test_the_loss_of_any_packet_around_the_rollover_brings_a_repetition_and_not_a_wrong_byte(
    block: int, lost: str, rollover_to: Literal[0, 1], tell: Callable[[str], None], tmp_path: Path
) -> None:
    image = os.urandom(8 * 65_550)
    losses = {"lost_data" if lost == "DATA" else "lost_acks": frozenset({block})}
    with served_by_a_process(image, tmp_path, ServerSettings(rollover_to=rollover_to)) as (server, client):
        got = download(client, b"asa.bin", SMALL, rollover_to=rollover_to, **losses)
        assert got.data == image
        assert block in got.repeated
        completed = server.wait_for(TransferCompleted, PATIENCE_SECONDS)
        assert completed is not None
    tell(f"{lost} {block} lost: all bytes right, {completed.resent_blocks} of {len(got.copies)} blocks repeated")
