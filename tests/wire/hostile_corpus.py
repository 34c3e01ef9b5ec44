"""What has crashed, hung or fooled TFTP servers, as a table: each datagram with the one answer that it may get.

The one rule: every entry is judged alike, beside a transfer that goes on (`test_tftp_hostile.py`); what is particular
about one stands in its row. `seen_in` names the advisory or issue in which a datagram of that shape did harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tftp_rig import request

NAME = b"asa.bin"


class Answer(Enum):
    """What may come back, as the start of the packet; at most one packet ever does."""

    NOTHING = b""
    NOT_FOUND = b"\0\5\0\1"
    WRITE_REFUSED = b"\0\5\0\2"
    ILLEGAL = b"\0\5\0\4"
    #: The file, and of the options only those that make sense.
    SERVED = b"\0"


@dataclass(frozen=True)
class Hostile:
    """One datagram to the listening port."""

    what: str
    datagram: bytes
    answer: Answer
    seen_in: str = ""


def _no_requests() -> list[Hostile]:
    return [
        Hostile(what, datagram, Answer.NOTHING, seen_in)
        for what, datagram, seen_in in (
            ("nothing at all", b"", "tftpy #140"),
            ("half an opcode", b"\0", "tftpy #140"),
            ("half an opcode, not zero", b"\1", ""),
            ("opcode 0", b"\0\0", ""),
            ("opcode 7", b"\0\7", ""),
            ("opcode 255", b"\xff\xff", ""),
            ("opcode in the other byte order", b"\1\0asa.bin\0octet\0", ""),
            ("the longest datagram, of zeros", bytes(65507), ""),
            ("the longest datagram, of letters", b"A" * 65507, ""),
            ("DATA", b"\0\3\0\1data", ""),
            ("clipped DATA", b"\0\3\0", "tftpy 0.8.7"),
            ("ACK", b"\0\4\0\0", ""),
            ("clipped ACK", b"\0\4\0", "hikvision-tftpd #15"),
            ("ERROR, which must not be answered with another", b"\0\5\0\4error\0", ""),
            ("clipped ERROR", b"\0\5", ""),
            ("OACK", b"\0\6blksize\0008\0", ""),
        )
    ]


def _malformed() -> list[Hostile]:
    return [
        Hostile(what, datagram, Answer.ILLEGAL, seen_in)
        for what, datagram, seen_in in (
            ("a request and nothing more", b"\0\1", ""),
            ("a name without an end", b"\0\1asa.bin", ""),
            ("a name and no mode", b"\0\1asa.bin\0", ""),
            ("a mode without an end", b"\0\1asa.bin\0octet", ""),
            ("an empty name", b"\0\1\0octet\0", ""),
            ("an empty name and an empty mode", b"\0\1\0\0", ""),
            ("an empty mode", b"\0\1asa.bin\0\0", ""),
            ("a thousand empty strings", b"\0\1" + bytes(1000), ""),
            ("a mode of 60 000 letters", b"\0\1asa.bin\0" + b"m" * 60000 + b"\0", "CVE-2021-44429"),
            ("a mode that is not ASCII", b"\0\1asa.bin\0octet\xff\0", "tftpy 0.8.7"),
            ("a mode of two words", b"\0\1asa.bin\0oct et\0", ""),
            ("a name of 4 096 letters", request(b"n" * 4096), "CVE-2009-2957"),
            ("a name of 60 000 letters", request(b"n" * 60000), "CVE-2013-0145"),
            ("a name of 60 000 letters without an end", b"\0\1" + b"n" * 60000, ""),
            ("300 options", request(NAME) + b"a\0b\0" * 300, "EDK2 2175"),
            ("a write and nothing more", b"\0\2", ""),
            ("a write without a mode", b"\0\2asa.bin", ""),
            ("a write of nothing", b"\0\2\0\0", ""),
        )
    ]


def _modes() -> list[Hostile]:
    return [
        Hostile(f"mode {mode.decode()}", request(NAME, mode=mode), Answer.ILLEGAL)
        for mode in (b"netascii", b"mail", b"NetASCII", b"octets", b"m" * 900)
    ]


_STRANGE_NAMES = {
    "not UTF-8": (b"\xff\xfe", "tftpy 0.8.7"),
    "overlong slash": (b"\xc0\xaf", ""),
    "text turned round": (b"\xe2\x80\xae", ""),
    "percent encoding": (b"%2e%2e/asa.bin", ""),
    "a new line and a cleared screen": (b"\n\r\x1b[2J", ""),
    "a terminal's title": (b"\x1b]0;asa\x07", ""),
    "format directives": (b"%s%s%n%x", ""),
    "255 letters": (b"n" * 255, ""),
    "256 letters": (b"n" * 256, ""),
    "900 letters": (b"n" * 900, "CVE-2009-2957"),
    "a dot behind": (b"asa.bin.", ""),
    "a space behind": (b"asa.bin ", ""),
    "an NTFS stream": (b"asa.bin::$DATA", ""),
    "DOS device CON": (b"CON", "CVE-2002-2237"),
    "DOS device with an extension": (b"aux.bin", "CVE-2002-2237"),
    "DOS device COM1": (b"COM1", "CVE-2002-2237"),
    "a drive": (b"C:\\asa.bin", ""),
    "a share": (b"\\\\host\\share", ""),
    "a share with slashes": (b"//host/asa.bin", ""),
    "an endless device": (b"/dev/zero", ""),
    "the server's own memory": (b"/proc/self/mem", ""),
    "other letters": (b"ASA.BIN", ""),
    "other sign": (b"asa_bin", ""),
    "two prefixes": (b"tftp:tftp:asa.bin", ""),
    "a host and no name": (b"tftp://asa.bin", ""),
    "another scheme": (b"http://x/asa.bin", ""),
    "two slashes": (b"//asa.bin", ""),
    "a folder's slash behind": (b"asa.bin/", ""),
}

_WAYS_OUT = {
    "up": (b"../asa.bin", ""),
    "down and up": (b"a/../asa.bin", ""),
    "down and up twice": (b"a/../../asa.bin", ""),
    "up, as Windows writes it": (b"..\\asa.bin", "bid 2886"),
    "up, as filters make it": (b"....//asa.bin", ""),
    "here": (b"./asa.bin", ""),
    "a folder beside": (b"../root-private/asa.bin", "tftpy #110"),
    "another folder": (b"x/asa.bin", ""),
    "up from a prefix": (b"tftp://host/../asa.bin", ""),
}


def _names() -> list[Hostile]:
    return [
        Hostile(f"name: {what}", request(name), Answer.NOT_FOUND, seen_in)
        for what, (name, seen_in) in (_STRANGE_NAMES | _WAYS_OUT).items()
    ]


_BLKSIZES = (b"", b"0", b"7", b"8", b"65464", b"65465", b"65536", b"-1", b"+512", b"0x200", b"512 ", b"1e3", b"abc")
_BLKSIZES += (b"99999999999999999999", b"9" * 99, b"\xb2", b"5_1_2", b"\xd9\xa5", b"512;id", b"%n")


def _options() -> list[Hostile]:
    blksizes = [(f"blksize {value!r}", b"blksize\0" + value + b"\0") for value in _BLKSIZES]
    others = [
        ("an option without a value", b"blksize"),
        ("an option whose value has no start", b"blksize\0"),
        ("an option whose value has no end", b"blksize\x001428"),
        ("an option without name or value", b"\0\0"),
        ("an option without a name", b"\0008\0"),
        ("an option that is not ASCII", b"\xff\xff\x001\0"),
        ("a negative tsize", b"tsize\0-1\0"),
        ("a tsize of 65 bits", b"tsize\x0018446744073709551616\0"),
        ("timeout 0", b"timeout\x000\0"),
        ("timeout 256", b"timeout\x00256\0"),
        ("windowsize 0", b"windowsize\x000\0"),
        ("windowsize 65535", b"windowsize\x0065535\0"),
        ("windowsize 65536", b"windowsize\x0065536\0"),
        ("the largest window of the largest blocks", b"windowsize\x0065535\0blksize\x0065464\0"),
        ("an option twice", b"blksize\x00512\0blksize\x008\0"),
        ("200 options that nobody knows", b"a\0b\0" * 200),
        ("multicast", b"multicast\0\0"),
        ("a long name of an option", b"o" * 900 + b"\x001\0"),
    ]
    return [Hostile(what, request(NAME) + option, Answer.SERVED) for what, option in blksizes + others]


def _writes() -> list[Hostile]:
    names = {"the image": NAME, "a new file": b"new.bin", "a folder": b"sub", "below a folder": b"sub/new.bin"}
    names |= {"above": b"../new.bin", "300 letters": b"n" * 300}
    return [
        Hostile(f"write: {what}", b"\0\2" + request(name, options)[2:], Answer.WRITE_REFUSED)
        for what, name in names.items()
        for options in ({}, {b"tsize": b"99999999999999"})
    ]


#: To the listening port.
DATAGRAMS = (*_no_requests(), *_malformed(), *_modes(), *_names(), *_options(), *_writes())

#: From a transfer's own client into it, while DATA 1 is under way: none moves it on, ends it or is answered.
PASSED_OVER = {
    "nothing": b"",
    "half an opcode": b"\0",
    "an opcode alone": b"\0\4",
    "a clipped ACK": b"\0\4\0",
    "ACK of the next block": b"\0\4\0\2",
    "ACK of block 65535": b"\0\4\xff\xff",
    "ACK of a block before the first": b"\0\4\0\0",
    "600 bytes that begin like an ACK": b"\0\4\x7f\x7f" + bytes(596),
    "clipped DATA": b"\0\3\0",
    "DATA": b"\0\3\0\1data",
    "OACK": b"\0\6tsize\x001\0",
    "a read request": request(NAME),
    "a write request": b"\0\2asa.bin\0octet\0",
    "opcode 7": b"\0\7\0\1",
    "600 bytes": b"\xff" * 600,
    "the longest datagram": bytes(65507),
}

#: From a transfer's own client into it: each ends it, and it alone.
ENDS = {
    "an opcode alone": b"\0\5",
    "half a code": b"\0\5\0",
    "a code and no text": b"\0\5\0\3",
    "a text without an end": b"\0\5\0\3no end",
    "a text that goes on behind its end": b"\0\5\0\3disk full\0and more",
    "a code that nobody knows": b"\0\5\xff\xff?\0",
    "a text of 60 000 letters": b"\0\5\0\0" + b"e" * 60000 + b"\0",
    "a text that clears the screen": b"\0\5\0\0\x1b[2J\n\0",
}
