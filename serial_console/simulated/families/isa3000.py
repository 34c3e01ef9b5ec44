"""ISA 3000: dialect B, with three variables for automatic restore.

The variables and their values are documented in Cisco's configuration guide, "Configure Automatic Restore (ISA 3000)"; no
capture of this device is public. What it prints is a 5506-X's, with the version 1.0.5 that the guide names; the words that
tell it from one, and `show version`'s lines about the hardware, are recalled.
"""

from ..asa import BootedAsa
from ..boot_text import LFBFF_BOOT
from ..family import Family, Hardware
from ..invented import B_ISA_BANNER, B_ISA_PLATFORM
from ..kenton_monitor import KentonMonitor

PORTS = ("GigabitEthernet1/1", "GigabitEthernet1/2", "GigabitEthernet1/3", "GigabitEthernet1/4")

FAMILY = Family(
    name="isa3000",
    model="ISA3000",
    monitor=KentonMonitor,
    software=BootedAsa,
    newline=b"\n\r",
    banner=((1.0, "Rom image verified correctly\n"), (1.0, B_ISA_BANNER), (1.0, B_ISA_PLATFORM)),
    interrupted="Boot interrupted.  ",
    mac="00:a3:8e:f7:d1:80",
    ports=("Management1/1",),
    old_image="asa961-lfbff-k8.SPA",
    default_version="9.6(1)",
    management="Management1/1",
    monitor_version="1.0.5",
    card="ISA 3000, 2 GE Copper, 2 GE Fiber",
    boot_lines=LFBFF_BOOT,
    hardware=Hardware(
        operating_system="Firepower Extensible Operating System Version 2.2(2.124)",
        device_manager="7.8(2)151",
        compiled="Fri 29-May-20 00:37 PDT",
        summary="ISA30002C2F, 8192 MB RAM, CPU Atom C2000 series 1200 MHz, 1 CPU (4 cores)",
        flash="16000MB",
        bios="M25P64 @ 0xfed01000, 16384KB",
        encryption="(revision 0x1)",
        interfaces=(
            *(f" {n}: Ext: {port}  : address is 00a3.8ef7.d18{n}, irq 255" for n, port in enumerate(PORTS, 1)),
            " 5: Ext: Management1/1       : address is 00a3.8ef7.d180, irq 0",
        ),
        licence="This platform has a Base license.",
    ),
    variables=(
        ("ADDRESS", ""),
        ("NETMASK", ""),
        ("GATEWAY", ""),
        ("SERVER", ""),
        ("IMAGE", ""),
        ("CONFIG", ""),
        ("RESTORE_MODE", "auto"),  # that they stand here in the list is recalled
        ("RESTORE_LOCATION", "disk3:"),
        ("RESTORE_PASSPHRASE", "cisco"),
        ("PS1", '"rommon ! > "'),
    ),
)
