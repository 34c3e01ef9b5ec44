"""`rommon serve`: the TFTP server by itself, read by clients that are not ours."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_rig import ROMMON, Bench, Program, sha512

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


LIMITS = {
    "max_sessions": 9,
    "max_per_client": 3,
    "data_ports": [50000, 50099],
    "rollover_to": 1,
    "largest_blksize": 1468,
    "largest_windowsize": 8,
    "bytes_per_second": 90_000_000,
    "client_bytes_per_second": 1_500_000,
    "answers_broadcasts_at": "",  # only the recovery of an access point sets it
    "spins": False,
}
LIMIT_OPTIONS = {
    "max-sessions": "9",
    "max-per-client": "3",
    "data-ports": "50000-50099",
    "rollover": "1",
    "blksize": "1468",
    "windowsize": "8",
    "rate": "90M",
    "client-rate": "1.5M",
    "no-spin": "true",
}


@pytest.mark.parametrize("source", ["options", "environment", "configuration file"])
def test_every_limit_is_set_by(source: str, bench: Bench) -> None:
    command = ["serve", str(bench.image(NAME)), "--bind", "127.0.0.1", "--dry-run", "--json"]
    if source == "options":
        command += [part for name, value in LIMIT_OPTIONS.items() for part in (f"--{name}", value) if part != "true"]
    elif source == "environment":
        bench.env |= {f"ROMMON_{name.replace('-', '_').upper()}": value for name, value in LIMIT_OPTIONS.items()}
    else:
        lines = [
            f"{name} = {value if value.isalnum() and value[0] != '9' else repr(value)}\n"
            for name, value in LIMIT_OPTIONS.items()
        ]
        config = bench.folder / "rommon.toml"
        config.write_text("[serve]\n" + "".join(lines))
        command[:0] = ["--config", str(config)]
    ended = bench.run(*command)
    assert ended.code == 0, ended.err
    assert ended.records[0]["settings"] == LIMITS


def test_a_dry_run_names_the_files_that_would_be_given_out_and_opens_no_port(bench: Bench) -> None:
    folder = bench.folder / "images"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / NAME).write_bytes(b"x" * 1234)
    (folder / "a.txt").write_text("hostname bench\n")
    (folder / "link.txt").symlink_to(folder / "a.txt")
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        ended = bench.run("serve", folder, "--bind", "127.0.0.1", "--tftp-port", port, "--dry-run", "--json")
        shown = bench.run("serve", folder, "--bind", "127.0.0.1", "--tftp-port", port, "--dry-run")
    files = [(fields["name"], fields["bytes"]) for fields in ended.records if fields["kind"] == "file"]
    assert files == [("a.txt", 15), (f"below/{NAME}", 1234)]
    assert (ended.result["outcome"], shown.code) == ("dry-run", 0)
    assert f"127.0.0.1:{port}" in shown.out
    assert "1,234 bytes  below/" in shown.out


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--rate", "10Mb"], "10M for 80 Mbit/s"),
        (["--client-rate", "fast"], "500K, 10M or 1.5GiB/s"),
        (["--data-ports", "50099-50000"], "the lower one first"),
        (["--max-sessions", "0"], "--max-sessions"),
        (["--windowsize", "65"], "--windowsize"),
    ],
    ids=" ".join,
)
def test_a_limit_that_makes_no_sense_is_refused_with_how_to_write_it(
    option: list[str], says: str, bench: Bench
) -> None:
    ended = bench.run("serve", bench.image(NAME), "--bind", "127.0.0.1", "--json", *option)
    assert ended.code == ended.result["exit_code"] == 2
    assert says in ended.result["message"]


def _refused_from_many_addresses(port: int) -> None:
    """Each refusal is an event, and refusals to one address are limited."""
    for number in range(1, 101):
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.bind((f"127.0.7.{number}", 0))
            client.settimeout(30)
            client.sendto(b"\0\1no such file\0octet\0", ("127.0.0.1", port))
            assert client.recv(600)[:4] == b"\0\5\0\1"


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="a pipe's size can be chosen on Linux only")
@pytest.mark.parametrize("reader", ["takes nothing more", "has gone"])
def test_a_device_loads_and_a_kill_ends_the_server_while_the_reader(reader: str, bench: Bench) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    image = bench.image(NAME)
    command = [*ROMMON, "serve", str(image), "--bind", "127.0.0.1", "--tftp-port", "0", "--json"]
    server = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, env=bench.env)
    try:
        os.close(writing)
        port = json.loads(os.read(reading, 4096).splitlines()[-1])["port"]
        if reader == "has gone":
            os.close(reading)
        _refused_from_many_addresses(port)
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.settimeout(30)
            client.sendto(b"\0\1" + NAME.encode() + b"\0octet\0", ("127.0.0.1", port))
            assert client.recv(600) == b"\0\3\0\1" + image.read_bytes()[:512]
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=60)
        assert (server.returncode, err) == (0, b"")
    finally:
        server.kill()
        server.wait()
        if reader != "has gone":
            os.close(reading)


def test_a_server_may_listen_at_an_ipv6_address(bench: Bench) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 on this machine")
    image, target = bench.image(NAME), bench.folder / "received"
    with bench.start("serve", image, "--bind", "::1", "--tftp-port", "0", "--client", "::1", "--json") as server:
        port = server.record(kind="server", event="server_listening")["port"]
        subprocess.run(["curl", "--silent", "--output", target, f"tftp://[::1]:{port}/{NAME}"], check=True, timeout=30)
        completed = server.record(kind="transfer", event="transfer_completed")
    assert hashlib.sha512(target.read_bytes()).hexdigest() == sha512(image)
    assert completed["client"] == "::1"


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text; version=1.0.0"])
def test_the_counters_can_be_read_while_a_server_that_gave_up_its_privileges_runs(accept: str, bench: Bench) -> None:
    image = bench.image(NAME)
    command = ["serve", image, "--bind", "127.0.0.1", "--tftp-port", "0", "--json", "--metrics", "0"]
    with bench.start(*command, "--client", "127.0.0.1") as server:
        metrics = server.record(kind="server", event="metrics_listening")
        port = server.record(kind="server", event="server_listening")["port"]
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.settimeout(30)
            client.sendto(b"\0\1no such file\0octet\0", ("127.0.0.1", port))
            assert client.recv(600)[:4] == b"\0\5\0\1"
        server.record(kind="request", event="request_refused")
        address = f"http://{metrics['address']}:{metrics['port']}/metrics"
        asked = urllib.request.Request(address, headers={"Accept": accept})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            text = answer.read().decode()
    assert 'rommon_tftp_refusals_total{reason="not-found"} 1.0' in text
    assert 'rommon_tftp_device_acknowledged_bytes_total{device="127.0.0.1"} 0.0' in text
