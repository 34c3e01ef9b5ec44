"""Firepower 1010: dialect B with a FIRMWARE_VERSION, as a public reimage note shows it (monitor 1.0.25)."""

from ..family import Family
from ..firepower_monitor import Firepower1000Monitor
from ..fxos import Fxos
from .firepower import BOOT_LINES, RULE, VARIABLES, hardware

MAC = "6c:03:09:ee:bd:00"
BANNER = f"""\

{RULE}
Cisco System ROMMON, Version 1.0.25, RELEASE SOFTWARE
Copyright (c) 1994-2023  by Cisco Systems, Inc.
Compiled Thu 11/30/2023 20:22:54.78 by builder
{RULE}
Board type: 1
This is a Desktop device .
PoE card version: V01

Current image running: Boot ROM1
Last reset cause: {{cause}}
DIMM0 : Present

"""
PLATFORM = f"""\
Platform FPR-1010 with 8192 MBytes of main memory
Detected Nic devid(0) 15398086
bus: 3 dev: 0 func: 0
BIOS has been successfully locked !!
MAC Address: {MAC}

"""

FAMILY = Family(
    name="fpr1000",
    model="FPR-1010",
    monitor=Firepower1000Monitor,
    software=Fxos,
    newline=b"\n\r",
    banner=((2.0, BANNER), (1.0, PLATFORM)),
    interrupted="Boot interrupted.  ",  # the padding as on a 1120
    mac=MAC,
    ports=("GbE/1",),
    old_image="fxos-k8-fp1k-lfbff.2.14.1.131.SPA",
    default_version="9.20(2)",
    boot_lines=BOOT_LINES,
    hardware=hardware("FPR-1010", "8192"),
    variables=(*VARIABLES, ("FIRMWARE_VERSION", "1005.0203")),
)
