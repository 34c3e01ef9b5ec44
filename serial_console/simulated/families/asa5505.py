"""ASA 5505: dialect A behind a BIOS that prints its PCI devices; eight switch ports, the first of which loads images.

Sources: the blog post "Initializing a CISCO ASA 5505" (boot monitor 1.0(12)11), asadbg, gomjabbar.com (8.4(1), booted by
TFTP). `show version`'s lines about the hardware are recalled.
"""

from ..address import NOWHERE
from ..asa import BootedAsa
from ..classic_monitor import ClassicMonitor
from ..family import Family, Hardware
from ..invented import A_K8_BOOT

BIOS = """\
CISCO SYSTEMS
Embedded BIOS Version 1.0(12)11 04/30/08 15:45:41.19

Low Memory: 632 KB
High Memory: 251 MB
PCI Device Table.
Bus Dev Func VendID DevID Class              Irq
 00  01  00   1022   2080  Host Bridge
 00  01  02   1022   2082  Chipset En/Decrypt 11
 00  0C  00   1148   4320  Ethernet           11
 00  0D  00   177D   0003  Network En/Decrypt 10
 00  0F  00   1022   2090  ISA Bridge
 00  0F  02   1022   2092  IDE Controller
 00  0F  03   1022   2093  Audio              10
 00  0F  04   1022   2094  Serial Bus         9
 00  0F  05   1022   2095  Serial Bus         9

Evaluating BIOS Options ...
Launch BIOS Extension to setup ROMMON

"""
MONITOR = """\
Cisco Systems ROMMON Version (1.0(12)11) #4: Thu May  1 14:50:05 PDT 2008

Platform ASA5505

"""

FAMILY = Family(
    name="asa5505",
    model="ASA5505",
    monitor=ClassicMonitor,
    software=BootedAsa,
    newline=b"\r\n",
    banner=((2.0, BIOS), (2.0, MONITOR)),
    interrupted="Boot interrupted." + " " * 30,
    mac="0024.14a1.abe7",
    ports=tuple(f"Ethernet0/{port}" for port in range(8)),
    old_image="asa803-k8.bin",
    default_version="8.0(3)",
    boot_lines=A_K8_BOOT,
    hardware=Hardware(
        operating_system="",
        device_manager="6.1(3)",
        compiled="Tue 06-Nov-07 22:59",
        summary="ASA5505, 512 MB RAM, CPU Geode 500 MHz",
        flash="128MB",
        bios="M50FW080 @ 0xffe00000, 1024KB",
        encryption="(revision 0x0)",
        interfaces=(
            " 0: Int: Internal-Data0/0    : address is 0024.14a1.abe7, irq 11",
            *(f" {n + 1}: Ext: Ethernet0/{n}         : address is 0024.14a1.abd{n}, irq 255" for n in range(8)),
        ),
        licence="This platform has a Base license.",
    ),
    variables=(
        ("ADDRESS", NOWHERE),  # recalled, as is SERVER: no capture shows them untouched
        ("SERVER", NOWHERE),
        ("GATEWAY", NOWHERE),
        ("PORT", "Ethernet0/0"),
        ("VLAN", "untagged"),
        ("IMAGE", ""),
        ("CONFIG", ""),
        ("LINKTIMEOUT", "20"),
        ("PKTTIMEOUT", "4"),
        ("RETRY", "20"),
    ),
    port_text="{port}\nMAC Address: {mac}\nLink is {link}",
    stop_text="\n{port_text}\n\nUse ? for help.",
    netbooted_file="tftp://{server}/{image}",
)
