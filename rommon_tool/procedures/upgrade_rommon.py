"""The chapter's "Upgrade the ROMMON Image": from the file on this machine to the new version, read back.

Everything that can be refused is refused before the window. No file goes to a device that no pin or signature proves, and
there is no way around that.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from rommon_tool.battery import check_battery
from rommon_tool.errors import ImageMismatch, Interrupted, WrongUsage
from rommon_tool.firmware import Anchors, Verification
from rommon_tool.power import power_of
from rommon_tool.procedures.asa_session import Asa, AsaConsole, open_asa
from rommon_tool.procedures.copying import CopiedFile, copied_to_disk0, file_on_disk0
from rommon_tool.procedures.file_servers import TFTP_PORT, TftpFileServer
from rommon_tool.procedures.rom_window import RomWindow
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.procedures.upgrade_gates import UpgradePlan, check_block, identified, verified
from rommon_tool.progress import ConsoleShowed, Progress, Warned
from serial_console.asa_cli import AsaCli
from serial_console.asa_cli.plain_text import plain
from serial_console.asa_cli.reading.module import boot_monitor_version, read_modules
from serial_console.asa_cli.reading.transfer import is_saved
from serial_console.channel import Channel
from serial_console.errors import (
    BootNotProved,
    CommandFailed,
    ConsoleError,
    ImageRefused,
    UnexpectedQuestion,
)
from serial_console.interlock import Journal, Window
from serial_console.line import Line, Seen
from serial_console.rom_watch import Patience
from serial_console.transcript import Transcript

STEPS = (
    "verify-image",
    "connect",
    "identify",
    "copy-to-disk0",
    "agree",
    "upgrade-rommon",
    "watch-restarts",
    "prove-firmware",
)
_SAVE = r"(?i)has been modified\. Save\?"
_QUESTION = re.compile(r"Proceed with reload\? ?\[confirm\] ?\Z")
_VERIFY_SECONDS = 300.0
_LETTER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class UpgradeJob:
    """What to upgrade with what. `server` is our address as the device reaches it; without one, the file must be on disk0 already.

    `saves_config` answers the reload's question. `power` names the device's own outlet, so that others stay usable meanwhile.
    """

    image: Path
    console: AsaConsole
    anchors: Anchors
    server: str = ""
    bind: str = ""
    tftp_port: int = TFTP_PORT
    saves_config: bool = False
    power: str = ""
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class UpgradeOutcome:
    """What was proved: the version that the boot monitor's banner showed, and `show module` after it."""

    model: str
    serial_number: str
    image: str
    sha512: str
    old_version: str
    new_version: str
    shown_version: str = ""
    verdict: str = ""


def lines_to_type(name: str, *, saves: bool) -> dict[str, list[str]]:
    """What is typed at the device, by step; the copy's URL holds our server's address."""
    return {
        "connect": ["enable", "terminal pager 0", "show version"],
        "identify": ["show module"],
        "copy-to-disk0": [f"copy /noconfirm tftp://SERVER/{name} disk0:/{name}", f"verify /sha-512 disk0:/{name}"],
        "upgrade-rommon": [*(["write memory"] if saves else []), f"upgrade rommon disk0:{name}"],
        "watch-restarts": [
            "Enter, at `Proceed with reload? [confirm]`",
            "Enter, at the prompt behind the new version's banner",
        ],
        "prove-firmware": ["show module"],
    }


def upgrade(job: UpgradeJob, progress: Progress, agrees: Callable[[UpgradePlan], bool]) -> Run[UpgradeOutcome]:
    """The run of a job. `agrees` is asked once, when nothing but the file on disk0 has changed."""
    return Run(_Upgrade(job, progress, agrees).steps(), progress)


def go_on_watching(window: Window, console: AsaConsole, progress: Progress, patience: Patience) -> Run[UpgradeOutcome]:
    """The run that watches the window of an earlier process to its end."""
    return Run(_watched_on(window, console, progress, patience), progress)


