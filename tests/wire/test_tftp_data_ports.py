"""Transfers from a range of ports that a firewall lets through."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from tftp_rig import LOCALHOST, Client, download, request, serving

from tftp.events import RequestRefused, TransferCompleted, TransferStopped
from tftp.files import OneImage
from tftp.settings import ServerSettings

IMAGE = bytes(range(256)) * 400


def _free_range(count: int) -> tuple[int, int]:
    """Ports that nobody has, below those that the system hands out; another place for each process."""
    for first in range(20_000 + os.getpid() % 500 * 20, 32_000, count):
        taken = []
        try:
            for port in range(first, first + count):
                taken.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                taken[-1].bind((LOCALHOST, port))
        except OSError:
            continue
        else:
            return first, first + count - 1
        finally:
            for each in taken:
                each.close()
    raise AssertionError("no free ports")


def test_every_transfer_and_every_refusal_leaves_from_the_range() -> None:
    first, last = _free_range(3)
    with serving({"f": IMAGE}, settings=ServerSettings(data_ports=(first, last), max_per_client=None)) as running:
        seen = set()
        for _ in range(2):
            with Client(running.port) as client:
                assert download(client, b"f").data == IMAGE
                seen.add(client.peer[1])
        with Client(running.port) as client:
            client.ask(request(b"no such file"))
            assert client.hear()[:4] == b"\0\5\0\1"
            seen.add(client.peer[1])
        assert seen == {first, first + 1, last}  # each in its turn: the one just left is the last to come again


def test_a_device_that_finds_no_free_port_is_told_so_and_served_when_one_is() -> None:
    first, last = _free_range(2)
    with (
        serving({"f": IMAGE}, settings=ServerSettings(data_ports=(first, last), max_per_client=None)) as running,
        Client(running.port) as one,
        Client(running.port) as two,
        Client(running.port) as three,
    ):
        for client in (one, two):
            client.ask(request(b"f"))
            assert client.hear() == b"\0\3\0\1" + IMAGE[:512]
            client.ack(1)  # a transfer that nobody follows up would give way
            client.heard_until(2)
        three.ask(request(b"f"))
        assert three.hear()[:4] == b"\0\5\0\0"
        (refused,) = running.wait_for(RequestRefused)
        assert (refused.reason, refused.detail) == ("busy", "every data port is taken")
        one.say(b"\0\5\0\0enough\0")
        running.wait_for(TransferStopped)
        assert download(three, b"f").data == IMAGE
        assert three.peer[1] == one.peer[1]


def test_a_port_of_the_range_that_another_program_holds_is_passed_over() -> None:
    first, last = _free_range(2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((LOCALHOST, first))
        with serving({"f": IMAGE}, settings=ServerSettings(data_ports=(first, last))) as running:
            for _ in range(2):
                with Client(running.port) as client:
                    client.ask(request(b"no such file"))
                    client.hear()
                    assert client.peer[1] == last


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("curl", ["-sf", "--max-time", "20", "-o", "{target}", "tftp://{host}:{port}/asa.bin"]),
        ("tftp", ["-m", "binary", "-R", "{ports}", "{host}", "{port}", "-c", "get", "asa.bin", "{target}"]),
    ],
)
def test_real_clients_take_a_file_through_a_range_of_ports(program: str, arguments: list[str], tmp_path: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"the client {program} is not installed")
    (tmp_path / "asa.bin").write_bytes(IMAGE)
    ports, own_ports = _free_range(2), _free_range(6)
    with serving(OneImage(tmp_path / "asa.bin"), settings=ServerSettings(data_ports=ports)) as running:
        values = {"host": LOCALHOST, "port": running.port, "ports": f"{own_ports[0] + 2}:{own_ports[1]}"}
        command = [part.format(target=tmp_path / "got", **values) for part in arguments]
        subprocess.run([program, *command], check=True, timeout=20, capture_output=True)
        assert (tmp_path / "got").read_bytes() == IMAGE
        running.wait_for(TransferCompleted)
