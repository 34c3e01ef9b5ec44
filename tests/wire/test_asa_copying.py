"""A file from our server onto disk0 of a booted ASA, over a real port and real UDP."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rommon_tool.procedures.asa_session import Asa, AsaConsole, open_asa
from rommon_tool.procedures.copying import CopiedFile, copied_to_disk0
from rommon_tool.procedures.file_servers import TftpFileServer
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress

CONTENT = bytes(range(251)) * 1000
NAME = "asdm-7191.bin"
SHA512 = hashlib.sha512(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / NAME
    path.write_bytes(CONTENT)
    return path


@contextmanager
def bench(source: Path, options: str = "", address: str = "127.0.0.9") -> Iterator[tuple[Asa, TftpFileServer]]:
    with TftpFileServer(source, "192.168.1.21", bind="127.0.0.1", port=0) as server:
        wire = f"wire=127.0.0.1:{server.port}&address={address}/8"
        url = f"sim://asa5506x?state=booted&speed=50&{wire}{options}"
        with open_asa(AsaConsole(url), Progress("test")) as asa:
            yield asa, server


def copied(asa: Asa, server: TftpFileServer, *, replaces: bool = False) -> CopiedFile:
    progress = Progress("test")
    return Run(copied_to_disk0(asa.cli, server, NAME, progress, replaces=replaces), progress).finish()


def test_a_copied_file_is_proved_by_size_and_digest_on_the_device(source: Path, tmp_path: Path) -> None:
    with bench(source, f"&disk={tmp_path}") as (asa, server):
        proof = copied(asa, server)
        assert (proof.bytes, proof.sha512, proof.was_there) == (len(CONTENT), SHA512, False)
        assert (tmp_path / NAME).read_bytes() == CONTENT
        assert server.seen.is_complete
        assert copied(asa, server).was_there
