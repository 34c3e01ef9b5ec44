"""The `rommon` command as its users meet it: separate processes, real pseudo-terminals, TCP and UDP on loopback.

Every wait reads a pipe against a deadline. Nothing is written outside the folder that a `Bench` is given.
"""

import fcntl
import hashlib
import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from console_servers import Ser2net

SCRIPT = Path(sys.executable).parent / "rommon"
ROMMON = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-c", "from rommon_tool.cli import main; main()"]

# Long enough for a machine that is busy with other tests; a wait that ends well never takes it.
PATIENCE_SECONDS = 60.0

IMAGES = {
    "asa5500": "asa903-k8.bin",
    "asa5500x": "asa961-smp-k8.bin",
    "asa5505": "asa924-k8.bin",
    "asa5506x": "asa984-22-lfbff-k8.SPA",
    "asasm": "asa952-6-smp-k8.bin",
    "isa3000": "asa984-22-lfbff-k8.SPA",
}
VERSIONS = {
    "asa5500": "9.0(3)",
    "asa5500x": "9.6(1)",
    "asa5505": "9.2(4)",
    "asa5506x": "9.8(4)22",
    "asasm": "9.5(2)6",
    "isa3000": "9.8(4)22",
}
PACKAGES = {
    "fpr1000": "cisco-asa-fp1k.9.20.2.SPA",
    "fpr2100": "cisco-asa-fp2k.9.12.4.SPA",
    "fpr3100": "cisco-asa-fp3k.9.18.2.SPA",
}
# What a family must be told besides the addresses.
NEEDS = {"asasm": ("--vlan", "100")}
# One of each dialect: what depends on the dialect alone is tested on these.
FAMILIES = ("asa5500x", "asa5506x")
STEPS = ["connect", "power-cycle", "break-in", "set", "read-back", "ping", "sync", "load", "make-it-last"]

# A multiple of both block sizes, 512 and 1460: the transfer ends with an empty block.
EXACT = 2 * 186_880

LINES = {
    "pty": [],
    "tcp": ["--tcp", "127.0.0.1:0"],
    "rfc2217": ["--tcp", "127.0.0.1:0", "--rfc2217"],
    "ser2net": [],
    "telnet": [],
    "ssh": [],
}
# Lines that lead through a real console server, and how ser2net takes a connection there.
REMOTE = {"ser2net": "telnet(rfc2217),tcp", "telnet": "telnet,tcp", "ssh": ""}

ADDRESSES = ["--address", "10.86.118.4/24", "--server", "10.86.118.21", "--bind", "127.0.0.1"]
HASTE = ["--timeout", "4", "--stall-timeout", "4", "--boot-timeout", "6"]

