"""The packets of a file, cut and numbered ahead of the transfer.

The one rule: what leaves here is ready to be sent in one call. The path of a block looks up, compares and sends; it
builds nothing. Blocks count from 1 and do not roll over; only the numbers in the packets do.

A file is cut a stretch at a time, and stretches are shared: forty devices that load one image use the same packets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, count, islice
from struct import Struct
from typing import Final, Literal, TypeVar
from weakref import WeakValueDictionary

from tftp.packets import OPCODE_ACK, OPCODE_DATA
from tftp.private_copy import Content
from tftp.request import HEADER_BYTES

_STRETCH_BYTES: Final = 64 << 10
_WINDOWS_A_STRETCH: Final = 8
_LARGEST_NUMBER: Final = 0xFFFF
_header = Struct("!HH").pack

#: The ACK that answers what is sent, and what is sent: one DATA packet, or those of a window one behind the other.
Burst = tuple[bytes, bytes | memoryview]
_Cut = TypeVar("_Cut")


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the 16 bits of a packet number a block. After 65535 comes `rollover_to`; the OACK counts as block 0."""

    rollover_to: Literal[0, 1] = 0

    def number(self, block: int) -> int:
        if self.rollover_to == 0 or block == 0:
            return block & _LARGEST_NUMBER
        return (block - 1) % _LARGEST_NUMBER + 1

    def numbers(self, first: int, last: int) -> Sequence[int]:
        """Those of the blocks from `first` to `last`."""
        number = self.number(first)
        if number + last - first <= _LARGEST_NUMBER:
            return range(number, number + last - first + 1)
        return [self.number(block) for block in range(first, last + 1)]

    def blocks_from(self, block: int, number: int) -> int:
        """How many blocks after `block` the next one with that number comes; 0 if it is that block."""
        cycle = _LARGEST_NUMBER + 1 - self.rollover_to
        return (number - self.number(block)) % cycle


class Stretches:
    """The stretches that were used last, of all files together, within a bounded amount of memory.

    No more than a processor's cache holds: cutting anew is quicker than fetching from memory what was cut long ago.
    """

    def __init__(self, largest_bytes: int = 2 << 20) -> None:
        self._largest = max(1, largest_bytes // _STRETCH_BYTES)
        self._kept: OrderedDict[tuple[int, int], object] = OrderedDict()
        self._names = count()

    def new_name(self) -> int:
        """A name for one file at one block size. Never given again, as an address in memory would be."""
        return next(self._names)

    def get(self, key: tuple[int, int], cut: Callable[[int], _Cut]) -> _Cut:
        """The stretch under (name, index), cut by `cut(index)` if it is not there."""
        stretch = self._kept.get(key)
        if stretch is None:
            stretch = self._kept[key] = cut(key[1])
            if len(self._kept) > self._largest:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return stretch  # type: ignore[return-value]


class Wire:
    """One file at one block size and window size, as packets."""

    def __init__(
        self, content: Content, blksize: int, windowsize: int, numbering: Numbering, stretches: Stretches
    ) -> None:
        self.blksize, self.windowsize, self.numbering = blksize, windowsize, numbering
        self.packet_bytes = blksize + HEADER_BYTES
        self.last_block = content.size // blksize + 1  # one more, short or empty, ends the file
        self.content = content
        self._stretches, self._name = stretches, stretches.new_name()
        self._per_stretch = max(1, _STRETCH_BYTES // self.packet_bytes)
        if windowsize > 1:
            self._per_stretch = max(self._per_stretch, _WINDOWS_A_STRETCH * windowsize)

    def acknowledgement(self, block: int) -> bytes:
        return _acknowledgements()[self.numbering.number(block)]

    def steps(self, first: int) -> Iterator[Burst]:
        """All bursts from block `first` on, until the file ends."""
        if self.windowsize == 1:
            # A chain of lists is walked in C: this iterator is asked once for each block.
            return chain.from_iterable(self._single_blocks(first))
        return self._windows(first)

    def burst(self, first: int) -> Burst:
        """The burst that begins with block `first`."""
        return next(self.steps(first))

    def _single_blocks(self, first: int) -> Iterator[Iterator[Burst]]:
        index, skipped = divmod(first - 1, self._per_stretch)
        while index * self._per_stretch < self.last_block:
            acknowledgements, packets = self._stretches.get((self._name, index), self._cut_singly)
            # zip fills one tuple again and again; tuples kept beside the packets would be more memory to fetch a block.
            bursts = zip(acknowledgements, packets, strict=True)
            yield islice(bursts, skipped, None) if skipped else bursts
            index, skipped = index + 1, 0

    def _cut_singly(self, index: int) -> tuple[list[bytes], list[bytes]]:
        first = index * self._per_stretch + 1
        last = min(first + self._per_stretch - 1, self.last_block)
        numbers = self.numbering.numbers(first, last)
        acknowledgements, headers, view, blksize = _acknowledgements(), _data_headers(), self.content.view, self.blksize
        offsets = range((first - 1) * blksize, last * blksize, blksize)
        # Spelled out: this is done once for each block that a lone client loads.
        packets = [headers[n] + view[at : at + blksize] for n, at in zip(numbers, offsets, strict=True)]
        return [acknowledgements[n] for n in numbers], packets

    def _windows(self, first: int) -> Iterator[Burst]:
        while first <= self.last_block:
            last = min(first + self.windowsize - 1, self.last_block)
            index, skipped = divmod(first - 1, self._per_stretch)
            stretch = self._stretches.get((self._name, index), self._cut_together)
            begin = skipped * self.packet_bytes
            yield self.acknowledgement(last), stretch[begin : begin + self.windowsize * self.packet_bytes]
            first = last + 1

    def _cut_together(self, index: int) -> memoryview:
        # Longer by a window, so that each window lies within the stretch that it begins in.
        first = index * self._per_stretch + 1
        last = min(first + self._per_stretch + self.windowsize - 2, self.last_block)
        return memoryview(b"".join(self._packet(block) for block in range(first, last + 1)))

    def _packet(self, block: int) -> bytes:
        offset = (block - 1) * self.blksize
        return _data_headers()[self.numbering.number(block)] + self.content.view[offset : offset + self.blksize]


@cache
def _acknowledgements() -> list[bytes]:
    """The ACK of every block number, by number."""
    return [_header(OPCODE_ACK, number) for number in range(_LARGEST_NUMBER + 1)]


@cache
def _data_headers() -> list[bytes]:
    """The header of DATA for every block number, by number."""
    return [_header(OPCODE_DATA, number) for number in range(_LARGEST_NUMBER + 1)]


class Wires:
    """The wires of the transfers under way: one for all that load the same file in the same way."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering, self._stretches = numbering, Stretches()
        _acknowledgements(), _data_headers()  # now, because it would hold up the transfers later
        self._in_use: WeakValueDictionary[tuple[int, int, int], Wire] = WeakValueDictionary()

    def of(self, content: Content, blksize: int, windowsize: int) -> Wire:
        key = id(content), blksize, windowsize  # a wire keeps its content, so the number is not given again meanwhile
        wire = self._in_use.get(key)
        if wire is None:
            wire = self._in_use[key] = Wire(content, blksize, windowsize, self._numbering, self._stretches)
        return wire
