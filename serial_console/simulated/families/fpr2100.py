"""Firepower 2120: dialect B as unicon's logs show its start (monitor 1.0.12); its download is taken from a 1010."""

from ..family import Family
from ..firepower_monitor import FirepowerMonitor
from ..fxos import Fxos
from .firepower import BOOT_LINES, RULE, VARIABLES, hardware

MAC = "00:fc:ba:04:62:00"
BANNER = f"""\



{RULE}
Cisco System ROMMON, Version 1.0.12, RELEASE SOFTWARE
Copyright (c) 1994-2019  by Cisco Systems, Inc.
Compiled Mon 06/17/2019 16:23:23.36 by builder
{RULE}

Current image running: Boot ROM0
Last reset cause: {{cause}}
DIMM_1/1 : Present
DIMM_2/1 : Absent

"""
PLATFORM = f"""\
Platform FPR-2120 with 16384 MBytes of main memory
BIOS has been successfully locked !!
MAC Address: {MAC}

"""

FAMILY = Family(
    name="fpr2100",
    model="FPR-2120",
    monitor=FirepowerMonitor,
    software=Fxos,
    newline=b"\n\r",
    banner=((2.0, BANNER), (1.0, PLATFORM)),
    interrupted="Boot interrupted.  ",  # two blanks, as on a 1120: they cover the end of the countdown
    mac=MAC,
    ports=("GbE/1",),  # a 1010's name; how a 2100 calls its management port is not known
    old_image="fxos-k8-fp2k-lfbff.82.10.1.377i.SSB",
    default_version="99.16(1)222",
    boot_lines=BOOT_LINES,
    hardware=hardware("FPR-2120", "14852"),
    variables=VARIABLES,
)
