"""A lost password: record the register, let the device ignore its configuration, boot; later put the register back.

What is typed at the booted device is a person's business: passwords are chosen by people. The old register is on the disk
before it is changed, so that it can be put back whatever happens in between.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platforms import Platform, load_platform, platform_names
from platforms.model import ConfigRegister
from rommon_tool import register_journal
from rommon_tool.errors import Interrupted, WrongUsage
from rommon_tool.power import power_of
from rommon_tool.preflight import AUTO
from rommon_tool.procedures.entering import entered
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.progress import ConsoleShowed, Progress, Warned
from rommon_tool.register_journal import RegisterNote
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.confreg import (
    BOOTS_IGNORING,
    IGNORES_CONFIG,
    NORMAL,
    RegisterAtPrompt,
    answered_yes,
    at_prompt,
    meaning,
)
from serial_console.boot_monitor.events import (
    Booted,
    ConfigIgnored,
    Idle,
    MonitorEntered,
    RegisterRead,
    RegisterWritten,
)
from serial_console.boot_monitor.flash_boot import watch_flash_boot
from serial_console.channel import Channel
from serial_console.errors import UnexpectedState
from serial_console.link import limits
from serial_console.transcript import Transcript

Action = Literal["recover", "restore", "show"]
STEPS = ("connect", "break-in", "read-register", "set-register", "boot-from-flash")


@dataclass(frozen=True, slots=True)
class PasswordJob:
    """`recover`: change the register to `register` (None: 0x41); `restore`: back to it (None: what `journal` holds).

    `journal` is written by a recovery; a restoration reads it, if there is one. Times in seconds.
    """

    port: str
    action: Action = "recover"
    register: int | None = None
    journal: Path | None = None
    earlier: Path | None = None
    boots: bool = True
    platform: str = AUTO
    baud: int = 9600
    timeout_seconds: float = 300.0
    boot_seconds: float = 0.0
    power_command: str = ""
    transcript: Path | None = None


@dataclass(frozen=True, slots=True)
class PasswordOutcome:
    """Registers in hex: as found, as it is now, and what is to be put back. `proof` of the boot: as of `Booted`, or empty."""

    platform: str
    register_found: str
    register: str
    register_to_restore: str
    meaning: str
    config_ignored: bool = False
    proof: str = ""
    journal: str = ""


def run_password(job: PasswordJob, progress: Progress) -> Run[PasswordOutcome]:
    """The run of a job. Nothing happens before it is iterated over or its block is left."""
    return Run(_Password(job, progress).steps(), progress)


def lines_to_type(facts: ConfigRegister, job: PasswordJob, register: int) -> Mapping[str, list[str]]:
    """What is typed, by step; a question's answer stands behind an arrow."""
    reading = [facts.command, "n"]
    setting = [facts.set_command.format(value=f"{register:#x}")]
    if facts.by_questions:
        setting = [facts.command, f"y ({', '.join(sorted(answered_yes(register)))}), n to the others"]
    changes = job.action != "show"
    return {
        "read-register": reading * 2,
        "set-register": [*setting, *reading * 2] if changes else [],
        "boot-from-flash": [facts.boot_command] if changes and job.boots else [],
    }


def register_wanted(job: PasswordJob, note: RegisterNote | None) -> int:
    """The register to set. Raises `WrongUsage` if a restoration does not know it."""
    if job.register is not None:
        return job.register
    if job.action != "restore":
        return BOOTS_IGNORING
    if note is None:
        raise WrongUsage(f"no journal tells which register the device on {job.port} had", hint=_NO_JOURNAL)
    return note.before


