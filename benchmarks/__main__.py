"""`make bench`: run every benchmark, print its ratio and its bar, and exit with 1 if one is missed."""

import sys

from benchmarks import dialogue, help_start, progress_marks


def main() -> int:
    rows = [dialogue.measure(), progress_marks.measure(), help_start.measure()]
    for row in rows:
        print(f"{'ok  ' if row.holds else 'MISS'} {row.name}: {row.ratio:.2f} (bar {row.bar:g}) - {row.detail}")
    return 0 if all(row.holds for row in rows) else 1


sys.exit(main())
