"""What a run is told of a module in a chassis: its VLAN, its slot, and nothing that would switch the chassis off."""

from dataclasses import replace
from pathlib import Path

import pytest

from platforms import load_platform
from rommon_tool.errors import WrongUsage
from rommon_tool.job import Job, NetworkSettings
from rommon_tool.preflight import check_family, prepare

MODULE = load_platform("asasm")
NETWORK = NetworkSettings("10.86.118.4/24", "10.86.118.21", vlan="100", external_server=True)
JOB = Job(Path("asa961-smp-k8.bin"), "sim://asasm", NETWORK)


def test_a_module_without_a_vlan_is_refused_before_anything_is_touched() -> None:
    for job in (replace(JOB, platform="asasm"), replace(JOB, slot=3)):
        with pytest.raises(WrongUsage, match="over a VLAN of its chassis, and none was given") as told:
            prepare(replace(job, network=replace(NETWORK, vlan="")))
        assert told.value.hint.startswith("give --vlan N")


def test_a_module_that_is_recognised_only_at_its_monitor_is_refused_there_without_a_vlan() -> None:
    plan = prepare(replace(JOB, network=replace(NETWORK, vlan="")))
    check_family(plan, load_platform("asa5500x"))
    with pytest.raises(WrongUsage, match="VLAN"):
        check_family(plan, MODULE)


def test_the_slot_makes_the_session_command_and_the_family_a_module() -> None:
    plan = prepare(replace(JOB, slot=3))
    assert plan.session_command == "session slot 3 processor 1"
    assert [family.name for family in plan.families] == ["asasm"]


def test_without_a_slot_nothing_is_ever_typed_at_a_supervisor() -> None:
    assert prepare(JOB).session_command == ""
    assert prepare(replace(JOB, platform="asasm")).session_command == ""


@pytest.mark.parametrize("command", ["service-module session slot 3", "session switch 1 slot 3 processor 1"])
def test_another_command_that_opens_a_session_may_be_given(command: str) -> None:
    assert prepare(replace(JOB, session_command=command)).session_command == command


@pytest.mark.parametrize(
    "command",
    ["reload", "session slot 3\rreload", "hw-module module 3 reset", "do session slot 3 processor 1", "session "],
)
def test_a_command_that_opens_no_session_is_refused(command: str) -> None:
    with pytest.raises(WrongUsage, match="opens a session"):
        prepare(replace(JOB, session_command=command))


def test_a_slot_is_for_a_module_alone() -> None:
    with pytest.raises(WrongUsage, match="ASA 5500-X"):
        prepare(replace(JOB, slot=3, platform="asa5500x"))
    with pytest.raises(WrongUsage, match="the same twice"):
        prepare(replace(JOB, slot=3, session_command="service-module session slot 3"))


def test_nobody_is_asked_to_switch_off_a_chassis() -> None:
    with pytest.raises(WrongUsage, match="whole chassis") as told:
        prepare(replace(JOB, slot=3, power_command="ask:"))
    assert "hw-module module N reset" in told.value.hint


def test_the_one_port_of_a_module_is_named_by_itself() -> None:
    plan = prepare(replace(JOB, slot=3))
    assert plan.variables(MODULE)["interface"] == "Data0"
    assert "interface" not in plan.variables(load_platform("asa5500x"))
    with pytest.raises(WrongUsage, match="Data0 only"):
        prepare(replace(JOB, slot=3, network=replace(NETWORK, interface="Management0/0")))
