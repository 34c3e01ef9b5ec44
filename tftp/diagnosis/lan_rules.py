"""Why no request came: rules about everything before the first TFTP packet.

The one rule: a rule looks at the story and what was expected, and answers one finding or None.
"""

from __future__ import annotations

from tftp.diagnosis.findings import Expected, Finding, finding, times
from tftp.diagnosis.story import Story
from tftp.events import printable


def duplicate_address(story: Story, expected: Expected) -> Finding | None:
    """Two hardware addresses claim one IP address that matters here."""
    matters = {expected.server, expected.device} | {transfer.client[0] for transfer in story.transfers}
    matters |= {transfer.asked[0] for transfer in story.transfers}
    for address in sorted(matters):
        macs = sorted(story.macs.get(address, ()))
        if len(macs) > 1:
            seen = f"{address} is claimed by {len(macs)} network cards: {', '.join(macs[:4])}"
            return finding("duplicate-address", "certain", seen, address)
    return None


def stranger(story: Story, expected: Expected) -> Finding | None:
    """Somebody asked for the image, but not from the device's address."""
    if not expected.device:
        return None
    same = [each for each in story.transfers if expected.image and each.request.name.endswith(expected.image)]
    asking = same or story.transfers
    if not asking:
        return None
    first = asking[0]
    seen = (
        f"{expected.device} was expected to ask, and {first.client[0]} asked instead "
        f"(for '{printable(first.request.name)}', {times(first.requests)})"
    )
    return finding("request-from-stranger", "certain" if same else "likely", seen, first.client[0])


def arp(story: Story, expected: Expected) -> Finding | None:
    """The device asks for a hardware address: of somebody else, or in vain."""
    questions = {pair: count for pair, count in story.arp_questions.items() if _asks(pair[0], expected)}
    for_server = {pair: count for pair, count in questions.items() if pair[1] == expected.server}
    if for_server:
        (device, server), count = next(iter(for_server.items()))
        if story.arp_answers[server]:
            return None
        return _unheard_question(story, device, server, count)
    if questions and expected.device and expected.server:
        (device, target), count = max(questions.items(), key=lambda item: item[1])
        seen = f"{device} asks who has {target} ({times(count)}), and never for the server {expected.server}"
        return finding("arp-for-another-address", "likely", seen, device)
    return None


def _unheard_question(story: Story, device: str, server: str, count: int) -> Finding:
    seen = f"{device} asks who has {server} ({times(count)}), and nobody answers"
    if tag := story.vlans.get(device):
        return finding("vlan-tagged", "likely", f"{seen}; its packets carry the VLAN tag {tag}", device)
    return finding("arp-unanswered", "certain", seen, device)


def _asks(sender: str, expected: Expected) -> bool:
    return sender == expected.device if expected.device else sender != expected.server


def no_request(story: Story, expected: Expected) -> Finding | None:
    """The device is on the network, and asks for no file."""
    device = expected.device or next((pair[0] for pair in story.arp_questions if pair[1] == expected.server), "")
    heard = story.heard_from[device]
    if not heard:
        return None
    pings = f", {story.pinged_from[device]} of them pings" if story.pinged_from[device] else ""
    seen = f"{device} is heard ({heard} packets{pings}), but no TFTP request of its arrived here"
    return finding("no-request", "likely", seen, device)


def nothing(story: Story, expected: Expected) -> Finding | None:
    """The device is not heard at all."""
    if not expected.device:
        return None
    others = len([address for address in story.heard_from if address not in {expected.device, expected.server}])
    seen = f"not one packet of {expected.device} arrived: no ARP, no request ({others} other machines are heard)"
    return finding("nothing-from-device", "certain", seen, expected.device)


#: In this order: each explains why those after it see nothing.
BEFORE_A_REQUEST = (stranger, arp, no_request, nothing)
