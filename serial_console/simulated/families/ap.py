"""The access point of an ASA 5506W-X at its loader, after Aironet captures: none of its own is public."""

from ..access_point import AccessPointLoader
from ..family import Family
from ..strangers import NOTHING, StrangersSoftware

FAMILY = Family(
    name="ap",
    model="AP702I",
    monitor=AccessPointLoader,
    software=StrangersSoftware,
    newline=b"\r\n",
    banner=(
        (2.0, "\nIOS Bootloader - Starting system.\nflash is writable\nXmodem file system is available.\n"),
        (3.0, "flashfs[0]: 0 files, 1 directories\nBase Ethernet MAC address: 7c:69:f6:8d:35:62\n\n"),
    ),
    interrupted="",
    mac="7c:69:f6:8d:35:62",
    ports=("GigabitEthernet0",),
    old_image="flash:/none",
    default_version="15.3(3)JF10",
    boot_lines=(  # recalled: no boot of such an access point is public
        (5.0, "\nCisco IOS Software, C700 Software (AP1G2-K9W7-M), Version 15.3(3)JF10, RELEASE SOFTWARE (fc1)\n"),
        (5.0, "\nPress RETURN to get started!\n"),
    ),
    hardware=NOTHING,
    variables=(("ENABLE_BREAK", "no"), ("MANUAL_BOOT", "yes")),
    has_window=False,
    stop_text="ap>",
)
