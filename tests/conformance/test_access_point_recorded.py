"""The recordings of access points, and which values of the loader they prove: each is spoilt in turn, and one must object.

`PYTHONPATH=tests python tests/conformance/test_access_point_recorded.py` prints the list, that of the recalled values too.
"""

import pytest
from access_point_checks import CHECKS, type_what_a_1230_was_typed
from spoiling import Spoilt, spoilt

from platforms import AccessPoint, access_point

UNREACHED = {
    "complaints.time-out[0]": "captured at the MODE button of an access point whose log is not among the recordings",
}
VALUES = list(spoilt(access_point()))
CLAIMED = [it for it in VALUES if it.platform.evidence[it.path].kind in ("captured", "documented")]


@pytest.mark.parametrize("bytewise", [False, True])
def test_a_1230_is_typed_what_was_typed_and_its_broken_tar_is_named(*, bytewise: bool) -> None:
    type_what_a_1230_was_typed(access_point(), bytewise=bytewise)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_shipped_loader_passes_every_recording(check: object) -> None:
    assert callable(check)
    check(access_point())


@pytest.mark.parametrize("it", CLAIMED, ids=[it.label for it in CLAIMED])
def test_a_wrong_value_of_the_loader_meets_an_objection_unless_no_recording_reaches_it(
    it: "Spoilt[AccessPoint]",
) -> None:
    evidence = it.platform.evidence[it.path]
    found = objection(it.platform)
    if it.label in UNREACHED:
        assert not found, f"a recording proves it after all, `{found}`: take it off the list"
    else:
        assert found, f"{it.label} is said to be {evidence.kind} ({evidence.source}), but no recording notices it"


def test_what_no_recording_of_an_access_point_reaches_is_still_claimed() -> None:
    assert set(UNREACHED) <= {it.label for it in CLAIMED}


def objection(facts: AccessPoint) -> str:
    """The first check that this loader does not pass; empty if it passes all."""
    for check in CHECKS:
        try:
            check(facts)
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - however a check fails, it objects
            return check.__name__
    return ""


if __name__ == "__main__":
    for it in VALUES:
        kind = it.platform.evidence[it.path].kind
        print(f"{it.label:32} {kind:11} {objection(it.platform) or '-'}")
