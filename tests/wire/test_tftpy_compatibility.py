"""tftpy's users find its server again: the server-side cases of tftpy's own suite, against ours.

tftpy's suite forks, sleeps and writes to fixed places, and its release carries most of it commented out. So each case is
told anew, with tftpy's own client, and `tftpys` names the one that it stands for. docs/tftp-server.md lists them all.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import tftpy
from tftp_rig import LOCALHOST, PATIENCE_SECONDS, Client, download, request
from tftpy.TftpClient import TftpClient

from tftp.server import RecoveryTftpServer

NAME = "640KBFILE"
IMAGE = os.urandom(640 * 1024)
DOCUMENT = Path(__file__).parents[2] / "docs" / "tftp-server.md"

#: Names in tftpy's suite that this module has an answer to.
ANSWERED: set[str] = set()
Test = TypeVar("Test", bound=Callable[..., None])


def tftpys(*names: str) -> Callable[[Test], Test]:
    """Mark a test as the answer to these of tftpy's."""
    ANSWERED.update(names)
    return lambda test: test


@pytest.fixture(autouse=True)
def _quiet_client() -> Iterator[None]:
    log = logging.getLogger("tftpy")
    level = log.level
    log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(level)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root beside which other folders lie, one of them with the root's name at its beginning."""
    for name in ("foo", "foo-private", "other", "with spaces"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bar").write_text("baz")
    (tmp_path / "foo" / NAME).write_bytes(IMAGE)
    return tmp_path / "foo"


@contextmanager
def listening(root: Path, *arguments: Any, **options: Any) -> Iterator[RecoveryTftpServer]:
    """A server in a thread, as tftpy's README runs one."""
    server = RecoveryTftpServer(str(root), *arguments, **options)
    where = {"listenip": "localhost", "listenport": 0, "timeout": 5}
    thread = threading.Thread(target=server.listen, kwargs=where)
    thread.start()
    try:
        assert server.is_running.wait(PATIENCE_SECONDS)
        yield server
    finally:
        server.stop(now=True)
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def downloaded(server: RecoveryTftpServer, name: str = NAME, **options: int) -> bytes:
    """What tftpy's client gets. Its `with` closes what the client itself leaves open when it fails."""
    with io.BytesIO() as target:
        TftpClient(LOCALHOST, server.listenport, options).download(name, target, timeout=PATIENCE_SECONDS)
        return target.getvalue()


@tftpys("testClientServerNoOptions", "testClientServerNoOptionsRetries", "testClientFileObject", "testServerNoOptions")
@tftpys("testServerDownloadWithDynamicPort", "testServerNoOptionsSubdir", "testServerSecurePathRelative", "testStdout")
def test_a_file_of_1280_blocks_and_an_empty_one_is_downloaded_without_options(root: Path) -> None:
    with listening(root) as server:
        assert downloaded(server) == IMAGE
        assert downloaded(server, "bar") == b"baz"


@tftpys("testClientServerTsizeOptions", "testClientServerBlksize")
@pytest.mark.parametrize("options", [{"tsize": 64 * 1024}, *({"blksize": size} for size in (512, 1024, 2048, 4096))])
def test_a_file_is_downloaded_with_options(options: dict[str, int], root: Path) -> None:
    with listening(root) as server:
        assert downloaded(server, **options) == IMAGE


@tftpys("testClientServerNoOptionsNoFlock")
def test_files_need_no_lock_for_what_is_sent_is_a_copy(root: Path) -> None:
    with listening(root, None, None, False) as server:
        client = TftpClient(LOCALHOST, server.listenport)
        with io.BytesIO() as target:

            def overwrite(_packet: object) -> None:
                (root / NAME).write_bytes(b"something else")

            client.download(NAME, target, overwrite, timeout=PATIENCE_SECONDS)
            assert target.getvalue() == IMAGE


@tftpys("testClientServerNoOptionsDelay", "testServerTimeoutExpectACK")
def test_an_ack_that_comes_twice_brings_no_block_twice_and_a_block_that_is_late_comes_again(root: Path) -> None:
    with listening(root) as server, Client(server.listenport) as client:
        got = download(client, NAME.encode(), ack_copies=2, lost_data=frozenset({10}))
    assert got.data == IMAGE
    assert 10 in got.repeated
    assert got.copies.total() < 1.5 * len(got.copies), (
        "a busy machine may be late; the sorcerer's apprentice sends all twice"
    )


@tftpys("testServerInsecurePathAbsolute", "testServerInsecurePathRelative", "testServerInsecurePathRootSibling")
@pytest.mark.parametrize("name", ["{}/../other/bar", "../other/bar", "{}-private/bar", "{}/../foo-private/bar"])
def test_no_name_leads_out_of_the_root(name: str, root: Path) -> None:
    with listening(root) as server, pytest.raises(tftpy.TftpFileNotFoundError):
        downloaded(server, name.format(root))


@tftpys("testServerSecurePathAbsolute")
def test_a_path_of_the_servers_own_disk_is_no_name_even_if_it_ends_in_the_root(root: Path) -> None:
    with listening(root) as server, pytest.raises(tftpy.TftpFileNotFoundError):
        downloaded(server, f"{root}/bar")


@tftpys("testDirectoriesWithSpaces")
def test_names_and_folders_may_have_blanks(root: Path) -> None:
    with listening(root.parent) as server:
        assert downloaded(server, "with spaces/bar") == b"baz"


@tftpys("testServerDownloadWithStopNow", "testServerDownloadWithStopNotNow")
@pytest.mark.parametrize("now", [True, False])
def test_a_stop_in_mid_transfer_ends_it_only_if_now(now: bool, root: Path) -> None:
    with listening(root) as server, io.BytesIO() as target:
        packets = 0

        def stop_at_the_tenth(_packet: object) -> None:
            nonlocal packets
            packets += 1
            if packets == 10:
                server.stop(now=now)

        ends = pytest.raises(Exception, match=r"^(?!.*AssertionError)") if now else contextlib.nullcontext()
        with ends:
            TftpClient(LOCALHOST, server.listenport).download(NAME, target, stop_at_the_tenth, timeout=1, retries=1)
        assert (target.getvalue() == IMAGE) is not now


@tftpys("testClientServerUploadNoOptions", "testClientServerUploadFileObj", "testClientServerUploadWithSubdirs")
@tftpys(
    "testClientServerUploadStartingSlash", "testClientServerUploadOptions", "testClientServerUploadTsize", "testStdin"
)
@pytest.mark.parametrize("name", [NAME, "new", "new/below", "/new/below"])
@pytest.mark.parametrize("options", [{}, {"blksize": 2048}, {"tsize": 64 * 1024}])
def test_an_upload_is_refused_before_anything_is_touched(name: str, options: dict[str, int], root: Path) -> None:
    source = root.parent / "to upload"
    source.write_bytes(b"x" * 2000)
    before = sorted(root.rglob("*"))
    with listening(root) as server, pytest.raises(tftpy.TftpException, match="Access violation"):
        TftpClient(LOCALHOST, server.listenport, options).upload(name, str(source), timeout=PATIENCE_SECONDS)
    assert sorted(root.rglob("*")) == before
    assert (root / NAME).read_bytes() == IMAGE


@tftpys("testClientServerUploadCustomOpen", "testClientServerUploadCustomOpenForbids")
def test_a_hook_for_uploads_is_refused_at_once_and_not_at_the_first_upload(root: Path) -> None:
    with pytest.raises(tftpy.TftpException, match="read-only"):
        RecoveryTftpServer(str(root), upload_open=lambda _path, _context: io.BytesIO())  # type: ignore[arg-type]


# ---- the rest of the server's interface, which tftpy's suite leaves to its documents


def test_the_constructor_complains_as_tftpys_does(root: Path) -> None:
    for arguments in [(str(root / "missing"),), (str(root / NAME),), (str(root), "no function")]:
        with pytest.raises(tftpy.TftpException) as theirs:
            tftpy.TftpServer(*arguments)
        with pytest.raises(tftpy.TftpException) as ours:
            RecoveryTftpServer(*arguments)
        assert str(ours.value) == str(theirs.value)


def test_attributes_are_where_tftpys_are(root: Path) -> None:
    server = RecoveryTftpServer(str(root))
    assert isinstance(server, tftpy.TftpServer)
    unlike = {name for name in vars(tftpy.TftpServer(str(root))) if not hasattr(server, name)}
    assert unlike == set()
    assert (server.root, server.is_running.is_set(), server.sessions) == (str(root), False, {})


def test_sessions_are_keyed_by_the_clients_address_and_port(root: Path) -> None:
    with listening(root) as server, Client(server.listenport) as client:
        client.ask(request(NAME.encode()))
        client.hear()
        host, port = client.socket.getsockname()
        assert set(server.sessions) == {f"{host}:{port}"}


class TwoMethods:
    """All that tftpy wants of a file."""

    def __init__(self, data: bytes) -> None:
        self._data, self.is_closed = io.BytesIO(data), False

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)

    def close(self) -> None:
        self.is_closed = True


def test_files_that_are_made_when_asked_for_need_read_and_close_and_are_made_for_missing_names_alone(
    root: Path,
) -> None:
    asked: list[tuple[str, str]] = []
    made = TwoMethods(IMAGE)

    def make(name: str, *, raddress: str, rport: int) -> TwoMethods | None:
        asked.append((name, raddress))
        return made if name == "made" and rport else None

    with listening(root, make) as server:
        assert downloaded(server, "made") == IMAGE
        assert downloaded(server, "bar") == b"baz"
        with pytest.raises(tftpy.TftpFileNotFoundError):
            downloaded(server, "missing")
    assert asked == [("made", LOCALHOST), ("missing", LOCALHOST)]
    assert made.is_closed


def test_a_port_that_is_taken_is_an_error_for_those_who_catch_tftpys_exceptions(root: Path) -> None:
    with listening(root) as server, pytest.raises(tftpy.TftpException, match="taken"):
        RecoveryTftpServer(str(root)).listen("localhost", server.listenport)


def test_every_case_of_tftpys_suite_stands_in_the_document() -> None:
    told = set(re.findall(r"`(test[A-Z]\w+)`", DOCUMENT.read_text("utf-8")))
    assert told == ANSWERED
