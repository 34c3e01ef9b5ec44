"""`rommon variables`: an ISA 3000's settings for automatic restore, and what is refused before it is typed."""

import pytest
from cli_rig import Bench, named

ISA_3000 = "sim://isa3000?speed=40&state=monitor"


def test_the_variables_are_shown_and_a_passphrase_is_not(bench: Bench) -> None:
    ended = bench.run("variables", "-p", ISA_3000)
    assert ended.code == 0, ended.err
    shown = dict(line.split("=", 1) for line in ended.out.splitlines())
    assert {
        "RESTORE_MODE": "auto",
        "RESTORE_LOCATION": "disk3:",
        "RESTORE_PASSPHRASE": "<secret>",
    }.items() <= shown.items()
    assert "cisco" not in ended.out


def test_a_variable_is_set_read_back_and_saved_and_no_secret_is_kept(bench: Bench) -> None:
    with bench.device("isa3000", "--speed", "40") as device:
        settings = ["RESTORE_MODE=manual", "RESTORE_PASSPHRASE=hunter2hunter2"]
        ended = bench.run("variables", "-p", device.url, "--json", *settings)
        entered = [event["text"] for event in named(device.stopped(), "CommandEntered")]
    assert ended.code == 0, ended.err
    assert ended.result["platform"] == "isa3000"
    assert ended.result["variables"]["RESTORE_MODE"] == "manual"
    assert entered == [*settings, "set", "sync"]
    kept = [path for path in bench.folder.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert "hunter2" not in ended.out + ended.err
    assert kept == []


@pytest.mark.parametrize(
    ("setting", "told"), [("RESTORE_MODE=never", "auto or manual"), ("COLOUR=red", "knows no variable COLOUR")]
)
def test_what_the_family_does_not_know_is_refused(bench: Bench, setting: str, told: str) -> None:
    ended = bench.run("variables", "-p", ISA_3000, setting)
    assert ended.code == 2
    assert told in ended.err


def test_a_setting_without_a_name_is_wrong_usage(bench: Bench) -> None:
    assert bench.run("variables", "-p", ISA_3000, "manual").code == 2
