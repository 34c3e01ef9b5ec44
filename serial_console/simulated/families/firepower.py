"""What the Firepower families have in common: the monitor's variables, FXOS underneath, `show version` of their ASA.

Sources: unicon's logs of a 2110 and a 2120, the `show tech-support` of a 2130, a Firepower 1010 reimage note.
"""

from ..family import Hardware
from ..fxos import FIRST_BOOT

RULE = "*" * 79
VARIABLES = (
    ("ADDRESS", ""),
    ("NETMASK", ""),
    ("GATEWAY", ""),
    ("SERVER", ""),
    ("IMAGE", ""),
    ("CONFIG", ""),
    ("PS1", '"rommon ! > "'),
)
BOOT_LINES: tuple[tuple[float, str], ...] = ((20.0, FIRST_BOOT),)


def hardware(model: str, memory: str) -> Hardware:
    """The machine as the `show version` of an ASA in appliance mode has it."""
    return Hardware(
        operating_system="Firepower Extensible Operating System Version 2.2(2.42i)",
        device_manager="7.8(2)32",
        compiled="Fri 20-Nov-20 01:23 GMT",
        summary=f"{model}, {memory} MB RAM, CPU MIPS 1200 MHz, 1 CPU (12 cores)",
        flash="8000MB",
        bios="M25P64 @ 0xfed01000, 16384KB",
        encryption="(revision 0x1)",
        interfaces=(" 1: Ext: Management1/1       : address is 00fc.ba04.6201, irq 0",),
        licence="License mode: Smart Licensing",
    )
