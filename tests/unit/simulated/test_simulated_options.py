"""A `sim://` URL is understood whole or refused with what would have been right."""

import pytest

from serial_console.simulated import FAMILIES, FAULTS, Options, SimulatedDevice, SimulationError
from serial_console.simulated.families import STRANGERS


def test_a_bare_url_is_a_dead_box_that_will_be_switched_on() -> None:
    options = Options.from_url("sim://asa5500x")
    assert (options.family, options.start, options.flash, options.speed) == ("asa5500x", "cold", "empty", 1.0)
    assert options.wire is None


def test_every_option_is_read() -> None:
    options = Options.from_url(
        "sim://asa5506x?speed=20&wire=127.0.0.1:6969&flash=old&state=window&config=none&login=1&seed=7&baud=9600&name=b3"
    )
    assert options.wire == ("127.0.0.1", 6969)
    assert (options.start, options.config, options.asks_login) == ("window", "none", True)
    assert (options.speed, options.seed, options.baud, options.name) == (20.0, 7, 9600, "b3")


@pytest.mark.parametrize("query", ["fault=silent&fault=noise:0.5", "fault=silent,noise:0.5"])
def test_faults_come_repeated_or_with_commas(query: str) -> None:
    faults = Options.from_url(f"sim://asa5500x?{query}").faults
    assert "silent" in faults
    assert faults.number("noise", 0.01) == 0.5


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("sim://asa5599x", ", ".join(sorted(FAMILIES | STRANGERS))),
        ("sim://asa5500x?fault=nois", ", ".join(sorted(FAULTS))),
        ("sim://asa5500x?sped=3", "speed"),
        ("sim://asa5500x?state=asleep", "cold, off, monitor, booted, window"),
        ("sim://asa5500x?speed=0", "above 0"),
        ("sim://asa5500x?seed=x", "whole number"),
        ("sim://asa5500x?wire=nowhere", "ADDRESS:PORT"),
        ("sim://asa5500x?speed=1&speed=2", "2 times"),
        ("sim://", "sim://FAMILY"),
    ],
)
def test_what_is_not_understood_is_refused(url: str, named: str) -> None:
    with pytest.raises(SimulationError) as refusal:
        SimulatedDevice.from_url(url)
    assert named in str(refusal.value)


def test_a_fault_s_number_must_be_one() -> None:
    with pytest.raises(SimulationError, match="takes a number"):
        SimulatedDevice.from_url("sim://asa5500x?fault=noise:much")
