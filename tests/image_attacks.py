"""The attacks on a signed image, one row each: how the file is made from good ones, and which verdicts are right.

The verdicts are those under the key that signed it, with its range proved. Nothing here uses the verifier's code.
"""

import functools
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from signed_image import (
    BOOT,
    CONTAINER,
    MAGIC,
    ROM,
    Recipe,
    filling,
    firmware,
    header,
    key,
    leaf,
    parent,
    system,
    tlv,
)

ROOT_HEADER, ENVELOPE, ATTRIBUTES, PAYLOAD = 0x10, 0x30, 0x3C, 0x1D0
SIGNATURE_TAG, SIGNATURE, KEY_VERSION_TAG, PAD = 0xC0, 0xC3, 0x1C3, 0x1C7
UNREADABLE, MISMATCH = frozenset({"unreadable"}), frozenset({"mismatch"})
NOT_PROVED = frozenset({"unreadable", "mismatch", "unverifiable", "well-formed"})
UNCOVERED = frozenset({"signature-valid"})


@functools.cache
def good() -> bytes:
    """ROMMON firmware, signed over its payload by key 0."""
    return firmware().built(key())


@dataclass(frozen=True)
class Attack:
    """A file and the verdicts that are right for it."""

    name: str
    made: Callable[[], bytes]
    verdicts: frozenset[str]

    def __str__(self) -> str:
        return self.name


def patched(offset: int, data: bytes) -> Callable[[], bytes]:
    return lambda: good()[:offset] + data + good()[offset + len(data) :]


def flipped(offset: int, bit: int = 0) -> Callable[[], bytes]:
    return patched(offset, bytes([good()[offset] ^ 1 << bit]))


def without(start: int, end: int) -> Callable[[], bytes]:
    """Cut out, with the lengths left as they are."""
    return lambda: good()[:start] + good()[end:]


def recipe_signed(recipe: Recipe) -> bytes:
    return recipe.built(key())


def enveloped(rest: bytes, *, said: int | None = None) -> bytes:
    """An image whose envelope holds these tags behind 01 and 02."""
    envelope = tlv(1, b"\1\1") + tlv(2, (len(rest) if said is None else said).to_bytes(4, "big")) + rest
    envelope += bytes(-len(envelope) % 16)
    return MAGIC + parent("EB90D060-F709-4A1A-9F30-9E45F7287490", firmware().payload, envelope)


def _rest(*, order: str = "34567890BC", double: str = "") -> bytes:
    names = {
        "4": good()[0x3F:0x72],
        "5": good()[0x72:0x7D],
        "6": good()[0x7D:0xB0],
    }
    inner = b"".join(names[mark] * (2 if mark in double else 1) for mark in order if mark in names)
    outer = {"3": tlv(3, inner), "7": good()[0xB0:0xB4], "8": good()[0xB4:0xB8], "9": good()[0xB8:0xBC]}
    outer |= {"0": good()[0xBC:0xC0], "B": good()[0xC0:0x1C3], "C": good()[0x1C3:0x1C7]}
    return b"".join(outer[mark] * (2 if mark in double else 1) for mark in order if mark in outer) + b"\xeb"


def tree(children: bytes) -> Callable[[], bytes]:
    """An image with other things in its firmware container, signed anew: only the structure is wrong."""
    return lambda: recipe_signed(replace(firmware(), payload=children))


def deep(levels: int) -> bytes:
    inner = leaf(ROM, bytes(16))
    for _ in range(levels):
        inner = parent(CONTAINER, inner)
    return inner


def container(children: bytes) -> bytes:
    return parent(CONTAINER, children, bytes(32))


def swapped_envelope() -> bytes:
    """The envelope of a good system image on firmware."""
    other = system().built(key())
    return other[:ENVELOPE][:16] + good()[16:ENVELOPE] + other[ENVELOPE:PAYLOAD] + good()[PAYLOAD:]


def root_lengths(metadata: int, data: int) -> bytes:
    """A root header that says these lengths, in units of 16 bytes."""
    return metadata.to_bytes(3, "little") + data.to_bytes(5, "little")


