"""ASA Services Module: dialect A inside a Catalyst 6500, reached through its supervisor.

Source: Cisco's guide, "Load an Image for the ASASM Using ROMMON", for all between its prompt and the start of the download; its
name: the `show inventory` of a module in genieparser's tests. Nothing else of a module is public.
"""

from ..address import NOWHERE
from ..asa import BootedAsa
from ..boot_text import SMP_BOOT
from ..family import Family, Hardware
from ..invented import A_MODULE_BANNER
from ..module_monitor import ModuleMonitor
from ..supervisor import CatalystSupervisor

MAC = "0012.d949.15b8"

FAMILY = Family(
    name="asasm",
    model="WS-SVC-ASA-SM1",
    monitor=ModuleMonitor,
    software=BootedAsa,
    newline=b"\r\n",
    banner=((3.0, A_MODULE_BANNER),),
    interrupted="Boot interrupted." + " " * 30,  # as on an ASA 5500
    mac=MAC,
    ports=("Data0",),
    old_image="asa912-smp-k8.bin",
    default_version="9.1(2)",
    boot_lines=SMP_BOOT,
    hardware=Hardware(
        operating_system="",
        device_manager="7.2(1)",
        compiled="Thu 09-May-13 15:37",
        summary="WS-SVC-ASA-SM1, 24576 MB RAM, CPU Xeon 5600 series 2000 MHz",
        flash="8192MB",
        bios="MX25L6445E @ 0xffbb0000, 8192KB",
        encryption="(revision 0x0)",
        interfaces=(f" 0: Int: Internal-Data0/0    : address is {MAC}, irq 11",),
        licence="This platform has an WS-SVC-ASA-SM1 No Payload Encryption license.",
    ),
    variables=(
        ("ADDRESS", NOWHERE),  # recalled, as is all that the guide's sample sets
        ("SERVER", NOWHERE),
        ("GATEWAY", NOWHERE),
        ("PORT", "Data0"),
        ("VLAN", "untagged"),
        ("IMAGE", ""),
        ("CONFIG", ""),
        ("LINKTIMEOUT", "20"),
        ("PKTTIMEOUT", "2"),
        ("RETRY", "20"),
    ),
    port_text="{port}\nLink is {link}\nMAC Address: {mac}",
    stop_text="{port_text}\nUse ? for help.",
    supervisor=CatalystSupervisor,
)