class _Password:
    def __init__(self, job: PasswordJob, progress: Progress) -> None:
        self._job = job
        self._progress = progress
        self._note = register_journal.read(job.earlier) if job.earlier else None
        self._wanted = register_wanted(job, self._note)
        self._changed = ""
        if job.action == "recover" and job.journal is None:
            raise WrongUsage("the register can't be recorded, so it is not changed", hint="give --journal FILE")

    def steps(self) -> Steps[PasswordOutcome]:
        job = self._job
        families = _families(job.platform)
        if job.power_command:
            power_of(job.power_command).check()
        try:
            with ExitStack() as stack:
                transcript = stack.enter_context(Transcript(job.transcript, on_line=self._show))
                with self._step("connect") as notes:
                    line = stack.enter_context(Channel(job.port, baud=job.baud, record=transcript.record))
                    notes += [job.port, *limits(job.port)]
                yield
                monitor = BootMonitor(line, families)
                with self._step("break-in") as notes:
                    found = yield from entered(monitor, self._progress, job.timeout_seconds, job.power_command)
                    self._check_family(found, families)
                    notes.append(monitor.platform.title)
                return (yield from self._at_prompt(monitor))
        except Exception:
            if self._changed:
                self._progress.publish(Warned(f"{self._changed}: the option --restore puts it back"))
            raise
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; {self._changed or 'the register was not changed'}", hint=_AGAIN) from None

    def _at_prompt(self, monitor: BootMonitor) -> Steps[PasswordOutcome]:
        register = at_prompt(monitor.dialogue)
        with self._step("read-register") as notes:
            found = register.read()
            notes.append(f"{found:#x}")
            self._progress.publish(RegisterRead(f"{found:#x}", meaning(found)))
        yield
        before = self._before(found)
        if self._job.action == "show":
            return self._outcome(monitor, found, found, before)
        self._set(register, monitor, found, before)
        yield
        ignored, proof = (yield from self._booted(register, monitor)) if self._job.boots else (False, "")
        return self._outcome(monitor, found, self._wanted, before, ignored=ignored, proof=proof)

    def _before(self, found: int) -> int:
        """The register to put back: what an unfinished earlier run found, where the device still has what that run set."""
        if self._note and found == self._note.wanted:
            return self._note.before
        return NORMAL if found & IGNORES_CONFIG else found

    def _set(self, register: RegisterAtPrompt, monitor: BootMonitor, found: int, before: int) -> None:
        restores = self._job.action == "restore"
        with self._step("set-register") as notes:
            if restores:
                self._check_device(found)
            elif self._job.journal:
                note = RegisterNote(before, self._wanted, self._job.port, monitor.platform.name)
                register_journal.record(self._job.journal, note)
            if found & IGNORES_CONFIG and not restores and self._note is None:
                self._progress.publish(Warned(f"the register was {found:#x} already; {before:#x} is put back later"))
            if found != self._wanted:
                self._changed = f"the register may be {self._wanted:#x} now, and was {before:#x}"
                register.write(self._wanted)
            self._progress.publish(RegisterWritten(f"{self._wanted:#x}", meaning(self._wanted)))
            if restores and self._job.earlier and self._note:
                register_journal.record_restored(self._job.earlier, self._wanted)
            notes.append(f"{self._wanted:#x}, as read back")

    def _check_family(self, entered: MonitorEntered, families: list[Platform]) -> None:
        """A prompt alone may be that of a family whose register nothing is known of: to that nothing is typed."""
        if entered.named or self._job.action == "show" or (self._note and self._note.platform == entered.platform):
            return
        alike = [family for family in families if family.console.prompt.search(entered.prompt.encode("latin-1"))]
        unknown = [family.title for family in alike if family.confreg is None]
        if unknown:
            message = f"the prompt does not tell whether this is the monitor of a {', a '.join(unknown)}"
            hint = "power-cycle it while the tool waits, and it is named by its first words; or give --platform"
            raise UnexpectedState(message, seen=entered.prompt, hint=hint)

    def _check_device(self, found: int) -> None:
        """A register that is neither what was set nor what it was belongs to another device, or was changed since."""
        if self._job.register is None and self._note and found not in {self._note.wanted, self._note.before}:
            message = f"the register is {found:#x}; the journal says {self._note.wanted:#x}, and {self._note.before:#x} before"
            hint = f"is it the same device? --register {self._note.before:#x} sets it nevertheless"
            raise UnexpectedState(message, seen=f"{found:#x}", hint=hint)

    def _booted(self, register: RegisterAtPrompt, monitor: BootMonitor) -> Steps[tuple[bool, str]]:
        ignored, proof = False, ""
        with self._step("boot-from-flash") as notes:
            register.boot()
            for event in watch_flash_boot(monitor.line, monitor.platform, self._job.boot_seconds):
                if not isinstance(event, Idle):
                    self._progress.publish(event)
                ignored = ignored or isinstance(event, ConfigIgnored)
                proof = event.proof if isinstance(event, Booted) else proof
                yield
            notes.append("its configuration ignored" if ignored else "booted")
        if self._wanted & IGNORES_CONFIG and not ignored:
            self._progress.publish(Warned("the device has booted, and did not say that it ignores its configuration"))
        return ignored, proof

    def _outcome(
        self, monitor: BootMonitor, found: int, now: int, before: int, *, ignored: bool = False, proof: str = ""
    ) -> PasswordOutcome:
        journal = self._job.journal if self._job.action == "recover" else self._job.earlier
        return PasswordOutcome(
            platform=monitor.platform.name,
            register_found=f"{found:#x}",
            register=f"{now:#x}",
            register_to_restore=f"{before:#x}",
            meaning=meaning(now),
            config_ignored=ignored,
            proof=proof,
            journal=str(journal or ""),
        )

    def _step(self, name: str):  # type: ignore[no-untyped-def]
        return step(self._progress, STEPS.index(name) + 1, name, of=len(STEPS))

    def _show(self, direction: str, text: str) -> None:
        self._progress.publish(ConsoleShowed(direction, text))


def _families(platform: str) -> list[Platform]:
    return [load_platform(name) for name in (platform_names() if platform == AUTO else (platform,))]


_NO_JOURNAL = "give the register itself: --register 0x1 is what most devices have"
_AGAIN = "run the same command again to go on; with --restore it puts the old register back"
