"""Who is served, and how often anybody is answered.

The one rule: an address that is not expected can make the server neither send more than it was sent, nor remember more
than a bounded amount.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Clients = Iterable[str | IPAddress | IPNetwork]


def networks(clients: Clients) -> tuple[IPNetwork, ...]:
    """Addresses and networks, all as networks. Raises ValueError for what is neither."""
    return tuple(ipaddress.ip_network(client, strict=False) for client in clients)


@dataclass(frozen=True, slots=True)
class Everybody:
    """Anyone who can reach the server."""

    def admits(self, client: str, local: str) -> bool:  # noqa: ARG002 - one signature for all audiences
        return True


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Only a request that came from the very address it was sent to: the self-test."""

    def admits(self, client: str, local: str) -> bool:
        return client == local


@dataclass(frozen=True, slots=True)
class Devices:
    """The expected devices; at a loopback address of ours every loopback source counts as one.

    Nothing but this machine reaches a loopback address, and a simulated device cannot have the address that the real
    one would be given.
    """

    expected: tuple[IPNetwork, ...]

    def admits(self, client: str, local: str) -> bool:
        address = ipaddress.ip_address(client)
        if address.is_loopback and ipaddress.ip_address(local).is_loopback:
            return True
        return any(address in network for network in self.expected)


Audience = Everybody | Ourselves | Devices


class RateLimit:
    """So many a second for each key, with a burst; what is kept does not grow with the number of keys."""

    KEYS = 4096

    def __init__(self, per_second: float, burst: int) -> None:
        self._interval = 1 / per_second
        # Half an interval more, so that rounding never costs the last of a burst.
        self._tolerance = self._interval * (burst - 0.5)
        self._next: dict[str, float] = {}
        self._sweep_at = 0.0

    def allows(self, key: str, now: float) -> bool:
        """Whether one more is within the limit; it is counted if so. `now` is in seconds of any steady clock."""
        due = max(self._next.get(key, now), now)
        if due - now > self._tolerance:
            return False
        if key not in self._next and not self._has_place(now):
            return False  # a flood from more addresses than can be told apart: nobody new is answered
        self._next[key] = due + self._interval
        return True

    def _has_place(self, now: float) -> bool:
        # Once a second, because sweeping for every datagram of a flood would be what the flood is after.
        if len(self._next) >= self.KEYS and now >= self._sweep_at:
            self._next = {key: due for key, due in self._next.items() if due > now}
            self._sweep_at = now + 1
        return len(self._next) < self.KEYS
