"""Every platform value that claims to be captured or documented is spoilt, and a recording must object.

Those that no recording here reaches stand in the list below, each with its reason: what they say rests on their source
alone. `PYTHONPATH=tests python tests/conformance/spoiling.py` prints the whole list, that of the recalled values too.
"""

import pytest
from recordings import FAMILIES
from spoiling import Spoilt, checks, objection, report, spoilt

from platforms import Platform, load_platform

_NOT_THIS_FAMILY = "captured on a Firepower, and never raw on this family"
_ONE_CAPTURE_OF_ERASING = "its one capture, a 5506-X with password recovery disabled, is not among the recordings"
_WIDER = "a wider pattern, of the same value, sees its text as well"
_PAGER = "publishers erase it: what is left in the captures is the blank line that it was written over with"
_SYSLOG = "no recording has a log message on its console"
_LINUX = "every Linux kernel prints it first; no recording begins there"
CLASSIC = {
    "erase_question[0]": _ONE_CAPTURE_OF_ERASING,
    "erase_question[2]": _ONE_CAPTURE_OF_ERASING,
    "break_in.countdown[0]": _NOT_THIS_FAMILY,
    "break_in.window_passed[5]": _LINUX,
    "break_in.window_passed[4]": _NOT_THIS_FAMILY,
    "console.invalid_command[1]": "asadbg matches it on the wire; no text around it is public",
    "netboot.launching[1]": "the guide's sample is cut before its loader's line",
    "variables.vlan.command": "the ASASM's procedure, of which only the guide's own sample is known",
    "boot.questions[0]": _WIDER,
    "boot.questions[4]": _NOT_THIS_FAMILY,
    "boot.pager": _PAGER,
    "boot.log_line": _SYSLOG,
}
MODULE_PROVES = ("variables.vlan.command", "break_in.window_passed[4]", "netboot.launching[1]")
KENTON = {
    "erase_question[0]": _ONE_CAPTURE_OF_ERASING,
    "erase_question[2]": _ONE_CAPTURE_OF_ERASING,
    "break_in.window_passed[6]": _LINUX,
    "break_in.window_passed[4]": "lab automation matches it; no capture of an emptied flash is public",
    "boot.questions[0]": _WIDER,
    "boot.questions[3]": "its recording, `[running-config]?`, is of an ASA 5500",
    "boot.pager": _PAGER,
    "boot.log_line": _SYSLOG,
}
_BOTH = "two patterns of this value see the same text"
_1120 = "in a log of a 1120, of which only these words are public"
_NO_PORT = "no recording of this family sets a port"
FIREPOWER = {
    "erase_question[0]": _ONE_CAPTURE_OF_ERASING,
    "erase_question[1]": _BOTH,
    "erase_question[2]": _ONE_CAPTURE_OF_ERASING,
    "erase_question[4]": _BOTH,
}
_INODE = {"break_in.window_passed[1]": _1120, "boot.from_flash[1]": _1120}
_EMPTIED = "lab automation matches it; no capture of an emptied flash is public"
UNREACHED = {
    "asa5500": CLASSIC,
    "asa5500x": CLASSIC | {"banner[1]": "only the 5505's Platform line is in a recording"},
    "asa5505": CLASSIC,
    "asasm": {label: why for label, why in CLASSIC.items() if label not in MODULE_PROVES}
    | {
        "banner[3]": "captured in a `show inventory`; that the monitor prints it is recalled",
        "netboot.launches": "the guide says so; its sample ends before",
    },
    "asa5506x": KENTON,
    "fpr1000": FIREPOWER
    | _INODE
    | {
        "image_names[1]": _1120,
        "boot.login_proves": "`running` sees the same login",
        "break_in.window_passed[6]": _EMPTIED,
        "boot.login[1]": "an ASA's, which FXOS logs in to by itself",
    },
    "fpr2100": FIREPOWER
    | _INODE
    | {
        "netboot_interface": _NO_PORT,
        "break_in.window_passed[6]": _EMPTIED,
        "boot.questions[0]": "an ASA's; no recording has one of this family's",
        "boot.questions[2]": _WIDER,
        "boot.questions[4]": "FTD's; no recording has one of this family's",
    },
    "fpr3100": FIREPOWER
    | {
        "netboot_interface": _NO_PORT,
        "break_in.window_passed[2]": _1120,
        "break_in.window_passed[7]": _EMPTIED,
        "boot.from_flash[2]": _1120,
    },
    "isa3000": KENTON
    | {
        f"variables.others.restore-{what}": "only the guide's chapter on automatic restore has it"
        for what in (
            "mode.name",
            "mode.values",
            "mode.default",
            "location.name",
            "location.values",
            "location.default",
            "passphrase.name",
            "passphrase.default",
        )
    },
}
PROVED_BY_RECORDINGS = ("captured", "documented")
VALUES = {family: list(spoilt(load_platform(family))) for family in FAMILIES}
CLAIMED = [
    pytest.param(family, it, id=f"{family}-{it.label}")
    for family, values in VALUES.items()
    for it in values
    if it.platform.evidence[it.path].kind in PROVED_BY_RECORDINGS
]


@pytest.mark.parametrize(("family", "it"), CLAIMED)
def test_a_wrong_value_meets_an_objection_unless_no_recording_reaches_it(family: str, it: Spoilt[Platform]) -> None:
    evidence = it.platform.evidence[it.path]
    found = objection(family, it.platform)
    if it.label in UNREACHED[family]:
        assert not found, f"a recording proves it after all, `{found}`: take it off the list"
    else:
        assert found, f"{it.label} is said to be {evidence.kind} ({evidence.source}), but no recording notices it"


@pytest.mark.parametrize("family", FAMILIES)
def test_what_no_recording_reaches_is_still_claimed(family: str) -> None:
    claimed = {it.label for it in VALUES[family] if it.platform.evidence[it.path].kind in PROVED_BY_RECORDINGS}
    assert set(UNREACHED[family]) - claimed == set()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_unspoilt_platform_meets_no_objection(family: str) -> None:
    assert len(checks(family)) > 40
    assert objection(family, load_platform(family)) == ""


def test_the_report_names_every_value() -> None:
    text = report(("asa5500x",))
    print(text)
    assert len(text.split("\n")) == len(VALUES["asa5500x"])
