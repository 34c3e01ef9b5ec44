"""Time that jumps and time that stands still: neither is the server's business."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tftp_rig import LOCALHOST, PATIENCE_SECONDS, Client, request

from tftp.events import TransferCompleted, TransferFailed
from tftp.process import ServerProcess

IMAGE = bytes(range(256)) * 40
LAST = len(IMAGE) // 512 + 1
JUMPS = ["+1h", "-4", "@1970-01-02 00:00:00", "@2038-01-20 00:00:00", "+10y"]


class WallClock:
    """The wall clock of every process that is started from now on; its steady clock stays as it is."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "now"
        self.jump("+0")

    def jump(self, to: str) -> None:
        """`to` is an offset (`+1h`) or an absolute time, as libfaketime reads them."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(to)
        fresh.chmod(0o644)  # the server gives up its privileges
        fresh.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        preload = subprocess.run(
            ["faketime", "-f", "+0", "printenv", "LD_PRELOAD"], check=True, capture_output=True, text=True
        ).stdout.strip()
        return {
            "LD_PRELOAD": preload,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture
def wall_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[WallClock]:
    if not shutil.which("faketime"):
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent("the program faketime is not installed")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        clock = WallClock(Path(folder))
        for name, value in clock.environment.items():
            monkeypatch.setenv(name, value)
        yield clock


@pytest.fixture
def image(tmp_path: Path) -> Path:
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    return tmp_path / "asa.bin"


def _download_the_rest(client: Client, first: int) -> None:
    for block in range(first, LAST + 1):
        assert client.heard_until(block)[4:] == IMAGE[(block - 1) * 512 : block * 512]
        client.ack(block)


def _year_of_a_new_process() -> int:
    told = subprocess.run(
        [sys.executable, "-c", "import time; print(time.gmtime().tm_year)"], check=True, capture_output=True, text=True
    )
    return int(told.stdout)


def test_a_wall_clock_that_jumps_neither_ends_a_transfer_nor_holds_up_a_repetition(
    image: Path, wall_clock: WallClock
) -> None:
    with ServerProcess(image, bind=LOCALHOST, port=0) as server, Client(server.port) as client:
        client.ask(request(b"asa.bin"))
        for number, jump in enumerate(JUMPS):
            client.heard_until(block := 2 * number + 1)
            client.ack(block)
            packet = client.heard_until(block + 1)
            wall_clock.jump(jump)
            assert client.hear() == packet, "a block that is not acknowledged is repeated, whatever the clock says"
            client.ack(block + 1)
        assert _year_of_a_new_process() >= time.gmtime().tm_year + 9
        _download_the_rest(client, 2 * len(JUMPS) + 1)
        completed = server.wait_for(TransferCompleted, PATIENCE_SECONDS)
        assert completed is not None
        assert 0 < completed.seconds < 60
        assert not [event for event in server.poll() if isinstance(event, TransferFailed)]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no such signal on this system")
def test_a_server_that_stood_still_for_a_while_goes_on_where_it_was(image: Path) -> None:
    """As a laptop does whose lid is closed for a moment."""
    with ServerProcess(image, bind=LOCALHOST, port=0) as server, Client(server.port) as client:
        assert server._process is not None
        client.ask(request(b"asa.bin"))
        client.hear()
        os.kill(server._process.pid, signal.SIGSTOP)
        while psutil.Process(server._process.pid).status() != psutil.STATUS_STOPPED:
            pass
        client.ack(1)
        client.socket.settimeout(1)
        with pytest.raises(TimeoutError):
            client.hear()
        client.socket.settimeout(PATIENCE_SECONDS)
        os.kill(server._process.pid, signal.SIGCONT)
        _download_the_rest(client, 2)
        completed = server.wait_for(TransferCompleted, PATIENCE_SECONDS)
        assert completed is not None
        assert completed.bytes == len(IMAGE)
