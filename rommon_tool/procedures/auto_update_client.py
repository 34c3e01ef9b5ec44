"""Configure Auto Update on a booted ASA, show what is configured, and watch what it does.

Every line is read back from the running configuration. `timeout` is never set unasked: a device that does not reach its
server for that long stops passing traffic.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from rommon_tool.errors import WrongUsage
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.auto_update_models import check_model
from rommon_tool.procedures.run import Steps, step
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import AsaCli, Secret
from serial_console.asa_cli.reading.auto_update import UpdateNews, read_update_news
from serial_console.asa_cli.reading.units import read_is_multiple
from serial_console.errors import UnexpectedState
from serial_console.line import Line, Seen

STEPS = ("check-device", "configure", "read-back", "save")
DAYS = ("daily", "weekdays", "weekend", *["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])
_WHOLE_LINES = {"lines": re.compile(rb"[^\r\n]*[\r\n]")}
_RESTART = re.compile(r"\*\*\* --- (?:START GRACEFUL )?SHUTDOWN|Process shutdown finished|Rebooting|Shutting down")
_GLANCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class UpdateServer:
    """One server, as its line says. `user` and `password` go into the URL, where the device keeps them."""

    url: str
    interface: str = ""
    verifies: bool = True
    user: str = ""
    password: Secret | None = field(default=None, repr=False)

    def line(self) -> str:
        """The line as it is typed, password and all."""
        account = ""
        if self.password is not None:
            account = f"{quote(self.user, safe='')}:{quote(self.password.reveal(), safe='')}@"
        url = self.url.replace("://", f"://{account}", 1)
        source = f" source {self.interface}" if self.interface else ""
        return f"auto-update server {url}{source} {'verify-certificate' if self.verifies else 'no-verification'}"

    def shown(self) -> str:
        """The same without the password."""
        return self.line() if self.password is None else re.sub(r"//([^:/@]*):[^@]*@", r"//\1:<secret>@", self.line())


@dataclass(frozen=True, slots=True)
class PollPeriod:
    """Poll every so many minutes."""

    minutes: int = 720

    def words(self) -> str:
        return f"poll-period {self.minutes}"


@dataclass(frozen=True, slots=True)
class PollAt:
    """Poll on these days at HH:MM, up to so many minutes later, as chance has it."""

    days: str
    time: str
    randomize_minutes: int = 0

    def words(self) -> str:
        return f"poll-at {self.days} {self.time}" + (
            f" randomize {self.randomize_minutes}" if self.randomize_minutes else ""
        )


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What is to be configured; the server that stands first is polled first. `timeout_minutes` 0: none."""

    servers: tuple[UpdateServer, ...]
    schedule: PollPeriod | PollAt = field(default_factory=PollPeriod)
    retry_count: int = 0
    retry_minutes: int = 5
    device_id: str = "hostname"
    timeout_minutes: int = 0

    def lines(self, *, shown: bool = False) -> list[str]:
        """The lines in the order in which they are typed; with `shown` without passwords."""
        retry = f" {self.retry_count} {self.retry_minutes}" if self.retry_count else ""
        lines = [f"auto-update device-id {self.device_id}", f"auto-update {self.schedule.words()}{retry}"]
        lines += [f"auto-update timeout {self.timeout_minutes}"] if self.timeout_minutes else []
        return lines + [server.shown() if shown else server.line() for server in self.servers]

    def check(self) -> None:
        """Raise `WrongUsage` for what no device takes."""
        if not self.servers:
            raise WrongUsage("no server was given", hint="give its URL: https://192.0.2.1/aus")
        for server in self.servers:
            _check_url(server.url)
        if isinstance(self.schedule, PollAt):
            _check_schedule(self.schedule)
        if not re.fullmatch(r"hardware-serial|hostname|(?:ipaddress|mac-address)(?: \S+)?|string \S+", self.device_id):
            hint = "hardware-serial, hostname, ipaddress [IF], mac-address [IF] or string TEXT"
            raise WrongUsage(f"{self.device_id!r} is no device-id", hint=hint)
        if not 1 <= self.retry_minutes <= 35791:
            raise WrongUsage(f"a retry period of {self.retry_minutes} minutes", hint="1 to 35791")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not re.fullmatch(r"[\x21-\x7e]+", url):
        raise WrongUsage(
            "that is no URL of an Auto Update server", seen=parts.hostname or "", hint="https://192.0.2.1/aus"
        )
    if parts.password is not None:
        raise WrongUsage("a password in a URL is read by every user of this machine", hint="--server-account FILE")
    if "?" in url:
        hint = "the device takes a `?` only behind Ctrl-V, which is not typed here: use a path without a query"
        raise WrongUsage("the URL has a query", hint=hint)


