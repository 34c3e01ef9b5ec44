"""What a device of a family has saved when it is first met. After the factory defaults, as the chapter's models have them."""

from ipaddress import IPv4Interface

from ..family import Family
from ..options import Options

INTERFACE = """\
!
interface {name}
 management-only
 nameif management
 security-level 100
 ip address {address} {mask}
"""
REST = """\
ftp mode passive
pager lines 24
"""


def starting_config(family: Family, options: Options) -> str:
    """The text of the saved configuration; empty for a device without one."""
    if options.config == "none":
        return ""
    interface = IPv4Interface(options.address)
    enable = f"enable password {options.enable}\n" if options.enable else ""
    return (
        f"hostname ciscoasa\n{enable}"
        + INTERFACE.format(name=family.management, address=interface.ip, mask=interface.netmask)
        + REST
    )
