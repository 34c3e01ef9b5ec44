"""Power by pdudaemon's HTTP, by an SNMP agent (Debian's snmpd), and by a person: each against the real other side."""

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from rommon_tool.errors import PowerCommandFailed, WrongUsage
from rommon_tool.power import Power, power_of
from rommon_tool.power.person import PowerPerson

APC_4 = ".1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.4"


def finished(power: Power) -> bool:
    """Poll as a procedure does, until the act has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if power.ended():
            return True
        if not power.running:
            return False
        time.sleep(0.01)
    raise AssertionError("it did not end")


class Daemon(HTTPServer):
    """What pdudaemon's HTTP listener answers: 200 for an accepted request, 500 and a reason for any other."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.requests: list[tuple[str, dict[str, str]]] = []


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        words = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert isinstance(self.server, Daemon)
        self.server.requests.append((parts.path, words))
        known = words.get("hostname") == "rack 2" or words.get("alias") == "bench-3"
        self.send_response(200 if known else 500)
        self.end_headers()
        self.wfile.write(b"OK - accepted request\n" if known else b"Invalid request: PDU was not found in config\n")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    server = Daemon()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("action", "request_", "delay"), [("on", "on", "0"), ("off", "off", "0"), ("cycle", "reboot", "1")]
)
def test_pdudaemon_is_asked_for_each_act(daemon: Daemon, action: str, request_: str, delay: str) -> None:
    power = power_of(f"pdudaemon://127.0.0.1:{daemon.server_port}/rack%202/4?delay=1")
    getattr(power, action)()
    assert finished(power)
    assert daemon.requests == [
        (f"/power/control/{request_}", {"hostname": "rack 2", "port": "4", "delay": delay}),
    ]


def test_a_cycle_has_ended_only_when_pdudaemon_has_switched_on_again(daemon: Daemon) -> None:
    power = power_of(f"pdudaemon://127.0.0.1:{daemon.server_port}/bench-3?delay=1")
    started = time.monotonic()
    power.cycle()
    assert finished(power)
    assert time.monotonic() - started >= 1
    assert daemon.requests[0][1] == {"alias": "bench-3", "delay": "1"}


def test_what_pdudaemon_refuses_is_told_with_its_words(daemon: Daemon) -> None:
    power = power_of(f"pdudaemon://127.0.0.1:{daemon.server_port}/unknown/4")
    power.cycle()
    with pytest.raises(PowerCommandFailed) as failed:
        finished(power)
    assert "PDU was not found" in failed.value.seen
    assert not power.running


def test_a_pdudaemon_that_is_not_there_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        power = power_of(f"pdudaemon://127.0.0.1:{probe.getsockname()[1]}/rack/4")
        power.on()
        with pytest.raises(PowerCommandFailed) as failed:
            finished(power)
    assert "refused" in failed.value.seen


