"""Why a request led to nothing: rules about one transfer.

The one rule: a rule looks at one transfer and the story around it, and answers one finding or None. The specific ones
are all asked; the general ones only where no specific one knows an answer.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

from tftp.diagnosis.findings import Certainty, Expected, Finding, finding, times
from tftp.diagnosis.story import Story, Transfer
from tftp.events import printable

#: The last block that a loader can count to: its counter has 16 bits, or 15 and a sign.
_LAST_BLOCKS = (65535, 32767)
_LARGEST_UNFRAGMENTED_BLOCK = 1468
_MANY_BAD = 3
_LOSSY = 0.02
_FEW_REPEATS = 5
_LONG_WAIT = 0.3


class Case(NamedTuple):
    """One transfer, the story that it is part of, and what should have happened."""

    transfer: Transfer
    story: Story
    expected: Expected


def no_server(case: Case) -> Finding | None:
    """The machine that was asked says that nobody listens."""
    transfer = case.transfer
    if transfer.answers or not transfer.server_unreachable:
        return None
    seen = f"{_asked(transfer)} answered {times(transfer.server_unreachable)} that nothing listens on that port"
    return finding("no-server", "certain", seen, transfer.client[0])


def wrong_name(case: Case) -> Finding | None:
    """The file that was asked for is not there."""
    transfer = case.transfer
    name, client = transfer.request.name, transfer.client[0]
    is_readable = transfer.bad_requests < transfer.requests
    differs = bool(case.expected.image) and is_readable and _plain(name) != case.expected.image
    if transfer.server_error is not None and transfer.server_error[0] == 1:
        seen = f"{client} asked for '{printable(name)}', and the server says: {transfer.server_error[1]}"
        if differs:
            return finding("asked-another-name", "certain", f"{seen}; expected was '{case.expected.image}'", client)
        return finding("file-not-found", "certain", seen, client)
    if differs:
        seen = f"{client} asked for '{printable(name)}' and not for '{case.expected.image}'"
        return finding("asked-another-name", "likely", seen, client)
    return None


def _plain(name: str) -> str:
    """A name as devices write it, without `tftp:`, a host and leading slashes."""
    return re.sub(r"^tftp:(//[^/]*)?", "", name).lstrip("/")


def server_refused(case: Case) -> Finding | None:
    """Any other ERROR of the server's."""
    transfer = case.transfer
    if transfer.server_error is None or transfer.server_error[0] == 1:
        return None
    code, text = transfer.server_error
    seen = f"the server ended the transfer with ERROR {code}: {text or 'without a text'}{_where(transfer)}"
    return finding("server-refused", "certain", seen, transfer.client[0])


def two_servers(case: Case) -> Finding | None:
    """More than one machine answered."""
    transfer = case.transfer
    addresses = sorted({address for address, _ in transfer.answers})
    if len(addresses) < 2:
        return None
    seen = f"{len(addresses)} machines answered one request: {', '.join(addresses[:4])}"
    return finding("two-servers", "certain", seen, transfer.client[0])


def other_source(case: Case) -> Finding | None:
    """The only answers come from an address that was not asked; the client drops them."""
    transfer = case.transfer
    asked, answered = transfer.asked[0], {address for address, _ in transfer.answers}
    if len(answered) != 1 or asked in answered or _is_for_many(asked):
        return None
    seen = f"{transfer.client[0]} asked {asked}, and the answers came from {answered.pop()}"
    return finding("answer-from-another-address", "certain", seen, transfer.client[0])


def _is_for_many(address: str) -> bool:
    parsed = ip_address(address)
    # A directed broadcast ends on .255 in the networks that benches use; a host seldom does.
    return parsed.is_multicast or address.endswith(".255")


def rollover(case: Case) -> Finding | None:
    """Stuck exactly where a counter of 16 or 15 bits ends."""
    transfer = case.transfer
    last = transfer.acknowledged
    if last not in _LAST_BLOCKS or not _is_stuck(transfer):
        return None
    limit = last * transfer.block_bytes - 1
    who = "the device never takes" if transfer.sent > last else "the server never sends"
    size = f"; the image has {case.expected.image_bytes}" if case.expected.image_bytes else ""
    seen = (
        f"stuck at block {last}: {who} block {last + 1}, so that files over {limit} bytes "
        f"do not pass in blocks of {transfer.block_bytes}{size}"
    )
    return finding("stuck-at-rollover", "certain", seen, transfer.client[0])


