"""`rommon files` at the command line, against a simulated ASA with a folder for its disk0."""

import hashlib
from pathlib import Path

import pytest
from cli_rig import Bench, free_port

OURS = "127.0.0.1"
CONTENT = bytes(range(256)) * 700


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk0"
    folder.mkdir()
    (folder / "a.cfg").write_bytes(CONTENT)
    return folder


def url(disk: Path, port: int = 0) -> str:
    wire = f"&wire={OURS}:{port}&address=127.0.0.9/8" if port else ""
    return f"sim://asa5506x?state=booted&speed=50&disk={disk}{wire}"


def test_a_folder_is_listed(bench: Bench, disk: Path) -> None:
    ended = bench.run("files", "ls", "-p", url(disk), "--json")
    assert ended.code == 0, ended.err
    assert ("a.cfg", len(CONTENT)) in [(file["name"], file["bytes"]) for file in ended.result["files"]]


def test_a_file_comes_and_goes_by_our_own_server(bench: Bench, disk: Path, tmp_path: Path) -> None:
    port = free_port()
    server = ["--server", OURS, "--tftp-port", str(port), "-p", url(disk, port), "--json"]
    got = bench.run("files", "get", "a.cfg", tmp_path / "got.cfg", *server)
    assert got.code == 0, got.err
    assert (tmp_path / "got.cfg").read_bytes() == CONTENT
    assert got.result["sha512"] == hashlib.sha512(CONTENT).hexdigest()
    put = bench.run("files", "put", tmp_path / "got.cfg", "b.cfg", *server)
    assert put.code == 0, put.err
    assert (disk / "b.cfg").read_bytes() == CONTENT


def test_a_file_goes_by_http_as_well(bench: Bench, disk: Path) -> None:
    port = f"sim://asa5506x?state=booted&speed=50&disk={disk}&address=127.0.0.9/8"
    ended = bench.run("files", "put", disk / "a.cfg", "c.cfg", "--by", "http", "--server", OURS, "-p", port, "--json")
    assert ended.code == 0, ended.err
    assert (disk / "c.cfg").read_bytes() == CONTENT


def test_nothing_is_deleted_without_a_yes(bench: Bench, disk: Path) -> None:
    ended = bench.run("files", "rm", "a.cfg", "-p", url(disk), "--json")
    assert (ended.code, ended.result["cause"]) == (41, "not-agreed")
    assert (disk / "a.cfg").exists()
    assert bench.run("files", "rm", "a.cfg", "-p", url(disk), "--yes").code == 0
    assert not (disk / "a.cfg").exists()


def test_the_plan_shows_every_line_and_opens_no_console(bench: Bench) -> None:
    ended = bench.run("files", "mv", "a", "b", "--dry-run", "-p", "/dev/nothing")
    assert ended.code == 0
    assert "rename /noconfirm disk0:/a disk0:/b" in ended.out


def test_a_name_that_would_be_more_than_a_name_is_refused(bench: Bench) -> None:
    ended = bench.run("files", "mkdir", "a?b", "-p", "/dev/nothing", "--json")
    assert (ended.code, ended.result["cause"]) == (2, "usage")
