"""What a diagnosis can find, each with a stable word, the stage that broke, and what to try.

The one rule: a cause is named here or nowhere. Scripts rely on the words: they are added, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

#: How far things went until they broke; `note`: worth knowing, and nothing broke by it.
Stage = Literal["link", "server", "request", "file", "transfer", "note"]
Certainty = Literal["certain", "likely", "possible"]


class Cause(NamedTuple):
    """Where a cause breaks things, and what to try against it."""

    stage: Stage
    hint: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What should have happened, as far as it is known; empty and 0 where it is not.

    `server` is our address and `port` where it listens, `device` the client's address, `image` the name to ask for.
    """

    server: str = ""
    port: int = 69
    device: str = ""
    image: str = ""
    image_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the packets show. `seen` is a sentence with figures, `hint` what to try; both are printable."""

    cause: str
    certainty: Certainty
    stage: Stage
    seen: str
    hint: str
    client: str = ""

    @property
    def breaks(self) -> bool:
        """Whether this is a reason for a failure, and not only a note."""
        return self.stage != "note"


def finding(cause: str, certainty: Certainty, seen: str, client: str = "", *, as_note: bool = False) -> Finding:
    """The finding of a cause in the table."""
    stage, hint = CAUSES[cause]
    return Finding(cause, certainty, "note" if as_note else stage, seen, hint, client)


def times(count: int) -> str:
    """How often, in words."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


_FIREWALL = (
    "let UDP through this machine's firewall, to port 69 and from every port "
    "(Windows: the rule for this program; Linux: `nft list ruleset`)"
)

#: Of two findings that are equally certain, the one that stands first here is told first.
CAUSES: dict[str, Cause] = {
    "no-server": Cause("server", "start the TFTP server on this address and port, or correct the device's SERVER"),
    "duplicate-address": Cause("link", "give the device or the server another address: two machines use the same one"),
    "vlan-tagged": Cause(
        "link", "remove the VLAN tag (`--vlan`, or PORT's VLAN variable), or serve on that VLAN's interface"
    ),
    "arp-for-another-address": Cause("link", "compare SERVER and GATEWAY on the device with this machine's address"),
    "arp-unanswered": Cause(
        "link", "check that the server's address is on the interface that the cable is in, and in the device's network"
    ),
    "device-unreachable": Cause(
        "link", "check that both ends are in one network, and that no switch filters between them (port security, VLAN)"
    ),
    "request-from-stranger": Cause("request", "run with the address that the device really has as --address"),
    "asked-another-name": Cause("file", "serve the file under the name that the device asks for, or set IMAGE again"),
    "file-not-found": Cause("file", "put the file where that server looks for it, spelt exactly as asked for"),
    "two-servers": Cause(
        "transfer", "switch the other TFTP server off, or use a direct cable: the device may have mixed two files"
    ),
    "answer-from-another-address": Cause(
        "transfer", "make the server answer from the address that was asked: bind it to that one address"
    ),
    "stuck-at-rollover": Cause(
        "transfer",
        "this side can't count blocks beyond that: use a smaller image, a larger block size, or another way "
        "(FTP, HTTP, USB) to load this one",
    ),
    "option-refused": Cause("transfer", "serve without options (blksize, tsize, windowsize): this loader refuses them"),
    "mtu-black-hole": Cause("transfer", "use blocks of 512 bytes, or raise the MTU of every hop between the two"),
    "client-error": Cause("transfer", "look at the device's console: it ended the transfer itself"),
    "server-refused": Cause("transfer", "look at the server's log for the reason"),
    "client-gone": Cause("transfer", "look at the device's console: it rebooted, gave up, or was reset"),
    "bad-checksums": Cause(
        "transfer", "change the cable, the switch port or the network card: packets arrive with flipped bits"
    ),
    "size-differs": Cause("transfer", "another file was delivered than the image: compare the names and servers"),
    "answers-unheard": Cause(
        "transfer",
        "look for what drops packets towards the device: a firewall between, its netmask or gateway, a one-way cable",
    ),
    "request-unanswered": Cause("request", _FIREWALL),
    "no-request": Cause(
        "request",
        "look at the console: the loader may not have started, or a filter on the way drops UDP to the server's port",
    ),
    "server-silent": Cause("transfer", "look at the server's log: it stopped sending while the device still asked"),
    "sorcerers-apprentice": Cause(
        "transfer", "one side answers every duplicate with a duplicate: use another server, or a network without loss"
    ),
    "fragments": Cause("transfer", "use a block size that fits the network's MTU (1468 and less for 1500)"),
    "lossy-network": Cause("transfer", "change the cable or the switch port; check both ends for the same duplex"),
    "transfer-stalled": Cause("transfer", "look at the device's console, and check the cable and both ends' addresses"),
    "nothing-from-device": Cause(
        "request",
        "check the cable, and that it is in the network port that the monitor uses; then its VLAN and this interface",
    ),
    "nothing-wrong": Cause("note", "if the device still fails, look at its console: it has what it asked for"),
    "still-running": Cause("note", "record until the device gives up or has finished"),
    "last-ack-missing": Cause("note", "nothing: many loaders start the image without confirming its last block"),
    "no-udp-checksum": Cause("note", "compare the image's checksum on the device: damaged packets pass unnoticed"),
    "retried": Cause("note", "nothing: a later attempt of the same device succeeded"),
    "no-tftp": Cause("request", "record on the server's interface while the device asks, with the filter `arp or udp`"),
}
