"""Secure Firewall 3130: dialect B as cisco.com document 225504 shows its start (monitor 1.2.06).

Its download is taken from a 1010. With the fault `unix-ping` it pings as a 4200 does.
"""

from ..family import Family
from ..firepower_monitor import Firepower3100Monitor
from ..fxos import Fxos
from .firepower import BOOT_LINES, RULE, VARIABLES, hardware

MAC = "d4:eb:68:51:99:80"
BANNER = f"""\
To launch ROMMON.
Time: 12/18/2025 16:57:41 (LOCAL)
{RULE}
Cisco System ROMMON, Version 1.2.06, RELEASE SOFTWARE
Copyright (c) 1994-2023 by Cisco Systems, Inc.
Compiled Mon 03/27/2023 11:22:12.75 by builder
{RULE}
Current image running: Boot ROM0
Last reset cause: {{cause}}
DIMMs installed: P0 CHANNEL C P0 CHANNEL D P0 CHANNEL G P0 CHANNEL H
"""
PLATFORM = f"""\
Platform FPR-3130 with 131072 MBytes of main memory
switch: bar0=0xd0800000 bar2=0xcc000000 bar4=0xd0000000 cmd=0x6
Switch Microinit: allocated buffer 5b630018, aligned buffer 5c000000
Mgmpt port in SGMII mode
MAC Address: {MAC}
"""

FAMILY = Family(
    name="fpr3100",
    model="FPR-3130",
    monitor=Firepower3100Monitor,
    software=Fxos,
    newline=b"\n\r",
    banner=((2.0, BANNER), (1.0, PLATFORM)),
    interrupted="Boot interrupted.  ",  # two blanks, as on a 1120: they cover the end of the countdown
    mac=MAC,
    ports=("GbE/1",),  # a 1010's name; how a 3130 calls its management port is not known
    old_image="fxos-k8-fp3k-lfbff.2.12.1.73.SPA",
    default_version="9.18(2)",
    boot_lines=BOOT_LINES,
    hardware=hardware("FPR-3130", "131072"),
    variables=VARIABLES,
)
