"""The chapter's "Downgrade the ASA 5500-X or ISA 3000", from what would be lost to what was.

    clear configure boot, boot system, activation-key, write memory, copy OLD startup-config, reload

Once the old configuration is the startup configuration, nothing saves: `write memory` would write over it. So the reload's
question whether to save is answered with no, whoever changed what meanwhile.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade import DowngradeFinding
from rommon_tool.downgrade.explaining import Explained, ExplainedError, explain
from rommon_tool.errors import DowngradeNotProved, DowngradeRefused, Interrupted
from rommon_tool.procedures import boot_entries
from rommon_tool.procedures.asa_session import Asa, AsaConsole, open_asa
from rommon_tool.procedures.config_archive import Archive, archived, text_on_disk0
from rommon_tool.procedures.copying import copied_to_disk0, file_on_disk0
from rommon_tool.procedures.downgrade_gates import (
    GoAhead,
    Source,
    check_agreed,
    check_device,
    check_sources,
    check_stands_alone,
    checked_config,
)
from rommon_tool.procedures.file_servers import TFTP_PORT, FileServer, TftpFileServer
from rommon_tool.procedures.restarting import BOOT_SECONDS, Reload, reloaded
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.progress import Progress, Warned
from serial_console.asa_cli import NO, YES, Answers, AsaCli, Credentials
from serial_console.asa_cli.reading.startup_errors import read_startup_errors
from serial_console.asa_cli.reading.transfer import read_copied
from serial_console.asa_cli.reading.version import ShownVersion, read_version
from serial_console.errors import ReadBackDiffers
from serial_console.transcript import scrub

STEPS = (
    "connect",
    "identify",
    "keep-configs",
    "check-downgrade",
    "copy-to-disk0",
    "agree-downgrade",
    "boot-system",
    "write-memory",
    "restore-config",
    "reload-unsaved",
    "prove",
    "explain-errors",
)
WIZARD = Answers({r"(?i)pre-configure .*through interactive prompts": NO})
_UNSAVED = Answers({r"(?i)has been modified\. Save\?": NO, r"(?i)proceed with reload\?": YES})
_NEW_KEY = Answers({r"(?i)proceed with update flash activation key\?": YES})
_KEY_SECONDS = 600.0
_WORD = re.compile(r"\S+")
_AGAIN = "run the same command again"


@dataclass(frozen=True, slots=True)
class DowngradeJob:
    """What to go back to. `archive` is a folder on this machine; `server` our address, for files that are not on disk0 yet.

    `after` logs in to the old version, whose users and passwords are those of the old configuration; None: the console's.
    """

    image: Source
    config: Source
    target: AsaVersion
    archive: Path
    agreed: GoAhead = field(default_factory=GoAhead)
    activation_key: str = ""
    server: str = ""
    bind: str = ""
    tftp_port: int = TFTP_PORT
    sha512: str = ""
    after: Credentials | None = None
    boot_seconds: float = BOOT_SECONDS


@dataclass(frozen=True, slots=True)
class DowngradePlan:
    """What is about to happen, for whoever agrees to it. Nothing but files on disk0 has changed so far."""

    model: str
    version: str
    target: str
    image: str
    config: str
    findings: tuple[DowngradeFinding, ...]
    archive: str


@dataclass(frozen=True, slots=True)
class DowngradeOutcome:
    """What was proved. `refused` is what the old version did not take; `unforeseen` of it what no rule had foretold.

    `kept` are the files of before, on disk0; `archive` is the folder with both configurations on this machine.
    """

    model: str
    old_version: str
    version: str
    image_file: str
    config: str
    archive: str
    kept: tuple[str, ...]
    predicted: int
    refused: tuple[ExplainedError, ...]
    unforeseen: int
    unrealised: tuple[DowngradeFinding, ...]


Agrees = Callable[[DowngradePlan], bool]
Serve = Callable[[Source], FileServer]


def downgrade(job: DowngradeJob, console: AsaConsole, progress: Progress, agrees: Agrees) -> Run[DowngradeOutcome]:
    """The run of a job. `agrees` is asked once, before the first change of what the device boots."""
    return Run(_steps(job, console, progress, agrees), progress)


def _steps(job: DowngradeJob, console: AsaConsole, progress: Progress, agrees: Agrees) -> Steps[DowngradeOutcome]:
    def serve(source: Source) -> FileServer:
        return TftpFileServer(source.path, job.server, name=source.name, bind=job.bind, port=job.tftp_port)

    check_sources(job.image, job.config)
    with ExitStack() as stack:
        with step(progress, 1, STEPS[0], of=len(STEPS)) as notes:
            asa = stack.enter_context(open_asa(console, progress, WIZARD))
            notes.append(f"{asa.shown.model or 'an ASA'}, version {asa.shown.version}")
        yield
        job = replace(job, after=job.after or console.credentials)
        return (yield from Downgrade(job, progress, agrees, serve).on(asa))


def lines_to_type(job: DowngradeJob) -> dict[str, list[str]]:
    """What is typed, by step."""
    image, config = f"disk0:/{job.image.name}", f"disk0:/{job.config.name}"
    copies = [
        line
        for source in (job.image, job.config)
        for line in (
            *([] if source.is_on_device else [f"copy /noconfirm tftp://SERVER/{source.name} disk0:/{source.name}"]),
            f"verify /sha-512 disk0:/{source.name}",
        )
    ]
    return {
        "connect": ["enable", "terminal pager 0", "show version"],
        "keep-configs": [
            f"{what} disk0:/{name}-before-downgrade.cfg"
            for name in ("running", "startup")
            for what in (f"copy /noconfirm {name}-config", "more")
        ],
        "check-downgrade": [f"more {config}"] if job.config.is_on_device else [],
        "copy-to-disk0": copies,
        "boot-system": [
            *("configure terminal", "clear configure boot", f"boot system {image}", "end", "show bootvar"),
            *(["activation-key KEY"] if job.activation_key else []),
        ],
        "write-memory": ["write memory", "show bootvar"],
        "restore-config": [f"copy /noconfirm {config} startup-config", "show startup-config", "show bootvar"],
        "reload-unsaved": ["reload", "n, at `Save? [Y]es/[N]o:`", "Enter, at `Proceed with reload? [confirm]`"],
        "prove": ["show version"],
        "explain-errors": ["show startup-config errors"],
    }


class Downgrade:
    """The procedure for one job, on a device that is in hand. `serve` makes a server for a file that is not on disk0."""

    def __init__(self, job: DowngradeJob, progress: Progress, agrees: Agrees, serve: Serve) -> None:
        self._job = job
        self._progress = progress
        self._agrees = agrees
        self._serve = serve
        self._image = f"disk0:/{job.image.name}"
        self._config = f"disk0:/{job.config.name}"
        self._state = "the device runs as before; nothing on it was changed"
        self._way_back = _AGAIN

    def on(self, asa: Asa) -> Steps[DowngradeOutcome]:
        """All steps behind "connect". However it ends, the device's state and the way back are told."""
        try:
            return (yield from self._on(asa))
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; {self._state}", hint=self._way_back) from None
        except Exception:
            self._progress.publish(Warned(f"{self._state}; {self._way_back}"))
            raise

    def _on(self, asa: Asa) -> Steps[DowngradeOutcome]:
        job, cli = self._job, asa.cli
        with self._step("identify") as notes:
            check_sources(job.image, job.config)
            check_device(asa.shown, job.target)
            notes.append(f"{asa.shown.model}, from {asa.shown.version} to {job.target}")
        yield
        with self._step("keep-configs") as notes:
            archive = yield from archived(cli, job.archive, self._progress)
            notes.append(f"{archive.folder}, disk0:/{archive.running}, disk0:/{archive.startup or '(none was saved)'}")
            self._state = "what the device boots was not changed; its configurations are kept on disk0 and here as well"
            check_stands_alone(archive.running_text)
        with self._step("check-downgrade") as notes:
            text, findings = yield from self._checked(asa)
            notes.append(f"{len(findings)} findings")
            check_agreed(findings, job.agreed)
        with self._step("copy-to-disk0"):
            yield from self._copied(cli)
        with self._step("agree-downgrade"):
            self._ask(asa.shown, archive, findings)
        yield
        yield from self._changed(cli, text, archive)
        shown = yield from self._reloaded_and_proved(asa)
        return self._outcome(asa, shown, archive, findings, text)

    def _step(self, name: str) -> AbstractContextManager[list[str]]:
        return step(self._progress, STEPS.index(name) + 1, name, of=len(STEPS))

    # --- before anything that counts is changed ------------------------------------------------------------------

    def _checked(self, asa: Asa) -> Steps[tuple[str, tuple[DowngradeFinding, ...]]]:
        """The old configuration, and what the target would make of it; no secret is in a finding."""
        config = self._job.config
        if config.is_on_device:
            self._needed(asa.cli, config)
            text, is_whole = yield from text_on_disk0(asa.cli, config.name)
            if not is_whole:
                message = f"what the console shows of {self._config} has another SHA-512, so it can't be checked"
                raise DowngradeRefused(message, cause="config-unreadable", hint="give it as a file of this machine")
        else:
            text = config.path.read_text("latin-1")
        checked = checked_config(text, self._job.target, asa.shown.model)
        # What is published is kept in the run's folder, and a hashed password is still one.
        findings = tuple(replace(finding, text=scrub(finding.text)) for finding in checked.findings)
        for finding in findings:
            self._progress.publish(finding)
        return text, findings

    def _needed(self, cli: AsaCli, source: Source) -> str:
        """The SHA-512 of a file that is said to be on disk0."""
        _, digest = file_on_disk0(cli, source.name)
        if not digest:
            message = f"there is no disk0:/{source.name}"
            raise DowngradeRefused(message, cause="file-missing", hint="`dir disk0:` shows what there is")
        return digest

    def _copied(self, cli: AsaCli) -> Steps[None]:
        """Both files on disk0, as they were named and verified."""
        for source, wanted in ((self._job.config, ""), (self._job.image, self._job.sha512)):
            if source.is_on_device:
                digest = self._needed(cli, source)
            else:
                with self._serve(source) as server:
                    self._check_digest(source, server.sha512, wanted)
                    copied = yield from copied_to_disk0(cli, server, source.name, self._progress)
                    digest = copied.sha512
            self._check_digest(source, digest, wanted)
        self._state = "image and old configuration are on disk0; what the device boots was not changed"

    def _check_digest(self, source: Source, digest: str, wanted: str) -> None:
        if wanted and digest != wanted:
            message = f"{source.given} has another SHA-512 than what was verified"
            raise DowngradeRefused(message, cause="image-differs", seen=digest, hint="find out why before going on")

    def _ask(self, shown: ShownVersion, archive: Archive, findings: Sequence[DowngradeFinding]) -> None:
        target = str(self._job.target)
        plan = DowngradePlan(
            shown.model, shown.version, target, self._image, self._config, tuple(findings), str(archive.folder)
        )
        if not self._agrees(plan):
            raise Interrupted(f"not agreed to; {self._state}", hint=_AGAIN)

    # --- the chapter's order -------------------------------------------------------------------------------------

    def _changed(self, cli: AsaCli, text: str, archive: Archive) -> Steps[None]:
        before = boot_entries.boot_variables(cli).running
        with self._step("boot-system"):
            self._state = "the boot settings are changed in the running configuration, and not saved"
            self._way_back = f"what it booted was {', '.join(before) or 'the first image on disk0'}; `reload` without saving leads back"
            self._set_boot(cli)
        yield
        with self._step("write-memory"):
            self._state = f"the next reload boots {self._image}, with the configuration of today"
            self._way_back = (
                f"the way back: set `boot system` to {', '.join(before) or 'the image of before'}, then `write memory`"
            )
            boot_entries.save(cli)
        yield
        with self._step("restore-config"):
            self._state = (
                f"the next reload boots {self._image}, with {self._config} as its configuration; don't `write memory`"
            )
            self._way_back += f"; the configurations of before are disk0:/{archive.running} and in {archive.folder}"
            self._restore(cli, text)
        yield

    def _set_boot(self, cli: AsaCli) -> None:
        boot_entries.configure(cli, ["clear configure boot", f"boot system {self._image}"])
        running = boot_entries.boot_variables(cli).running
        if running != (self._image,):
            message = f"the boot images are {', '.join(running) or 'none'}, and {self._image} alone was set"
            raise ReadBackDiffers(message, seen=f"Current BOOT variable = {';'.join(running)}")
        if self._job.activation_key:
            cli.run(f"activation-key {self._job.activation_key}", _NEW_KEY, seconds=_KEY_SECONDS)

    def _restore(self, cli: AsaCli, text: str) -> None:
        """The old configuration into the startup configuration, read back line by line, with the boot variable as it was."""
        read_copied(cli.run(f"copy /noconfirm {self._config} startup-config", seconds=_KEY_SECONDS))
        shown = cli.run("show startup-config", checked=False)
        if _outline(shown) != _outline(text):
            raise ReadBackDiffers(
                f"the startup configuration is not {self._config}", seen=f"{len(_outline(shown))} lines"
            )
        saved = boot_entries.boot_variables(cli).saved
        if saved != (self._image,):
            message = f"the copy has changed what boots: {', '.join(saved) or 'none'}"
            raise ReadBackDiffers(message, seen=f"BOOT variable = {';'.join(saved)}")

    # --- the proof -----------------------------------------------------------------------------------------------

    def _reloaded_and_proved(self, asa: Asa) -> Steps[ShownVersion]:
        with self._step("reload-unsaved"):
            self._state = f"the device was told to reload into {self._image} with {self._config}; nothing was saved"
            heard = yield from reloaded(asa.cli, Reload(_UNSAVED, boot_seconds=self._job.boot_seconds))
        yield
        with self._step("prove") as notes:
            self._state = (
                "the device has reloaded, with the old configuration saved; don't `write memory` before you looked"
            )
            self._cli = AsaCli(asa.line, self._job.after)
            self._cli.log_in(heard, WIZARD)
            shown = read_version(self._cli.run("show version"))
            self._prove(shown)
            notes.append(f"version {shown.version}, from {shown.image_file}")
        yield
        return shown

    def _prove(self, shown: ShownVersion) -> None:
        if shown.flash_file != self._job.image.name:
            message = f"the device runs {shown.image_file or 'an image that it does not name'}, not {self._image}"
            raise DowngradeNotProved(message, cause="other-image", seen=f"System image file is {shown.image_file!r}")
        if AsaVersion.parse(shown.version) != self._job.target:
            message = f"the device runs {self._image}, and calls it {shown.version}, not {self._job.target}"
            raise DowngradeNotProved(message, cause="other-version", seen=shown.version)

    def _outcome(
        self, asa: Asa, shown: ShownVersion, archive: Archive, findings: Sequence[DowngradeFinding], text: str
    ) -> DowngradeOutcome:
        with self._step("explain-errors") as notes:
            explained = self._explained(text, findings)
            notes.append(f"{len(explained.refused)} lines refused, {len(explained.unforeseen)} of them unforeseen")
        return DowngradeOutcome(
            model=asa.shown.model,
            old_version=asa.shown.version,
            version=shown.version,
            image_file=shown.image_file,
            config=self._config,
            archive=str(archive.folder),
            kept=tuple(f"disk0:/{name}" for name in (archive.running, archive.startup) if name),
            predicted=sum(finding.effect in ("reject", "reject-default-line") for finding in findings),
            refused=explained.refused,
            unforeseen=len(explained.unforeseen),
            unrealised=explained.unrealised,
        )

    def _explained(self, text: str, findings: Sequence[DowngradeFinding]) -> Explained:
        self._cli.enable()
        self._cli.pager_off()
        try:
            said = self._cli.run("show startup-config errors", checked=False)
        finally:
            self._cli.leave()
        explained = explain(read_startup_errors(said), text, findings)
        for error in explained.errors:
            self._progress.publish(error)
        return explained


def with_digest(job: DowngradeJob, sha512: str) -> DowngradeJob:
    """The job, held to the very image that was verified."""
    return replace(job, sha512=sha512)


def _outline(config: str) -> list[list[str]]:
    """The first two words of each command: what a device shows with its keys hidden still has them."""
    lines = [line for line in config.splitlines() if line.strip() and line.lstrip()[0] not in "!:"]
    return [_WORD.findall(line)[:2] for line in lines if not line.startswith(("ASA Version", "Cryptochecksum"))]
