"""The chapter's "Load an Image Using ROMMON", step by step.

The server is the truth for the bytes, the console is the truth for "booted": the procedure waits for both.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from rommon_tool.errors import Interrupted, WrongUsage
from rommon_tool.firmware import Anchors, Verification
from rommon_tool.job import Job, NetworkSettings, Outcome
from rommon_tool.power import Power, power_of
from rommon_tool.preflight import Plan, check_family, prepare
from rommon_tool.procedures.diagnosing import explained
from rommon_tool.procedures.download import Delivery, checked_delivery, downloaded
from rommon_tool.procedures.making_last import LastHeard, check_lasts, made_to_last
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.procedures.serving import ImageServer
from rommon_tool.procedures.verifying import verified
from rommon_tool.progress import ConsoleShowed, PowerAsked, PowerCycled, Progress, StepChanged, Warned
from rommon_tool.sinks import STEP_NAMES
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.entry import Entry
from serial_console.boot_monitor.events import (
    Booted,
    BreakKeySent,
    EntryEvent,
    Idle,
    MonitorEntered,
    PowerCycleWanted,
    PowerOnSeen,
)
from serial_console.channel import Channel, Recorder
from serial_console.errors import BootNotProved, DeviceRebooted, RebootedInTransfer
from serial_console.line import Line
from serial_console.link import limits
from serial_console.transcript import Transcript

STEPS = dict(enumerate(STEP_NAMES, 1))
# A device that boots past us again and again needs a person, not a fourth power cycle.
_POWER_CYCLES = 3
_Event = TypeVar("_Event")


class Connect(Protocol):
    """What opens a console; `record` hears both its directions."""

    def __call__(self, url: str, *, baud: int, record: Recorder) -> Line: ...


def load_image(
    image: str | Path,
    *,
    port: str,
    network: NetworkSettings,
    platform: str = "auto",
    baud: int = 9600,
    timeout_seconds: float = 300,
    stall_seconds: float = 0,
    boot_seconds: float = 0,
    power_command: str = "",
    saves: bool = True,
    retries: int = 1,
    device: str = "device",
    transcript: Path | None = None,
    packets: Path | None = None,
    slot: int = 0,
    session_command: str = "",
    anchors: Anchors | None = None,
    requires_verified: bool = False,
    any_family: bool = False,
) -> Run[Outcome]:
    """Recover one device: break in, set and read back, ping, sync, tftpdnld, and watch until it has booted the image.

    Nothing happens before the run is iterated over or its block is left.

    >>> network = NetworkSettings(address="10.86.118.4/24", server="10.86.118.21")
    >>> with load_image("asa984-22-lfbff-k8.SPA", port="/dev/ttyUSB0", network=network) as run:
    ...     for record in run:
    ...         print(record.seconds, record.event)
    """
    job = Job(
        image=Path(image),
        port=port,
        network=network,
        platform=platform,
        baud=baud,
        timeout_seconds=timeout_seconds,
        stall_seconds=stall_seconds,
        boot_seconds=boot_seconds,
        power_command=power_command,
        saves=saves,
        retries=retries,
        device=device,
        transcript=transcript,
        packets=packets,
        slot=slot,
        session_command=session_command,
        anchors=anchors,
        requires_verified=requires_verified,
        any_family=any_family,
    )
    return run_job(job, Progress(device))


def run_job(job: Job, progress: Progress) -> Run[Outcome]:
    """The run of a job whose progress somebody else has subscribed to."""
    return Run(LoadImage(job, progress).steps(), progress)


class LoadImage:
    """The procedure for one job. `where` says at any moment what the device is doing, for whoever interrupts it.

    `connect` opens the console: any `Line` will do.
    """

    def __init__(self, job: Job, progress: Progress, connect: Connect = Channel) -> None:
        self._job = job
        self._progress = progress
        self._connect = connect
        self._where = "untouched"
        self._verification: Verification | None = None

    def steps(self) -> Steps[Outcome]:
        """Preflight, then the nine steps; those from the break-in on once more if the device reboots by itself."""
        plan = prepare(self._job)
        check_lasts(plan)
        try:
            with ExitStack() as stack:
                self._verification = verified(plan, self._progress)
                sha512 = self._verification.sha512 if self._verification else ""
                server = stack.enter_context(ImageServer(plan, self._progress, verified_sha512=sha512))
                stack.enter_context(explained(plan, server, self._progress))
                yield
                transcript = stack.enter_context(self._transcript())
                with step(self._progress, 1, STEPS[1]) as notes:
                    last = LastHeard(transcript.record)
                    line = self._connect(self._job.port, baud=self._job.baud, record=last)
                    stack.callback(line.close)
                    monitor = BootMonitor(line, plan.families)
                    notes += [self._job.port, *limits(self._job.port), *self._session(plan, monitor)]
                yield
                outcome = yield from self._recovered(plan, server, monitor)
                return (yield from self._made_to_last(plan, server, monitor, last, outcome))
        except KeyboardInterrupt:
            raise self._interrupted() from None

    def _session(self, plan: Plan, monitor: BootMonitor) -> list[str]:
        """Go on to the module's console, where it is reached through its supervisor's; how, for people."""
        if not plan.session_command:
            return []
        opened = monitor.open_session(plan.session_command)
        self._progress.publish(opened)
        return [opened.typed or "in the session of the module already"]

    def _recovered(self, plan: Plan, server: ImageServer, monitor: BootMonitor) -> Steps[Outcome]:
        for attempt in range(self._job.retries + 1):
            try:
                yield from self._entered(plan, monitor, rebooted=attempt > 0)
                dump = yield from self._settings_proved(plan, monitor)
                self._warn_of_stored(plan, monitor, dump)
                delivery, booted = yield from self._loaded(plan, server, monitor)
                return self._outcome(plan, server, monitor, delivery, booted)
            except (DeviceRebooted, RebootedInTransfer) as error:
                if attempt == self._job.retries:
                    raise
                self._progress.publish(Warned(f"{error}; going through the procedure once more"))
            except KeyboardInterrupt:
                if monitor.dialogue.half_typed:
                    self._where = "prompt"  # in the middle of a command whose Enter was not pressed
                if self._where == "prompt":
                    monitor.leave()
                raise
        raise AssertionError("the last attempt returns or raises")

    def _entered(self, plan: Plan, monitor: BootMonitor, *, rebooted: bool) -> Steps[None]:
        """Steps 2 and 3: power off and on, and ESC at the prompt."""
        self._where = "booting"
        entry = monitor.entry()
        if rebooted:
            entry.power_applied()
        power = power_of(self._job.power_command, lambda text: self._progress.publish(PowerAsked(text)))
        events = self._powering(entry, power)
        with step(self._progress, 2, STEPS[2]) as notes:
            on = yield from self._until((PowerOnSeen, BreakKeySent, MonitorEntered), events)
            notes.append(
                "it is on already" if isinstance(on, MonitorEntered) else "by command" if power.cycles else "seen"
            )
        with step(self._progress, 3, STEPS[3]) as notes:
            entered = on if isinstance(on, MonitorEntered) else (yield from self._until((MonitorEntered,), events))
            monitor.entered(entered)
            if not entered.named:
                monitor.refuse_stranger()
            doubt = "" if entered.named else " by its prompt"
            notes.append(f"{monitor.platform.title}{doubt}, {entered.prompt}")
        self._where = "prompt"
        check_family(plan, monitor.platform)

    def _powering(self, entry: Entry, power: Power) -> Iterator[EntryEvent]:
        """The entry's events; the power is switched beside them, where that is not left to a person."""
        for event in entry.run(self._job.timeout_seconds):
            if isinstance(event, PowerCycleWanted):
                self._where = "booted" if event.reason == "already-booted" else "booting"
            is_wanted = isinstance(event, PowerCycleWanted) and bool(self._job.power_command)
            switches = is_wanted and power.cycles < _POWER_CYCLES
            if power.asks or not switches:
                self._publish(event)
            if switches:
                power.cycle()
            if power.ended():
                entry.power_applied()
                self._progress.publish(PowerCycled(power.name))
            yield event

    def _until(self, kinds: tuple[type[_Event], ...], events: Iterator[EntryEvent]) -> Steps[_Event]:
        for event in events:
            yield
            if isinstance(event, kinds):
                return event
        raise AssertionError("an entry ends with MonitorEntered or an error")

    def _settings_proved(self, plan: Plan, monitor: BootMonitor) -> Steps[dict[str, str]]:
        """Steps 4 to 7: set, read back, ping, sync."""
        wanted = plan.variables(monitor.platform)
        with step(self._progress, 4, STEPS[4]) as notes:
            for event in monitor.set_variables(wanted):
                self._publish(event)
                yield
            notes.append(f"{len(wanted)} variables")
        with step(self._progress, 5, STEPS[5]) as notes:
            dump = monitor.read_back(wanted)
            notes.append(f"all {len(wanted)} as set")
        yield
        with step(self._progress, 6, STEPS[6]) as notes:
            pinged = monitor.ping(str(plan.network.server))
            self._publish(pinged)
            notes.append(f"{pinged.percent} percent")
        yield
        self._saved(monitor)
        yield
        return dump

    def _saved(self, monitor: BootMonitor) -> None:
        if not self._job.saves or monitor.platform.save is None:
            why = "--no-save" if not self._job.saves else "this family's procedure has no such step"
            self._progress.publish(StepChanged(7, STEPS[7], "skipped", why))
            return
        with step(self._progress, 7, STEPS[7]):
            monitor.save()

    def _loaded(self, plan: Plan, server: ImageServer, monitor: BootMonitor) -> Steps[tuple[Delivery, Booted | None]]:
        """Step 8: the download, the launch, and the proof that the image runs. Step 9 is a procedure of its own."""
        with step(self._progress, 8, STEPS[8]) as notes:
            server.arm(plan.network.address.ip)
            self._where = "download"
            download = yield from downloaded(plan, server, monitor, self._progress)
            self._where = "launch" if monitor.platform.netboot.launches else "prompt"
            delivered = checked_delivery(plan, server, monitor, download)
            booted = None
            if monitor.platform.netboot.launches:
                booted = yield from self._booted(plan, monitor, server)
                notes.append(f"booted {booted.version or 'the image'}")
            else:
                notes.append("the image is in the device's memory")
        if not self._job.lasting:
            last = f"it runs from memory only: {monitor.platform.make_it_last}"
            self._progress.publish(StepChanged(9, STEPS[9], "skipped", last))
        return delivered, booted

    def _made_to_last(
        self, plan: Plan, server: ImageServer, monitor: BootMonitor, last: LastHeard, outcome: Outcome
    ) -> Steps[Outcome]:
        """Step 9, where it was asked for: a procedure with steps of its own, over the same console."""
        if not self._job.lasting:
            return outcome
        server.close()
        with step(self._progress, 9, STEPS[9]) as notes:
            self._where = "loaded"
            installed = yield from made_to_last(
                plan,
                monitor.line,
                last.text,
                self._progress,
                port=server.port,
                sha512=server.sha512,
                netboot_interface=monitor.platform.netboot_interface,
            )
            notes.append(f"version {installed.version} from {installed.image_file}")
        return replace(outcome, installed=installed)

    def _booted(self, plan: Plan, monitor: BootMonitor, server: ImageServer) -> Steps[Booted]:
        booted: Booted | None = None
        for event in monitor.watch_boot(self._job.boot_seconds):
            if isinstance(event, Booted):
                booted = event
            self._publish(event)
            server.poll()
            yield
        if booted is None:
            raise BootNotProved("the launch ended without a prompt")
        self._prove_netboot(plan, monitor, booted)
        return booted

    def _prove_netboot(self, plan: Plan, monitor: BootMonitor, booted: Booted) -> None:
        """An old image that boots from flash meanwhile is not what was asked for."""
        boot = monitor.platform.boot
        if booted.image_file and boot and not boot.netbooted.search(booted.image_file.encode()):
            message = f"the device runs {booted.image_file}, not the image that it was sent"
            raise BootNotProved(message, seen=f"System image file is {booted.image_file}", hint=_FROM_FLASH)
        if booted.image_file.startswith("tftp:") and not booted.image_file.endswith(plan.image.name):
            message = f"the device runs {booted.image_file}, not {plan.image.name}"
            raise BootNotProved(
                message, hint="another TFTP server in this network has answered, or an earlier download runs"
            )
        expected = plan.image.version
        if expected and booted.version and expected != booted.version:
            if not booted.image_file:
                message = f"the device runs version {booted.version}, and {plan.image.name} should be {expected}"
                raise BootNotProved(message, hint=_FROM_FLASH)
            self._progress.publish(Warned(f"the name says version {expected}, the device says {booted.version}"))

    def _warn_of_stored(self, plan: Plan, monitor: BootMonitor, dump: dict[str, str]) -> None:
        """Settings that were in the device already, that nobody gave now, and that decide where its packets go."""
        vlan = monitor.platform.variables.vlan
        stored = dump.get(vlan.name, "") if vlan else ""
        if vlan and not plan.network.vlan and stored not in {"", vlan.unset}:
            self._progress.publish(Warned(f"the device's stored {vlan.name}={stored} stays: it tags its packets"))

    def _outcome(
        self, plan: Plan, server: ImageServer, monitor: BootMonitor, delivery: Delivery, booted: Booted | None
    ) -> Outcome:
        return Outcome(
            platform=monitor.platform.name,
            image=plan.image.name,
            image_bytes=delivery.image_bytes,
            sha512=server.sha512,
            booted_version=booted.version if booted else "",
            booted_file=booted.image_file if booted else "",
            proof=booted.proof if booted else "memory",
            memory_crc32=delivery.memory_crc32,
            transcript=self._job.transcript,
            file_bytes=plan.image.image_bytes,
            verdict=self._verification.verdict if self._verification else "",
        )

    def _transcript(self) -> Transcript:
        try:
            return Transcript(self._job.transcript, on_line=self._show)
        except OSError as error:
            message = f"cannot write the transcript {self._job.transcript}"
            raise WrongUsage(message, seen=error.strerror or "", hint="give another --transcript") from error

    def _publish(self, event: object) -> None:
        if not isinstance(event, Idle):
            self._progress.publish(event)

    def _show(self, direction: str, text: str) -> None:
        self._progress.publish(ConsoleShowed(direction, text))

    def _interrupted(self) -> Interrupted:
        state, hint = _INTERRUPTED[self._where]
        return Interrupted(f"interrupted; {state}", hint=hint)


_FROM_FLASH = "the device rebooted and started what is in its flash: run again and watch the console during the launch"
_AGAIN = "run the same command again"
_INTERRUPTED = {
    "untouched": ("the device was not touched", _AGAIN),
    "booting": ("the device was not stopped at its monitor: it boots, or waits for a power-on", _AGAIN),
    "booted": ("the device runs its software as before", _AGAIN),
    "prompt": ("the device waits at its monitor prompt, on an empty line", f"{_AGAIN}: it goes on from the prompt"),
    "download": (
        "the device is still downloading, and our server is gone: it gives up by itself and returns to its monitor prompt",
        f"{_AGAIN} once the prompt is back, or power-cycle the device",
    ),
    "loaded": ("the device runs the image from memory only", "`rommon install` makes it last"),
    "launch": (
        "the device has the image and is launching it",
        "watch the console; no power cycle is needed if it boots",
    ),
}
