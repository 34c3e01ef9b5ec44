"""Make an image last: onto disk0, first in the boot order, saved, and proved to run from flash after a reload.

The chapter's step 9 of "Load an Image Using ROMMON". Nothing is saved before the file on disk0 is proved, the saved
configuration is kept as a file before `write memory` writes over it, and disk0 is never formatted unasked.
"""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path

from rommon_tool.errors import CopyRefused, InstallNotProved, InstallRefused, Interrupted
from rommon_tool.job import InstallOutcome
from rommon_tool.procedures import boot_entries
from rommon_tool.procedures.asa_session import Asa, AsaConsole, open_asa
from rommon_tool.procedures.copying import CopiedFile, copied_to_disk0
from rommon_tool.procedures.file_servers import TFTP_PORT, FileServer, TftpFileServer
from rommon_tool.procedures.model_guidelines import ASAV_NOTE, check_sets_image, is_virtual
from rommon_tool.procedures.restarting import BOOT_SECONDS, Reload, reloaded
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.procedures.saved_config import check_whole, has_saved_config, register_of
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import NO, YES, Answers, AsaCli, Credentials
from serial_console.asa_cli.reading.interfaces import read_addresses
from serial_console.asa_cli.reading.listing import Listing, read_listing
from serial_console.asa_cli.reading.version import ShownVersion, read_version
from serial_console.boot_monitor.confreg import NORMAL
from serial_console.errors import BootNotProved, CommandFailed, CommandUnknown, ReadBackDiffers, UnexpectedState
from serial_console.line import Line

STEPS = ("connect", "check-device", "copy-to-disk0", "keep-config", "boot-system", "write-memory", "reload", "prove")
KEPT_CONFIG = "startup-before-install"
WIZARD = Answers({r"(?i)pre-configure .*through interactive prompts": NO})
_RELOAD = Answers({r"(?i)has been modified\. Save\?": YES, r"(?i)proceed with reload\?": YES})
_FORMAT = Answers({r"(?i)format operation (?:may take|will destroy)": YES})
_FORMAT_SECONDS = 900.0
_REGISTER = re.compile(r"0x[0-9a-fA-F]+")
_AGAIN = "run the same command again"
_FORMAT_HINT = (
    "if disk0 has no file system (a new or foreign disk), --format-disk makes one and erases whatever is on it; "
    "else look at the disk itself"
)


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """What a device without any address gets for the copy; it is taken away again before anything is saved."""

    address: IPv4Interface
    interface: str
    gateway: str = ""

    def lines(self) -> list[str]:
        """What gives it the address."""
        via = [f"route rommon 0.0.0.0 0.0.0.0 {self.gateway}"] if self.gateway else []
        host = f"ip address {self.address.ip} {self.address.netmask}"
        return [f"interface {self.interface}", "nameif rommon", "security-level 100", host, "no shutdown", *via]

    def lines_back(self) -> list[str]:
        """What takes it away."""
        via = [f"no route rommon 0.0.0.0 0.0.0.0 {self.gateway}"] if self.gateway else []
        return [*via, f"interface {self.interface}", "no ip address", "no nameif", "shutdown"]


@dataclass(frozen=True, slots=True)
class InstallJob:
    """What to install. `version` is what the image calls itself; empty where nobody knows.

    `clears` takes the old `boot system` entries away, else they stay behind the new one. `config_is_whole`: the running
    configuration may be saved though the register had the device ignore the saved one. `address` is for a device that has
    none. `sha512` is what the served file must have; empty where it was not verified.
    """

    image: Path
    server: str
    bind: str = ""
    tftp_port: int = TFTP_PORT
    version: str = ""
    sha512: str = ""
    clears: bool = False
    replaces: bool = False
    formats: bool = False
    config_is_whole: bool = False
    address: DeviceAddress | None = None
    boot_seconds: float = BOOT_SECONDS


def install(job: InstallJob, console: AsaConsole, progress: Progress) -> Run[InstallOutcome]:
    """The run of a job. Nothing happens before it is iterated over or its block is left."""
    return Run(_steps(job, console, progress), progress)


def _steps(job: InstallJob, console: AsaConsole, progress: Progress) -> Steps[InstallOutcome]:
    with ExitStack() as stack:
        procedure = Install(job, progress, console.credentials)
        server = stack.enter_context(TftpFileServer(job.image, job.server, bind=job.bind, port=job.tftp_port))
        yield
        with step(progress, 1, STEPS[0], of=len(STEPS)) as notes:
            asa = stack.enter_context(open_asa(console, progress, WIZARD))
            notes.append(f"{asa.shown.model or 'an ASA'}, version {asa.shown.version}")
        yield
        return (yield from procedure.on(asa, server))


