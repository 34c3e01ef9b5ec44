"""The chapter's "Set the ASA Image, ASDM, and Startup Configuration": shown, set, saved and read back.

Without a setting the device boots a default image, "and that image may not be the one intended". Nothing is set that is not
on disk0, and the file that is to be the startup configuration comes out of it as it went in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rommon_tool.errors import FilesRefused, WrongUsage
from rommon_tool.procedures import boot_entries
from rommon_tool.procedures.asa_session import Asa
from rommon_tool.procedures.copying import digest_on_disk0
from rommon_tool.procedures.model_guidelines import (
    ASAV_NOTE,
    ASDM_BIN_NOTE,
    check_sets_image,
    determines_image,
    is_virtual,
)
from rommon_tool.procedures.run import Steps
from rommon_tool.procedures.saved_config import check_whole, has_saved_config
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.reading.boot import BootVariables
from serial_console.asa_cli.reading.listing import Listing, read_listing
from serial_console.errors import ReadBackDiffers

Action = Literal["show", "system", "asdm", "config"]
_ASDM = re.compile(r"(?m)^ *asdm image (\S+) *$")
_TFTP = re.compile(r"(?i)tftp://[\w.:\-\[\]]+/[\x21-\x3a\x3c-\x3e\x40-\x7e]+\Z")
_FILE = re.compile(r"[\w][\w.\-/]{0,127}\Z")
_HIDDEN = "a hidden file"


@dataclass(frozen=True, slots=True)
class BootJob:
    """What to set to what: for `system` the whole list in its order; nothing in `values` takes the setting away."""

    action: Action
    values: tuple[str, ...] = ()
    saves: bool = True
    config_is_whole: bool = False


@dataclass(frozen=True, slots=True)
class BootSettings:
    """What the device boots. `saved` counts at the next reload, `configured` once it is saved as well.

    `next_boot` says for people what the next reload will boot.
    """

    model: str
    running_image: str
    saved: tuple[str, ...]
    configured: tuple[str, ...]
    saved_config: str
    configured_config: str
    asdm: str
    is_saved: bool
    next_boot: str
    notes: tuple[str, ...] = ()


def named(value: str) -> str:
    """The name that the device knows a file by: `asa.SPA` is `disk0:/asa.SPA`; a TFTP URL stays. Raises `WrongUsage`."""
    if value.lower().startswith("tftp:"):
        if not _TFTP.match(value):
            raise WrongUsage(f"'{value}' is no TFTP URL of an image", hint="write it as tftp://192.0.2.10/asa.SPA")
        return value
    disk, _, path = value.rpartition(":")
    disk, path = {"": "disk0", "flash": "disk0"}.get(disk, disk), path.lstrip("/")
    if disk not in ("disk0", "disk1") or not _FILE.match(path) or ".." in path.split("/"):
        raise WrongUsage(f"'{value}' is no file on the device's flash", hint="write it as disk0:/asa984-lfbff-k8.SPA")
    return f"{disk}:/{path}"


def lines_to_type(job: BootJob) -> list[str]:
    """The lines of configuration, and `write memory`; what is set already on the device stands in capitals."""
    values = [named(value) for value in job.values]
    setting = {
        "show": ["show bootvar", "show running-config asdm", "dir disk0:/"],
        "system": ["no boot system OLD", *(f"boot system {value}" for value in values)],
        "asdm": [f"asdm image {value}" for value in values] or ["no asdm image"],
        "config": [f"boot config {value}" for value in values] or ["no boot config"],
    }[job.action]
    if job.action == "show":
        return setting
    return ["configure terminal", *setting, "end", *(["write memory"] if job.saves else []), "show bootvar"]


def check_job(job: BootJob) -> None:
    """Raise `WrongUsage` for what no device takes; nothing is touched for that."""
    values = [named(value) for value in job.values]
    if job.action == "system":
        boot_entries.check_order(values)
    elif any(boot_entries.is_remote(value) for value in values):
        raise WrongUsage(f"the {job.action} file must be on the device's flash", hint="copy it to disk0 first")


def settled(asa: Asa, job: BootJob, progress: Progress) -> Steps[BootSettings]:
    """Do a job, and tell what the device boots then. Raises before anything is changed where it must not be."""
    yield
    check_job(job)
    if job.action != "show":
        _check(asa, job, progress)
        yield
        _set(asa.cli, job, progress)
        yield
    return shown(asa)


def shown(asa: Asa) -> BootSettings:
    """What the device boots, as it tells."""
    variables, listing = boot_entries.boot_variables(asa.cli), read_listing(asa.cli.run("dir disk0:/"))
    asdm, model = _asdm(asa.cli), asa.shown.model
    notes = [ASDM_BIN_NOTE] if determines_image(model) and not asdm.endswith("/asdm.bin") else []
    notes += [ASAV_NOTE] if is_virtual(model) else []
    if not variables.is_saved:
        notes.append("what is configured is not saved: `write memory`, or the next reload forgets it")
    return BootSettings(
        model=model,
        running_image=asa.shown.image_file,
        saved=variables.saved,
        configured=variables.running,
        saved_config=variables.saved_config or _HIDDEN,
        configured_config=variables.running_config or _HIDDEN,
        asdm=asdm,
        is_saved=variables.is_saved,
        next_boot=next_boot(variables, listing, model),
        notes=tuple(notes),
    )


def next_boot(variables: BootVariables, listing: Listing, model: str) -> str:
    """What the next reload boots, by what is saved and what is on disk0."""
    if determines_image(model):
        return "what FXOS determines"
    present = [entry for entry in variables.saved if _is_there(entry, listing)]
    local = next((entry for entry in present if not boot_entries.is_remote(entry)), "")
    remote = next((entry for entry in present if boot_entries.is_remote(entry)), "")
    if remote:
        return f"{remote}; if its server can't be reached, {local or _default(model)}"
    return local or _default(model)


def _default(model: str) -> str:
    """The chapter's default settings."""
    if is_virtual(model):
        return "the image in the read-only boot:/ partition"
    return "the first application image that it finds in internal flash memory"


