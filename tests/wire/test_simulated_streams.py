"""The simulated ASA's HTTP and FTP clients against servers that were not made for them."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer
from tftp_rig import serving

from serial_console.simulated.network import FetchRequest, UdpNetwork
from serial_console.simulated.stream_clients import StreamRequest, StreamTransfer
from tftp.uploads import Upload

CONTENT = bytes(range(253)) * 3000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "image.SPA").write_bytes(CONTENT)
    return tmp_path


@pytest.fixture
def http_port(folder: Path) -> Iterator[int]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its base's own name

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def fetched(request: StreamRequest) -> StreamTransfer:
    transfer = StreamTransfer(request, (request.host, request.port))
    try:
        while not ((report := transfer.step()) and report.ended):
            pass
    finally:
        transfer.close()
    return transfer


def test_a_file_comes_whole_by_http(http_port: int) -> None:
    fetch = fetched(StreamRequest("http", "127.0.0.1", http_port, "image.SPA")).fetch
    assert (fetch.failure, fetch.sha512) == ("", hashlib.sha512(CONTENT).hexdigest())


def test_a_file_that_is_not_there_is_named(http_port: int) -> None:
    assert fetched(StreamRequest("http", "127.0.0.1", http_port, "nothing")).fetch.failure == "file not found"


def test_a_server_that_is_not_there_is_a_time_out() -> None:
    assert fetched(StreamRequest("http", "127.0.0.1", 1, "image.SPA")).fetch.failure == "timed out"


@pytest.fixture
def ftp_port(folder: Path) -> Iterator[int]:
    authorizer = DummyAuthorizer()
    authorizer.add_user("tech", "s3cret", str(folder))

    class Handler(FTPHandler):
        pass

    Handler.authorizer = authorizer
    loop = IOLoop()
    server = FTPServer(("127.0.0.1", 0), Handler, ioloop=loop)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            loop.loop(timeout=0.02, blocking=False)

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.address[1]
    ended.set()
    thread.join()
    server.close_all()
    loop.close()


@pytest.mark.parametrize("is_passive", [True, False])
def test_a_file_comes_whole_by_ftp(ftp_port: int, *, is_passive: bool) -> None:
    request = StreamRequest("ftp", "127.0.0.1", ftp_port, "image.SPA", "tech", "s3cret", is_passive=is_passive)
    fetch = fetched(request).fetch
    assert (fetch.failure, fetch.sha512) == ("", hashlib.sha512(CONTENT).hexdigest())


def test_ftp_tells_a_wrong_password_from_a_missing_file(ftp_port: int) -> None:
    request = StreamRequest("ftp", "127.0.0.1", ftp_port, "nothing", "tech", "s3cret")
    assert fetched(request).fetch.failure == "file not found"
    request = StreamRequest("ftp", "127.0.0.1", ftp_port, "image.SPA", "tech", "wrong")
    assert fetched(request).fetch.failure == "Incorrect Login/Password"


def test_a_file_is_written_to_our_own_server_by_tftp(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8  # a multiple of 512: it ends with an empty block
    with serving({"any": b"offered"}) as running:
        running.server.expect_upload(Upload("fw.cfg", "127.0.0.1", 1 << 20, tmp_path))
        request = FetchRequest("fw.cfg", "127.0.0.1", "127.0.0.1", 512, 1.0, 3, port=running.port)
        transfer = UdpNetwork().send(request, content)
        while not ((report := transfer.step()) and report.ended):
            pass
        transfer.close()
    assert transfer.fetch.failure == ""
    assert (tmp_path / "fw.cfg").read_bytes() == content
