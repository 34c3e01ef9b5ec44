"""A real Auto Update server on loopback, and real clients of it: urllib, and a browser without a window."""

import base64
import os
import shutil
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rommon_tool.auto_update.accounts import read_accounts
from rommon_tool.auto_update.assignments import read_assignments
from rommon_tool.auto_update.certificate import Certificate, self_signed
from rommon_tool.auto_update.kept_posts import KeptPosts
from rommon_tool.auto_update.reception import Reception
from rommon_tool.auto_update.reply import read_template
from rommon_tool.auto_update.serving import AutoUpdateServer, listening_socket

PATIENCE_SECONDS = 30.0
DEVICE, OPERATOR = ("branch-1", "device's own"), ("anna", "operator's own")
IMAGE, ASDM = "asa9-12-4-smp-k8.bin", "asdm-7122.bin"
FLEET = f"""
[devices.branch-1]
model = "ASA5525-X"
image = "{IMAGE}"
asdm = "{ASDM}"

[devices.branch-2]
model = "ASA5525-X"
config = "branch-2.cfg"
"""
ACCOUNTS = """
[devices]
branch-1 = "device's own"
branch-2 = "another's own"
unassigned = "nothing's own"

[operators]
anna = "operator's own"
"""


def fleet(folder: Path) -> tuple[Path, Path]:
    """The assignments and the accounts of two devices, and their files, in a folder."""
    (folder / IMAGE).write_bytes(b"image " * 100_000)
    (folder / ASDM).write_bytes(b"asdm" * 2_000)
    (folder / "branch-2.cfg").write_text("hostname branch-2\n")
    assignments, accounts = folder / "fleet.toml", folder / "accounts.toml"
    assignments.write_text(FLEET)
    accounts.write_text(ACCOUNTS)
    accounts.chmod(0o600)
    return assignments, accounts


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Running:
    """A server that runs. `events` are what it told, as it told them."""

    base: str
    certificate: Certificate
    folder: Path
    events: list[object] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, event: object) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def event(self, kind: str) -> object:
        """The first event of that name, which may be to come."""
        with self.changed:
            is_there = self.changed.wait_for(lambda: self._first(kind) is not None, PATIENCE_SECONDS)
            assert is_there, self.events
            return self._first(kind)

    def ask(
        self, path: str, account: tuple[str, str] | None = None, body: bytes | None = None, method: str = ""
    ) -> Answer:
        """GET, or POST with a body; `path` may be a whole URL."""
        url = path if path.startswith("https:") else self.base + path
        request = urllib.request.Request(url, body, method=method or None)
        if account:
            request.add_header("Authorization", "Basic " + base64.b64encode(":".join(account).encode()).decode())
        try:
            with urllib.request.urlopen(request, context=self.trusting(), timeout=PATIENCE_SECONDS) as response:
                content = response.read()
                return Answer(response.status, content.decode("latin-1"), content, dict(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                content = error.read()
                return Answer(error.code, content.decode("latin-1"), content, dict(error.headers))

    def trusting(self) -> ssl.SSLContext:
        """As a device that has imported the server's certificate."""
        return ssl.create_default_context(cafile=str(self.certificate.chain))

    def _first(self, kind: str) -> object | None:
        return next((event for event in self.events if type(event).__name__ == kind), None)


@contextmanager
def running(
    folder: Path, certificates: Path, *, assignments: str = "", reply: Path | None = None, keep: Path | None = None
) -> Iterator[Running]:
    """Serve the fleet on a free port of 127.0.0.1. `certificates` is where its certificate is made, or found."""
    file, accounts = fleet(folder)
    if assignments:
        file.write_text(assignments)
    read = read_assignments(file)
    certificate = self_signed(certificates, "127.0.0.1")
    with listening_socket("127.0.0.1", 0) as listening:
        base = f"https://127.0.0.1:{listening.getsockname()[1]}"
        served = Running(base, certificate, folder)
        reception = Reception(
            read,
            read_accounts(accounts),
            read_template(reply),
            base=base,
            publish=served.hear,
            kept=KeptPosts(keep) if keep else None,
        )
        server = AutoUpdateServer(reception.application(), certificate)
        thread = threading.Thread(target=server.serve_on, args=(listening,))
        thread.start()
        try:
            yield served
        finally:
            server.stop()
            thread.join(PATIENCE_SECONDS)
            for one in read:
                one.close()


def seen_in_browser(url: str, folder: Path) -> str:
    """The document as headless Chromium has it once loaded. The test is left out where there is none, but not in CI."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium here: apt install chromium")
    argv = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    argv += ["--ignore-certificate-errors", "--disable-extensions", "--disable-background-networking"]
    argv += [f"--user-data-dir={folder}", "--virtual-time-budget=500", "--dump-dom", url]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=90, check=False)
    assert ended.stdout, ended.stderr[-2000:]
    return ended.stdout