def lines_to_type(job: InstallJob) -> dict[str, list[str]]:
    """What is typed, by step. What depends on the device stands in capitals."""
    name = job.image.name
    address = ["configure terminal", *job.address.lines(), "end"] if job.address else []
    entries = ["no boot system OLD", f"boot system disk0:/{name}", *([] if job.clears else ["boot system OLD"])]
    return {
        "connect": ["enable", "terminal pager 0", "show version"],
        "check-device": ["dir disk0:/", "show startup-config | include hostname", "show interface ip brief"],
        "copy-to-disk0": [
            *address,
            f"copy /noconfirm tftp://{job.server}/{name} disk0:/{name}",
            f"verify /sha-512 disk0:/{name}",
        ],
        "keep-config": [f"copy /noconfirm startup-config disk0:/{KEPT_CONFIG}.cfg"],
        "boot-system": ["show bootvar", "configure terminal", *entries, f"config-register {NORMAL:#x}", "end"],
        "write-memory": ["write memory", "show bootvar"],
        "reload": ["reload", "Enter, at `Proceed with reload? [confirm]`"],
        "prove": ["show version"],
    }


class Install:
    """The procedure for one job, on a device that is in hand."""

    def __init__(self, job: InstallJob, progress: Progress, credentials: Credentials | None = None) -> None:
        self._job = job
        self._progress = progress
        self._credentials = credentials or Credentials()
        self._name = job.image.name
        self._entry = f"disk0:/{job.image.name}"
        self._kept_config = ""
        self._wanted: tuple[str, ...] = ()
        self._dropped: tuple[str, ...] = ()
        self._state = "the device runs as before; nothing on it was changed"

    def on(self, asa: Asa, server: FileServer) -> Steps[InstallOutcome]:
        """All steps behind "connect"; `server` is entered already. However it ends, the device's state is told."""
        try:
            return (yield from self._on(asa, server))
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; {self._state}", hint=_AGAIN) from None
        except Exception:
            self._progress.publish(Warned(self._state))
            raise

    def _on(self, asa: Asa, server: FileServer) -> Steps[InstallOutcome]:
        cli = asa.cli
        with self._step("check-device") as notes:
            self._check_server(server)
            has_config = self._identified(asa)
            notes.append(asa.shown.model or "its model is not told")
        yield
        with self._step("copy-to-disk0") as notes:
            copied = yield from self._copied(cli, server)
            notes.append("it was there already" if copied.was_there else f"{copied.bytes} bytes, SHA-512 as here")
        self._state = f"{self._entry} is there and proved; what the device boots was not changed"
        yield
        with self._step("keep-config") as notes:
            self._kept_config = self._config_kept(cli) if has_config else ""
            notes.append(f"disk0:/{self._kept_config}" if self._kept_config else "there was none")
        yield
        with self._step("boot-system") as notes:
            notes.append(", ".join(self._boot_set(cli)))
        self._set_register(cli, asa.shown)
        yield
        with self._step("write-memory"):
            boot_entries.save(cli)
        self._state = f"everything is saved: the next reload boots {self._entry}"
        yield
        return (yield from self._reloaded_and_proved(asa, copied))

    # --- before anything is written ------------------------------------------------------------------------------

    def _check_server(self, server: FileServer) -> None:
        if self._job.sha512 and server.sha512 != self._job.sha512:
            raise InstallRefused(f"{self._name} was changed after it was verified", cause="image-changed", hint=_AGAIN)

    def _identified(self, asa: Asa) -> bool:
        """Refuse what must not be installed on; whether the device has a saved configuration."""
        shown = asa.shown
        if shown.context == "context":
            message = "this is a security context; files and boot settings are in the system execution space alone"
            raise UnexpectedState(message, seen=asa.cli.prompt.text, hint="`changeto system`, then run again")
        check_sets_image(shown.model)
        if is_virtual(shown.model):
            self._progress.publish(Warned(ASAV_NOTE))
        self._listing(asa.cli)
        has_config = has_saved_config(asa.cli)
        check_whole(shown, has_config=has_config, is_whole=self._job.config_is_whole)
        return has_config

    def _listing(self, cli: AsaCli) -> Listing:
        """What is on disk0. Without a file system it is formatted, if that was asked for."""
        try:
            return read_listing(cli.run("dir disk0:/"))
        except CommandUnknown:
            raise
        except CommandFailed as error:
            if not self._job.formats:
                message = "disk0: can't be read, and it is not formatted unasked"
                raise CopyRefused(message, cause="disk-unusable", seen=error.seen, hint=_FORMAT_HINT) from error
        self._progress.publish(Warned("disk0: is formatted, as asked for"))
        cli.run("format disk0:", _FORMAT, seconds=_FORMAT_SECONDS)
        return read_listing(cli.run("dir disk0:/"))

    # --- the file ------------------------------------------------------------------------------------------------

    def _copied(self, cli: AsaCli, server: FileServer) -> Steps[CopiedFile]:
        lent = None if read_addresses(cli.run("show interface ip brief")) else self._job.address
        if lent is None:
            return (yield from copied_to_disk0(cli, server, self._name, self._progress, replaces=self._job.replaces))
        self._state = f"{lent.interface} has {lent.address}, unsaved: a reload takes it away"
        boot_entries.configure(cli, lent.lines())
        copied = yield from copied_to_disk0(cli, server, self._name, self._progress, replaces=self._job.replaces)
        boot_entries.configure(cli, lent.lines_back())
        return copied

    # --- what it boots -------------------------------------------------------------------------------------------

    def _config_kept(self, cli: AsaCli) -> str:
        """Keep the saved configuration as a file of a new name. Raises `InstallRefused` if it is not there afterwards."""
        name = _free_name(read_listing(cli.run("dir disk0:/")))
        cli.run(f"copy /noconfirm startup-config disk0:/{name}", checked=False)
        if not read_listing(cli.run("dir disk0:/")).size_of(name):
            message = f"the saved configuration can't be kept as disk0:/{name}, so nothing is written over it"
            raise InstallRefused(message, cause="config-not-kept", hint="make room on disk0, and run again")
        return name

    def _boot_set(self, cli: AsaCli) -> tuple[str, ...]:
        present = boot_entries.boot_variables(cli).running
        self._wanted, self._dropped = boot_entries.with_first(self._entry, () if self._job.clears else present)
        if self._dropped:
            message = (
                f"no longer in the boot order: {', '.join(self._dropped)} (up to four local images; TFTP must be first)"
            )
            self._progress.publish(Warned(message))
        self._state = "the boot settings are changed in the running configuration, and not saved"
        boot_entries.set_entries(cli, self._wanted)
        return self._wanted

    def _set_register(self, cli: AsaCli, shown: ShownVersion) -> None:
        """The configuration register back to normal, read back as what the next reload will have."""
        if register_of(shown) == NORMAL:
            return
        boot_entries.configure(cli, [f"config-register {NORMAL:#x}"])
        told = cli.run("show version | include register")
        values = _REGISTER.findall(told)
        if not values or int(values[-1], 16) != NORMAL:
            raise ReadBackDiffers(f"the register is not {NORMAL:#x}", seen=told.strip())
        self._progress.publish(Warned(f"the configuration register was {shown.register}, and is {NORMAL:#x} again"))

    # --- the proof -----------------------------------------------------------------------------------------------

    def _reloaded_and_proved(self, asa: Asa, copied: CopiedFile) -> Steps[InstallOutcome]:
        with self._step("reload"):
            self._state = f"everything is saved, and the device was told to reload; it boots {self._entry}"
            try:
                heard = yield from reloaded(asa.cli, Reload(_RELOAD, boot_seconds=self._job.boot_seconds))
            except BootNotProved as error:
                raise InstallNotProved(str(error), cause=error.cause, seen=error.seen, hint=error.hint) from error
        yield
        with self._step("prove") as notes:
            self._state = "everything is saved, and the device has reloaded"
            shown = shown_after(asa.line, self._credentials, heard)
            self._prove(shown)
            notes.append(f"version {shown.version}, from {shown.image_file}")
        return InstallOutcome(
            image=self._name,
            installed_bytes=copied.bytes,
            sha512=copied.sha512,
            version=shown.version,
            image_file=shown.image_file,
            boot_system=self._wanted,
            register=shown.register,
            model=shown.model,
            kept_config=self._kept_config,
            was_there=copied.was_there,
            dropped=self._dropped,
        )

    def _prove(self, shown: ShownVersion) -> None:
        """Raise `InstallNotProved` unless the image runs, from flash, with a register that keeps it so."""
        if shown.flash_file != self._name:
            message = f"the device runs {shown.image_file or 'an image that it does not name'}, not {self._entry}"
            raise InstallNotProved(message, cause="other-image", seen=f"System image file is {shown.image_file!r}")
        if self._job.version and shown.version != self._job.version:
            message = f"the device runs {self._entry}, and calls it {shown.version}, not {self._job.version}"
            raise InstallNotProved(message, cause="other-version", seen=shown.version)
        if register_of(shown) != NORMAL:
            message = f"the configuration register is {shown.register}, and was set to {NORMAL:#x}"
            raise InstallNotProved(message, cause="register", seen=shown.register)

    def _step(self, name: str):  # type: ignore[no-untyped-def]
        return step(self._progress, STEPS.index(name) + 1, name, of=len(STEPS))


def shown_after(line: Line, credentials: Credentials, heard: bytes) -> ShownVersion:
    """What a device tells of itself after a reload, at the first prompt that its login leads to."""
    cli = AsaCli(line, credentials)
    cli.log_in(heard, WIZARD)
    return read_version(cli.run("show version"))


def _free_name(listing: Listing) -> str:
    taken = {file.name for file in listing.files}
    names: Sequence[str] = [f"{KEPT_CONFIG}.cfg", *(f"{KEPT_CONFIG}-{number}.cfg" for number in range(2, 1000))]
    return next(name for name in names if name not in taken)
