"""`rommon load` against `rommon simulate`: two processes, a real console line between them, real UDP."""

import pytest
from cli_rig import EXACT, HASTE, IMAGES, STEPS, VERSIONS, Fields, Played, Playground, Scenario, named

# No multiple of 512, and in blocks of 512 beyond block 65535, where their numbers start again.
LARGE = 40 * 1024 * 1024 + 77

# A classic image's size is always a multiple of 512: the transfer ends with an empty block.
SMALL = 300 * 512

LOOPBACK = ("--address", "127.0.0.2/8", "--server", "127.0.0.1")

LOADS = {
    "a 5500-X on TCP takes 40 MB in blocks of 512": Scenario("asa5500x", line="tcp", size=LARGE),
    "a 5500-X on a pseudo-terminal takes whole blocks only": Scenario("asa5500x", line="pty", size=EXACT),
    "a 5506-X on a pseudo-terminal takes whole blocks only": Scenario("asa5506x", line="pty", size=EXACT),
    "a 5506-X on TCP loads by loopback addresses": Scenario("asa5506x", line="tcp", addresses=LOOPBACK),
    "a 5500-X behind a console server is recovered": Scenario("asa5500x", line="rfc2217"),
    "a 5506-X behind a console server is recovered": Scenario("asa5506x", line="rfc2217"),
    "an ISA 3000 on a pseudo-terminal": Scenario("isa3000", line="pty", size=SMALL + 77),
    "an ISA 3000 on TCP": Scenario("isa3000", line="tcp", size=SMALL + 77),
    "a 5505 on a pseudo-terminal": Scenario("asa5505", line="pty", size=SMALL),
    "a 5505 on TCP": Scenario("asa5505", line="tcp", size=SMALL),
    "a 5550 on a pseudo-terminal": Scenario("asa5500", line="pty", size=SMALL),
    "a 5550 on TCP": Scenario("asa5500", line="tcp", size=SMALL),
}
RECOVERIES = pytest.mark.parametrize("scenario", LOADS.values(), ids=LOADS.keys())


@RECOVERIES
def test_the_device_holds_exactly_the_image_and_has_booted_it(scenario: Scenario, playground: Playground) -> None:
    played = playground.played(scenario)
    assert played.load.code == 0, played.load.err
    (received,) = named(played.events, "TransferFinished")
    assert (received["bytes"], received["sha512"]) == (scenario.size, played.image_sha512)
    assert named(played.events, "Booted")[-1]["source"] == "netboot"


@RECOVERIES
def test_the_stream_ends_with_what_was_proved(scenario: Scenario, playground: Playground) -> None:
    result = playground.played(scenario).load.result
    assert (result["exit_code"], result["outcome"]) == (0, "done")
    assert result["image"] == IMAGES[scenario.family]
    assert result["bytes"] == scenario.size
    assert result["sha512"] == playground.played(scenario).image_sha512
    assert result["booted_version"] == VERSIONS[scenario.family]


@RECOVERIES
def test_the_stream_is_numbered_and_tells_the_nine_steps_in_order(scenario: Scenario, playground: Playground) -> None:
    records = playground.played(scenario).load.records
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert all(record["v"] == 1 and record["device"] == "device" for record in records)
    seconds = [record["seconds"] for record in records]
    assert seconds == sorted(seconds)
    steps = [record for record in records if record["kind"] == "step"]
    assert [(step["number"], step["name"]) for step in steps if step["status"] != "done"] == list(enumerate(STEPS, 1))
    assert [step["name"] for step in steps if step["status"] == "done"] == STEPS[:8]


@RECOVERIES
def test_the_stream_follows_the_transfer_to_its_last_byte(scenario: Scenario, playground: Playground) -> None:
    transfers = [record for record in playground.played(scenario).load.records if record["kind"] == "transfer"]
    progressed = [record["bytes"] for record in transfers if record["event"] == "transfer_progressed"]
    assert progressed == sorted(progressed)
    assert all({"block", "bytes", "total", "rate"} <= record.keys() for record in transfers[:-1])
    assert (transfers[-1]["event"], transfers[-1]["bytes"]) == ("transfer_completed", scenario.size)


@RECOVERIES
def test_the_booted_device_is_asked_for_its_version_and_nothing_else(
    scenario: Scenario, playground: Playground
) -> None:
    entered = named(playground.played(scenario).events, "CommandEntered")
    assert [event["text"] for event in entered if event["state"] == "cli"] == ["show version"]
    assert [event["text"] for event in entered if event["state"] == "monitor"][-2:] == ["sync", "tftpdnld"]


@RECOVERIES
def test_nothing_is_typed_while_the_device_downloads_or_boots(scenario: Scenario, playground: Playground) -> None:
    played = playground.played(scenario)
    assert not _typed_in(played, "download")
    assert not _typed_in(played, "booting")
    assert not _typed_in(played, "question")


def _typed_in(played: Played, state: str) -> list[Fields]:
    return [event for event in named(played.events, "Typed") if event["state"] == state]


@pytest.mark.parametrize(
    "scenario", [Scenario("asa5506x", options=("state=monitor",), arguments=(*HASTE, "--no-save"))], ids=str
)
def test_a_device_that_waits_at_its_prompt_is_recovered_without_a_power_cycle(
    scenario: Scenario, playground: Playground
) -> None:
    played = playground.played(scenario)
    assert played.load.code == 0, played.load.err
    steps = {record["name"]: record for record in played.load.records if record["kind"] == "step"}
    assert steps["power-cycle"]["note"] == "it is on already"
    assert steps["sync"]["status"] == "skipped"