def _sizes() -> list[Attack]:
    cut = [1, 16, 17, 512]
    rows = [Attack(f"truncated by {size}", lambda size=size: good()[:-size], UNREADABLE) for size in cut]
    places = {"inside a header": PAYLOAD + 8, "inside the envelope": 0x100, "behind the magic": 16, "to 1 byte": 1}
    rows += [Attack(f"truncated {name}", lambda at=at: good()[:at], UNREADABLE) for name, at in places.items()]
    return [
        *rows,
        Attack("empty", lambda: b"", UNREADABLE),
        Attack("one byte appended", lambda: good() + b"\0", UNREADABLE),
        Attack("16 zeros appended", lambda: good() + bytes(16), UNREADABLE),
        Attack("16 random bytes appended", lambda: good() + filling(16, 9), UNREADABLE),
        Attack("a whole object appended", lambda: good() + leaf(ROM, bytes(64)), UNREADABLE),
        Attack("a whole second image appended", lambda: good() + good(), UNREADABLE),
        Attack("an object appended and counted", appended_and_counted, MISMATCH),
        Attack("one byte prepended", lambda: b"\0" + good(), UNREADABLE),
        Attack("the magic prepended once more", lambda: MAGIC + good(), UNREADABLE),
        # The payload alone is signed in this image: the magic is before it.
        Attack("the magic taken away", lambda: good()[16:], UNCOVERED),
    ]


def appended_and_counted() -> bytes:
    payload = firmware().payload + leaf(ROM, bytes(64))
    return replace(firmware(), payload=payload, signature=good()[SIGNATURE : SIGNATURE + 256]).built()


def _signatures() -> list[Attack]:
    other_key = firmware().built(key(1))[SIGNATURE : SIGNATURE + 256]
    other_file = system().built(key())[SIGNATURE : SIGNATURE + 256]
    return [
        Attack("the signature of another key", patched(SIGNATURE, other_key), MISMATCH),
        Attack("the signature of another file", patched(SIGNATURE, other_file), MISMATCH),
        Attack("the envelope of another file", swapped_envelope, MISMATCH),
        Attack("zeros for a signature", patched(SIGNATURE, bytes(256)), MISMATCH),
        Attack("ones for a signature", patched(SIGNATURE, b"\xff" * 256), MISMATCH),
        Attack("the signature backwards", patched(SIGNATURE, good()[SIGNATURE : SIGNATURE + 256][::-1]), MISMATCH),
        Attack("a payload of another version", other_version, MISMATCH),
        Attack("the first payload byte of the ROM", flipped(PAYLOAD + 0x60), MISMATCH),
        Attack("the last byte", lambda: good()[:-1] + bytes([good()[-1] ^ 0x80]), MISMATCH),
        Attack("the controllers", flipped(PAYLOAD + 0x20), MISMATCH),
    ]


def other_version() -> bytes:
    """Older firmware under the signature of this one."""
    return replace(firmware(1024), signature=good()[SIGNATURE : SIGNATURE + 256]).built()


def _tags() -> list[Attack]:
    length = SIGNATURE_TAG + 1
    rows = [
        Attack(f"tag {tag:02X} changed", flipped(0xB0 + 4 * place + 3), UNCOVERED)
        for place, tag in enumerate((7, 8, 9, 10))
    ]
    for name, value in {"0": 0, "255": 255, "257": 257, "past the end": 0x1000, "FFFF": 0xFFFF}.items():
        rows.append(Attack(f"a signature's length of {name}", patched(length, struct.pack(">H", value)), UNREADABLE))
    missing = {mark: "34567890BC".replace(mark, "") for mark in "34567890BC"}
    rows += [
        Attack(f"no tag {mark}", lambda order=order: enveloped(_rest(order=order)), UNREADABLE)
        for mark, order in missing.items()
    ]
    rows += [
        Attack(f"tag {mark} twice", lambda mark=mark: enveloped(_rest(double=mark)), UNREADABLE)
        for mark in "34567890BC"
    ]
    return [
        *rows,
        Attack("the tags rebuilt, as a control", lambda: enveloped(_rest()), UNCOVERED),
        Attack("names out of order", lambda: enveloped(_rest(order="36547890BC")), UNREADABLE),
        Attack("attributes out of order", lambda: enveloped(_rest(order="34568790BC")), UNREADABLE),
        Attack("key version before the signature", lambda: enveloped(_rest(order="34567890CB")), UNREADABLE),
        Attack("an unknown tag", patched(0xB0, b"\x0d"), UNREADABLE),
        Attack("a name longer than its container", patched(0x40, struct.pack(">H", 200)), UNREADABLE),
        Attack("a container longer than the envelope", patched(ATTRIBUTES + 1, b"\xff\xff"), UNREADABLE),
        Attack("a container one longer", patched(ATTRIBUTES + 1, struct.pack(">H", 114)), UNREADABLE),
        Attack("tag 02 one more", patched(0x38, struct.pack(">I", 397)), UNREADABLE),
        Attack("tag 02 one less", patched(0x38, struct.pack(">I", 395)), UNREADABLE),
        Attack("tag 02 all ones", patched(0x38, b"\xff" * 4), UNREADABLE),
        Attack("the pad byte missing", patched(PAD, b"\0"), UNREADABLE),
        Attack("something in the fill", patched(PAD + 1, b"\1"), UNREADABLE),
        Attack("an escape code in a name", patched(0x45, b"\x1b[2J"), UNREADABLE),
        Attack("a newline in a name", patched(0x45, b"\r\n"), UNREADABLE),
        Attack("a name that is no ASCII", patched(0x45, b"\xc3\xa9"), UNREADABLE),
        Attack("the name not said again", patched(0x80 + 3, b"X"), UNREADABLE),
        Attack("a serial that is no number", patched(0x75, b"5AB844EG"), UNREADABLE),
    ]


