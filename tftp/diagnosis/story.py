"""What happened on the wire, gathered from sightings: who asked for what, who answered, how far it went.

The one rule: memory is bounded, however long the capture. A transfer is a handful of numbers, not a list of packets.

Blocks are counted without rollover: 65536 is the block after 65535, whose number on the wire is 0, or 1 with some servers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tftp.diagnosis.sightings import Arp, Datagram, Fragment, Other, Sighting, Unreachable
from tftp.events import printable
from tftp.packets import OPCODE_ACK, OPCODE_DATA, OPCODE_ERROR, OPCODE_OACK, OPCODE_RRQ, OPCODE_WRQ, error_of_client
from tftp.request import DEFAULT_BLKSIZE, MalformedRequest, Request, parse_request

_MOST_TRANSFERS, _MOST_ADDRESSES, _MOST_ANSWERERS = 4096, 4096, 8
_LONGEST_WAITS = 3
# A capture may lack a packet that was there.
_MOST_UNSEEN_BLOCKS = 64
_LAST_NUMBER = 65535
_MODES = {"octet", "netascii", "mail"}

Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True, order=True)
class Wait:
    """The time in which nothing went on, and the last block that the client had acknowledged."""

    seconds: float
    block: int


@dataclass(slots=True)
class Transfer:
    """One client's attempt at one file, as the wire showed it.

    `sent` and `acknowledged` are the highest blocks; -1 before anything. `sent_last` and `acknowledged_last` count how
    often the highest was seen. `granted` are the options of the OACK; None if there was none. `skips_zero` tells that
    after block 65535 the numbers went on from 1.
    """

    client: Endpoint
    asked: Endpoint
    request: Request
    began: float
    requests: int = 1
    bad_requests: int = 0
    last_request: float = 0.0
    answers: Counter[Endpoint] = field(default_factory=Counter)
    answerer_macs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    granted: dict[str, str] | None = None
    sent: int = -1
    sent_last: int = 0
    sent_again: int = 0
    sent_bytes: int = 0
    skips_zero: bool = False
    acknowledged: int = -1
    acknowledged_last: int = 0
    acknowledged_again: int = 0
    bad_from_client: int = 0
    unsummed: int = 0
    server_error: tuple[int, str] | None = None
    client_error: tuple[int, str] | None = None
    client_unreachable: int = 0
    server_unreachable: int = 0
    moved: float = 0.0
    ended: float = 0.0
    waits: list[Wait] = field(default_factory=list)

    @property
    def block_bytes(self) -> int:
        """The block size in force."""
        size = (self.granted or {}).get("blksize", "")
        return int(size) if size.isascii() and size.isdecimal() and len(size) < 6 else DEFAULT_BLKSIZE

    @property
    def is_complete(self) -> bool:
        """Whether the last block was sent, and acknowledged or at least not asked for again."""
        was_last = self.sent > 0 and self.sent_bytes < self.block_bytes
        return was_last and (self.acknowledged >= self.sent or (self.acknowledged == self.sent - 1 and self.is_parting))

    @property
    def is_parting(self) -> bool:
        """A loader that starts its image without a last ACK: it falls silent, and its port may be closed."""
        return self.acknowledged_last == 1 and self.acknowledged > 0 and self.client_error is None

    @property
    def acknowledged_bytes(self) -> int:
        """Bytes of the file that the client has confirmed."""
        if self.acknowledged <= 0:
            return 0
        is_last = self.acknowledged == self.sent
        return (self.acknowledged - is_last) * self.block_bytes + (self.sent_bytes if is_last else 0)


@dataclass(slots=True)
class Story:
    """All that was seen. `port` is where requests are expected; a request for a file is known at any port."""

    port: int = 69
    packets: int = 0
    transfers: list[Transfer] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0
    arp_questions: Counter[tuple[str, str]] = field(default_factory=Counter)
    macs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    arp_answers: Counter[str] = field(default_factory=Counter)
    heard_from: Counter[str] = field(default_factory=Counter)
    pinged_from: Counter[str] = field(default_factory=Counter)
    vlans: dict[str, int] = field(default_factory=dict)
    fragments: Counter[tuple[str, str]] = field(default_factory=Counter)
    _running: dict[Endpoint, Transfer] = field(default_factory=dict)

    def take(self, sightings: Iterable[Sighting]) -> Story:
        """Hear everything, in its order, and return the story."""
        for sighting in sightings:
            self.packets += 1
            self.began = self.began or sighting.seconds
            self.ended = max(self.ended, sighting.seconds)
            match sighting:
                case Datagram():
                    self._datagram(sighting)
                case Arp():
                    self._arp(sighting)
                case Unreachable():
                    self._unreachable(sighting)
                case Fragment():
                    _count(self.fragments, (sighting.source, sighting.target))
                case Other():
                    self._hear(sighting.source, sighting.vlan)
                    if sighting.is_ping:
                        _count(self.pinged_from, sighting.source)
        return self

    def _hear(self, source: str, vlan: int) -> None:
        _count(self.heard_from, source)
        if vlan and len(self.vlans) < _MOST_ADDRESSES:
            self.vlans[source] = vlan

    def _arp(self, arp: Arp) -> None:
        self._hear(arp.sender, arp.vlan)
        # A probe for a free address (RFC 5227) is sent from 0.0.0.0 and claims nothing.
        if arp.sender != "0.0.0.0" and (arp.sender in self.macs or len(self.macs) < _MOST_ADDRESSES):  # noqa: S104
            self.macs[arp.sender].add(arp.mac)
        if arp.is_answer:
            _count(self.arp_answers, arp.sender)
        else:
            _count(self.arp_questions, (arp.sender, arp.target))

    def _unreachable(self, report: Unreachable) -> None:
        if not report.is_port:
            return  # a router's or a firewall's word: it tells nothing of who listens
        to_client = self._running.get((report.target, report.target_port))
        from_client = self._running.get((report.source, report.source_port))
        if to_client is not None:
            to_client.client_unreachable += 1
        elif from_client is not None:
            from_client.server_unreachable += 1

    def _datagram(self, datagram: Datagram) -> None:
        self._hear(datagram.source, datagram.vlan)
        opcode = int.from_bytes(datagram.payload[:2])
        if opcode in (OPCODE_RRQ, OPCODE_WRQ):
            self._request(datagram)
            return
        transfer = self._running.get((datagram.target, datagram.target_port))
        if transfer is not None:
            _from_server(transfer, opcode, datagram)
            return
        transfer = self._running.get((datagram.source, datagram.source_port))
        if transfer is not None:
            _from_client(transfer, opcode, datagram)

    def _request(self, datagram: Datagram) -> None:
        is_bad = datagram.checksum == "bad"
        try:
            request = parse_request(datagram.payload)
        except MalformedRequest:
            request = Request("", "")
        if request.mode not in _MODES and not (is_bad and datagram.target_port == self.port):
            return
        client = datagram.source, datagram.source_port
        transfer = self._running.get(client)
        if transfer is not None and _is_again(transfer, request, is_bad=is_bad):
            transfer.requests += 1
            transfer.last_request = datagram.seconds
        else:
            transfer = Transfer(client, (datagram.target, datagram.target_port), request, datagram.seconds)
            transfer.last_request = transfer.moved = transfer.ended = datagram.seconds
            self._begin(transfer)
        transfer.bad_requests += is_bad
        transfer.unsummed += datagram.checksum == "absent"

    def _begin(self, transfer: Transfer) -> None:
        if len(self.transfers) >= _MOST_TRANSFERS:
            # Of a flood of requests, those that led to nothing go first.
            victims = (place for place, each in enumerate(self.transfers) if each.acknowledged < 1)
            victim = self.transfers.pop(next(victims, 0))
            if self._running.get(victim.client) is victim:  # and not what its client has asked for since
                del self._running[victim.client]
        self._running[transfer.client] = transfer
        self.transfers.append(transfer)


def _count(counter: Counter, key: object) -> None:  # type: ignore[type-arg]
    if key in counter or len(counter) < _MOST_ADDRESSES:
        counter[key] += 1


def _is_again(transfer: Transfer, request: Request, *, is_bad: bool) -> bool:
    """Whether this is the same request, sent again before anything came of it. A damaged one may hold any name."""
    has_ended = transfer.server_error is not None or transfer.client_error is not None
    return (is_bad or transfer.request == request) and transfer.acknowledged <= 0 and not has_ended


def _from_server(transfer: Transfer, opcode: int, datagram: Datagram) -> None:
    source = datagram.source, datagram.source_port
    if source in transfer.answers or len(transfer.answers) < _MOST_ANSWERERS:
        transfer.answers[source] += 1
    if datagram.mac and len(transfer.answerer_macs) < _MOST_ANSWERERS:
        transfer.answerer_macs[datagram.source].add(datagram.mac)
    transfer.ended = datagram.seconds
    if opcode == OPCODE_DATA and len(datagram.payload) >= 4:
        _data(transfer, datagram)
    elif opcode == OPCODE_OACK:
        transfer.granted = _options(datagram.payload[2:])
        transfer.sent_last += transfer.sent <= 0
        transfer.sent = max(transfer.sent, 0)
    elif opcode == OPCODE_ERROR and transfer.server_error is None:
        transfer.server_error = _told(datagram)


def _data(transfer: Transfer, datagram: Datagram) -> None:
    number = int.from_bytes(datagram.payload[2:4])
    _learn_rollover(transfer, number)
    block = _nearest(transfer, max(transfer.sent, 0), number)
    if block > transfer.sent:
        transfer.sent, transfer.sent_last, transfer.sent_bytes = block, 1, datagram.payload_bytes - 4
    else:
        transfer.sent_again += 1
        transfer.sent_last += block == transfer.sent


def _from_client(transfer: Transfer, opcode: int, datagram: Datagram) -> None:
    transfer.bad_from_client += datagram.checksum == "bad"
    transfer.unsummed += datagram.checksum == "absent"
    transfer.ended = datagram.seconds
    if datagram.checksum == "bad":  # which the server's system throws away
        return
    if opcode == OPCODE_ERROR and transfer.client_error is None:
        transfer.client_error = _told(datagram)
    if opcode != OPCODE_ACK or len(datagram.payload) < 4:
        return
    block = _nearest(transfer, max(transfer.acknowledged, 0), int.from_bytes(datagram.payload[2:4]))
    if block > max(transfer.sent, 0) + _MOST_UNSEEN_BLOCKS:  # of what was never sent
        return
    if block > transfer.acknowledged:
        transfer.sent = max(transfer.sent, block)
        _waited(transfer, datagram.seconds)
        transfer.acknowledged, transfer.acknowledged_last = block, 1
    else:
        transfer.acknowledged_again += 1
        transfer.acknowledged_last += block == transfer.acknowledged


def _waited(transfer: Transfer, now: float) -> None:
    wait = Wait(now - transfer.moved, max(transfer.acknowledged, 0))
    transfer.moved = now
    waits = transfer.waits
    if len(waits) < _LONGEST_WAITS or wait > waits[-1]:
        waits.append(wait)
        waits.sort(reverse=True)
        del waits[_LONGEST_WAITS:]


def _learn_rollover(transfer: Transfer, number: int) -> None:
    """What DATA of this number tells of the way in which the server counts on after 65535."""
    if transfer.sent == _LAST_NUMBER and number == 1:
        transfer.skips_zero = True
    elif number == 0 and transfer.skips_zero:  # it does not: the capture lacks the block that had it the first time
        transfer.skips_zero = False
        transfer.sent += 1
        transfer.acknowledged += transfer.acknowledged > _LAST_NUMBER


def _nearest(transfer: Transfer, block: int, number: int) -> int:
    """The block that has this number on the wire and is nearest to `block`; 0 if that would be before the file."""
    numbers = _LAST_NUMBER if transfer.skips_zero else _LAST_NUMBER + 1
    ahead = (number - block) % numbers
    return block + ahead if ahead < 0x8000 else max(block + ahead - numbers, 0)


def _told(datagram: Datagram) -> tuple[int, str]:
    code, text = error_of_client(datagram.payload)
    return code, printable(text, 100)


def _options(body: bytes) -> dict[str, str]:
    strings = [printable(part, 20) for part in body.split(b"\0")[:-1][:32]]
    return {name.lower(): value for name, value in zip(strings[::2], strings[1::2], strict=False)}
