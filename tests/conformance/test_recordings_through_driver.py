"""The exchanges that the driver itself would have: it types what was typed, whole and one byte at a time."""

import pytest
from driver_checks import DRIVER_CHECKS
from reading_checks import Check

from platforms import load_platform

CASES = [
    pytest.param(family, check, bytewise, id=f"{family}-{check.name}-{'byte by byte' if bytewise else 'whole'}")
    for family, checks in DRIVER_CHECKS.items()
    for check in checks
    for bytewise in (False, True)
]


@pytest.mark.parametrize(("family", "check", "bytewise"), CASES)
def test_a_device_is_typed_what_was_typed(family: str, check: Check, bytewise: bool) -> None:
    check.run(load_platform(family), bytewise)
