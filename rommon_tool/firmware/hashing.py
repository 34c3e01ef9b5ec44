"""The digests of a file, all from one reading.

The one rule: the SHA-512 of the whole file and those of the ranges are taken of the very same chunks.
"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha512

from rommon_tool.firmware.source import Source

OnProgress = Callable[[int, int], None]
_PROGRESS_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Digests:
    """The SHA-512 of the whole file, in hexadecimal, and the digests of ranges by their names."""

    sha512: str
    ranges: dict[str, bytes] = field(default_factory=dict)


def nothing(_done_bytes: int, _total_bytes: int) -> None:
    """For whoever wants no progress."""


def digests(source: Source, prefixes: Mapping[str, bytes], payload: int, on_progress: OnProgress = nothing) -> Digests:
    """Hash a file, and for each range its prefix and then the file from `payload` on.

    Raises ImageChanged. `on_progress` hears how many bytes of how many are done.
    """
    whole, ranges = sha512(), {name: sha512(prefix) for name, prefix in prefixes.items()}
    done, told = 0, 0
    with ExitStack() as stack:
        # hashlib lets other threads run while it hashes.
        threads = min(len(ranges), (os.cpu_count() or 1) - 1)
        pool = stack.enter_context(ThreadPoolExecutor(threads)) if threads else None
        for chunk in source.chunks():
            behind = chunk[max(0, payload - done) :]
            hashing = [pool.submit(one.update, behind) for one in ranges.values()] if pool else []
            whole.update(chunk)
            if pool is None:
                for one in ranges.values():
                    one.update(behind)
            for running in hashing:
                running.result()
            done += len(chunk)
            if done - told >= _PROGRESS_BYTES or done == source.size:
                told = done
                on_progress(done, source.size)
    return Digests(whole.hexdigest(), {name: one.digest() for name, one in ranges.items()})
