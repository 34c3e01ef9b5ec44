"""Power that an SNMP outlet switches. pysnmp (the extra `snmp`) is imported when it is first needed.

`snmp://[COMMUNITY@]HOST[:161]/WHAT` names the outlet. WHAT is `apc/4`, outlet 4 of an APC rack PDU, or an OID with
`?on=1&off=2`. Without a COMMUNITY, that of ROMMON_SNMP_COMMUNITY is used: other users see a command line.
"""

import asyncio
import os
import re
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from rommon_tool.errors import PowerCommandFailed, WrongUsage
from rommon_tool.power.method import OFF_SECONDS, Action, PowerBeside
from serial_console import interlock

_ANSWER_SECONDS = 2.0
_RETRIES = 3
_HINT = "write it as snmp://HOST/apc/4, or snmp://HOST/1.3.6.1.…?on=1&off=2; ?wait=5 is how long a cycle stays off"
# Documented: PowerNet-MIB, rPDUOutletControlOutletCommand and sPDUOutletCtl: immediateOn is 1, immediateOff is 2.
_APC = {"apc": "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4", "apc-masterswitch": "1.3.6.1.4.1.318.1.1.4.4.2.1.3"}


@dataclass(frozen=True, slots=True)
class Outlet:
    """An agent, and the variable that switches, with its values."""

    host: str
    port: int
    community: str
    oid: str
    on: int
    off: int


class SnmpOutlet(PowerBeside):
    """One outlet. A cycle is off, a while, and on: so it is known when the power is back."""

    def __init__(self, name: str, outlet: Outlet, off_seconds: float = OFF_SECONDS) -> None:
        table, _, number = outlet.oid.rpartition(".")
        # Only of the tables that we know does the last number name an outlet.
        socket = number if table in _APC.values() else ""
        super().__init__(name, interlock.Outlet("snmp", f"{outlet.host}:{outlet.port} {table}", socket))
        self._outlet = outlet
        self._off_seconds = off_seconds

    @classmethod
    def of(cls, url: str) -> Self:
        """The outlet of a URL. Raises `WrongUsage`, also where pysnmp is not installed."""
        if find_spec("pysnmp") is None:
            raise WrongUsage("--power snmp:// needs pysnmp", hint="pip install 'rommon-tool[snmp]'")
        try:
            parts = urlsplit(url)
            options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            wait = float(options.pop("wait", OFF_SECONDS))
            on, off = int(options.pop("on", 1)), int(options.pop("off", 2))
            outlet = Outlet(
                parts.hostname or "", parts.port or 161, _community(parts.username), _oid(parts.path), on, off
            )
        except ValueError as error:
            raise WrongUsage(f"--power {_shown(url)!r} can't be read", seen=str(error), hint=_HINT) from error
        if not outlet.host or options or not 0 <= wait <= 600:
            raise WrongUsage(f"--power {_shown(url)!r} does not name an outlet", hint=_HINT)
        return cls(_shown(url), outlet, wait)

    def act(self, action: Action) -> None:
        if action in {"off", "cycle"}:
            self._set(self._outlet.off)
        if action == "cycle":
            time.sleep(self._off_seconds)
        if action in {"on", "cycle"}:
            self._set(self._outlet.on)

    def _set(self, value: int) -> None:
        try:
            trouble = asyncio.run(_set(self._outlet, value))
        except Exception as error:
            # pysnmp has errors of many kinds: for a host without an address, for a packet that is none.
            raise self._failed(f"{type(error).__name__}: {error}") from error
        if trouble:
            raise self._failed(trouble)

    def _failed(self, seen: str) -> PowerCommandFailed:
        hint = "check host, community (it needs write access) and OID: `snmpset` by hand tells more"
        return PowerCommandFailed(f"the outlet {self.name} was not switched", seen=seen, hint=hint)


async def _set(outlet: Outlet, value: int) -> str:
    """Set the variable; return what went wrong, or nothing."""
    from pysnmp.hlapi.v3arch import asyncio as snmp

    engine = snmp.SnmpEngine()
    try:
        target = await snmp.UdpTransportTarget.create((outlet.host, outlet.port), _ANSWER_SECONDS, _RETRIES)
        variable = snmp.ObjectType(snmp.ObjectIdentity(outlet.oid), snmp.Integer32(value))
        # Version 2c: what outlets speak out of the box.
        who = snmp.CommunityData(outlet.community, mpModel=1)  # noqa: S508
        indication, status, _, _ = await snmp.set_cmd(engine, who, target, snmp.ContextData(), variable)
        return str(indication or "") or (status.prettyPrint() if status else "")
    finally:
        engine.close_dispatcher()


def _community(given: str | None) -> str:
    return unquote(given) if given else os.environ.get("ROMMON_SNMP_COMMUNITY", "private")


def _oid(path: str) -> str:
    what = path.strip("/")
    kind, _, outlet = what.partition("/")
    if kind in _APC and outlet.isdecimal():
        return f"{_APC[kind]}.{outlet}"
    if not re.fullmatch(r"\.?\d+(?:\.\d+){3,}", what):
        raise ValueError(f"'{what}' is neither apc/OUTLET nor an OID")
    return what.removeprefix(".")


def _shown(url: str) -> str:
    """The URL without its community, which is a password."""
    return re.sub(r"(?<=//)[^/]*@", "", url)
