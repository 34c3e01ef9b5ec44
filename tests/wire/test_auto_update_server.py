"""The Auto Update server over real HTTPS: what a device is told and given, what is refused, and what the page shows."""

import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest
from auto_update_rig import ASDM, DEVICE, IMAGE, OPERATOR, Running, running, seen_in_browser

from rommon_tool.auto_update.events import DevicePolled, FetchRefused, FileSent, PollRefused

POST = b"<DeviceDetails/>"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def server(tmp_path: Path, certificates: Path) -> Iterator[Running]:
    with running(tmp_path, certificates) as served:
        yield served


def told_urls(text: str) -> dict[str, str]:
    """URLs by component, of a reply made with the template that comes along."""
    return {one.attrib["name"]: one.attrib["url"] for one in ElementTree.fromstring(text)}


def test_a_device_is_told_of_its_files_by_checksum_and_gets_exactly_them(server: Running) -> None:
    answer = server.ask("/any/path?fqdn=branch-1", DEVICE, POST)
    assert answer.status == 200
    urls = told_urls(answer.text)
    assert set(urls) == {"asdm", "image"}
    for component, name in (("asdm", ASDM), ("image", IMAGE)):
        content = (server.folder / name).read_bytes()
        assert server.ask(urls[component]).body == content
        assert f'checksum="0x{hashlib.md5(content).hexdigest()}"' in answer.text
    polled, *sent = server.events
    assert polled == DevicePolled(
        "branch-1",
        "127.0.0.1",
        "/any/path?fqdn=branch-1",
        len(POST),
        hashlib.sha256(POST).hexdigest(),
        ("asdm", "image"),
    )
    assert server.event("FileSent") in sent


def test_each_device_is_told_of_its_own_files_only(server: Running) -> None:
    own = told_urls(server.ask("/", DEVICE, POST).text)
    other = told_urls(server.ask("/", ("branch-2", "another's own"), POST).text)
    assert set(other) == {"config"}
    assert not set(own.values()) & set(other.values())
    assert server.ask(other["config"]).body == b"hostname branch-2\n"


@pytest.mark.parametrize(
    ("account", "status", "reason"),
    [
        (None, 401, "no name and password"),
        (("branch-1", "guessed"), 401, "wrong name or password"),
        (("branch-1", ""), 401, "wrong name or password"),
        (("stranger", ""), 401, "wrong name or password"),
        (OPERATOR, 401, "wrong name or password"),
        (("unassigned", "nothing's own"), 403, "nothing is assigned to it"),
    ],
)
def test_a_post_is_refused_and_told_of(
    server: Running, account: tuple[str, str] | None, status: int, reason: str
) -> None:
    answer = server.ask("/aus", account, POST)
    assert (answer.status, answer.text) == (status, f"{reason}\n")
    assert server.events == [PollRefused(account[0] if account else "", "127.0.0.1", "/aus", reason)]
    assert ("www-authenticate" in {name.lower() for name in answer.headers}) == (status == 401)


def test_what_is_posted_is_bounded(server: Running) -> None:
    assert server.ask("/", DEVICE, b"x" * (64 << 10)).status == 200
    assert server.ask("/", DEVICE, b"x" * ((64 << 10) + 1)).status == 413


@pytest.mark.parametrize(
    "path",
    [
        f"/{IMAGE}",
        f"/files/{IMAGE}",
        f"/files/guessed-secret/{IMAGE}",
        "/files/x/..%2f..%2faccounts.toml",
        "/../accounts.toml",
        "/accounts.toml",
    ],
)
def test_nothing_but_what_was_assigned_is_served(server: Running, path: str) -> None:
    assert server.ask(path, DEVICE).status == 404
    refused = server.event("FetchRefused")
    assert isinstance(refused, FetchRefused)
    assert refused.reason == "no such file is on offer"


def test_a_secret_opens_its_own_file_and_no_other(server: Running) -> None:
    url = told_urls(server.ask("/", DEVICE, POST).text)["image"]
    assert server.ask(url.replace(IMAGE, ASDM)).status == 404
    assert server.ask(url.replace(IMAGE, "")).status == 404
    assert server.ask(url, method="DELETE").status in (404, 405)


def test_a_file_that_was_written_to_is_not_given_out_under_its_old_checksum(server: Running) -> None:
    url = told_urls(server.ask("/", DEVICE, POST).text)["image"]
    with (server.folder / IMAGE).open("ab") as file:
        file.write(b"more")
    assert server.ask(url).status == 503


