"""Each cause, from the packets that show it. What a rule is for, a case shows that changes when the rule is gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from seen_frames import (
    DEVICE,
    EXPECTED,
    IMAGE,
    OTHER,
    OTHER_MAC,
    SERVER,
    SERVER_MAC,
    Frames,
    ack,
    asks,
    blocks,
    data,
    error,
    found,
    hears,
    is_at,
    oack,
    ping,
    rrq,
    sampled,
    says,
    tagged,
    unreachable,
    who_has,
    written,
)

from rommon_tool.cli.exit_codes import stage_code
from tftp.diagnosis import diagnosed, lan_rules, transfer_rules
from tftp.diagnosis.capture import Capture
from tftp.diagnosis.findings import CAUSES, Expected
from tftp.diagnosis.sightings import Sighting

Rule = Callable[..., Any]

DOCUMENT = Path(__file__).parents[3] / "docs" / "diagnose.md"
BIG = replace(EXPECTED, image_bytes=110_000_000)


@dataclass(frozen=True)
class Case:
    """Packets, the cause that must come first, and words with the figures that its sentence must hold."""

    cause: str
    frames: Frames
    words: tuple[str, ...] = ()
    expected: Expected | None = EXPECTED
    because: str = ""

    def __str__(self) -> str:
        return f"{self.cause}{f'-{self.because}' if self.because else ''}"


def _fragment() -> Frames:
    from scapy.layers.inet import fragment

    return fragment(hears(data(1, 4096)), fragsize=1480)


LINK = (who_has(DEVICE, SERVER), is_at(SERVER, DEVICE))
CASES = [
    Case("nothing-from-device", [who_has(OTHER, "192.0.2.7")], (DEVICE, "1 other machines")),
    Case("arp-unanswered", [who_has(DEVICE, SERVER)] * 4, (f"who has {SERVER} (4 times)", "nobody answers")),
    Case("arp-unanswered", [who_has(DEVICE, SERVER)] * 4, (), Expected(server=SERVER), "device-unknown"),
    Case("arp-for-another-address", [who_has(DEVICE, OTHER)] * 3, (f"who has {OTHER} (3 times)", SERVER)),
    Case("vlan-tagged", [tagged(who_has(DEVICE, SERVER), 5)] * 3, ("VLAN tag 5",)),
    Case("vlan-tagged", [tagged(asks(), 5)] * 3, ("VLAN tag 5", "3 requests"), because="request"),
    Case("no-request", [*LINK, *[ping(DEVICE, SERVER)] * 5], ("6 packets, 5 of them pings",)),
    Case("no-request", [*LINK], (), Expected(server=SERVER), "device-unknown"),
    Case("no-tftp", [ping(DEVICE, SERVER)], ("1 packets",), None),
    Case("no-tftp", [ping(DEVICE, SERVER)], ("1 packets",), Expected(server=SERVER), "server-known"),
    Case("request-from-stranger", [asks(source=OTHER)] * 2, (DEVICE, OTHER, IMAGE, "twice")),
    Case("request-unanswered", [*LINK, *[asks()] * 5], (f"'{IMAGE}' 5 times",)),
    Case("no-server", [asks(), unreachable(asks())] * 3, ("3 times", "port 69")),
    Case(
        "device-unreachable", [asks(), *[who_has(SERVER, DEVICE)] * 3], (f"{SERVER} asks who has {DEVICE} (3 times)",)
    ),
    Case(
        "duplicate-address",
        [*LINK, is_at(SERVER, DEVICE, OTHER_MAC), asks()],
        (f"{SERVER} is claimed by 2 network cards: {SERVER_MAC}, {OTHER_MAC}",),
    ),
    Case(
        "asked-another-name",
        [asks(rrq("asa.bin")), hears(error(1, "File not found"))],
        ("'asa.bin'", "File not found", f"'{IMAGE}'"),
    ),
    Case("asked-another-name", [asks(rrq("asa.bin"))] * 2, ("'asa.bin'",), because="no-answer"),
    Case("file-not-found", [asks(rrq(f"/{IMAGE}")), hears(error(1, "gone"))], ("gone",)),
    Case("server-refused", [asks(), hears(error(2, "Access violation"))], ("ERROR 2: Access violation",)),
    Case("two-servers", [asks(), hears(data(1)), hears(data(1), source=OTHER), says(ack(1))], (f"{SERVER}, {OTHER}",)),
    Case("answer-from-another-address", [asks(), hears(data(1), source=OTHER)] * 2, (f"asked {SERVER}", OTHER)),
    Case(
        "stuck-at-rollover",
        [asks(), *sampled(65535), *[hears(data(65536))] * 4],
        ("block 65535", "block 65536", "33553919 bytes", "110000000"),
        BIG,
    ),
    Case(
        "stuck-at-rollover",
        [asks(), *sampled(65535), hears(data(65536)), says(error(0, "Timeout"))],
        ("33553919 bytes",),
        because="client-says-so",
    ),
    Case(
        "stuck-at-rollover",
        [asks(), *sampled(65535), *[says(ack(65535))] * 3],
        ("the server never sends block 65536",),
        because="server",
    ),
    Case(
        "stuck-at-rollover",
        [asks(), *sampled(32767), *[hears(data(32768))] * 3],
        ("block 32767", "16776703 bytes"),
        because="signed",
    ),
    Case("option-refused", [asks(), hears(oack(blksize=1428)), says(error(8, "no"))], ("blksize 1428", "ERROR 8: no")),
    Case(
        "client-error", [asks(), *blocks(1, 9), hears(data(10)), says(error(3, "Disk full"))], ("Disk full", "block 9")
    ),
    Case(
        "mtu-black-hole",
        [asks(), hears(oack(blksize=8192)), says(ack(0)), *[hears(data(1, 8192))] * 5],
        ("8192 bytes", "sent 5 times"),
    ),
    Case("fragments", [asks(), hears(oack(blksize=4096)), *_fragment(), *_fragment()], ("6 IP fragments", "4096")),
    Case("client-gone", [asks(), *blocks(1, 9), unreachable(hears(data(10)))], ("once", "block 9")),
    Case("bad-checksums", [asks(chksum=0x1234)] * 4, ("4 packets", DEVICE)),
    Case(
        "bad-checksums",
        [asks(), *blocks(1, 9), *[hears(data(10)), says(ack(10), chksum=0x1234)] * 4],
        ("4 packets",),
        because="in-transfer",
    ),
    Case("size-differs", [asks(), *blocks(1, 2), *blocks(3, 3, 100)], ("1124 bytes", "110000000"), BIG),
    Case(
        "nothing-wrong",  # 1 comes after 65535
        [asks(), *sampled(65535), *blocks(65537, 65540), *blocks(65541, 65541, 17)],
        ("all 65540 blocks",),
        replace(EXPECTED, image_bytes=65539 * 512 + 17),
        "rollover-to-1",
    ),
    Case("answers-unheard", [asks(), hears(data(1)), hears(data(1))] * 4, ("8 answers", "asked 4 times")),
    Case("server-silent", [asks(), *blocks(1, 9), *[says(ack(9))] * 3], ("block 9 4 times",)),
    Case(
        "sorcerers-apprentice",
        [asks(), *[frame for each in range(1, 40) for frame in blocks(each, each) * 2], *[hears(data(40))] * 2],
        ("40 repeated blocks", "39 repeated ACKs", "40 blocks"),
    ),
    Case("transfer-stalled", [asks(), *blocks(1, 9), *[hears(data(10))] * 6], ("block 9 (4608 bytes)", "6 times")),
    Case(
        "transfer-stalled",
        [asks(), *[hears(data(1))] * 7, *blocks(1, 60), *[hears(data(61))] * 9],
        ("9 times",),
        because="lossy",
    ),
    Case("still-running", [asks(), *blocks(1, 9)], ("block 9",)),
    Case("nothing-wrong", [asks(), *blocks(1, 9), *blocks(10, 10, 17)], (IMAGE, "10 blocks")),
    Case("nothing-wrong", [asks(), *blocks(1, 9), hears(data(10, 17))], (), because="last-ack-missing"),
]
NOTES = {
    "last-ack-missing": [asks(), *blocks(1, 9), hears(data(10, 17))],
    "no-udp-checksum": [asks(chksum=0), *blocks(1, 1, 17)],
    "retried": [asks(), *blocks(1, 4), *[hears(data(5))] * 3, asks(), *blocks(1, 9), *blocks(10, 10, 17)],
    "sorcerers-apprentice": [
        asks(),
        *[frame for each in range(1, 40) for frame in blocks(each, each) * 2],
        *blocks(40, 40, 17),
    ],
    "fragments": [asks(), hears(oack(blksize=4096)), *_fragment(), *blocks(1, 1, 17)],
    "lossy-network": [asks(), *blocks(1, 60), *[hears(data(60))] * 9, *blocks(61, 61, 17)],
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_cause_is_named_first_with_its_figures_and_a_way_on(case: Case, tmp_path: Path) -> None:
    first, *_ = found(case.frames, tmp_path, case.expected)
    assert first.cause == case.cause, first
    assert first.hint == CAUSES[case.cause].hint
    for words in case.words:
        assert words in first.seen


@pytest.mark.parametrize("cause", NOTES)
def test_what_broke_nothing_is_a_note_behind_nothing_wrong(cause: str, tmp_path: Path) -> None:
    first, *rest = found(NOTES[cause], tmp_path)
    assert first.cause == "nothing-wrong"
    assert cause in {each.cause for each in rest}
    assert not any(each.breaks for each in rest)


def test_every_cause_in_the_table_is_shown_by_a_case() -> None:
    assert {case.cause for case in CASES} | set(NOTES) == set(CAUSES)


def test_the_document_lists_every_cause_with_its_exit_code() -> None:
    told: dict[str, int] = {}
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            causes, *_, code = re.split(r" *\| *", line.strip("| "))
            told |= {cause: int(code) for cause in re.findall(r"`([a-z-]+)`", causes)}
    assert told == {cause: stage_code(each.stage) for cause, each in CAUSES.items()}


RULES = [
    *(
        (transfer_rules, table, rule)
        for table in ("SPECIFIC", "GENERAL", "OF_COMPLETE")
        for rule in getattr(transfer_rules, table)
    ),
    *((lan_rules, "BEFORE_A_REQUEST", rule) for rule in lan_rules.BEFORE_A_REQUEST),
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[list[Sighting], Expected | None]]:
    """Every case as sightings."""
    pcap = tmp_path_factory.mktemp("cases") / "seen.pcap"
    cases = [(case.frames, case.expected) for case in CASES] + [(frames, EXPECTED) for frames in NOTES.values()]
    return [(list(Capture(written(frames, pcap)).sightings()), expected) for frames, expected in cases]


@pytest.mark.parametrize(("module", "table", "rule"), RULES, ids=lambda each: getattr(each, "__name__", str(each)))
def test_no_rule_can_go_without_a_case_that_objects(
    module: ModuleType,
    table: str,
    rule: Rule,
    seen: list[tuple[list[Sighting], Expected | None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = [_causes(sightings, expected) for sightings, expected in seen]
    monkeypatch.setattr(module, table, tuple(each for each in getattr(module, table) if each is not rule))
    after = [_causes(sightings, expected) for sightings, expected in seen]
    assert before != after


def _causes(sightings: list[Sighting], expected: Expected | None) -> list[str]:
    try:
        return [each.cause for each in diagnosed(sightings, expected)]
    except StopIteration:  # not even the last of the general rules is left
        return []