class _Upgrade:
    """The procedure for one job."""

    def __init__(self, job: UpgradeJob, progress: Progress, agrees: Callable[[UpgradePlan], bool]) -> None:
        self._job = job
        self._progress = progress
        self._agrees = agrees
        self._touched = "the device was not touched"

    def steps(self) -> Steps[UpgradeOutcome]:
        """The chapter's steps. The window decides by itself what an interrupt may do."""
        try:
            return (yield from self._steps())
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; {self._touched}", hint="run the same command again") from None

    def _steps(self) -> Steps[UpgradeOutcome]:
        check_battery(self._progress)
        with self._step("verify-image") as notes:
            image = verified(self._job.image, self._job.anchors)
            notes.append(f"{image.verdict}, version {image.version}")
        yield
        with ExitStack() as stack:
            with self._step("connect"):
                asa = stack.enter_context(open_asa(self._job.console, self._progress))
            self._touched = "the device runs as before"
            yield
            with self._step("identify") as notes:
                plan = identified(asa, image)
                notes.append(f"{plan.model} {plan.serial_number}, ROMMON {plan.old_version}")
            yield
            with self._step("copy-to-disk0") as notes:
                copied = yield from self._copied(asa.cli, image)
                notes.append("it was there already" if copied.was_there else f"{copied.bytes} bytes, SHA-512 as here")
            self._touched = f"the device runs as before, with {image.name} on its disk0"
            with self._step("agree"):
                if not self._agrees(plan):
                    raise Interrupted(f"not agreed to; {self._touched}", hint="run the same command again")
            yield
            window = plan_window(plan, self._job.power)
            yield from self._upgraded(asa, window, image)
        return _read_back(window, self._job.console, self._progress, image.verdict)

    def _upgraded(self, asa: Asa, window: Window, image: Verification) -> Steps[None]:
        line = asa.line
        if not isinstance(line, Channel):
            raise TypeError("the window needs a line with an interlock")
        with self._step("upgrade-rommon") as notes:
            owes_enter = self._to_the_question(asa.cli, image)
            notes.append("the device has verified the file; it asks whether to reload")
        with self._step("watch-restarts") as notes, _transcript(self._job.console, self._progress) as transcript:
            watched = RomWindow(self._progress, record=transcript.record, patience=self._job.patience)
            version = yield from watched.confirm(line, window, owes_enter=owes_enter)
            notes.append(f"ROMMON {version}")

    def _step(self, name: str) -> AbstractContextManager[list[str]]:
        return step(self._progress, STEPS.index(name) + 1, name, of=len(STEPS))

    # --- before the window -------------------------------------------------------------------------------------

    def _copied(self, cli: AsaCli, image: Verification) -> Steps[CopiedFile]:
        _, present = file_on_disk0(cli, image.name)
        if present == image.sha512:
            return CopiedFile(image.name, image.image_bytes, present, was_there=True)
        if not self._job.server:
            message = f"{image.name} is not on the device's disk0:, and no --server was given to copy it from"
            raise WrongUsage(message, hint="give --server: the address of this machine that the device reaches")
        job = self._job
        with TftpFileServer(job.image, job.server, name=image.name, bind=job.bind, port=job.tftp_port) as server:
            if server.sha512 != image.sha512:
                raise ImageMismatch(
                    f"{image.name} was changed since it was verified", hint="find out by whom; verify it again"
                )
            copied = yield from copied_to_disk0(cli, server, image.name, self._progress)
        if copied.sha512 != image.sha512:
            raise ImageMismatch(f"disk0:/{image.name} is not the file that was verified", seen=copied.sha512)
        return copied

    def _to_the_question(self, cli: AsaCli, image: Verification) -> bool:
        """Type the chapter's step 3, and come to the question behind the device's own verification, or refuse.

        Returns whether the answer to the save question still lacks its Enter.
        """
        Journal().check()
        if self._job.saves_config:
            _save(cli)
        heard = bytearray()
        try:
            cli.type(f"upgrade rommon disk0:{image.name}")
            for moment in cli.entered(seconds=_VERIFY_SECONDS):
                heard += moment.text
        except UnexpectedQuestion as question:
            return self._judged(cli, image, plain(bytes(heard)), question.seen)
        raise ImageRefused(
            "the device does not take the file, and asks nothing",
            seen=_last_line(plain(bytes(heard))),
            hint=_NOTHING_CHANGED,
        )

    def _judged(self, cli: AsaCli, image: Verification, text: str, question: str) -> bool:
        """The second gate: what the device computed of the file, against what we know of it."""
        is_save = re.search(_SAVE, question) is not None
        if not is_save and not _QUESTION.search(question):
            raise UnexpectedQuestion("the device asks what nobody foresaw; it is left unanswered", seen=question)
        try:
            check_block(text, image)
        except ImageRefused:
            _back_out(cli.line)
            raise
        return is_save and _decline_saving(cli.line)


