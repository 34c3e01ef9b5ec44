"""How long 10 000 lines of configuration take to be checked, against the bar of 2 s."""

import time

from benchmarks.row import Row
from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade import check

_LINES = 10_000
_BAR_SECONDS = 2.0


def measure() -> Row:
    text = "".join(
        f"access-list inside extended permit tcp object net{n} host 192.0.2.{n % 250} eq {n}\n" for n in range(_LINES)
    )
    started = time.perf_counter()
    check(text, AsaVersion.parse("8.2(5)"))
    seconds = time.perf_counter() - started
    return Row("10 000 lines through check-downgrade, of 2 s", seconds / _BAR_SECONDS, 1.0, f"{seconds:.2f} s")
