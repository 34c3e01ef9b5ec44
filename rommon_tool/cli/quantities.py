"""What `serve` takes in people's units: rates in bytes a second, ranges of ports, an address with a port.

The one rule: what could be read in two ways is refused, and the message says how to write it. Each function is the `type`
of an option and raises click.BadParameter; a configuration file may hand it a number.
"""

import re
from ipaddress import ip_address

import rich_click as click

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "KI": 1 << 10, "MI": 1 << 20, "GI": 1 << 30}


def byte_rate(value: object) -> int:
    """Bytes a second: a number with K, M, G (thousands) or Ki, Mi, Gi (1024), for example 10M or 1.5MiB/s."""
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*([KMG]i?)?([Bb]?)(?:/s)?", str(value).strip(), re.ASCII)
    if found is None:
        raise click.BadParameter(f"'{value}' is no rate: write bytes a second as 500K, 10M or 1.5GiB/s.")
    if found[3] == "b":
        raise click.BadParameter(f"'{value}' reads like bits: write bytes a second, as 10M for 80 Mbit/s.")
    rate = int(float(found[1]) * _UNITS[(found[2] or "").upper()])
    if rate < 1:
        raise click.BadParameter(f"'{value}' would never send anything.")
    return rate


def port_range(value: object) -> tuple[int, int]:
    """Two ports with a dash between them, or one port, as first and last."""
    found = re.fullmatch(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", str(value).strip(), re.ASCII)
    if found is None:
        raise click.BadParameter(f"'{value}' is no range of ports: write it as 50000-50099.")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last <= 65535:
        raise click.BadParameter(f"'{value}': ports go from 1 to 65535, the lower one first.")
    return first, last


def host_port(value: object) -> tuple[str, int]:
    """ADDR:PORT, [IPv6]:PORT, or a port alone, which means this machine only (127.0.0.1)."""
    found = re.fullmatch(r"(?:\[([^\]]+)\]:|([^:]+):)?(\d{1,5})", str(value).strip(), re.ASCII)
    if found is None or int(found[3]) > 65535:
        raise click.BadParameter(f"'{value}' is no address with a port: write 9169, 192.0.2.1:9169 or [::1]:9169.")
    try:
        return str(ip_address(found[1] or found[2] or "127.0.0.1")), int(found[3])
    except ValueError:
        raise click.BadParameter(f"'{value}': '{found[1] or found[2]}' is no IP address.") from None


def rate_text(bytes_per_second: float) -> str:
    """A rate as people read it, in the units that `byte_rate` takes."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if bytes_per_second >= size:
            return f"{bytes_per_second / size:.3g} {unit}B/s"
    return f"{bytes_per_second:.0f} B/s"
