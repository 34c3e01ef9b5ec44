"""Whether this machine has power for the time in which it must watch. It is told; only a battery below half is refused."""

import psutil

from rommon_tool.errors import WrongUsage
from rommon_tool.progress import Progress, Warned

_LEAST_PERCENT = 50


def check_battery(progress: Progress) -> None:
    """Warn on battery; raise `WrongUsage` below half of one. A machine that tells of no battery has mains."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if battery is None or battery.power_plugged:
        return
    if battery.percent < _LEAST_PERCENT:
        raise WrongUsage(
            f"this machine runs on a battery with {battery.percent:.0f} percent, and must watch for up to an hour",
            hint="plug it in, then run again",
            cause="battery-low",
        )
    progress.publish(
        Warned(f"this machine runs on battery ({battery.percent:.0f} percent): plug it in, and let it not sleep")
    )
