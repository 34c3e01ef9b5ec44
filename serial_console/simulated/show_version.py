"""`show version`, as genieparser's and the netdev list's captures of a 5555-X and a 5506-X lay it out.

The image line of a netbooted device is captured twice: from an 8.0(2), as Cisco's ASA container repeats it for 9.22,
and with the server's address from a 5505 with 8.4(1). A family has the one that is known of it, or the first.
"""

from .chassis import Chassis, Launch
from .family import Family

LICENCES = (
    ("Maximum Physical Interfaces", "Unlimited"),
    ("Maximum VLANs", "5"),
    ("Inside Hosts", "Unlimited"),
    ("Failover", "Disabled"),
    ("Encryption-DES", "Enabled"),
    ("Encryption-3DES-AES", "Enabled"),
    ("Carrier", "Disabled"),
    ("AnyConnect Premium Peers", "2"),
    ("AnyConnect Essentials", "Disabled"),
    ("Other VPN Peers", "10"),
    ("Total VPN Peers", "12"),
    ("Shared License", "Disabled"),
    ("Total TLS Proxy Sessions", "2"),
    ("Botnet Traffic Filter", "Disabled"),
    ("Cluster", "Disabled"),
)


def show_version(chassis: Chassis, family: Family, launch: Launch, version: str) -> list[str]:
    """The lines of `show version`."""
    hardware = family.hardware
    netbooted = family.netbooted_file.format(server=launch.server, image=launch.image)
    image = netbooted if launch.source == "netboot" else f"disk0:/{launch.image}"
    return [
        "",
        f"Cisco Adaptive Security Appliance Software Version {version}",
        *hardware.operating_system.splitlines(),
        f"Device Manager Version {hardware.device_manager}",
        "",
        f"Compiled on {hardware.compiled} by builders",
        f'System image file is "{image}"',
        'Config file at boot was "startup-config"',
        "",
        "ciscoasa up 17 secs",
        "",
        *f"Hardware:   {hardware.summary}".splitlines(),
        f"Internal ATA Compact Flash, {hardware.flash}",
        f"BIOS Flash {hardware.bios}",
        "",
        f"Encryption hardware device : Cisco ASA Crypto on-board accelerator {hardware.encryption}",
        "                             Number of accelerators: 1",
        "",
        *hardware.interfaces,
        "",
        "Licensed features for this platform:",
        *(f"{name:<34}: {value:<14} perpetual" for name, value in LICENCES),
        "",
        hardware.licence,
        "",
        "Serial Number: A0000000000",
        "Running Permanent Activation Key: 0x00000000 0x00000000 0x00000000 0x00000000 0x00000000",
        f"Configuration register is 0x{chassis.register:x}",
        "Image type                : Release",
        "Key Version               : A",
        "Configuration has not been modified since last system restart.",
    ]