Fields = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def records(self) -> list[Fields]:
        """Its stdout as JSON lines; every line must be one."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> Fields:
        """The last record, which must be the only result."""
        kinds = [record["kind"] for record in self.records]
        assert kinds.count("result") == 1, (self.out[-2000:], self.err)
        assert kinds[-1] == "result", self.out[-2000:]
        return self.records[-1]


class Program:
    """A running process whose two outputs are read as they come."""

    def __init__(self, argv: Sequence[str], env: dict[str, str], **settings: Any) -> None:
        self._started = time.monotonic()
        self._out: list[str] = []
        self._err: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            encoding="utf-8",
            errors="backslashreplace",
            **settings,
        )
        self._readers = [
            _reading(self._process.stdout, self._heard, lambda: self._lines.put(None)),
            _reading(self._process.stderr, self._err.append),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.end()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def err(self) -> str:
        return "".join(self._err)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def line(self, is_it: Callable[[str], bool] = lambda _: True, seconds: float = PATIENCE_SECONDS) -> str:
        """The next line of stdout that is wanted; others before it are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                text = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                text = None
            if text is None:
                raise AssertionError(f"the line did not come; stdout: {''.join(self._out)[-3000:]}\nstderr: {self.err}")
            if is_it(text):
                return text

    def record(self, **wanted: Any) -> Fields:
        """The next JSON line with these fields."""
        fields: Fields = json.loads(self.line(lambda text: wanted.items() <= json.loads(text).items()))
        return fields

    def end(self, seconds: float = PATIENCE_SECONDS) -> Ended:
        """Wait for the end."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"it did not end; stdout: {''.join(self._out)[-3000:]}\nstderr: {self.err}") from None
        finally:
            for reader in self._readers:
                reader.join()
        return Ended(code, "".join(self._out), self.err, time.monotonic() - self._started)

    def _heard(self, text: str) -> None:
        self._out.append(text)
        self._lines.put(text)


class Device(Program):
    """A `rommon simulate` process. `events` is what happened to the device, as it happens."""

    def __init__(self, family: str, options: Sequence[str], env: dict[str, str]) -> None:
        reading, writing = os.pipe()
        argv = [*ROMMON, "simulate", family, *options, "--record", f"/dev/fd/{writing}"]
        try:
            super().__init__(argv, env, pass_fds=[writing])
        finally:
            os.close(writing)
        self.events: list[Fields] = []
        self._happened = threading.Condition()
        self._readers.append(_reading(os.fdopen(reading, encoding="utf-8"), self._note))
        try:
            self.url = self.line().strip()
        except BaseException:
            self.__exit__()
            raise

    def wait(self, is_it: Callable[[Fields], bool], seconds: float = PATIENCE_SECONDS) -> Fields:
        """The first event of that kind, which may have happened already."""
        with self._happened:
            came = self._happened.wait_for(lambda: any(map(is_it, self.events)), seconds)
            assert came, (self.events[-20:], self.err)
            return next(filter(is_it, self.events))

    def event(self, name: str, **wanted: Any) -> Fields:
        return self.wait(lambda event: event["event"] == name and wanted.items() <= event.items())

    def stopped(self) -> list[Fields]:
        """End the device and return all that happened to it."""
        self.send(signal.SIGTERM)
        ended = self.end()
        assert ended.code == 0, ended.err
        return self.events

    def _note(self, text: str) -> None:
        with self._happened:
            self.events.append(json.loads(text))
            self._happened.notify_all()


def named(events: Sequence[Fields], name: str) -> list[Fields]:
    return [event for event in events if event["event"] == name]


def typed(events: Sequence[Fields]) -> str:
    """All bytes that came over the console, one character each."""
    return "".join(event["data"] for event in named(events, "Typed"))


def _reading(pipe: IO[str] | None, hear: Callable[[str], None], finish: Callable[[], None] = lambda: None) -> Any:
    def read() -> None:
        assert pipe is not None
        with pipe:
            for line in pipe:
                hear(line)
        finish()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


class Bench:
    """A place to work: an empty home, image files, free ports, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        home = folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("ROMMON_", "XDG_", "COLUMNS"))
        }
        # A simulated device has no use for the machine's colours or width: help and errors must read the same everywhere.
        self.env = {
            **kept,
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "NO_COLOR": "1",
            "TERM": "dumb",
            "COLUMNS": "200",
        }

    def image(self, name: str, size: int = 262_445) -> Path:
        path = self.folder / name
        if not path.exists():
            path.write_bytes(random.Random(size).randbytes(size))
        return path

    def start(self, *arguments: str | Path, **settings: Any) -> Program:
        return Program([*ROMMON, *map(str, arguments)], self.env, **settings)

    def run(self, *arguments: str | Path, seconds: float = PATIENCE_SECONDS, **settings: Any) -> Ended:
        with self.start(*arguments, **settings) as program:
            return program.end(seconds)

    def device(self, family: str, *options: str) -> Device:
        return Device(family, options, self.env)