@pytest.mark.parametrize(
    "text",
    ["pdudaemon:", "pdudaemon://", "pdudaemon://host", "pdudaemon://host/a/b/c", "pdudaemon://host:x/a/b",
     "pdudaemon://host/a/b?delay=no", "pdudaemon://host/a/b?dealy=5", "snmp://host/apc", "snmp://host/apc/x", "snmp:host",
     "snmp:///apc/4", "snmp://host/1.3.6.1?on=x", "snmp://secret@host/nonsense/4"],
)  # fmt: skip
def test_what_names_no_outlet_is_refused_before_anything_is_touched(text: str) -> None:
    pytest.importorskip("pysnmp")
    with pytest.raises(WrongUsage) as refused:
        power_of(text)
    assert refused.value.hint
    assert "secret" not in str(refused.value)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[int]:
    """The port of an snmpd with an outlet's variable that may be written."""
    program = shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        pytest.skip("Debian's snmpd is not installed")
    pytest.importorskip("pysnmp")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    configuration = tmp_path / "snmpd.conf"
    configuration.write_text(
        f"rwcommunity writer 127.0.0.1\nrocommunity reader 127.0.0.1\noverride -rw {APC_4} integer 1\n"
    )
    argv = [
        program,
        "-f",
        "-Lo",
        "-C",
        "-c",
        configuration,
        "-I",
        "-smux",
        "-p",
        tmp_path / "pid",
        f"udp:127.0.0.1:{port}",
    ]
    environment = {"SNMP_PERSISTENT_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if b"NET-SNMP version" in line:
                break
        yield port
        process.terminate()


def outlet(port: int) -> str:
    """What the agent holds, asked by another program."""
    argv = ["snmpget", "-v2c", "-c", "reader", "-Oqv", f"127.0.0.1:{port}", APC_4]
    return subprocess.run(argv, capture_output=True, check=True, text=True).stdout.strip()


def test_an_snmp_outlet_is_switched(agent: int) -> None:
    power = power_of(f"snmp://writer@127.0.0.1:{agent}/apc/4?wait=0")
    for action, value in (("off", "2"), ("on", "1"), ("cycle", "1")):
        getattr(power, action)()
        assert finished(power)
        assert outlet(agent) == value
    assert "writer" not in power.name


def test_a_cycle_of_an_snmp_outlet_is_off_for_a_while(agent: int) -> None:
    power = power_of(f"snmp://writer@127.0.0.1:{agent}{APC_4.replace('.', '/', 1)}?on=1&off=2&wait=2")
    power.cycle()
    deadline = time.monotonic() + 30
    while outlet(agent) != "2":
        assert time.monotonic() < deadline
    assert not power.ended()
    assert finished(power)
    assert outlet(agent) == "1"


def test_an_snmp_outlet_that_may_not_be_written_is_told(agent: int) -> None:
    power = power_of(f"snmp://reader@127.0.0.1:{agent}/apc/4")
    power.off()
    with pytest.raises(PowerCommandFailed) as failed:
        finished(power)
    assert failed.value.seen
    assert outlet(agent) == "1"


def test_the_community_may_come_from_the_environment(agent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMMON_SNMP_COMMUNITY", "writer")
    power = power_of(f"snmp://127.0.0.1:{agent}/apc/4")
    power.off()
    assert finished(power)
    assert outlet(agent) == "2"


def test_a_person_is_told_to_switch_off_counted_for_and_told_to_switch_on() -> None:
    now, said = [0.0], list[str]()
    person = PowerPerson(said.append, 3, lambda: now[0])
    person.cycle()
    for _ in range(50):
        now[0] += 0.1
        assert not person.ended()
    assert said == [
        "Switch the device OFF now",
        "on again in 2 s",
        "on again in 1 s",
        "Switch the device ON now",
    ]
    assert person.running
    person.done()
    assert person.ended()
    assert not person.running


def test_a_person_who_is_asked_again_is_counted_for_again() -> None:
    said = list[str]()
    person = PowerPerson(said.append, 5, lambda: 0.0)
    person.cycle()
    person.cycle()
    assert said == ["Switch the device OFF now"] * 2
    assert person.cycles == 2


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{program} {action}", {"on": ["on"], "off": ["off"], "cycle": ["cycle"]}),
        ("{program} {on:1|off:2|cycle:3}", {"on": ["1"], "off": ["2"], "cycle": ["3"]}),
        ("{program} {on:1|off:2}", {"on": ["1"], "off": ["2"], "cycle": ["2", "1"]}),
    ],
)
@pytest.mark.parametrize("action", ["on", "off", "cycle"])
def test_a_command_says_in_braces_what_differs(
    template: str, expected: dict[str, list[str]], action: str, tmp_path: Path
) -> None:
    from rommon_tool.power import PowerCommand

    program = tmp_path / "outlet"
    program.write_text(f"#!/bin/sh\necho $1 >> {tmp_path}/log\n")
    program.chmod(0o755)
    power = PowerCommand(template.replace("{program}", str(program)), off_seconds=0)
    power.check()
    getattr(power, action)()
    assert finished(power)
    assert (tmp_path / "log").read_text().split() == expected[action]
    assert power.cycles == 1


@pytest.mark.parametrize("action", ["on", "off"])
def test_a_command_without_braces_can_only_cycle(action: str) -> None:
    power = power_of('/bin/true {"json": 1}')
    power.check()
    with pytest.raises(WrongUsage):
        getattr(power, action)()
    with contextlib.suppress(PowerCommandFailed):
        power.cycle()
        finished(power)