def _save(cli: AsaCli) -> None:
    """Before the upgrade, so that its own question for it isn't asked."""
    text = cli.run("write memory", seconds=_VERIFY_SECONDS)
    if not is_saved(text):
        raise CommandFailed("write memory", seen=_last_line(text))


def plan_window(plan: UpgradePlan, power: str = "") -> Window:
    """The record of a plan; where the console is, the line adds."""
    return Window(
        port="",
        baud=0,
        consoles=frozenset(),
        serial_number=plan.serial_number,
        model=plan.model,
        file_name=plan.image.name,
        sha512=plan.image.sha512,
        old_version=plan.old_version,
        new_version=plan.image.version,
        outlet=power_of(power).outlet if power else None,
    )


def _watched_on(window: Window, console: AsaConsole, progress: Progress, patience: Patience) -> Steps[UpgradeOutcome]:
    number = STEPS.index("watch-restarts") + 1
    with step(progress, number, "watch-restarts", of=len(STEPS)) as notes, _transcript(console, progress) as transcript:
        version = yield from RomWindow(progress, record=transcript.record, patience=patience).adopt(window)
        notes.append(f"ROMMON {version}")
    return _read_back(window, console, progress)


def _read_back(window: Window, console: AsaConsole, progress: Progress, verdict: str = "") -> UpgradeOutcome:
    """`show module` once more, the window being closed. Where nobody may log in, the banner is the proof."""
    shown = ""
    with step(progress, len(STEPS), "prove-firmware", of=len(STEPS)) as notes:
        try:
            with open_asa(_beside(console, "after"), progress) as asa:
                shown = boot_monitor_version(read_modules(asa.cli.run("show module")))
        except ConsoleError as error:
            progress.publish(
                Warned(f"`show module` could not be asked ({error}): the banner alone shows the new version")
            )
        if shown and shown != window.new_version:
            message = f"the banner showed ROMMON {window.new_version}, and `show module` says {shown}"
            raise BootNotProved(message, hint="look at `show module` yourself, and at the transcript")
        notes.append(f"Fw Version {shown}" if shown else "by the banner")
    return UpgradeOutcome(
        model=window.model,
        serial_number=window.serial_number,
        image=window.file_name,
        sha512=window.sha512,
        old_version=window.old_version,
        new_version=window.new_version,
        shown_version=shown,
        verdict=verdict,
    )


def _back_out(line: Line) -> None:
    """Answer what is asked with `n`, and the next question as well. Letters alone: an Enter would answer the next one."""
    for _ in range(2):
        line.send(b"n")
        seen = line.expect(
            {"question": re.compile(rb"\[confirm\]"), "prompt": re.compile(rb"[\r\n][\w.\-/]+[#>] ?")}, 5.0
        )
        if not isinstance(seen, Seen) or seen.name == "prompt":
            return


def _decline_saving(line: Line) -> bool:
    """Answer the save question with `n`; whether its Enter is still due.

    That one is pressed in the window, because on a device that needs none it would answer the next question.
    """
    line.send(b"n")
    return not isinstance(line.expect({"question": re.compile(rb"\[confirm\]")}, _LETTER_SECONDS), Seen)


def _beside(console: AsaConsole, word: str) -> AsaConsole:
    """The same console with a transcript of its own."""
    path = console.transcript
    return replace(console, transcript=path.with_stem(f"{path.stem}-{word}") if path else None)


def _transcript(console: AsaConsole, progress: Progress) -> Transcript:
    path = _beside(console, "window").transcript
    return Transcript(path, on_line=lambda way, text: progress.publish(ConsoleShowed(way, text)))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines[-1] if lines else "nothing"


_NOTHING_CHANGED = (
    "nothing was confirmed; the device runs as before. Get the file again from Cisco, and look at what the device says"
)
