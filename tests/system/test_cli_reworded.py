"""`rommon load` on devices that say everything in other words: every end has an exit code of its table and a cause.

`tests/unit/monitor/test_reworded_devices.py` has many more of them, in virtual time.
"""

import pytest
from cli_rig import ADDRESSES, IMAGES, NEEDS, Playground, Scenario, named

from rommon_tool.cli.exit_codes import known_errors

SEEDS = (0, 4)
DEVICES = [
    Scenario(family, (f"reworded:{seed}",), line="pty", size=100_000, addresses=(*ADDRESSES, *NEEDS.get(family, ())))
    for family in IMAGES
    for seed in SEEDS
]
EVERY_DEVICE = pytest.mark.parametrize("scenario", DEVICES, ids=map(str, DEVICES))


@EVERY_DEVICE
def test_it_ends_with_a_code_and_a_cause_and_no_traceback(scenario: Scenario, playground: Playground) -> None:
    load = playground.played(scenario).load
    assert load.code == load.result["exit_code"]
    assert load.code in {0, *known_errors().values()}
    assert "Traceback" not in load.err
    if load.code:
        assert load.result["cause"]
        assert load.result["message"]
        assert load.result["hint"]


@EVERY_DEVICE
def test_it_is_no_success_unless_the_device_runs_what_was_sent(scenario: Scenario, playground: Playground) -> None:
    played = playground.played(scenario)
    if played.load.code == 0:
        assert [event["sha512"] for event in named(played.events, "TransferFinished")] == [played.image_sha512]
        assert named(played.events, "Booted")[-1]["source"] == "netboot"


@EVERY_DEVICE
def test_no_question_of_it_is_answered(scenario: Scenario, playground: Playground) -> None:
    events = playground.played(scenario).events
    assert not named(events, "Erased")
    assert not named(events, "Answered")
