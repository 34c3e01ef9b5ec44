"""What the wire does to bytes between the device and the host: noise, losses, byte soup.

Every chance is drawn from one seeded generator, so a run can be repeated.
"""

from random import Random

from .faults import Faults

# What a UART makes of 9600 baud text read at a rate far off: mostly framing leftovers.
SOUP = bytes([0x00, 0xF0, 0xFE, 0x80, 0xE0, 0xFC, 0xF8, 0xC0])
FIFO_BYTES = 16


class LineFaults:
    """The two directions of one console line."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._chance = Random(seed)  # noqa: S311 - repeatable, not secret
        self._noise = faults.number("noise", 0.01) if "noise" in faults else 0.0
        self._lost = faults.number("input-lost", 0.02) if "input-lost" in faults else 0.0

    def to_host(self, data: bytes) -> bytes:
        """What of the device's output reaches the host."""
        if "silent" in self._faults:
            return b""
        if "garbage" in self._faults:
            return soup(data)
        return self._noisy(data)

    def to_device(self, data: bytes) -> bytes:
        """What of the host's output reaches the device."""
        if "silent" in self._faults or "garbage" in self._faults:
            return b""
        if "fifo" in self._faults:
            data = data[: int(self._faults.number("fifo", FIFO_BYTES))]
        if self._lost:
            data = bytes(byte for byte in data if self._chance.random() >= self._lost)
        return self._noisy(data)

    def _noisy(self, data: bytes) -> bytes:
        if not self._noise:
            return data
        return bytes(self._wrong(byte) if self._chance.random() < self._noise else byte for byte in data)

    def _wrong(self, byte: int) -> int:
        return byte ^ (1 << self._chance.randrange(8))


def soup(data: bytes) -> bytes:
    """Bytes as a receiver at a wrong rate sees them."""
    return bytes(SOUP[byte % len(SOUP)] for byte in data)
