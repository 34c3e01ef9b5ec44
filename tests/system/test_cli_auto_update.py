"""`rommon auto-update` as its users meet it: the server as a process, a real client, and how it ends."""

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from auto_update_rig import IMAGE, fleet
from cli_rig import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_curl_polls_and_the_events_are_json_lines(bench: Bench) -> None:
    assignments, accounts = fleet(bench.folder)
    where = ["--bind", "127.0.0.1", "--https-port", "0", "--json"]
    with bench.start("auto-update", "serve", assignments, "--accounts", accounts, *where) as server:
        opened = server.record(event="auto_update_listening")
        (certificate,) = (bench.folder / "home/state/rommon/auto-update").glob("*.cert.pem")
        curl = ["curl", "-sS", "--fail", "--cacert", certificate, "--basic", "-u", "branch-2:another's own"]
        reply = subprocess.run(
            [*curl, "--data", "<x/>", f"{opened['url']}/aus"], capture_output=True, text=True, check=True
        )
        polled = server.record(event="device_polled")
        assert (polled["account"], polled["client"], polled["components"]) == ("branch-2", "127.0.0.1", ["config"])
        url = reply.stdout.partition('url="')[2].partition('"')[0]
        fetched = subprocess.run([*curl, url], capture_output=True, text=True, check=True)
        assert fetched.stdout == "hostname branch-2\n"
        assert server.record(event="file_sent")["kind"] == "fetch"
        server.send(signal.SIGTERM)
        ended = server.end()
    assert (ended.code, ended.result["outcome"]) == (0, "done")
    assert "own" not in ended.out + ended.err


def test_ctrl_c_ends_it_with_130_also_while_a_client_holds_its_connection(bench: Bench) -> None:
    assignments, accounts = fleet(bench.folder)
    where = ["--bind", "127.0.0.1", "--https-port", "0", "--json"]
    with bench.start("auto-update", "serve", assignments, "--accounts", accounts, *where) as server:
        opened = server.record(event="auto_update_listening")
        with socket.create_connection(("127.0.0.1", opened["port"])):
            server.send(signal.SIGINT)
            ended = server.end()
    assert (ended.code, ended.result["cause"]) == (130, "interrupted")


def test_a_dry_run_tells_every_file_by_checksum_and_opens_no_port(bench: Bench) -> None:
    assignments, accounts = fleet(bench.folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        where = ["--bind", "127.0.0.1", "--https-port", port, "--dry-run"]
        ended = bench.run("auto-update", "serve", assignments, "--accounts", accounts, *where)
        told = bench.run("auto-update", "serve", assignments, "--accounts", accounts, *where, "--json")
    assert ended.code == told.code == 0
    files = [record for record in told.records if record["kind"] == "file"]
    assert {(one["account"], one["component"]) for one in files} == {
        ("branch-1", "image"),
        ("branch-1", "asdm"),
        ("branch-2", "config"),
    }
    assert all(one["checksum"] in ended.out for one in files)
    assert "UNVERIFIED" in ended.out
    assert told.result["outcome"] == "dry-run"


def test_a_port_that_is_taken_is_exit_20(bench: Bench) -> None:
    assignments, accounts = fleet(bench.folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        where = ["--bind", "127.0.0.1", "--https-port", port, "--json"]
        ended = bench.run("auto-update", "serve", assignments, "--accounts", accounts, *where)
    assert (ended.code, ended.result["cause"]) == (20, "port-busy")
    assert "--https-port" in ended.err


def test_a_model_that_the_chapter_excludes_is_exit_2_and_the_reason_is_told(bench: Bench) -> None:
    assignments, accounts = fleet(bench.folder)
    assignments.write_text(f'[devices.branch-1]\nmodel = "ASA5506-X"\nimage = "{IMAGE}"\n')
    where = ["--bind", "127.0.0.1", "--https-port", "0", "--json"]
    ended = bench.run("auto-update", "serve", assignments, "--accounts", accounts, *where)
    assert (ended.code, ended.result["cause"]) == (2, "model-excluded")
    assert "no support on ASA 5506-X" in ended.result["hint"]


def test_a_device_without_a_password_is_told_before_anything_is_served(bench: Bench) -> None:
    assignments, accounts = fleet(bench.folder)
    accounts.write_text('[devices]\nbranch-1 = "x"\n')
    ended = bench.run("auto-update", "serve", assignments, "--accounts", accounts, "--bind", "127.0.0.1")
    assert ended.code == 2
    assert "no account for branch-2" in ended.err


def test_the_template_that_comes_along_can_be_edited_and_given(bench: Bench) -> None:
    assignments, accounts = fleet(bench.folder)
    printed = bench.run("auto-update", "template")
    (bench.folder / "mine.toml").write_text(printed.out)
    where = ["--reply", bench.folder / "mine.toml", "--bind", "127.0.0.1", "--dry-run", "--json"]
    ended = bench.run("auto-update", "serve", assignments, "--accounts", accounts, *where)
    assert ended.code == 0
    assert json.loads(ended.out.splitlines()[0])["fingerprint"].count(":") == 31


ASA = "sim://asa5500x?state=booted&flash=old&speed=20"
SERVER = "https://192.0.2.1/aus"


def test_a_device_is_configured_and_nobody_sees_the_password(bench: Bench) -> None:
    account = bench.folder / "account.toml"
    account.write_text('username = "branch-1"\npassword = "S3cret"\n')
    account.chmod(0o600)
    options = ["-p", ASA, "--server-account", account, "--poll-at", "daily 03:30", "--randomize", "60", "--json", "-v"]
    ended = bench.run("auto-update", "configure", SERVER, *options)
    assert ended.code == 0, ended.err
    assert ended.result["saved"]
    assert "auto-update poll-at daily 03:30 randomize 60" in ended.result["lines"]
    assert any(
        line.startswith("auto-update server https://branch-1:<secret>@192.0.2.1/aus") for line in ended.result["lines"]
    )
    kept = "".join(file.read_text("latin-1") for file in (bench.folder / "home/state/rommon/runs").glob("*/*"))
    assert "auto-update server" in kept
    assert "S3cret" not in ended.out + ended.err + kept


def test_a_dry_run_prints_what_would_be_typed_without_the_password(bench: Bench) -> None:
    account = bench.folder / "account.toml"
    account.write_text('username = "branch-1"\npassword = "S3cret"\n')
    account.chmod(0o600)
    ended = bench.run("auto-update", "configure", SERVER, "--server-account", account, "--dry-run")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "configure terminal",
        "clear configure auto-update",
        "auto-update device-id hostname",
        "auto-update poll-period 720",
        "auto-update server https://branch-1:<secret>@192.0.2.1/aus verify-certificate",
        "end",
        "write memory",
    ]


def test_a_model_without_auto_update_is_not_configured(bench: Bench) -> None:
    ended = bench.run(
        "auto-update", "configure", SERVER, "-p", "sim://asa5506x?state=booted&flash=old&speed=20", "--json"
    )
    assert (ended.code, ended.result["cause"]) == (2, "model-excluded")


def test_a_device_without_settings_shows_none(bench: Bench) -> None:
    ended = bench.run("auto-update", "show", "-p", ASA)
    assert ended.code == 0
    assert "Auto Update is not configured." in ended.out
