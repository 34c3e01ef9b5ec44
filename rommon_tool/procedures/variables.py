"""Show and set the variables of a boot monitor. The device is left at its prompt.

Any setting that the family's platform file names can be set: those of a download, and others that the monitor keeps.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from platforms import Platform, load_platform, platform_names
from platforms.model import Extra
from rommon_tool.errors import Interrupted, WrongUsage
from rommon_tool.preflight import AUTO
from rommon_tool.procedures.entering import entered
from rommon_tool.procedures.load_image import STEPS
from rommon_tool.procedures.run import Run, Steps, step
from rommon_tool.progress import ConsoleShowed, Progress, StepChanged
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import VariableSet
from serial_console.channel import Channel
from serial_console.transcript import Transcript, scrub


@dataclass(frozen=True, slots=True)
class VariablesJob:
    """What to set, by the names that the monitor shows (`RESTORE_MODE`); nothing: only show. Times in seconds."""

    port: str
    wanted: Mapping[str, str] = field(default_factory=dict)
    platform: str = AUTO
    baud: int = 9600
    timeout_seconds: float = 300.0
    power_command: str = ""
    saves: bool = True
    transcript: Path | None = None


@dataclass(frozen=True, slots=True)
class Variables:
    """What the monitor shows at the end; a secret's value is left out."""

    platform: str
    variables: dict[str, str]


def run_variables(job: VariablesJob, progress: Progress) -> Run[Variables]:
    """The run of a job. Nothing happens before it is iterated over or its block is left."""
    return Run(_steps(job, progress), progress)


def _steps(job: VariablesJob, progress: Progress) -> Steps[Variables]:
    names = platform_names() if job.platform == AUTO else (job.platform,)
    families = [load_platform(name) for name in names]
    try:
        with ExitStack() as stack:
            show = Transcript(job.transcript, on_line=lambda way, text: progress.publish(ConsoleShowed(way, text)))
            transcript = stack.enter_context(show)
            with step(progress, 1, STEPS[1]):
                line = stack.enter_context(Channel(job.port, baud=job.baud, record=transcript.record))
            yield
            monitor = BootMonitor(line, families)
            with step(progress, 3, STEPS[3]) as notes:
                yield from entered(monitor, progress, job.timeout_seconds, job.power_command)
                notes.append(monitor.platform.title)
            dump = yield from _set(job, monitor, progress)
            return Variables(monitor.platform.name, _shown(dump))
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; nothing was saved in the device", hint="look at the console, or run the same command again"
        ) from None


def _set(job: VariablesJob, monitor: BootMonitor, progress: Progress) -> Steps[dict[str, str]]:
    wanted = _by_name(monitor.platform, job.wanted)
    if wanted:
        with step(progress, 4, STEPS[4]):
            for event in monitor.set_variables(wanted):
                progress.publish(VariableSet(event.role, scrub(event.typed)))
                yield
    with step(progress, 5, STEPS[5]):
        dump = monitor.read_back(wanted)
    yield
    if wanted and job.saves:
        with step(progress, 7, STEPS[7]):
            monitor.save()
    else:
        progress.publish(StepChanged(7, STEPS[7], "skipped", "nothing was set" if not wanted else "--no-save"))
    return dump


def _by_name(platform: Platform, wanted: Mapping[str, str]) -> dict[str, str]:
    """What is wanted, by the platform's own names for its settings. Raises `WrongUsage` before anything is typed."""
    known = {variable.name: key for key in platform.settable() if (variable := platform.variables.of(key))}
    for name, value in wanted.items():
        variable = platform.variables.of(known.get(name, ""))
        if variable is None:
            message = f"this tool knows no variable {name} of the {platform.title}"
            raise WrongUsage(message, hint=f"it can set {', '.join(known)}")
        if isinstance(variable, Extra) and variable.values and value not in variable.values:
            raise WrongUsage(f"{name} can't be {value!r}", hint=f"it takes {' or '.join(variable.values)}")
    return {known[name]: value for name, value in wanted.items()}


def _shown(dump: Mapping[str, str]) -> dict[str, str]:
    return {name: scrub(f"{name}={value}").partition("=")[2] for name, value in dump.items()}
