"""`rommon serve`: the TFTP server by itself, read by clients that are not ours."""

import hashlib
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_rig import Bench, Program, sha512

NAME = "asa984-22-lfbff-k8.SPA"


@contextmanager
def serving(bench: Bench, path: Path) -> Iterator[tuple[Program, int]]:
    with bench.start("serve", path, "--bind", "127.0.0.1", "--tftp-port", "0", "--json") as server:
        yield server, server.record(kind="server", event="server_listening")["port"]


def _curl(port: int, target: Path) -> list[str]:
    return ["curl", "--silent", "--output", str(target), f"tftp://127.0.0.1:{port}/{NAME}"]


def _tftp(port: int, target: Path) -> list[str]:
    return ["tftp", "-m", "binary", "127.0.0.1", str(port), "-c", "get", NAME, str(target)]


@pytest.mark.parametrize(
    ("client", "number", "code", "outcome"),
    [(_curl, signal.SIGINT, 130, "interrupted"), (_tftp, signal.SIGTERM, 0, "done")],
    ids=["curl, then Ctrl-C", "tftp-hpa, then a kill"],
)
def test_a_client_gets_the_image_and_a_signal_ends_the_server(
    client: object, number: signal.Signals, code: int, outcome: str, bench: Bench
) -> None:
    assert callable(client)
    target = bench.folder / "received"
    image = bench.image(NAME)
    with serving(bench, image) as (server, port):
        command = client(port, target)
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        subprocess.run(command, check=True, timeout=30, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        completed = server.record(kind="transfer", event="transfer_completed")
        server.send(number)
        ended = server.end()
    assert hashlib.sha512(target.read_bytes()).hexdigest() == sha512(image)
    assert (completed["client"], completed["bytes"]) == ("127.0.0.1", image.stat().st_size)
    assert ended.code == ended.result["exit_code"] == code
    assert ended.result["outcome"] == outcome
    assert "Traceback" not in ended.err


def test_another_name_is_answered_with_error_1_and_told(bench: Bench) -> None:
    with serving(bench, bench.image(NAME)) as (server, port), socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(30)
        client.sendto(b"\x00\x01../secret\x00octet\x00", ("127.0.0.1", port))
        assert client.recv(600)[:4] == b"\x00\x05\x00\x01"
        refused = server.record(kind="request", event="request_refused")
        assert (refused["name"], refused["reason"], refused["code"]) == ("../secret", "not-found", 1)


def test_a_folder_is_served_by_its_files_names(bench: Bench) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # A server started by root reads it as nobody.
        Path(folder).chmod(0o755)
        (Path(folder) / "config.txt").write_text("hostname bench\n")
        with serving(bench, Path(folder)) as (_, port), socket.socket(type=socket.SOCK_DGRAM) as client:
            client.settimeout(30)
            client.sendto(b"\x00\x01config.txt\x00octet\x00", ("127.0.0.1", port))
            assert client.recv(600) == b"\x00\x03\x00\x01hostname bench\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nothing.bin", "--bind", "127.0.0.1"], 2),
        ([NAME, "--bind", "192.0.2.21"], 20),
        ([NAME, "--bind", "127.0.0.1", "--client", "nobody"], 2),
    ],
    ids=["file that is not there", "address that is not here", "client that is no address"],
)
def test_a_server_is_refused_for_a(arguments: list[str], code: int, bench: Bench) -> None:
    image = bench.image(NAME)
    ended = bench.run("serve", *arguments, "--tftp-port", "0", "--json", cwd=image.parent)
    assert ended.code == ended.result["exit_code"] == code
    assert ended.result["cause"]
    assert ended.result["hint"]
    assert "Traceback" not in ended.err
