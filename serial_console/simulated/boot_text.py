"""What the software prints between its launch and its prompt.

Captured: the Linux netdev list's ASA 5506-X log of 9.8(4)22 (January 2024) and unicon's Firepower 2120 log, both
shortened. That a 5500-X prints the same stages is assumed: its boot was never published raw.
"""

import re

SMP_BOOT: tuple[tuple[float, str], ...] = (
    (20.0, "INIT: version 2.88 booting\nStarting udev\nConfiguring network interfaces... done.\n"),
    (20.0, "Populating dev cache\nMounting /dev/sdb1\n"),
    (10.0, "Processor memory:   1638667399\nPOST started...\n"),
    (10.0, "POST finished, result is 0 (hint: 1 means it failed)\n\n"),
)
LFBFF_BOOT: tuple[tuple[float, str], ...] = (
    (2.0, "INIT: version 2.88 booting\nStarting udev\n"),
    (10.0, "Configuring network interfaces... done.\nPopulating dev cache\n"),
    (20.0, "dosfsck 2.11, 12 Mar 2005, FAT32, LFN\nStarting check/repair pass.\nStarting verification pass.\n"),
    (5.0, "/dev/sdb1: 138 files, 947320/1919830 clusters\ndosfsck(/dev/sdb1) returned 0\nMounting /dev/sdb1\n"),
    (10.0, "Processor memory:   1638667399\nPOST started...\n"),
    (10.0, "POST finished, result is 0 (hint: 1 means it failed)\n\n"),
)
WARNING = """\
  ****************************** Warning *******************************
  This product contains cryptographic features and is
  subject to United States and local country laws
  governing, import, export, transfer, and use.
  ******************************* Warning *******************************
"""
SELF_TEST = """
INFO: Power-On Self-Test in process.
.......................................................................
INFO: Power-On Self-Test complete.

INFO: Starting HW-DRBG health test...
INFO: HW-DRBG health test passed.

INFO: Starting SW-DRBG health test...
INFO: SW-DRBG health test passed.
"""
IGNORING_CONFIG = "Ignoring startup configuration as instructed by configuration register.\n"
LOGINS = (
    "User enable_1 logged in to ciscoasa\n"
    "Logins over the last 1 days: 1.  \n"  # both blanks are in the capture
    "Failed logins since the last login: 0.  \n"
)
SHUTDOWN = """\


***
*** --- START GRACEFUL SHUTDOWN ---
Shutting down isakmp
Shutting down webvpn
Shutting down sw-module
Shutting down License Controller
Shutting down File system



***
*** --- SHUTDOWN NOW ---
Process shutdown finished
Rebooting... (status 0x9)
..
"""
LONG_NAME = re.compile(r"asa(\d+)-(\d+)-(\d+)(?:-(\d+))?(?=-)")
SHORT_NAME = re.compile(r"asa(\d)(\d{1,2})(\d)(?:-(\d+))?(?=-)")


def version_of(image: str, default: str) -> str:
    """The version in an image's file name: `asa984-22-lfbff-k8.SPA` is 9.8(4)22."""
    name = image.rpartition("/")[2]
    found = LONG_NAME.match(name) or SHORT_NAME.match(name)
    if found is None:
        return default
    major, minor, maintenance, interim = found.groups()
    return f"{major}.{minor}({maintenance}){interim or ''}"


def at_least(version: str, major: int, minor: int) -> bool:
    """Whether a version such as 9.8(4)22 is `major.minor` or later."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= (major, minor)
