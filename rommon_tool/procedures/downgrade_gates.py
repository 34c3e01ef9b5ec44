"""What must hold before a downgrade changes anything, and the refusals with the chapter's reasons.

The one rule: a refusal comes while the device still boots what it booted, with the configuration that it had.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade import Checked, DowngradeFinding, check
from rommon_tool.downgrade.findings import LOSSES
from rommon_tool.errors import DowngradeRefused, NotForThisModel, WrongImage, WrongUsage
from serial_console.asa_cli.reading.version import ShownVersion
from serial_console.boot_monitor.confreg import IGNORES_CONFIG

_NAME = re.compile(r"[\w.+-]+", re.ASCII)
_MINE = re.compile(r"(?i)ASA ?55(?:06|08|12|15|16|25|45|55|85)|ISA-?3000")
_CHASSIS = re.compile(r"(?i)FPR-?4K|FPR-?41\d\d|FPR-?9K|FPR-?93\d\d")
_FXOS = re.compile(r"(?i)FPR|CSF")
_PAIR = re.compile(r"(?m)^(?:failover|cluster group \S+) *$")
_STEPS_OF_FXOS = (
    "the chapter's way: at the ASA CLI `copy OLD_CONFIG startup-config` (on the active or control unit) and no `write memory` "
    "after it; then choose the old ASA version in FXOS (Chassis Manager or FXOS CLI), by the upgrade guide's procedure"
)
_FXOS_TOO = (
    "; before that, make sure that the old ASA version fits the FXOS version, else FXOS has to go down first, "
    "to a version that the ASA of today runs on as well"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was named: on this machine, or on the device's disk as `disk0:/NAME`."""

    given: str

    @property
    def is_on_device(self) -> bool:
        return self.given.startswith(("disk0:", "flash:"))

    @property
    def path(self) -> Path:
        return Path(self.given)

    @property
    def name(self) -> str:
        """Its name on disk0."""
        return self.given.partition(":")[2].lstrip("/") if self.is_on_device else PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class GoAhead:
    """What the user has agreed to lose: lines of the configuration, and the last way to log in."""

    losses: bool = False
    lock_out: bool = False


def check_sources(*sources: Source) -> None:
    """Raise `WrongUsage` for a name that can't be typed, or a file that is not here."""
    for source in sources:
        if not _NAME.fullmatch(source.name):
            message = f"'{source.name}' can't be the name of a file on disk0"
            raise WrongUsage(message, hint="take letters, digits, dot, dash and underscore, and no folder")
        if not source.is_on_device and not source.path.is_file():
            message = f"there is no file {source.given}"
            raise WrongUsage(message, hint="give a file of this machine, or disk0:/NAME for one on the device")
    if len({source.name for source in sources}) < len(sources):
        raise WrongUsage("image and configuration have the same name", hint="give two files")


def check_device(shown: ShownVersion, target: AsaVersion) -> None:
    """Raise what tells that this device is not downgraded so, or not now."""
    _check_model(shown.model)
    if shown.context:
        message = "this ASA is in multiple context mode, whose contexts have configurations of their own"
        raise DowngradeRefused(
            message, cause="multiple-contexts", seen=shown.context, hint="restore each context's own configuration"
        )
    if int(shown.register or "0x1", 16) & IGNORES_CONFIG:
        message = "the device ignores its saved configuration, so it would ignore the old one too"
        hint = "set `config-register 0x1`, reload, and run again"
        raise DowngradeRefused(message, cause="config-ignored", seen=f"register {shown.register}", hint=hint)
    if target >= AsaVersion.parse(shown.version):
        message = f"the device runs {shown.version}, and {target} is not older"
        raise WrongUsage(message, hint="`rommon install` makes another image last")


def _check_model(model: str) -> None:
    if _FXOS.search(model):
        hint = _STEPS_OF_FXOS + (_FXOS_TOO if _CHASSIS.search(model) else "")
        message = f"on a {model} FXOS determines which ASA version runs; this procedure is for ASA 5500-X and ISA 3000"
        raise NotForThisModel(message, seen=f"Hardware: {model}", hint=hint)
    if not _MINE.search(model):
        message = f"the chapter has this downgrade for ASA 5500-X and ISA 3000, and this is {model or 'not told'}"
        raise NotForThisModel(message, seen=f"Hardware: {model}", hint="see its own guide")


def check_stands_alone(running: str) -> None:
    """Raise `DowngradeRefused` for a unit of a pair or cluster, whose mate would replicate its configuration over the old one."""
    if found := _PAIR.search(running):
        message = "the device is a unit of a failover pair or a cluster; its mate would write its configuration over the old one"
        hint = "the chapter knows no downgrade of such without downtime: take the units apart first"
        raise DowngradeRefused(message, cause="not-alone", seen=found[0], hint=hint)


def checked_config(text: str, target: AsaVersion, model: str) -> Checked:
    """The linter's word on the old configuration. Raises `WrongImage` where the model can't run that version."""
    checked = check(text, target, model=model)
    if checked.why_not:
        raise WrongImage(f"{target} can't be taken: {checked.why_not}", hint="take a version that the model runs")
    if not checked.lines:
        raise DowngradeRefused(
            "the old configuration has no line", cause="config-empty", hint="give the one from before the upgrade"
        )
    return checked


def check_agreed(findings: Sequence[DowngradeFinding], agreed: GoAhead) -> None:
    """Raise `DowngradeRefused` for losses that nobody has agreed to."""
    locked = [finding for finding in findings if finding.lock_out]
    if locked and not agreed.lock_out:
        message = f"nobody could log in afterwards but at the console: {len(locked)} users would be lost, and with them the last"
        hint = "have the console at hand and give --accept-lock-out, or give a configuration of the old version"
        raise DowngradeRefused(message, cause="lock-out", seen=locked[0].text.strip(), hint=hint)
    lost = [finding for finding in findings if finding.effect in LOSSES or finding.rule == "guide-masked"]
    if lost and not agreed.losses:
        message = f"{len(lost)} findings tell of lines that would be lost or changed"
        hint = "read them, then give --accept-losses; or give a configuration that the old version has written"
        raise DowngradeRefused(message, cause="losses", seen=lost[0].text.strip() or lost[0].what, hint=hint)
