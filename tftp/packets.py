"""The few packets of a transfer that are not DATA.

The one rule: these are tftpy's packets, since there are a few of them in a transfer at most. DATA, of which there are
hundreds of thousands, is cut in `tftp.wire`.
"""

from __future__ import annotations

import tftpy
from tftpy.TftpPacketTypes import TftpPacketERR, TftpPacketOACK

OPCODE_RRQ, OPCODE_WRQ, OPCODE_DATA, OPCODE_ACK, OPCODE_ERROR, OPCODE_OACK = range(1, 7)

#: An ERROR has to fit the smallest buffer of a boot monitor.
LONGEST_ERROR_TEXT = 100


def error(code: int, text: str) -> bytes:
    """An ERROR packet. tftpy's own carries only the standard sentence of each code, which tells nobody what to do."""
    packet = TftpPacketERR()  # type: ignore[no-untyped-call]
    packet.errorcode = code
    packet.errmsgs = {code: text.encode("ascii", "replace")[:LONGEST_ERROR_TEXT]}
    return bytes(packet.encode().buffer)  # type: ignore[no-untyped-call]


def option_acknowledgement(options: dict[str, str]) -> bytes:
    """An OACK packet with just these options."""
    packet = TftpPacketOACK()  # type: ignore[no-untyped-call]
    packet.options = options
    return bytes(packet.encode().buffer)  # type: ignore[no-untyped-call]


def error_of_client(packet: bytes) -> tuple[int, bytes]:
    """Code and text of an ERROR packet, as far as they are there: clients are seen to send 2, 3 and 4 bytes."""
    code = int.from_bytes(packet[2:4]) if len(packet) >= 4 else tftpy.TftpErrors.NotDefined
    return code, packet[4:].split(b"\0", 1)[0]
