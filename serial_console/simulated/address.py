"""Addresses as boot monitors take them. Only dotted IPv4 exists there."""

from ipaddress import IPv4Address

NOWHERE = "0.0.0.0"  # noqa: S104 - an unset address, bound to by nobody


def is_address(text: str) -> bool:
    """Whether a boot monitor would take this for an IPv4 address."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True