def test_a_file_that_was_replaced_is_given_out_as_it_was(server: Running) -> None:
    before = (server.folder / IMAGE).read_bytes()
    url = told_urls(server.ask("/", DEVICE, POST).text)["image"]
    (server.folder / "new").write_bytes(b"another image")
    (server.folder / "new").replace(server.folder / IMAGE)
    assert server.ask(url).body == before


def test_a_fetch_that_breaks_off_is_not_told_as_whole(tmp_path: Path, certificates: Path) -> None:
    large = '[devices.branch-1]\nmodel = "ASA5525-X"\nimage = "large.bin"\n'
    (tmp_path / "large.bin").write_bytes(bytes(32 << 20))
    with running(tmp_path, certificates, assignments=large) as server:
        parts = urlsplit(told_urls(server.ask("/", DEVICE, POST).text)["image"])
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with server.trusting().wrap_socket(plain, server_hostname="127.0.0.1") as line:
                line.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                assert line.recv(1000).startswith(b"HTTP/1.1 200")
        sent = server.event("FileSent")
    assert isinstance(sent, FileSent)
    assert sent.bytes < sent.total


def test_a_client_that_does_not_trust_the_certificate_gets_nothing(server: Running) -> None:
    with pytest.raises(URLError, match="self-signed certificate"):
        urlopen(server.base, context=ssl.create_default_context(), timeout=30)
    with socket.create_connection(("127.0.0.1", int(server.base.rpartition(":")[2]))) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not line.recv(1000).startswith(b"HTTP")
    assert server.events == []


def test_what_a_device_posts_is_kept_without_its_password(tmp_path: Path, certificates: Path) -> None:
    keep = tmp_path / "posts"
    with running(tmp_path, certificates, keep=keep) as server:
        for _ in range(2):
            server.ask("/aus", DEVICE, b"\0 not even text")
    (file,) = keep.iterdir()
    head, _, body = file.read_bytes().partition(b"\n\n")
    assert body == b"\0 not even text"
    assert head.startswith(b"POST /aus\n")
    assert b"authorization: <secret>" in head
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_reply_is_what_the_user_s_template_says(tmp_path: Path, certificates: Path) -> None:
    reply = tmp_path / "mine.toml"
    reply.write_text(
        'content_type = "text/plain"\ncomponent = "$component|$checksum|$bytes"\nreply = "$device:\\n$components"\n'
    )
    with running(tmp_path, certificates, reply=reply) as server:
        answer = server.ask("/", ("branch-2", "another's own"), POST)
    digest = hashlib.md5(b"hostname branch-2\n").hexdigest()
    assert answer.text == f"branch-2:\nconfig|0x{digest}|18"
    assert answer.headers["content-type"].startswith("text/plain")


def test_nobody_but_an_operator_sees_the_page(server: Running) -> None:
    for account in (None, DEVICE, ("anna", "guessed")):
        assert server.ask("/", account).status == 401
    assert server.ask("/", OPERATOR).status == 200


def test_a_browser_shows_who_polled_and_what_and_who_was_refused(server: Running, tmp_path: Path) -> None:
    hostile = "<script>document.title='owned'</script>"
    server.ask("/aus", (hostile, "guessed"), POST)
    url = told_urls(server.ask("/aus", DEVICE, POST).text)["asdm"]
    server.ask(url)
    server.event("FileSent")
    port = server.base.rpartition(":")[2]
    seen = seen_in_browser(f"https://anna:operator's%20own@127.0.0.1:{port}/", tmp_path / "browser")
    assert "<title>Auto Update</title>" in seen
    rows = re.findall(r"<tr>.*?</tr>", seen)
    branch = {
        name: next(row for row in rows if f'<th scope="row">{name}</th>' in row) for name in ("branch-1", "branch-2")
    }
    assert "<td>127.0.0.1</td><td>1</td>" in branch["branch-1"]
    assert re.search(rf"{ASDM}<br><code>0x[0-9a-f]{{32}}</code><br>sent \d{{4}}-\d\d-\d\d", branch["branch-1"])
    assert f"{IMAGE}<br>" in branch["branch-1"]
    assert "not asked for" in branch["branch-1"]
    assert "<td>never</td><td>–</td><td>0</td>" in branch["branch-2"]
    assert "&lt;script&gt;document.title='owned'&lt;/script&gt; at /aus" in seen
    assert "wrong name or password" in seen
