"""A Catalyst 9000, to be met by mistake. `Preparing to autoboot` and its prompt are captured, the rest is recalled."""

from ..family import Family
from ..strangers import NOTHING, CatalystMonitor, StrangersSoftware

FAMILY = Family(
    name="catalyst",
    model="C9300-24T",
    monitor=CatalystMonitor,
    software=StrangersSoftware,
    newline=b"\r\n",
    banner=((2.0, "\nInitializing Hardware...\n\n"),),
    interrupted="",
    mac="00:13:80:7b:20:1f",
    ports=("eth0",),
    old_image="flash:packages.conf",
    default_version="17.3",
    boot_lines=(
        (20.0, "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software\n"),
        (5.0, "\nPress RETURN to get started!\n"),
    ),
    hardware=NOTHING,
    variables=(("BOOT", "flash:packages.conf"), ("MANUAL_BOOT", "no")),
    has_window=False,
    stop_text="Switch>",
)