def _check_schedule(at: PollAt) -> None:
    wrong = [day for day in at.days.split() if day not in DAYS]
    if wrong or not at.days:
        raise WrongUsage(f"{at.days!r} are no days", hint=", ".join(DAYS))
    if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", at.time):
        raise WrongUsage(f"{at.time!r} is no time", hint="HH:MM, such as 03:30")
    if not 0 <= at.randomize_minutes <= 1439:
        raise WrongUsage(f"randomisation over {at.randomize_minutes} minutes", hint="1 to 1439")


@dataclass(frozen=True, slots=True)
class ConfiguredClient:
    """What is proved: the lines that the running configuration has, without passwords, and whether they were saved."""

    lines: tuple[str, ...]
    is_saved: bool


def configured(
    asa: Asa, settings: ClientSettings, progress: Progress, *, saves: bool = True
) -> Steps[ConfiguredClient]:
    """Put these settings in the place of all Auto Update settings, and read them back.

    Raises `ModelExcluded` or `UnexpectedState` before anything is changed; `CommandFailed` for what the device refuses.
    """
    settings.check()
    with _step(progress, 0):
        _check_device(asa, settings, progress)
    yield
    with _step(progress, 1), asa.cli.configuring() as cli:
        cli.run("clear configure auto-update")
        for line in settings.lines():
            cli.run(line)
            yield
    with _step(progress, 2) as notes:
        lines = _read_back(asa.cli, settings)
        notes.append(f"{len(lines)} lines as typed")
    yield
    if saves:
        with _step(progress, 3):
            asa.cli.run("write memory", seconds=120)
    return ConfiguredClient(lines, saves)


def shown_client(cli: AsaCli) -> list[str]:
    """The Auto Update lines of the running configuration, without passwords."""
    text = cli.run("show running-config auto-update")
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("auto-update ")]
    return [re.sub(r"//([^:/@\s]*):[^@\s]*@", r"//\1:<secret>@", line) for line in lines]


def watched(asa: Asa, seconds: float) -> Steps[list[UpdateNews]]:
    """Switch the client's debug output on, hear the console for so long, and switch it off; what the device told of Auto Update.

    It ends early where the device restarts, as it does for a new image: nothing is typed into that. The console shows
    messages 612001 to 612003 only if `logging console` has their level.
    """
    asa.cli.run("debug auto-update client")
    until = asa.line.seconds() + seconds
    text, restarts = "", False
    try:
        while asa.line.seconds() < until and not restarts:
            text += _heard(asa.line, min(_GLANCE_SECONDS, until - asa.line.seconds()))
            restarts = _RESTART.search(text) is not None
            yield
    finally:
        if not restarts:
            asa.cli.run("no debug auto-update client", checked=False)
    return read_update_news(text)


def _heard(line: Line, seconds: float) -> str:
    seen = line.expect(_WHOLE_LINES, seconds)
    if not isinstance(seen, Seen):
        return ""
    return (seen.before + seen.text).decode("latin-1").replace("\r", "\n")


def _check_device(asa: Asa, settings: ClientSettings, progress: Progress) -> None:
    check_model(asa.shown.model)
    mode = asa.cli.run("show mode")
    if read_is_multiple(mode):
        raise UnexpectedState("Auto Update works in single context mode only", seen=mode.strip())
    text = asa.cli.run("show running-config")
    for words in ("boot system", "asdm image"):
        if not re.search(rf"(?m)^{words} ", text):
            progress.publish(Warned(f"the configuration has no `{words}` line, without which it can't be updated"))
    if settings.timeout_minutes:
        minutes = settings.timeout_minutes
        progress.publish(
            Warned(f"the device stops passing traffic when it has not reached its server for {minutes} minutes")
        )
    if any(not server.verifies for server in settings.servers):
        progress.publish(Warned("the server's certificate will not be verified"))


def _read_back(cli: AsaCli, settings: ClientSettings) -> tuple[str, ...]:
    """Raise `UnexpectedState` unless the running configuration has every line, and the servers in their order."""
    found = shown_client(cli)
    wanted = settings.lines(shown=True)
    servers = [line for line in found if line.startswith("auto-update server")]
    missing = [line for line in wanted if _compared(line) not in [_compared(one) for one in found]]
    in_order = [_compared(line) for line in servers] == [_compared(server.shown()) for server in settings.servers]
    if missing or not in_order:
        seen = missing[0] if missing else "; ".join(servers)
        hint = "type `show running-config auto-update` and compare; nothing was saved"
        raise UnexpectedState("the running configuration does not say what was typed", seen=seen, hint=hint)
    return tuple(found)


def _compared(line: str) -> str:
    """A line without what a version may leave out because it is the default."""
    return re.sub(r" (?:verify-certificate|0 5)$", "", line)


def _step(progress: Progress, index: int):  # type: ignore[no-untyped-def]
    return step(progress, index + 1, STEPS[index], of=len(STEPS))