def client_error(case: Case) -> Finding | None:
    """The client's ERROR."""
    transfer = case.transfer
    if transfer.client_error is None:
        return None
    code, text = transfer.client_error
    seen = f"{transfer.client[0]} ended the transfer with ERROR {code}: {text or 'without a text'}{_where(transfer)}"
    refused = code == 8 or (transfer.granted is not None and transfer.acknowledged < 0)
    cause = "option-refused" if refused else "client-error"
    if refused and transfer.granted is not None:
        seen += f"; granted were {', '.join(f'{name} {value}' for name, value in transfer.granted.items()) or 'none'}"
    return finding(cause, "certain", seen, transfer.client[0])


def large_blocks(case: Case) -> Finding | None:
    """The small packets of the agreement pass, the first large one never does."""
    transfer = case.transfer
    if not (transfer.acknowledged == 0 and transfer.sent == 1 and transfer.sent_last > 1):
        return None
    if transfer.block_bytes <= 512:
        return None
    seen = (
        f"{transfer.client[0]} agreed to blocks of {transfer.block_bytes} bytes, "
        f"and never acknowledged the first one, sent {times(transfer.sent_last)}"
    )
    return finding("mtu-black-hole", "likely", seen, transfer.client[0])


def client_gone(case: Case) -> Finding | None:
    """The client's own system says that nobody listens any more."""
    transfer = case.transfer
    if not transfer.client_unreachable:
        return None
    seen = (
        f"{transfer.client[0]} answered {times(transfer.client_unreachable)} that its port is closed{_where(transfer)}"
    )
    return finding("client-gone", "certain", seen, transfer.client[0])


def bad_checksums(case: Case) -> Finding | None:
    """Packets from the other side arrive damaged. Our own are summed by the network card, after the capture."""
    transfer = case.transfer
    if transfer.client[0] == case.expected.server:
        return None
    bad = transfer.bad_requests + transfer.bad_from_client
    if not bad:
        return None
    none_good = transfer.bad_requests == transfer.requests and not transfer.answers
    certainty: Certainty = "certain" if none_good else "likely" if bad >= _MANY_BAD else "possible"
    seen = f"{bad} packets of {transfer.client[0]} arrived with a wrong checksum; systems drop those without a word"
    return finding("bad-checksums", certainty, seen, transfer.client[0])


def unreachable_device(case: Case) -> Finding | None:
    """Our side asks for the device's hardware address in vain, so that no answer can leave."""
    transfer = case.transfer
    client, server = transfer.client[0], transfer.asked[0]
    asked = case.story.arp_questions[server, client]
    if asked < 2 or case.story.arp_answers[client] or transfer.acknowledged >= 0:
        return None
    seen = f"{server} asks who has {client} ({times(asked)}) to answer it, and nobody says so"
    return finding("device-unreachable", "certain", seen, client)


def tagged(case: Case) -> Finding | None:
    """A tagged request on an untagged interface: the capture sees it, the server's system does not."""
    transfer = case.transfer
    client = transfer.client[0]
    tag = case.story.vlans.get(client)
    if transfer.answers or not tag:
        return None
    seen = f"the {transfer.requests} requests of {client} carry the VLAN tag {tag}, and nobody answers"
    return finding("vlan-tagged", "likely", seen, client)


def apprentice(case: Case) -> Finding | None:
    """Every duplicate begets a duplicate (RFC 1123, 4.2.3.1)."""
    transfer = case.transfer
    blocks = max(transfer.sent, 1)
    if blocks < 8 or min(transfer.sent_again, transfer.acknowledged_again) < blocks // 2:
        return None
    seen = f"{transfer.sent_again} repeated blocks and {transfer.acknowledged_again} repeated ACKs for {blocks} blocks"
    return finding("sorcerers-apprentice", "likely", seen, transfer.client[0], as_note=transfer.is_complete)


def fragmented(case: Case) -> Finding | None:
    """Blocks larger than the network's packets: few loaders put fragments together."""
    transfer = case.transfer
    client = transfer.client[0]
    count = sum(number for (_, target), number in case.story.fragments.items() if target == client)
    if not count:
        return None
    seen = f"{count} IP fragments go to {client} for blocks of {transfer.block_bytes} bytes"
    return finding("fragments", "likely", seen, client, as_note=transfer.is_complete)


def other_size(case: Case) -> Finding | None:
    """Whole, but not of the image's size."""
    transfer = case.transfer
    if not (case.expected.image_bytes and transfer.is_complete and transfer.acknowledged == transfer.sent):
        return None
    if transfer.acknowledged_bytes == case.expected.image_bytes:
        return None
    seen = (
        f"{transfer.client[0]} took {transfer.acknowledged_bytes} bytes, and the image has {case.expected.image_bytes}"
    )
    return finding("size-differs", "certain", seen, transfer.client[0])