def sha512(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


_ports = iter(random.SystemRandom().sample(range(10_000, 32_000), 20_000))


def free_port() -> int:
    """A UDP port that is free, from below the range that systems hand out by themselves."""
    for port in _ports:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no UDP port is free")


@dataclass(frozen=True)
class Scenario:
    """One `rommon load` against one simulated device, from the command to its end.

    `line` is how the console is reached: `sim` in the same process; `pty`, `tcp` or `rfc2217` from another one, whose
    events are then kept; `ser2net`, `telnet` and `ssh` are that pty behind a real console server. `image` is the file's name, where it is
    not the family's usual one.
    """

    family: str
    faults: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    line: str = "sim"
    speed: float = 40.0
    size: int = 700_001
    addresses: tuple[str, ...] = tuple(ADDRESSES)
    arguments: tuple[str, ...] = tuple(HASTE)
    image: str = ""

    def __str__(self) -> str:
        return "-".join([self.family, self.line, *self.faults, *self.options])

    @property
    def key(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def image_name(self) -> str:
        return self.image or IMAGES[self.family]

    def played(self, folder: Path) -> "Played":
        bench = Bench(folder)
        image = bench.image(self.image_name, self.size)
        port = free_port()
        load = ["load", str(image), *self.addresses, "--tftp-port", str(port), "--json", *self.arguments]
        settings = [f"speed={self.speed}", f"wire=127.0.0.1:{port}", *self.options]
        if self.line == "sim":
            url = f"sim://{self.family}?{'&'.join([*settings, *(f'fault={fault}' for fault in self.faults)])}"
            return Played(bench.run(*load, "--port", url), [], sha512(image))
        options = ["--speed", str(self.speed), "--wire", f"127.0.0.1:{port}", *LINES[self.line]]
        options += [part for fault in self.faults for part in ("--fault", fault)]
        options += [part for option in self.options for part in ("--option", option)]
        with bench.device(self.family, *options) as device, self._way(bench, device) as way:
            ended = bench.run(*load, *way)
            return Played(ended, device.stopped(), sha512(image))

    @contextmanager
    def _way(self, bench: Bench, device: Device) -> Iterator[list[str]]:
        """The options that lead to the device, as long as the way is there."""
        if self.line not in REMOTE:
            yield ["--port", device.url]
            return
        # What a line prints while RFC 2217 is still negotiated is purged: the power comes on afterwards.
        with _remote(self.line, device.url, bench.folder) as url:
            yield ["--port", url, "--power", f"kill -USR1 {device.pid}"]


@contextmanager
def _remote(line: str, path: str, folder: Path) -> Iterator[str]:
    """The URL of a real console server in front of a tty."""
    if line == "ssh":
        from ssh_server import SshServer

        with SshServer(path, folder) as server:
            yield f"{server.url}?known-hosts={server.known_hosts}&key={server.client_key}"
        return
    with Ser2net.of_tty(folder, path, REMOTE[line]) as console_server:
        yield console_server.url


# What a Firepower takes of a package in place of 256 MiB.
TAKEN = 300_000


def usual(family: str, line: str) -> Scenario:
    """A family's usual image, its last block a full one, over one kind of line; to a Firepower a package."""
    start: tuple[str, ...] = ()
    speed, patience = 40.0, HASTE
    if line in REMOTE:
        # The power command takes its time as well; a window that has closed when it ends is met at the next try.
        start, speed, patience = ("state=off",), 10.0, ["--timeout", "30", *HASTE[2:]]
    if family not in PACKAGES:
        addresses = (*ADDRESSES, *NEEDS.get(family, ()))
        return Scenario(family, (), start, line, speed, EXACT, addresses, tuple(patience), IMAGES[family])
    arguments = (*patience[:4], "--boot-timeout", "30")
    options = (f"bundle={TAKEN}", *start)
    return Scenario(family, (), options, line, speed, arguments=arguments, image=PACKAGES[family])


@dataclass(frozen=True)
class Played:
    """How a scenario ended: the command, what happened to the device, and the image's SHA-512."""

    load: Ended
    events: list[Fields]
    image_sha512: str


class Playground:
    """Plays scenarios ahead, a few at once: most of their time is waiting.

    A scenario's file is its lock and its record. Whoever holds the lock plays it; everybody else, also a test in
    another worker, waits for the lock and reads the record.
    """

    def __init__(self, folder: Path, ahead: Sequence[Scenario], at_once: int) -> None:
        self._folder = folder
        self._ahead = iter(ahead)
        self._next = threading.Lock()
        self._closing = False
        self._threads = [threading.Thread(target=self._play_ahead) for _ in range(at_once)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._closing = True
        for thread in self._threads:
            thread.join()

    def played(self, scenario: Scenario) -> Played:
        """Wait for the end of a scenario that is under way, or play it now."""
        with self._locked(scenario, fcntl.LOCK_EX) as file:
            file.seek(0)
            text = file.read()
            if not text:
                text = self._play(scenario, file)
        fields = json.loads(text)
        return Played(Ended(**fields["load"]), fields["events"], fields["image_sha512"])

    def _play_ahead(self) -> None:
        while not self._closing:
            with self._next:
                scenario = next(self._ahead, None)
            if scenario is None:
                return
            try:
                with self._locked(scenario, fcntl.LOCK_EX | fcntl.LOCK_NB) as file:
                    if not file.tell():
                        self._play(scenario, file)
            except BlockingIOError:
                continue  # another worker plays it
            except AssertionError:
                continue  # the test that needs it will play it again, and tell

    @contextmanager
    def _locked(self, scenario: Scenario, how: int) -> Iterator[IO[str]]:
        with (self._folder / f"{scenario.key}.json").open("a+", encoding="utf-8") as file:
            fcntl.flock(file, how)
            file.seek(0, os.SEEK_END)
            yield file

    def _play(self, scenario: Scenario, file: IO[str]) -> str:
        text = json.dumps(asdict(scenario.played(self._folder / scenario.key)))
        file.write(text)
        file.flush()
        return text