def _objects() -> list[Attack]:
    big = (1 << 40) - 1
    return [
        Attack("a root of 2^44 bytes", patched(ROOT_HEADER + 19, big.to_bytes(5, "little")), UNREADABLE),
        Attack("metadata of 2^28 bytes", patched(ROOT_HEADER + 16, b"\xff\xff\xff"), UNREADABLE),
        Attack(
            "metadata and data traded", patched(ROOT_HEADER + 16, root_lengths(0, (len(good()) - 48) // 16)), UNREADABLE
        ),
        Attack("a child of 2^44 bytes", patched(PAYLOAD + 19, big.to_bytes(5, "little")), UNREADABLE),
        Attack("reserved bytes of the root set", patched(ROOT_HEADER + 25, b"\1"), UNREADABLE),
        Attack("reserved bytes of a child set", patched(PAYLOAD + 31, b"\1"), UNREADABLE),
        Attack("a flag of 2", patched(ROOT_HEADER + 24, b"\2"), UNREADABLE),
        Attack("a root without children", patched(ROOT_HEADER + 24, b"\0"), UNREADABLE),
        Attack("a root of another GUID", patched(ROOT_HEADER, b"\xff"), UNREADABLE),
        Attack("no firmware container", tree(leaf(ROM, bytes(64))), UNREADABLE),
        Attack("children that leave a gap", tree(container(leaf(ROM, bytes(64)) + bytes(16))), UNREADABLE),
        Attack("a child longer than its parent", tree(container(header(ROM, 0, 4096) + bytes(64))), UNREADABLE),
        Attack("an empty parent", tree(container(header(CONTAINER, 0, 0, children=1))), UNREADABLE),
        Attack(
            "an image within the image", tree(container(leaf("EB90D060-F709-4A1A-9F30-9E45F7287490", b""))), UNREADABLE
        ),
        Attack("100 levels", tree(deep(100)), UNREADABLE),
        Attack("10 000 levels", lambda: levels(10_000), UNREADABLE),
        Attack("1000 objects", tree(container(leaf(ROM, b"") * 1000)), UNREADABLE),
        Attack(
            "a million objects",
            lambda: replace(firmware(), payload=container(leaf(ROM, b"") * 1_000_000)).built(),
            UNREADABLE,
        ),
        Attack("an operating system as firmware", lambda: recipe_signed(system()), UNCOVERED),
        Attack(
            "one object of an operating system",
            tree(container(leaf(ROM, bytes(64)) + leaf(BOOT, bytes(64)))),
            UNCOVERED,
        ),
    ]


def levels(count: int) -> bytes:
    """So many containers, each in the one before, without building them one by one."""
    headers, size = [], 16 + 32
    for _ in range(count):
        headers.append(header(CONTAINER, 0, size, children=1))
        size += 32
    return replace(firmware(), payload=b"".join(reversed(headers)) + leaf(ROM, bytes(16))).built()


def attacks() -> list[Attack]:
    """All rows."""
    rows = [*_sizes(), *_signatures(), *_tags(), *_objects()]
    assert len({row.name for row in rows}) == len(rows)
    return rows
