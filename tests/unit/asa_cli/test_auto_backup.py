"""Automatic backup and restore of a simulated ISA 3000, in virtual time."""

import json
import re
from collections.abc import Generator
from typing import Any

import pytest
from click.testing import CliRunner
from simulated_line import SimulatedLine

from rommon_tool.cli.auto_backup import auto_backup
from rommon_tool.errors import BackupRefused, BackupUnproved, RommonError
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.auto_backup import (
    PACKAGE,
    SideWanted,
    backed_up_now,
    check_device,
    configured,
    read_summary,
    shown_summary,
)
from rommon_tool.procedures.run import Run
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import AsaCli, Secret
from serial_console.asa_cli.reading.version import ShownVersion, read_version
from serial_console.errors import CommandFailed, ConsoleError
from serial_console.line import Seen

KEY = Secret("k3y-of-fw1")


class Isa:
    """A booted ISA 3000 of 9.8(4)22, and what was told on the way."""

    def __init__(self, *faults: str, family: str = "isa3000") -> None:
        fault = ",".join(("reports-version:9.8(4)22", *faults))
        self.line = SimulatedLine(f"sim://{family}?state=booted&fault={fault}")
        self.cli = AsaCli(self.line)
        self.told: list[Any] = []
        self.progress = Progress("test")
        self.progress.subscribe(lambda record: self.told.append(record.event))
        self.log_in()

    def log_in(self) -> None:
        self.cli.log_in()
        self.cli.enable()
        self.cli.pager_off()
        self.asa = Asa(self.cli, read_version(self.cli.run("show version")), self.line)

    def finish(self, steps: Generator[None, None, Any]) -> Any:
        return Run(steps, self.progress).finish()

    def configure(self, *sides: SideWanted) -> Any:
        return self.finish(configured(self.asa, sides, self.progress))

    @property
    def chassis(self) -> Any:
        return self.line.device._chassis


def test_both_sides_are_configured_and_read_back_and_the_save_backs_up() -> None:
    isa = Isa()
    summary = isa.configure(SideWanted("backup", True, "disk3:", KEY), SideWanted("restore", False))
    assert (summary.backs_up, summary.backup_location, summary.restores) == (True, "disk3:", False)
    assert list(isa.chassis.card) == [PACKAGE]
    assert isa.chassis.nvram["RESTORE_MODE"] == "manual"
    assert "k3y-of-fw1" not in summary.text


def test_the_restore_settings_are_the_monitor_s_variables() -> None:
    isa = Isa()
    isa.configure(SideWanted("restore", True, "disk0:", KEY))
    assert isa.chassis.nvram == {
        "RESTORE_MODE": "auto",
        "RESTORE_LOCATION": "disk0:",
        "RESTORE_PASSPHRASE": "k3y-of-fw1",
    }
    assert [event.text for event in isa.told if isinstance(event, Warned)]


def test_a_backup_now_is_proved_by_a_new_file() -> None:
    isa = Isa()
    isa.configure(SideWanted("backup", True, "disk3:", KEY))
    package = isa.finish(backed_up_now(isa.asa, "disk3:"))
    content, stamp = isa.chassis.card[PACKAGE]
    assert (package.bytes, package.stamp) == (len(content), stamp)


def test_a_save_without_a_card_is_not_called_a_backup() -> None:
    isa = Isa("no-card")
    isa.finish(configured(isa.asa, (SideWanted("backup", True, "disk3:", KEY),), isa.progress, saves=False))
    with pytest.raises(CommandFailed) as caught:
        isa.finish(backed_up_now(isa.asa, "disk3:"))
    assert "could not be written to disk3:" in caught.value.seen


def test_an_old_backup_elsewhere_is_not_called_a_new_one() -> None:
    isa = Isa()
    isa.configure(SideWanted("backup", True, "disk3:", KEY))
    isa.configure(SideWanted("backup", True, "disk0:", KEY))
    with pytest.raises(BackupUnproved):
        isa.finish(backed_up_now(isa.asa, "disk3:"))


def test_nothing_is_saved_for_a_backup_that_is_off() -> None:
    isa = Isa()
    with pytest.raises(BackupRefused) as caught:
        isa.finish(backed_up_now(isa.asa, "disk3:"))
    assert caught.value.cause == "not-on"
    assert b"write memory" not in isa.line.heard


@pytest.mark.parametrize(
    ("model", "version", "cause"),
    [("ASA5506", "9.8(4)22", "other-model"), ("ISA30002C2F", "9.6(1)", "too-old")],
)
def test_another_model_or_an_older_version_is_refused(model: str, version: str, cause: str) -> None:
    isa = Isa()
    with pytest.raises(BackupRefused) as caught:
        check_device(Asa(isa.cli, ShownVersion(version, model=model), isa.line))
    assert caught.value.cause == cause


def test_a_card_of_another_device_is_restored_at_a_start_and_once_only() -> None:
    isa = Isa()
    isa.configure(SideWanted("backup", True, "disk3:", Secret("")))
    content, stamp = isa.chassis.card[PACKAGE]
    kept = json.loads(content)
    other = {**kept, "fingerprint": "JAD99999999", "startup": kept["startup"].replace("ciscoasa", "plant-7")}
    isa.chassis.card[PACKAGE] = json.dumps(other).encode(), stamp
    isa.cli.type("reload noconfirm")
    isa.line.send(b"\r")
    isa.cli.forget_prompt()
    assert isinstance(isa.line.expect({"up": re.compile(rb"plant-7> ")}, 900), Seen)
    assert json.loads(isa.chassis.card[PACKAGE][0])["fingerprint"] == isa.chassis.serial


@pytest.mark.parametrize("seed", range(6))
def test_a_reworded_device_ends_in_a_named_state(seed: int) -> None:
    try:
        isa = Isa(f"reworded:{seed}")
        isa.configure(SideWanted("backup", True, "disk3:", KEY), SideWanted("restore", False))
        isa.finish(backed_up_now(isa.asa, "disk3:"))
    except (RommonError, ConsoleError):
        return
    assert PACKAGE in isa.chassis.card


@pytest.mark.parametrize(
    ("text", "backs_up", "location"),
    [
        ("backup: auto, disk3:", True, "disk3:"),
        ("Backup package\n  mode manual\n  place disk0:", False, "disk0:"),
        ("backup auto disabled", None, ""),
        ("a fine day", None, ""),
    ],
)
def test_a_summary_is_read_where_it_tells_and_never_guessed(text: str, backs_up: bool | None, location: str) -> None:
    summary = read_summary(text)
    assert (summary.backs_up, summary.backup_location) == (backs_up, location)
    assert summary.restores is None


def test_the_plan_has_every_line_and_no_passphrase() -> None:
    arguments = ["configure", "--backup", "on", "--restore", "off", "--dry-run", "--json"]
    ended = CliRunner().invoke(auto_backup, arguments)
    assert ended.exit_code == 0, ended.output
    typed = [line for row in ended.output.splitlines() for line in json.loads(row).get("types", ())]
    assert "backup-package backup location disk3: passphrase <secret>" in typed
    assert typed[-1] == "write memory"


def test_the_summary_of_a_device_as_it_comes() -> None:
    summary = shown_summary(Isa().asa)
    assert (summary.backs_up, summary.restores, summary.restore_location) == (False, True, "disk3:")
