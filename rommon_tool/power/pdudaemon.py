"""Power that a pdudaemon switches, by its HTTP interface.

pdudaemon answers as soon as it has accepted a request; what a cycle takes is waited for here.
"""

import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Self
from urllib.error import HTTPError
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from urllib.request import ProxyHandler, build_opener

from rommon_tool.errors import PowerCommandFailed, WrongUsage
from rommon_tool.power.method import OFF_SECONDS, Action, PowerBeside
from serial_console import interlock

_PORT = 16421
_ANSWER_SECONDS = 10.0
_HINT = (
    "write it as pdudaemon://HOST:16421/PDU/OUTLET, or pdudaemon://HOST/ALIAS; ?delay=5 is how long a cycle stays off"
)
_REQUESTS: dict[Action, str] = {"on": "on", "off": "off", "cycle": "reboot"}


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where an outlet is: a daemon, and the words by which it knows the outlet."""

    daemon: str
    words: tuple[tuple[str, str], ...]


class Pdudaemon(PowerBeside):
    """One outlet of one pdudaemon."""

    def __init__(self, name: str, outlet: Outlet, off_seconds: float = OFF_SECONDS) -> None:
        words = [word for _, word in outlet.words]
        # An alias may stand for any outlet of the daemon's.
        socket = words[1] if len(words) == 2 else ""
        super().__init__(name, interlock.Outlet("pdudaemon", f"{outlet.daemon} {words[0]}" if socket else "", socket))
        self._outlet = outlet
        self._off_seconds = off_seconds

    @classmethod
    def of(cls, url: str) -> Self:
        """The outlet of a URL `pdudaemon://HOST[:PORT]/PDU/OUTLET[?delay=SECONDS]`. Raises `WrongUsage`."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORT
            options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            delay = float(options.pop("delay", OFF_SECONDS))
        except ValueError as error:
            raise WrongUsage(f"--power {url!r} can't be read", seen=str(error), hint=_HINT) from error
        words = [unquote(word) for word in parts.path.strip("/").split("/")]
        if not parts.hostname or not all(words) or len(words) > 2 or options or not 0 <= delay <= 600:
            raise WrongUsage(f"--power {url!r} does not name an outlet", hint=_HINT)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        names = ("alias",) if len(words) == 1 else ("hostname", "port")
        return cls(url, Outlet(f"http://{host}:{port}", tuple(zip(names, words, strict=True))), delay)

    def act(self, action: Action) -> None:
        # Whole seconds: pdudaemon reads no fractions.
        delay = str(round(self._off_seconds)) if action == "cycle" else "0"
        query = urlencode([*self._outlet.words, ("delay", delay)], quote_via=quote)
        self._request(f"{self._outlet.daemon}/power/control/{_REQUESTS[action]}?{query}")
        if action == "cycle":
            time.sleep(self._off_seconds)

    def _request(self, url: str) -> None:
        # No proxy: a daemon that switches power is near.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(url, timeout=_ANSWER_SECONDS) as answer:
                answer.read(4096)
        except HTTPError as error:
            with error:
                seen = error.read(200).decode("utf-8", "replace").strip()
            raise PowerCommandFailed(
                f"pdudaemon refuses to switch {self.name} ({error.code})",
                seen=seen,
                hint="compare PDU and OUTLET with pdudaemon's configuration",
            ) from error
        except (OSError, HTTPException) as error:
            reason = str(getattr(error, "reason", "") or error)
            hint = "check that pdudaemon runs there and listens by HTTP, not by TCP (`listener: http`)"
            raise PowerCommandFailed(f"pdudaemon can't be asked for {self.name}", seen=reason, hint=hint) from error