def lossy(case: Case) -> Finding | None:
    """How much had to be sent again. The repeats of a block that never passed are no loss: see `stalled`."""
    transfer = case.transfer
    again = transfer.sent_again - (0 if transfer.is_complete else transfer.sent_last - 1)
    share = again / (max(transfer.sent, 1) + again)
    if again < _FEW_REPEATS or share < _LOSSY or transfer.acknowledged < 1:
        return None
    waits = [f"{wait.seconds:.1f} s at block {wait.block}" for wait in transfer.waits if wait.seconds > _LONG_WAIT]
    seen = f"{again} of {transfer.sent} blocks were sent again ({share:.0%})"
    seen += f"; the longest waits: {', '.join(waits)}" if waits else ""
    return finding("lossy-network", "possible", seen, transfer.client[0], as_note=transfer.is_complete)


def unanswered(case: Case) -> Finding | None:
    """The request is on the wire, and no answer of any kind."""
    transfer = case.transfer
    if transfer.answers or transfer.server_unreachable:
        return None
    seen = (
        f"{transfer.client[0]} asked {_asked(transfer)} for '{shown_name(transfer)}' {times(transfer.requests)}, "
        "and nothing answered"
    )
    return finding("request-unanswered", "likely", seen, transfer.client[0])


def unheard(case: Case) -> Finding | None:
    """Answers leave, and the client goes on as if it had none."""
    transfer = case.transfer
    if not transfer.answers or transfer.acknowledged >= 0:
        return None
    again = transfer.requests > 1
    behaves = f"asked {times(transfer.requests)}" if again else "never acknowledged any"
    seen = f"{sum(transfer.answers.values())} answers left for {transfer.client[0]}, which {behaves}"
    return finding("answers-unheard", "certain" if again else "likely", seen, transfer.client[0])


def silent_server(case: Case) -> Finding | None:
    """The client confirms a block again and again, and the next one does not come."""
    transfer = case.transfer
    if transfer.acknowledged < transfer.sent or transfer.acknowledged_last < 2 or transfer.acknowledged < 0:
        return None
    seen = f"{transfer.client[0]} confirmed block {transfer.acknowledged} {times(transfer.acknowledged_last)}, and the next one never came"
    return finding("server-silent", "certain", seen, transfer.client[0])


def stalled(case: Case) -> Finding | None:
    """It stands still, for no reason that any other rule knows."""
    transfer = case.transfer
    if not _is_stuck(transfer):
        return None
    seen = (
        f"the transfer stands still at block {transfer.acknowledged} ({transfer.acknowledged_bytes} bytes): "
        f"block {transfer.sent} was sent {times(transfer.sent_last)} in {transfer.ended - transfer.moved:.1f} s"
    )
    return finding("transfer-stalled", "certain", seen, transfer.client[0])


def running(case: Case) -> Finding | None:
    """The capture ends before the transfer does."""
    transfer = case.transfer
    seen = f"the capture ends while {transfer.client[0]} was at block {max(transfer.acknowledged, 0)}"
    return finding("still-running", "possible", seen, transfer.client[0])


def _is_stuck(transfer: Transfer) -> bool:
    """Whether somebody repeated what was last: the mark of a wait in vain, and not of a capture that ended."""
    tried_again = transfer.sent_last > 1 or transfer.acknowledged_last > 1
    return tried_again or transfer.client_error is not None or transfer.server_error is not None


def shown_name(transfer: Transfer) -> str:
    """The name that was asked for, printable."""
    return printable(transfer.request.name)


def _asked(transfer: Transfer) -> str:
    return f"{transfer.asked[0]} port {transfer.asked[1]}"


def _where(transfer: Transfer) -> str:
    return f" (at block {transfer.acknowledged})" if transfer.acknowledged > 0 else ""


SPECIFIC = (
    no_server,
    wrong_name,
    server_refused,
    two_servers,
    other_source,
    rollover,
    client_error,
    large_blocks,
    client_gone,
    bad_checksums,
    unreachable_device,
    tagged,
    apprentice,
    fragmented,
    lossy,
)
GENERAL = (unanswered, unheard, silent_server, stalled, running)
#: What is worth knowing of a transfer that ended well.
OF_COMPLETE = (other_size, apprentice, fragmented, lossy)
