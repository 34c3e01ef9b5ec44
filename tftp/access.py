"""Who is served, and how often anybody is answered.

The one rule: an address that is not expected can make the server neither send more than it was sent, nor remember more
than a bounded amount.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from socket import inet_aton

from tftp.remembered import Remembered, RoughlyRemembered

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Clients = Iterable[str | IPAddress | IPNetwork]

REMEMBERED_ADDRESSES = 4096
#: So many bits of an IPv6 address say that the rest is an IPv4 one (RFC 4291 2.5.5.2).
_MAPPED_BITS = 96
_LOOPBACK = 127


def networks(clients: Clients) -> tuple[IPNetwork, ...]:
    """Addresses and networks, all as networks. Raises ValueError for what is neither."""
    return tuple(_network(client) for client in clients)


def single_addresses(clients: Clients) -> tuple[str, ...]:
    """Those of `clients` that are one address each, not a network."""
    return tuple(str(network.network_address) for network in networks(clients) if network.num_addresses == 1)


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
    _judged: dict[tuple[str, str], bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    _masked: list[tuple[int, int]] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ours = (network for network in self.expected if isinstance(network, ipaddress.IPv4Network))
        self._masked.extend((int(network.netmask), int(network.network_address)) for network in ours)

    def admits(self, client: str, local: str) -> bool:
        # Remembered, because in a flood the sum of all these readings of addresses is what holds the others up.
        verdict = self._judged.get((client, local))
        if verdict is None:
            if len(self._judged) >= REMEMBERED_ADDRESSES:
                self._judged.clear()
            verdict = self._judged[client, local] = self._judge(client, local)
        return verdict

    def _judge(self, client: str, local: str) -> bool:
        if ":" not in client:  # nearly everybody's, and a tenth of the time that the general way takes
            number = int.from_bytes(inet_aton(client))
            is_loopback = number >> 24 == _LOOPBACK and local.startswith(f"{_LOOPBACK}.")
            return is_loopback or any(number & mask == network for mask, network in self._masked)
        address = _address(client)
        if address.is_loopback and _address(local).is_loopback:
            return True
        return any(_is_in(network, address) for network in self.expected)


def _address(text: str) -> IPAddress:
    """The address, an IPv4 one also where it came as an IPv6 one that stands for it."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _network(client: str | IPAddress | IPNetwork) -> IPNetwork:
    network = ipaddress.ip_network(client, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return ipaddress.ip_network((mapped, network.prefixlen - _MAPPED_BITS))


def _is_in(network: IPNetwork, address: IPAddress) -> bool:
    """Whether it is one of the network's; where that is link-local and names an interface, also behind that one."""
    scope = getattr(network.network_address, "scope_id", None)
    return address in network and scope in (None, getattr(address, "scope_id", None))


Audience = Everybody | Ourselves | Devices


class RateLimit:
    """So many a second for each key, with a burst; what is kept does not grow with the number of keys."""

    KEYS = REMEMBERED_ADDRESSES

    def __init__(self, per_second: float, burst: int) -> None:
        self._interval = 1 / per_second
        # Half an interval more, so that rounding never costs the last of a burst.
        self._tolerance = self._interval * (burst - 0.5)
        self._next: dict[str, float] = {}
        self._sweep_at = 0.0

    def has_left(self, key: str, now: float) -> bool:
        """Whether one more is within the limit; it is not counted. `now` is in seconds of any steady clock."""
        return self._next.get(key, now) - now <= self._tolerance

    def allows(self, key: str, now: float) -> bool:
        """Whether one more is within the limit; it is counted if so."""
        if not self.has_left(key, now):
            return False
        if key not in self._next and not self._has_place(now):
            return False  # a flood from more addresses than can be told apart: nobody new is answered
        self._next[key] = max(self._next.get(key, now), now) + self._interval
        return True

    def _has_place(self, now: float) -> bool:
        # Once a second, because sweeping for every datagram of a flood would be what the flood is after.
        if len(self._next) >= self.KEYS and now >= self._sweep_at:
            self._next = {key: due for key, due in self._next.items() if due > now}
            self._sweep_at = now + 1
        return len(self._next) < self.KEYS


class Admission:
    """How many requests may begin a transfer: of each address, and of all together.

    A request costs the server a hundred times what the answer to an ACK does, so that a few thousand a second would
    halve every download. What one address may have leaves as much again to the others.

    Of what all may have together a part is kept for those that a flood is not made of: for addresses of which no request
    led to nothing lately, and for those among them that ask again, as every device does that had no answer. Whoever
    sends from a few hundred addresses leaves the one part alone, and whoever forges ever new ones the other.
    """

    #: A device that restarts again and again asks fifty times a second, and each time anew is answered.
    SMALLEST_BURST = 60
    #: Past the timers of boot monitors.
    _ASKED_SECONDS = 10.0
    _IN_VAIN_SECONDS = 30.0

    def __init__(self, max_sessions: int, max_per_client: int | None) -> None:
        """A whole rack behind one address may begin at once where `max_per_client` is None."""
        share = max(max_per_client or max_sessions, self.SMALLEST_BURST)
        self._each = RateLimit(per_second=share / 4, burst=share)
        everyone = max(max_sessions, share)
        #: For all; for those that are not known to ask in vain; for those of them that have asked before.
        self._parts = (
            RateLimit(per_second=everyone / 4, burst=2 * everyone),
            RateLimit(per_second=everyone / 8, burst=everyone // 8),
            RateLimit(per_second=everyone / 8, burst=everyone // 8),
        )
        self._asked = RoughlyRemembered(self._ASKED_SECONDS)
        self._in_vain = Remembered(self._IN_VAIN_SECONDS, REMEMBERED_ADDRESSES)

    def admits(self, client: str, now: float) -> bool:
        """Whether a request of that address may be looked at. It is counted if so."""
        part = next((part for part in self._parts_for(client, now) if part.has_left("", now)), None)
        if part is not None and self._each.allows(client, now):
            return part.allows("", now)
        self._asked.remember(client, now)
        return False

    def was_in_vain(self, client: str, now: float) -> None:
        """A request of that address was answered, and it never acknowledged anything."""
        self._in_vain.remember(client, now)

    def _parts_for(self, client: str, now: float) -> tuple[RateLimit, ...]:
        if self._parts[0].has_left("", now) or self._in_vain.has(client, now):
            return self._parts[:1]
        return self._parts if self._asked.has(client, now) else self._parts[:2]
