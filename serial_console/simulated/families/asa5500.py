"""ASA 5510 to 5550, 5580 and 5585-X, here as a 5550: dialect A.

Sources: the IPS 4240 capture on cyruslab.net, which has this boot monitor, the note "ASA 5000 Password Reset", and
bostonit.com (the link line). The monitor of a 5550 is captured as 1.0(11)5; its banner's date and BIOS text, and
`show version`'s lines about the hardware, are recalled.
"""

from ..address import NOWHERE
from ..asa import BootedAsa
from ..classic_monitor import ClassicMonitor
from ..family import Family, Hardware
from ..invented import A_5550_BANNER, A_5550_BIOS, A_K8_BOOT

FAMILY = Family(
    name="asa5500",
    model="ASA5550",
    monitor=ClassicMonitor,
    software=BootedAsa,
    newline=b"\r\n",
    banner=((2.0, A_5550_BIOS), (2.0, A_5550_BANNER)),
    interrupted="Boot interrupted." + " " * 30,
    mac="000f.f775.8e74",
    ports=("Management0/0", *(f"GigabitEthernet{slot}/{port}" for slot in range(2) for port in range(4))),
    old_image="asa724-k8.bin",
    default_version="7.2(4)",
    monitor_version="1.0(11)5",
    boot_lines=A_K8_BOOT,
    hardware=Hardware(
        operating_system="",
        device_manager="5.2(4)",
        compiled="Sun 06-Apr-08 13:39",
        summary="ASA5550, 4096 MB RAM, CPU Pentium 4 3000 MHz",
        flash="256MB",
        bios="M50FW016 @ 0xffe00000, 2048KB",
        encryption="(revision 0x0)",
        interfaces=(
            *(f" {n}: Ext: GigabitEthernet0/{n}  : address is 000f.f775.8e7{n}, irq 9" for n in range(4)),
            " 4: Ext: Management0/0       : address is 000f.f775.8e74, irq 11",
        ),
        licence="This platform has an ASA 5550 VPN Premium license.",
    ),
    variables=(
        ("ADDRESS", NOWHERE),  # recalled, as is SERVER: no capture shows them untouched
        ("SERVER", NOWHERE),
        ("GATEWAY", NOWHERE),
        ("PORT", "Management0/0"),
        ("VLAN", "untagged"),
        ("IMAGE", ""),
        ("CONFIG", ""),
        ("LINKTIMEOUT", "20"),
        ("PKTTIMEOUT", "4"),
        ("RETRY", "20"),
    ),
    port_text="{port}\nLink is {link}\nMAC Address: {mac}",
    stop_text="{port_text}\nUse ? for help.",
)
