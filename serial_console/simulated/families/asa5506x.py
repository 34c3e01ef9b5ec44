"""ASA 5506-X, 5508-X and 5516-X: dialect B.

Sources: the Linux netdev list's ASA 5506-X log (January 2024: boot monitor 1.1.14, 9.8(4)22) and Cisco's forensic
guide (5516-X). The download's output is a Firepower 1010's, the only one of this dialect that is public.
"""

from ..asa import BootedAsa
from ..boot_text import LFBFF_BOOT
from ..family import Family, Hardware
from ..kenton_monitor import KentonMonitor

BANNER = """\


Cisco Systems ROMMON, Version 1.1.14, RELEASE SOFTWARE
Copyright (c) 1994-2018  by Cisco Systems, Inc.
Compiled Tue 06/05/2018 22:45:19.61 by builder


Current image running: Boot ROM0
Last reset cause: {cause}
DIMM Slot 0 : Present

"""
PLATFORM = """\
Platform ASA5506 with 4096 Mbytes of main memory
MAC Address: 74:88:bb:c8:72:bf


"""
OUTSIDE = tuple(f"{n:>2}: Ext: GigabitEthernet1/{n}  : address is 7488.bbc8.72c{n - 1}, irq 255" for n in range(1, 9))
INSIDE = (
    " 9: Int: Internal-Data1/1    : address is 7488.bbc8.72bf, irq 255",
    "10: Int: Internal-Data1/2    : address is 0000.0001.0002, irq 0",
    "11: Int: Internal-Control1/1 : address is 0000.0001.0001, irq 0",
    "12: Int: Internal-Data1/3    : address is 0000.0001.0003, irq 0",
    "13: Ext: Management1/1       : address is 7488.bbc8.72bf, irq 0",
    "14: Int: Internal-Data1/4    : address is 0000.0100.0001, irq 0",
)

FAMILY = Family(
    name="asa5506x",
    model="ASA5506",
    monitor=KentonMonitor,
    software=BootedAsa,
    newline=b"\n\r",
    banner=((1.0, "Rom image verified correctly\n"), (1.0, BANNER), (1.0, PLATFORM)),
    interrupted="Boot interrupted.  ",
    mac="74:88:bb:c8:72:bf",
    # Documented: only Management1/1 can netboot. How the download names it is not known (a 1010 says GbE/1).
    ports=("Management1/1",),
    old_image="asa941-lfbff-k8.SPA",
    default_version="9.4(1)",
    management="Management1/1",
    monitor_version="1.1.14",
    card="ASA 5506-X with SW, 8GE Data, 1GE Mgmt, AC",
    boot_lines=LFBFF_BOOT,
    hardware=Hardware(
        operating_system="Firepower Extensible Operating System Version 2.2(2.124)",
        device_manager="7.8(2)151",
        compiled="Fri 29-May-20 00:37 PDT",
        summary="ASA5506, 4096 MB RAM, CPU Atom C2000 series 1250 MHz, 1 CPU (4 cores)",
        flash="8000MB",
        bios="M25P64 @ 0xfed01000, 16384KB",
        encryption="(revision 0x1)",
        interfaces=OUTSIDE + INSIDE,
        licence="This platform has a Base license.",
    ),
    variables=(
        ("ADDRESS", ""),
        ("NETMASK", ""),
        ("GATEWAY", ""),
        ("SERVER", ""),
        ("IMAGE", ""),
        ("CONFIG", ""),
        ("PS1", '"rommon ! > "'),
    ),
)
