"""Our HTTP and FTP servers: one file, for one device, read only. Real sockets on the loopback interface."""

import ftplib
import hashlib
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rommon_tool.errors import ImageMissing, ServerAddressNotHere
from rommon_tool.procedures.stream_servers import FtpFileServer, HttpFileServer
from serial_console.simulated.stream_clients import StreamRequest, StreamTransfer

CONTENT = bytes(range(253)) * 3000
OURS = "127.0.0.1"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "asa.SPA"
    path.write_bytes(CONTENT)
    return path


def fetched(url: str) -> StreamTransfer:
    """As the simulated ASA's own client does."""
    parts = urlsplit(url)
    port = parts.port or 0
    request = StreamRequest(parts.scheme, OURS, port, parts.path[1:], parts.username or "", parts.password or "")
    transfer = StreamTransfer(request, (OURS, port))
    while not ((report := transfer.step()) and report.ended):
        pass
    transfer.close()
    return transfer


@pytest.mark.parametrize("kind", [HttpFileServer, FtpFileServer])
def test_the_device_gets_the_file_and_the_server_saw_it(
    kind: type[HttpFileServer] | type[FtpFileServer], image: Path
) -> None:
    with kind(image, OURS) as server:
        image.write_bytes(b"written to meanwhile")
        server.arm([OURS])
        assert fetched(server.url).fetch.content() == CONTENT
        server.await_end(5.0)
        assert (server.seen.requests, server.seen.bytes, server.seen.is_complete) == (1, len(CONTENT), True)
        assert server.sha512 == hashlib.sha512(CONTENT).hexdigest()


@pytest.mark.parametrize("kind", [HttpFileServer, FtpFileServer])
def test_nobody_is_served_before_the_device_is_known(
    kind: type[HttpFileServer] | type[FtpFileServer], image: Path
) -> None:
    with kind(image, OURS) as server:
        assert fetched(server.url).fetch.failure
        assert server.seen.refused == f"{OURS} asked"


@pytest.mark.parametrize("path", ["/", "/other", "/../etc/passwd", "/asa.SPA/"])
def test_http_has_one_path(path: str, image: Path) -> None:
    with HttpFileServer(image, OURS) as server:
        server.arm([OURS])
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://{OURS}:{server.port}{path}", timeout=5)
        assert caught.value.code == 404
        caught.value.close()


def test_ftp_writes_deletes_and_lists_nothing(image: Path) -> None:
    with FtpFileServer(image, OURS) as server, ftplib.FTP() as client:
        server.arm([OURS])
        client.connect(OURS, server.port, timeout=5)
        client.login(*server.login())
        for command in ("STOR x", "DELE asa.SPA", "MKD x", "RNFR asa.SPA", "NLST"):
            with pytest.raises(ftplib.error_perm):
                client.sendcmd(command)


def test_a_file_that_is_missing_and_an_address_of_nobody_are_told(image: Path) -> None:
    with pytest.raises(ImageMissing):
        HttpFileServer(image.with_name("none"), OURS).__enter__()
    with pytest.raises(ServerAddressNotHere):
        HttpFileServer(image, "192.0.2.77").__enter__()
