"""The MODE button: an access point at 10.0.0.1 asks everybody for its image, in a network stack of the test's own."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from network_relay import Stack, skip_reason
from tftp_rig import Client, Running, download, request, serving

from rommon_tool.job import NetworkSettings
from rommon_tool.procedures.recover_access_point import AccessPointJob, recover
from rommon_tool.progress import PowerAsked, Progress
from serial_console.errors import FileNotFound
from tftp.errors import TftpServerError
from tftp.events import RequestReceived, RequestRefused
from tftp.settings import ServerSettings

REASON = skip_reason()
pytestmark = [pytest.mark.namespaces, pytest.mark.skipif(REASON is not None, reason=REASON or "")]

EVERYBODY = "255.255.255.255"
ACCESS_POINT, OURS, STRANGER = "10.0.0.1", "10.0.0.2", "10.0.0.3"
DEFAULT = "ap1g2-k9w7-tar.default"
FOLDER = "ap1g2-k9w7-mx.153-3.JF10"
IMAGE = os.urandom(100_000)
SHORT = b"a short file"


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack(OURS)
    stack.ip(f"address add {ACCESS_POINT}/24 dev tap0", f"address add {STRANGER}/24 dev tap0")
    yield stack
    stack.close()


def asking(port: int, source: str = ACCESS_POINT) -> Client:
    client = Client(port, host=EVERYBODY, source=source)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    return client


def armed(at: str) -> AbstractContextManager[Running]:
    settings = ServerSettings(answers_broadcasts_at=at)
    return serving({DEFAULT: SHORT}, bind="", clients=[ACCESS_POINT], settings=settings)


def tar(folder: Path) -> Path:
    path = folder / "ap1g2-k9w7-tar.153-3.JF10.tar"
    with tarfile.open(path, "w:") as archive:
        entry = tarfile.TarInfo(f"{FOLDER}/{FOLDER}")
        entry.size = len(IMAGE)
        archive.addfile(entry, io.BytesIO(IMAGE))
    return path


def test_an_access_point_whose_button_is_held_is_given_its_image(stack: Stack, tmp_path: Path) -> None:
    image = tar(tmp_path)
    job = AccessPointJob(image, NetworkSettings("", OURS), mode_button=True, timeout_seconds=20)

    def body() -> None:
        with recover(job, Progress("ap")) as run, ThreadPoolExecutor(1) as device, asking(69) as client:
            records = iter(run)
            while not isinstance(next(records).event, PowerAsked):
                pass
            taken = device.submit(download, client, DEFAULT.encode())
            for _ in records:
                pass
            assert taken.result().data == image.read_bytes()
            assert client.peer[0] == OURS
        assert run.outcome.sha512 == hashlib.sha512(image.read_bytes()).hexdigest()
        assert not run.outcome.booted

    stack.call(body)


def test_an_access_point_that_asks_for_another_familys_image_is_told(stack: Stack, tmp_path: Path) -> None:
    job = AccessPointJob(tar(tmp_path), NetworkSettings("", OURS), mode_button=True, timeout_seconds=20)

    def body() -> None:
        run = recover(job, Progress("ap"))
        with pytest.raises(FileNotFound, match=r"asks for 'ap3g2-k9w7-tar\.default'"), asking(69) as client:  # noqa: PT012
            for record in run:
                if isinstance(record.event, PowerAsked):
                    client.ask(request(b"ap3g2-k9w7-tar.default"))

    stack.call(body)


def test_a_broadcast_is_answered_from_the_one_address_and_only_where_that_was_asked_for(stack: Stack) -> None:
    def body() -> None:
        for at, heard in ((OURS, 2), ("", 1)):
            with armed(at) as running, asking(running.port) as client:
                client.ask(request(DEFAULT.encode()))
                if at:
                    assert client.hear() == b"\0\3\0\1" + SHORT
                    assert client.peer[0] == OURS
                    client.ack(1)
                with Client(running.port, host=OURS, source=ACCESS_POINT) as direct:
                    assert download(direct, DEFAULT.encode()).data == SHORT
                assert len(running.of(RequestReceived)) == heard

    stack.call(body)


def test_a_strangers_broadcast_and_another_files_name_are_not_served(stack: Stack) -> None:
    def body() -> None:
        with armed(OURS) as running:
            with asking(running.port) as other:
                other.ask(request(b"ap3g2-k9w7-tar.default"))
                assert other.hear()[:4] == b"\0\5\0\1"
            with asking(running.port, STRANGER) as stranger:
                stranger.ask(request(DEFAULT.encode()))
                running.wait_for(RequestRefused, 2)
            assert [event.client for event in running.of(RequestReceived)] == [ACCESS_POINT]

    stack.call(body)


def test_a_server_at_one_address_cannot_be_asked_to_answer_broadcasts(stack: Stack) -> None:
    def body() -> None:
        settings = ServerSettings(answers_broadcasts_at=OURS)
        with pytest.raises(TftpServerError, match="broadcasts"), serving({}, bind=OURS, settings=settings):
            pass

    stack.call(body)
