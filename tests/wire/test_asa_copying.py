"""A file from our server onto disk0 of a booted ASA, over a real port and real UDP."""

import hashlib
from pathlib import Path

import pytest

from rommon_tool.procedures.asa_session import Asa, AsaConsole, open_asa
from rommon_tool.procedures.copying import CopiedFile, copied_to_disk0
from rommon_tool.procedures.file_servers import TftpFileServer
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress
from serial_console.asa_cli import Credentials, Secret

CONTENT = bytes(range(251)) * 1000
NAME = "asdm-7191.bin"
SHA512 = hashlib.sha512(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / NAME
    path.write_bytes(CONTENT)
    return path


def copied(asa: Asa, server: TftpFileServer) -> CopiedFile:
    progress = Progress("test")
    return Run(copied_to_disk0(asa.cli, server, NAME, progress), progress).finish()


def test_a_copied_file_is_proved_on_the_device_and_no_password_is_in_the_transcript(
    source: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk0"
    disk.mkdir()
    with TftpFileServer(source, "192.168.1.21", bind="127.0.0.1", port=0) as server:
        options = f"wire=127.0.0.1:{server.port}&address=127.0.0.9/8&enable=s3cret&disk={disk}"
        url = f"sim://asa5506x?state=booted&speed=50&{options}"
        credentials = Credentials(enable_password=Secret("s3cret"))
        console = AsaConsole(url, credentials=credentials, transcript=tmp_path / "transcript.txt")
        with open_asa(console, Progress("test")) as asa:
            proof = copied(asa, server)
            assert (proof.bytes, proof.sha512, proof.was_there) == (len(CONTENT), SHA512, False)
            assert server.seen.is_complete
            assert copied(asa, server).was_there
            asa.cli.run("show running-config enable")
    assert (disk / NAME).read_bytes() == CONTENT
    transcript = (tmp_path / "transcript.txt").read_text()
    assert "copy /noconfirm tftp://192.168.1.21" in transcript
    assert "******" in transcript
    assert "s3cret" not in transcript
