"""Name why a transfer failed, from the packets that were seen.

The one rule: a pure function, from sightings and what was expected to findings; it neither reads files nor waits.
"""

from __future__ import annotations

from collections.abc import Iterable

from tftp.diagnosis import lan_rules, transfer_rules
from tftp.diagnosis.findings import CAUSES, Certainty, Expected, Finding, finding
from tftp.diagnosis.sightings import Sighting
from tftp.diagnosis.story import Story, Transfer

_ORDER: dict[Certainty, int] = {"certain": 0, "likely": 1, "possible": 2}
_RANKS = {cause: rank for rank, cause in enumerate(CAUSES)}
#: A rack's capture holds the same finding for every device; nobody reads more.
_MOST_FINDINGS = 50


def diagnosed(sightings: Iterable[Sighting], expected: Expected | None = None) -> list[Finding]:
    """What the packets show: reasons for a failure first, the most certain one first of all; then notes.

    There is always a finding; without a failure the first is `nothing-wrong`, `still-running` or `no-tftp`.
    """
    expected = expected or Expected()
    story = Story(expected.port).take(sightings)
    found = [*_of_lan(story, expected), *_of_transfers(story, expected)]
    found.sort(key=lambda each: (not each.breaks, _ORDER[each.certainty], _RANKS[each.cause]))
    return list(dict.fromkeys(found))[:_MOST_FINDINGS]


def _of_lan(story: Story, expected: Expected) -> list[Finding]:
    found = [lan_rules.duplicate_address(story, expected)]
    if not _of_device(story, expected):
        rules = lan_rules.BEFORE_A_REQUEST
        found.append(next((known for rule in rules if (known := rule(story, expected))), _no_tftp(story)))
    return [each for each in found if each is not None]


def _no_tftp(story: Story) -> Finding:
    return finding("no-tftp", "certain", f"no TFTP request is among the {story.packets} packets that were looked at")


def _of_device(story: Story, expected: Expected) -> list[Transfer]:
    """The transfers to judge: the device's, where it is known; else everybody's."""
    return [each for each in story.transfers if expected.device in {"", each.client[0]}]


def _of_transfers(story: Story, expected: Expected) -> list[Finding]:
    found: list[Finding] = []
    done: set[str] = set()
    # From the last to the first: an attempt that a later one made good is no failure.
    for transfer in reversed(_of_device(story, expected)):
        client = transfer.client[0]
        if transfer.is_complete:
            done.add(client)
            found += _of_complete(transfer, story, expected)
        elif client in done:
            found.append(_retried(transfer))
        else:
            found += _of_failed(transfer, story, expected)
    return found


def _of_complete(transfer: Transfer, story: Story, expected: Expected) -> list[Finding]:
    case = transfer_rules.Case(transfer, story, expected)
    known = [rule(case) for rule in transfer_rules.OF_COMPLETE]
    found = [each for each in known if each is not None]
    if not any(each.breaks for each in found):
        found.append(_well(transfer))
    if transfer.acknowledged < transfer.sent:
        seen = f"{transfer.client[0]} did not confirm the last block, {transfer.sent}"
        found.append(finding("last-ack-missing", "certain", seen, transfer.client[0]))
    if transfer.unsummed:
        seen = f"{transfer.unsummed} packets of {transfer.client[0]} carry no UDP checksum"
        found.append(finding("no-udp-checksum", "certain", seen, transfer.client[0]))
    return found


def _well(transfer: Transfer) -> Finding:
    seconds = transfer.ended - transfer.began
    seen = (
        f"{transfer.client[0]} took all {transfer.sent} blocks of '{transfer_rules.shown_name(transfer)}' in {seconds:.1f} s; "
        f"{transfer.sent_again} were sent again"
    )
    return finding("nothing-wrong", "certain", seen, transfer.client[0])


def _retried(transfer: Transfer) -> Finding:
    seen = f"{transfer.client[0]} broke off once at block {max(transfer.acknowledged, 0)}, and succeeded later"
    return finding("retried", "certain", seen, transfer.client[0])


def _of_failed(transfer: Transfer, story: Story, expected: Expected) -> list[Finding]:
    case = transfer_rules.Case(transfer, story, expected)
    known = [rule(case) for rule in transfer_rules.SPECIFIC]
    found = [each for each in known if each is not None]
    if any(each.certainty != "possible" for each in found):
        return found
    general = (rule(case) for rule in transfer_rules.GENERAL)
    return [*found, next(each for each in general if each is not None)]
