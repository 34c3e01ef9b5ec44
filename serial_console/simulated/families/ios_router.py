"""An ISR 1841 (dialect C), to be met by mistake. Its variables are captured, its boot is recalled."""

from ..family import Family
from ..strangers import NOTHING, IosMonitor, StrangersSoftware

BANNER = """\

System Bootstrap, Version 12.3(8r)T8, RELEASE SOFTWARE (fc1)
Copyright (c) 2000 by cisco Systems, Inc.
C1841 processor with 131072 Kbytes of main memory
"""

FAMILY = Family(
    name="ios-router",
    model="C1841",
    monitor=IosMonitor,
    software=StrangersSoftware,
    newline=b"\r\n",
    banner=((2.0, BANNER),),
    interrupted="",
    mac="00:13:80:7b:20:1e",
    ports=("FastEthernet0/0",),
    old_image="c1841-advipservicesk9-mz.124-13a.bin",
    default_version="12.4(13a)",
    boot_lines=(
        (5.0, "program load complete, entry point: 0x8000f000, size: 0xc100\nSelf decompressing the image : "),
        (20.0, "#" * 60 + " [OK]\n\nCisco IOS Software, 1841 Software\n"),
        (10.0, "\n\nPress RETURN to get started!\n\n\n"),
    ),
    hardware=NOTHING,
    variables=(("PS1", "rommon ! > "),),
    has_window=False,
    stop_text="Router>",
)
