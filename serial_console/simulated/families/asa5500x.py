"""ASA 5512-X to 5555-X: dialect A.

Sources: configure-networks.com (boot monitor 2.1(9)8), petenetlive.com KB 0001199 (5512-X), genieparser's test data
(5555-X `show version`), unicon's and the netdev list's boot logs for what follows the launch.
"""

from ..address import NOWHERE
from ..asa import BootedAsa
from ..boot_text import SMP_BOOT
from ..classic_monitor import ClassicMonitor
from ..family import Family, Hardware

MAC = "d8b1.9041.5c41"
GIGABIT = tuple(f"GigabitEthernet0/{port}" for port in range(8))
INTERFACES = (
    " 0: Int: Internal-Data0/0    : address is d8b1.9041.5c41, irq 11",
    " 1: Ext: GigabitEthernet0/0  : address is d8b1.9041.5c46, irq 5",
    " 2: Ext: GigabitEthernet0/1  : address is d8b1.9041.5c42, irq 5",
    " 3: Ext: GigabitEthernet0/2  : address is d8b1.9041.5c47, irq 10",
    " 4: Ext: GigabitEthernet0/3  : address is d8b1.9041.5c43, irq 10",
    " 5: Ext: GigabitEthernet0/4  : address is d8b1.9041.5c48, irq 5",
    " 6: Ext: GigabitEthernet0/5  : address is d8b1.9041.5c44, irq 5",
    " 7: Ext: GigabitEthernet0/6  : address is d8b1.9041.5c49, irq 10",
    " 8: Ext: GigabitEthernet0/7  : address is d8b1.9041.5c45, irq 10",
    " 9: Int: Internal-Data0/1    : address is 0000.0001.0002, irq 0",
    "10: Int: Internal-Control0/0 : address is 0000.0001.0001, irq 0",
    "11: Int: Internal-Data0/2    : address is 0000.0001.0003, irq 0",
    "12: Ext: Management0/0       : address is d8b1.9041.5c41, irq 0",
    "13: Int: Internal-Data0/3    : address is 0000.0100.0001, irq 0",
)

FAMILY = Family(
    name="asa5500x",
    model="ASA5555",
    monitor=ClassicMonitor,
    software=BootedAsa,
    newline=b"\r\n",
    banner=((3.0, "Cisco Systems ROMMON Version (2.1(9)8) #1: Wed Oct 26 17:14:40 PDT 2011\n\n"),),
    interrupted="Boot interrupted." + " " * 30,  # the padding as on an ASA 5500
    mac=MAC,
    ports=("Management0/0", *GIGABIT),
    old_image="asa912-smp-k8.bin",
    default_version="9.1(2)",
    monitor_version="2.1(9)8",
    card="ASA 5555-X with SW, 8 GE Data, 1 GE Mgmt",
    boot_lines=SMP_BOOT,
    hardware=Hardware(
        operating_system="SSP Operating System Version 2.8(1.148)",
        device_manager="7.16(1)150",
        compiled="Wed 14-Apr-21 05:25 GMT",
        summary=(
            "ASA5555, 16384 MB RAM, CPU Lynnfield 2800 MHz, 1 CPU (8 cores)\n"
            "            ASA: 8575 MB RAM, 1 CPU (2 cores)"
        ),
        flash="8192MB",
        bios="MX25L6445E @ 0xffbb0000, 8192KB",
        encryption="(revision 0x1)",
        interfaces=INTERFACES,
        licence="This platform has an ASA5555 VPN Premium license.",
    ),
    variables=(
        ("ADDRESS", NOWHERE),  # recalled: no capture shows an untouched ADDRESS or SERVER
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