def _is_there(entry: str, listing: Listing) -> bool:
    """Whether an entry can be booted, as far as disk0 tells: what lies elsewhere is taken at its word."""
    path = entry.removeprefix("disk0:").lstrip("/")
    return not entry.startswith("disk0:") or "/" in path or listing.size_of(path) is not None


def _asdm(cli: AsaCli) -> str:
    found = _ASDM.search(cli.run("show running-config asdm"))
    return found[1] if found else ""


# --- before anything is changed --------------------------------------------------------------------------------------


def _check(asa: Asa, job: BootJob, progress: Progress) -> None:
    if job.action == "system":
        check_sets_image(asa.shown.model)
    for value in map(named, job.values):
        _check_file(asa.cli, value)
    if not job.saves:
        return
    check_whole(asa.shown, has_config=has_saved_config(asa.cli), is_whole=job.config_is_whole)
    if asa.shown.is_modified:
        progress.publish(Warned("the running configuration had unsaved changes; they are saved as well"))


def _check_file(cli: AsaCli, value: str) -> None:
    """Raise `FilesRefused` for a file that is not there: the device would only warn, and boot something else."""
    if boot_entries.is_remote(value):
        return
    folder, _, name = value.rpartition("/")
    if read_listing(cli.run(f"dir {folder}/")).size_of(name) is None:
        raise FilesRefused(f"{value} is not there", cause="not-there", hint=f"`dir {folder}/` shows what is")


# --- the change ------------------------------------------------------------------------------------------------------


def _set(cli: AsaCli, job: BootJob, progress: Progress) -> None:
    values = tuple(named(value) for value in job.values)
    if job.action == "system":
        boot_entries.set_entries(cli, values)
        _save(cli, job)
    elif job.action == "asdm":
        _one(cli, "asdm image", values, _asdm(cli))
        _read_back("ASDM image", _asdm(cli), values)
        _save(cli, job)
    else:
        _set_config(cli, job, values, progress)


def _one(cli: AsaCli, words: str, values: Sequence[str], present: str) -> None:
    """Set what has one value, or take it away; nothing is typed for what is so already."""
    if values and values[0] != present:
        boot_entries.configure(cli, [f"{words} {values[0]}"])
    elif not values and present:
        boot_entries.configure(cli, [f"no {words} {present}"])


def _set_config(cli: AsaCli, job: BootJob, values: Sequence[str], progress: Progress) -> None:
    """The startup configuration. `write memory` may write into that very file: it is kept, compared, and put back."""
    kept = _kept(cli, values[0]) if values and job.saves else ""
    before = digest_on_disk0(cli, _on_disk0(values[0])) if kept else ""
    _one(cli, "boot config", values, boot_entries.boot_variables(cli).running_config)
    _read_back("startup configuration", boot_entries.boot_variables(cli).running_config, values)
    _save(cli, job)
    if not kept:
        return
    if digest_on_disk0(cli, _on_disk0(values[0])) != before:
        cli.run(f"copy /noconfirm disk0:/{kept} {values[0]}")
        if digest_on_disk0(cli, _on_disk0(values[0])) != before:
            message = f"`write memory` has written over {values[0]}, and it could not be put back"
            raise ReadBackDiffers(message, hint=f"it is kept as disk0:/{kept}")
        progress.publish(Warned(f"`write memory` had written over {values[0]}; it was put back as it was"))
    cli.run(f"delete /noconfirm disk0:/{kept}")


def _kept(cli: AsaCli, value: str) -> str:
    """A copy of a file on disk0, by a name that is free; empty for a file elsewhere."""
    if not value.startswith("disk0:"):
        return ""
    taken = {file.name for file in read_listing(cli.run("dir disk0:/")).files}
    name = next(name for number in range(1000) if (name := f"boot-config-kept-{number}.cfg") not in taken)
    cli.run(f"copy /noconfirm {value} disk0:/{name}")
    return name


def _on_disk0(value: str) -> str:
    return value.removeprefix("disk0:").lstrip("/")


def _read_back(what: str, found: str, wanted: Sequence[str]) -> None:
    if found != "".join(wanted):
        message = f"the {what} is {found or 'not set'}, and {''.join(wanted) or 'nothing'} was set"
        raise ReadBackDiffers(message, seen=found or "nothing")


def _save(cli: AsaCli, job: BootJob) -> None:
    if job.saves:
        boot_entries.save(cli)
