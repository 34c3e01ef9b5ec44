"""Every fault of the simulated device: how `rommon load` ends, and what it says. `docs/faults.md` tells the same."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from cli_rig import FAMILIES, HASTE, IMAGES, Playground, Scenario, named, typed

from serial_console.simulated import FAULTS as SIMULATED

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
ON_5500X, ON_5506X = FAMILIES
BOTH = FAMILIES


@dataclass(frozen=True)
class Fault:
    """A fault, the exit code, and the causes that may be told, by family where they differ.

    `variant` marks a row that docs/faults.md does not have: a fault with another argument or option, or a state.
    """

    name: str
    exit_code: int
    causes: tuple[str, ...] = ()
    families: tuple[str, ...] = BOTH
    argument: str = ""
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    line: str = "sim"
    variant: bool = False
    speed: float = 40

    def on(self, family: str) -> Scenario:
        fault = f"{self.name}:{self.argument}" if self.argument else self.name
        faults = (fault,) if self.name in SIMULATED else ()
        return Scenario(family, faults, self.options, self.line, self.speed, arguments=(*HASTE, *self.arguments))


FAULTS = [
    # The slowest first: they are played while the others are judged.
    Fault("first-char-lost", 0, families=(ON_5506X,)),
    Fault("noise", 0, argument="0.002", options=("seed=5",), families=(ON_5500X,)),
    # Slower than the others: the key goes out three times a second, and the window must be longer than that.
    Fault("break-hidden", 0, arguments=("--boot-timeout", "20"), line="pty", speed=8),
    Fault("link-down", 21, ("link-down", "ping-failed")),
    Fault("file-not-found", 24, ("file-not-found",)),
    Fault("break-missed", 12, ("break-in-missed",), families=(ON_5506X,)),
    Fault("reboot-mid-transfer", 0),
    Fault("reboot-mid-transfer", 23, ("device-rebooted",), (ON_5500X,), argument="always", variant=True),
    Fault("reboot-mid-transfer", 23, ("device-rebooted",), (ON_5506X,), arguments=("--retries", "0"), variant=True),
    Fault("bad-signature", 40, ("device-refused-image",)),
    Fault("erase-question", 13, ("erase-question",), line="pty"),
    Fault("slow-echo", 0, families=(ON_5500X,)),
    Fault("silent", 12, ("break-in-missed",), (ON_5500X,)),
    Fault("garbage", 11, ("console-unreadable",), (ON_5506X,)),
    Fault("baud-moved", 11, ("console-unreadable",), (ON_5500X,)),
    Fault("no-reply", 22, ("no-request-seen",)),
    Fault("ping-fails", 21, ("ping-failed",), families=(ON_5500X,)),
    Fault("invalid-command", 13, ("command-refused",), argument="tftpdnld"),
    Fault("wrong-readback", 13, ("read-back-differs",), argument="ADDRESS", families=(ON_5506X,)),
    Fault("launch-hangs", 40, ("boot-not-proved",), families=(ON_5500X,)),
    Fault("launch-crashes", 40, ("boot-not-proved",), (ON_5506X,)),
    Fault("boots-old-image", 40, ("boot-not-proved",), families=(ON_5500X,)),
    Fault("stall", 23, ("download-timed-out",), families=(ON_5506X,)),
    Fault("early-stop", 23, ("size-differs", "transfer-incomplete"), argument="500000"),
    Fault("port-dies", 11, ("console-lost",), (ON_5500X,), argument="2000"),
    Fault("unexpected-question", 13, ("unexpected-state",), line="pty", families=(ON_5506X,)),
    Fault("junk", 0, families=(ON_5500X,), options=("state=monitor",)),
    Fault(
        "already booted",
        13,
        ("already-booted",),
        options=("state=booted",),
        line="pty",
        variant=True,
        families=(ON_5506X,),
    ),
]
# Played elsewhere (unit tests of the driver), or of no consequence for a load; docs/faults.md may tell of them.
NOT_PLAYED = {
    "crlf-twice",
    "echo-off",
    "echo-twice",
    "fifo",
    "input-lost",
    "log-line",
    "narrow",
    "no-card",
    "reboot-after",
    "reports-version",
    "reworded",
    "session-closes",
    "copy-broken",
    "disk-full",
    "rom-upgrade",
    "slow-post",
    "syslog",
    "unix-ping",
    "write-blocks",
}
CASES = [(fault, fault.on(family)) for fault in FAULTS for family in fault.families]
EVERY_FAULT = pytest.mark.parametrize(
    ("fault", "scenario"), CASES, ids=[f"{fault.name}-{scenario}" for fault, scenario in CASES]
)


def scenarios(name: str) -> pytest.MarkDecorator:
    found = [scenario for fault, scenario in CASES if fault.name == name]
    return pytest.mark.parametrize("scenario", found, ids=map(str, found))


@EVERY_FAULT
def test_a_fault_ends_with_its_exit_code_its_cause_and_a_way_on(
    fault: Fault, scenario: Scenario, playground: Playground
) -> None:
    load = playground.played(scenario).load
    result = load.result
    assert load.code == result["exit_code"] == fault.exit_code, (result, load.err)
    assert "Traceback" not in load.err
    if not fault.exit_code:
        assert result["outcome"] == "done"
        return
    assert result["outcome"] == "failed"
    assert result["cause"] in fault.causes
    assert result["message"]
    assert result["hint"]
    assert f"Try: {result['hint']}" in load.err
    assert load.err.count("Error: ") == 1


@EVERY_FAULT
def test_a_fault_is_noticed_within_its_time_out(fault: Fault, scenario: Scenario, playground: Playground) -> None:
    records = playground.played(scenario).load.records
    longest = max(after["seconds"] - before["seconds"] for before, after in pairwise(records))
    # The longest of the time-outs given is 6 s; the rest is what a busy machine may add.
    assert longest < 15, records


@scenarios("file-not-found")
def test_the_name_that_the_device_asked_for_is_told(scenario: Scenario, playground: Playground) -> None:
    result = playground.played(scenario).load.result
    assert f"'{IMAGES[scenario.family]}.missing'" in result["message"]


@scenarios("break-hidden")
def test_a_device_that_hides_its_window_is_stopped_in_it(scenario: Scenario, playground: Playground) -> None:
    assert [event["by"] for event in named(playground.played(scenario).events, "BreakIn")] == ["ESC"]


@scenarios("erase-question")
def test_the_question_whether_to_erase_is_left_unanswered(scenario: Scenario, playground: Playground) -> None:
    events = playground.played(scenario).events
    assert not named(events, "Answered")
    assert not named(events, "Erased")
    assert not [event for event in named(events, "Typed") if event["state"] == "question"]


@scenarios("unexpected-question")
def test_a_question_that_no_manual_has_is_left_unanswered(scenario: Scenario, playground: Playground) -> None:
    events = playground.played(scenario).events
    assert not named(events, "Answered")
    assert not [event for event in named(events, "Typed") if event["state"] == "question"]
    assert named(events, "CommandEntered")[-1]["text"] == "tftpdnld"


@scenarios("already booted")
def test_a_booted_device_gets_an_enter_and_nothing_else(scenario: Scenario, playground: Playground) -> None:
    assert set(typed(playground.played(scenario).events)) <= {"\r"}


@scenarios("reboot-mid-transfer")
def test_a_reboot_in_mid_transfer_is_told_and_tried_again_if_retries_allow(
    scenario: Scenario, playground: Playground
) -> None:
    records = playground.played(scenario).load.records
    started = [record for record in records if record["kind"] == "step" and record["status"] == "started"]
    attempts = 1 if "--retries" in scenario.arguments else 2
    assert [record["name"] for record in started].count("load") == attempts
    warnings = [record["text"] for record in records if record["kind"] == "warning"]
    assert len([text for text in warnings if "rebooted" in text]) == attempts - 1


def test_the_document_of_faults_says_what_this_table_says() -> None:
    if not DOCUMENT.exists():
        pytest.fail("docs/faults.md is missing")
    documented = _rows(DOCUMENT.read_text("utf-8"))
    known = {fault.name: fault for fault in FAULTS if not fault.variant}
    assert set(documented) >= set(known), "docs/faults.md lacks a fault"
    assert set(documented) <= {*known, *NOT_PLAYED}, "docs/faults.md tells of a fault that is not in this table"
    for name, fault in known.items():
        assert documented[name] == (fault.exit_code, set(fault.causes)), name


def test_the_table_knows_every_fault_that_can_be_simulated() -> None:
    assert {fault.name for fault in FAULTS if not fault.variant} | NOT_PLAYED == set(SIMULATED)


def _rows(text: str) -> dict[str, tuple[int, set[str]]]:
    """The document's rows: `| `fault` | exit code | `cause`/`cause` | … |`; an argument after the name's colon is left out."""
    rows = re.findall(r"^\| *`([^`|]+)` *\| *(\d+) *\|([^|]*)\|", text, re.MULTILINE)
    return {name.partition(":")[0]: (int(code), set(re.findall(r"`([^`]+)`", causes))) for name, code, causes in rows}
