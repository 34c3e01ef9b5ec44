"""`make bench`: run every benchmark, print its ratio and its bar, and exit with 1 if one is missed.

Names choose: `dialogue`, `progress_marks`, `help_start`, `downgrade_check`, `hashing`,
`tftp` with all its rows, `tftp.one_cpu` with that row alone.
Options are those of `python -m benchmarks.tftp`.
"""

import sys

from benchmarks import dialogue, downgrade_check, hashing, help_start, progress_marks
from benchmarks.tftp.__main__ import main as tftp

_ROWS = {
    "dialogue": dialogue,
    "progress_marks": progress_marks,
    "help_start": help_start,
    "downgrade_check": downgrade_check,
    "hashing": hashing,
}


def main(arguments: list[str]) -> int:
    first_option = next((place for place, text in enumerate(arguments) if text.startswith("-")), len(arguments))
    names, options = arguments[:first_option] or [*_ROWS, "tftp"], arguments[first_option:]
    unknown = [name for name in names if name not in _ROWS and name.partition(".")[0] != "tftp"]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}. There are {', '.join(_ROWS)}, tftp and tftp.ROW")
        return 2
    missed = [name for name in names if name in _ROWS and not _holds(name)]
    rows = [name.partition(".")[2] for name in names if name not in _ROWS]
    code = tftp([*options, *filter(None, rows)]) if rows else 0
    return 1 if missed else code


def _holds(name: str) -> bool:
    row = _ROWS[name].measure()
    print(f"{'ok  ' if row.holds else 'MISS'} {row.name}: {row.ratio:.2f} (bar {row.bar:g}) - {row.detail}", flush=True)
    return row.holds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
