"""Where the benchmarks keep what takes long to make: the load client, other people's servers.

The one rule: it may be deleted at any time.
"""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """`ROMMON_BENCH_CACHE`, or a folder of its own in the user's cache; made if there is none."""
    given = os.environ.get("ROMMON_BENCH_CACHE")
    folder = Path(given) if given else user_cache_path("rommon-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
