"""What a connected UDP socket can be told about the path to its client.

The one rule: every answer is also right where the system has no such thing. Linux has; Python does not name most of it.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from typing import Final

_IS_LINUX: Final = sys.platform == "linux"
_IP_MTU, _IPV6_MTU = 14, 24
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PMTUDISC_DONT = 10, 23, 0
_UDP_SEGMENT: Final = 103
#: IP and UDP headers before a TFTP packet.
_HEADERS_BYTES: Final = {socket.AF_INET: 28, socket.AF_INET6: 48}


def largest_packet(connected: socket.socket) -> int | None:
    """The most bytes of UDP payload that the path takes in one piece, as far as is known; None where nobody knows."""
    if not _IS_LINUX:
        return None
    v6 = connected.family == socket.AF_INET6
    level, option = (socket.IPPROTO_IPV6, _IPV6_MTU) if v6 else (socket.IPPROTO_IP, _IP_MTU)
    try:
        return connected.getsockopt(level, option) - _HEADERS_BYTES[connected.family]
    except OSError:
        return None


def allow_fragments(connected: socket.socket) -> None:
    """Let routers cut packets that are too large for what is behind them."""
    if _IS_LINUX:
        v6 = connected.family == socket.AF_INET6
        level, option = (socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER) if v6 else (socket.IPPROTO_IP, _IP_MTU_DISCOVER)
        with suppress(OSError):
            connected.setsockopt(level, option, _PMTUDISC_DONT)


def cuts_segments(connected: socket.socket, segment_bytes: int) -> bool:
    """Have the kernel cut what is sent in one call into packets of `segment_bytes` (0: no longer). False if it can't."""
    if not _IS_LINUX:
        return False
    try:
        connected.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, segment_bytes)
    except OSError:
        return False
    return True
