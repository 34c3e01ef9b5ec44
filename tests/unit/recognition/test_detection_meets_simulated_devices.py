"""The look at each simulated device, whose texts were written without a look at the table of states."""

import pytest
from simulated_line import SimulatedLine

from serial_console.recognition.detection import Detection

CLASSIC = ("asa5500", "asa5500x", "asa5505", "asasm")
KENTON = ("asa5506x", "isa3000")
FIREPOWER = ("fpr1000", "fpr2100", "fpr3100")
STATES = {
    **{(family, "monitor"): "classic-monitor" for family in CLASSIC},
    **{(family, "monitor"): "rommon-monitor" for family in (*KENTON, *FIREPOWER, "fpr4100", "ios-router")},
    **{(family, "window"): "break-window" for family in (*CLASSIC, *KENTON, *FIREPOWER, "fpr4100")},
    **{(family, "booted"): "asa-user" for family in (*CLASSIC, *KENTON, *FIREPOWER)},
    **{(family, "off"): "silent" for family in (*CLASSIC, *KENTON, *FIREPOWER, "fpr4100", "ios-router", "catalyst")},
    ("fpr4100", "booted"): "fxos-login",
    ("ios-router", "booted"): "ios-user",
    ("catalyst", "booted"): "ios-user",
    ("catalyst", "monitor"): "catalyst-monitor",
    ("catalyst", "window"): "catalyst-countdown",
}


class Tunable(SimulatedLine):
    """A simulated console whose rate is right."""

    sets_baud = False

    def set_baud(self, baud: int) -> None:
        raise AssertionError(f"the rate is not ours to set to {baud}")


@pytest.mark.parametrize(("family", "start"), STATES)
def test_a_simulated_device_is_known_in_each_state_by_one_enter_at_most(family: str, start: str) -> None:
    line = Tunable(f"sim://{family}?state={start}&flash=old")
    found = Detection(line, 9600).run()
    assert found.state == STATES[family, start]
    assert found.typed in {b"", b"\r"}
    assert line.typed() == found.typed
    assert (found.typed == b"") == (start == "window")


@pytest.mark.parametrize("family", [*CLASSIC, *KENTON, *FIREPOWER])
def test_no_look_during_a_boot_stops_it_or_is_wrong(family: str) -> None:
    line = Tunable(f"sim://{family}?state=cold&flash=old&speed=4")
    states = set[str]()
    for _ in range(200):
        found = Detection(line, 9600, presses_enter=False).run()
        states.add(found.state)
        if found.sighting and found.sighting.state.kind == "prompt":
            break
    assert "break-window" in states
    assert found.state == "asa-user"
    assert line.typed() == b""
    assert not {state for state in states if state.endswith(("-monitor", "question", "pager", "-crash"))}
