"""Getting to the monitor's prompt, for procedures that do nothing but what is typed there."""

from rommon_tool.power import power_of
from rommon_tool.procedures.run import Steps
from rommon_tool.progress import PowerAsked, PowerCycled, Progress
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import Idle, MonitorEntered, PowerCycleWanted

# A device that boots past us again and again needs a person.
_POWER_CYCLES = 3


def entered(
    monitor: BootMonitor, progress: Progress, timeout_seconds: float, power_command: str = ""
) -> Steps[MonitorEntered]:
    """Wait for a power-on, break in, and see which family it is. Where a command cycles the power, it does so a few times.

    Returns what was found: a family that is not `named` may be a sister with the same prompt.
    """
    entry = monitor.entry()
    power = power_of(power_command, lambda text: progress.publish(PowerAsked(text)))
    for event in entry.run(timeout_seconds):
        if not isinstance(event, Idle):
            progress.publish(event)
        if isinstance(event, PowerCycleWanted) and power_command and power.cycles < _POWER_CYCLES:
            power.cycle()
        if power.ended():
            entry.power_applied()
            progress.publish(PowerCycled(power.name))
        if isinstance(event, MonitorEntered):
            monitor.entered(event)
            if not event.named:
                monitor.refuse_stranger()  # which also tells sisters apart by their variables
        yield
        if isinstance(event, MonitorEntered):
            return event
    raise AssertionError("an entry ends with MonitorEntered or an error")
