"""How much the server gives, to how many, and from where.

The one rule: what is not said here is the safe choice, so that whoever forgets a setting gives away nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tftp.request import LARGEST_BLKSIZE, SMALLEST_BLKSIZE

#: Of a window that is sent at once, most of what a slow client's buffer holds; no gain was measured beyond it.
LARGEST_WINDOW = 64


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Limits and choices of one server. Every value is a plain one: they travel to the server's process as JSON.

    `max_per_client` None lets one address have as many transfers as there are at all. `data_ports` is the first and
    the last port that transfers may use (None: any free one). `rollover_to` is the number of the block after 65535.
    Rates are bytes of DATA payload a second, for all transfers together and for each client's; None is no limit.
    `answers_broadcasts_at` is our address from which requests are answered that were sent to everybody ('': they are
    ignored, as RFC 1123 has it). It needs a server that listens at all addresses, on Linux.
    `spins` lets the server wait actively for a fifth of a millisecond while a few transfers run.
    """

    max_sessions: int = 256
    max_per_client: int | None = 2
    data_ports: tuple[int, int] | None = None
    rollover_to: Literal[0, 1] = 0
    largest_blksize: int = LARGEST_BLKSIZE
    largest_windowsize: int = LARGEST_WINDOW
    bytes_per_second: int | None = None
    client_bytes_per_second: int | None = None
    answers_broadcasts_at: str = ""
    spins: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError for what no server could hold to."""
        for name in (
            "max_sessions",
            "max_per_client",
            "largest_windowsize",
            "bytes_per_second",
            "client_bytes_per_second",
        ):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}: {value} is not a positive number")
        if not SMALLEST_BLKSIZE <= self.largest_blksize <= LARGEST_BLKSIZE:
            raise ValueError(f"largest_blksize: {self.largest_blksize} is not {SMALLEST_BLKSIZE} to {LARGEST_BLKSIZE}")
        if self.data_ports and not 1 <= self.data_ports[0] <= self.data_ports[1] <= 65535:
            first, last = self.data_ports
            raise ValueError(f"data_ports: {first} to {last} is no range of ports")
