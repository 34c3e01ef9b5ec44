"""The supervisor of a Firepower 4110 with monitor 1.0.11, as unicon's logs show it; to be met by mistake."""

from ..family import Family
from ..strangers import NOTHING, StrangersSoftware, SupervisorMonitor

BANNER = """\

  !!  Rommon image verified successfully  !!


Cisco System ROMMON, Version 1.0.11, RELEASE SOFTWARE
Copyright (c) 1994-2016  by Cisco Systems, Inc.
Compiled Wed 11/23/2016 11:23:23.47 by builder
Current image running: Boot ROM1

Last reset cause: {cause}

DIMM Slot 0 : Present

DIMM Slot 1 : Present

No USB drive !!

BIOS has been locked !!


"""
PLATFORM = """\
Platform FPR-4110-SUP with 8192 Mbytes of main memory

MAC Address: 28:6f:7f:02:cb:a4


"""

FAMILY = Family(
    name="fpr4100",
    model="FPR-4110-SUP",
    monitor=SupervisorMonitor,
    software=StrangersSoftware,
    newline=b"\n\r",
    banner=((2.0, BANNER), (1.0, PLATFORM)),
    interrupted="Boot interrupted.",
    mac="28:6f:7f:02:cb:a4",
    ports=("none",),
    old_image="fxos-k9-system.5.0.3.N2.4.71.72.SPA",
    default_version="5.0(3)N2(4.71)",
    boot_lines=(
        (20.0, "\n  !!   Kickstart Image verified successfully   !!\n\n"),
        (60.0, "System is coming up ... Please wait ...\n"),
    ),
    hardware=NOTHING,
    variables=(("PS1", '"rommon ! > "'),),
    has_window=False,
    stop_text="firepower login: ",
)
