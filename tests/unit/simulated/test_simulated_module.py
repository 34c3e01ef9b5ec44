"""The ASA Services Module and the supervisor in front of it, byte by byte."""

import pytest
from simulated_rig import CONTENT, IMAGE_A, Bench

from serial_console.simulated.events import Booted, CommandEntered, TransferFailed, TransferFinished

SETTINGS = ("address 10.86.118.4", "server 10.86.118.21", "gateway 10.86.118.21", f"file {IMAGE_A}", "interface Data0")


def at_prompt(options: str = "") -> Bench:
    return Bench(f"sim://asasm?state=monitor{options}", {IMAGE_A: CONTENT})


def configured(*more: str, options: str = "") -> Bench:
    bench = at_prompt(options)
    for line in (*SETTINGS, *more):
        bench.enter(line)
    return bench


def test_the_port_s_block_comes_behind_the_vlan() -> None:
    """Source: Cisco's guide, "Load an Image for the ASASM Using ROMMON", step 4."""
    bench = at_prompt()
    assert bench.lines("interface Data0") == ["interface Data0", "rommon #1> "]
    assert bench.lines("vlan 1")[1:] == ["Data0", "Link is UP", "MAC Address: 0012.d949.15b8", "rommon #2> "]


def test_the_download_begins_as_in_the_guide_and_ends_in_a_boot() -> None:
    """Source: the same, step 7."""
    bench = configured("vlan 1")
    lines = bench.lines("tftpdnld", 600)
    assert lines[1:4] == ["Clearing EOBC receive queue ...", "cmostime_set = 1", "ROMMON Variable Settings:"]
    at = lines.index(f"tftp {IMAGE_A}@10.86.118.21 via 10.86.118.21")
    assert lines[at + 1] == "Starting download. Press ESC to abort."
    assert len(bench.of(TransferFinished)) == 1
    assert bench.of(Booted)


@pytest.mark.parametrize(("keys", "aborts"), [(b"\x1b", True), (b"\r ", False)])
def test_esc_aborts_a_download_and_other_keys_do_not(keys: bytes, aborts: bool) -> None:
    bench = configured("vlan 1")
    bench.device.type(b"tftpdnld\r" + keys)
    printed = bench.after(600)
    assert bool(bench.of(TransferFailed)) == aborts
    assert bool(bench.of(TransferFinished)) != aborts
    assert (b"Launching" in printed) != aborts


def test_without_a_vlan_nobody_is_reached() -> None:
    bench = configured()
    assert "Success rate is 0 percent (0/20)" in bench.lines("ping server", 60)
    bench.enter("tftpdnld", 600)
    assert bench.of(TransferFailed)


def test_a_supervisor_opens_a_session_to_the_slot_that_has_a_module() -> None:
    bench = Bench("sim://asasm?state=monitor&session=closed")
    assert bench.lines("") == ["", "Router#"]
    assert "% Connection refused by remote host" in bench.lines("session slot 4 processor 1", 1)
    assert bench.lines("session slot 3 processor 1", 1)[-2:] == ["Trying 127.0.0.31 ... Open", "rommon #0> "]
    assert [event.state for event in bench.of(CommandEntered)] == ["supervisor"] * 2  # type: ignore[attr-defined]


def test_a_virtual_console_opens_without_a_word() -> None:
    bench = Bench("sim://asasm?state=monitor&session=closed")
    assert bench.lines("service-module session slot 3", 1)[1:] == ["rommon #0> "]


def test_a_session_stays_over_a_restart_unless_told_otherwise() -> None:
    for fault, ends in (("", "rommon #0> "), ("&fault=session-closes", "Router#")):
        bench = at_prompt(fault)
        bench.device.power_cycle()
        assert bench.after(120).decode().endswith(ends)
