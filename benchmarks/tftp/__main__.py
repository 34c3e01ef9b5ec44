"""`python -m benchmarks.tftp [WORK ...]`: our server beside the others, row by row."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from benchmarks.tftp.measuring import Bench
from benchmarks.tftp.peers import OURS, PEERS, Server, ours, rommon_beside_this_python
from benchmarks.tftp.report import Outcome, bars_of, figures_of, save
from benchmarks.tftp.work import ALL_WORK, DEVICES, Work

_RESULTS = Path("benchmarks/results/tftp.json")
_QUICK_BYTES = 1 << 20
_ROWS = f"{', '.join(work.name for work in ALL_WORK)} (all of these unless told), or devices, for the plot"


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    works = [_quick(work) if given.quick else work for work in _chosen(given.work)]
    rounds = 1 if given.quick else given.rounds
    with (
        _going_first() if given.first else nullcontext(),
        tempfile.TemporaryDirectory(prefix="rommon-bench-") as folder,
    ):
        bench = Bench(_servers(given), Path(folder), _say, briefly=not given.all_rounds)
        outcomes = [_measure(bench, work, rounds) for work in works]
    save(outcomes, given.json)
    return _verdict(outcomes, given)


def _verdict(outcomes: list[Outcome], given: argparse.Namespace) -> int:
    """The exit code: what could not be compared is missed too, unless servers were left out by name."""
    missed = [outcome.work.name for outcome in outcomes if not outcome.holds]
    untold = [outcome.work.name for outcome in outcomes if not outcome.is_told]
    _say(f"\nsaved in {given.json}")
    _say(f"missed: {', '.join(missed)}" if missed else "nothing that was compared is missed")
    if untold:
        _say(f"could not be compared, because a server is absent: {', '.join(untold)}")
    return 1 if missed or (untold and given.only is None) else 0


@contextmanager
def _going_first() -> Iterator[None]:
    """Linux shares its processors by session first, and `nice` only within one: so the whole session goes first."""
    weight = Path("/proc/self/autogroup")
    weight.write_text("-15", encoding="ascii")
    try:
        yield
    finally:
        weight.write_text("0", encoding="ascii")


def _measure(bench: Bench, work: Work, rounds: int) -> Outcome:
    _say(f"\n{work.name}: {work.title}  (load average {os.getloadavg()[0]:.1f})")
    outcome = Outcome(work, bench.rounds(work, rounds))
    for line in [*figures_of(outcome), *bars_of(outcome)]:
        _say(line)
    return outcome


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tftp", description=__doc__)
    parser.add_argument("work", nargs="*", help=_ROWS)
    parser.add_argument("--rounds", type=int, default=5, help="5")
    parser.add_argument("--quick", action="store_true", help="one round with small files: a smoke test, no verdict")
    parser.add_argument("--all-rounds", action="store_true", help="servers that no bar names, too, in every round")
    parser.add_argument("--only", metavar="SERVER", action="append", help="these servers beside ours; repeatable")
    parser.add_argument("--first", action="store_true", help="go before the other sessions of a busy machine (root)")
    parser.add_argument("--rommon", type=Path, default=rommon_beside_this_python(), help="ours, from another tree")
    parser.add_argument(
        "--beside", type=Path, help="a second `rommon`, measured as 'beside': before and after a change"
    )
    parser.add_argument("--json", type=Path, default=_RESULTS, help=str(_RESULTS))
    return parser


def _servers(given: argparse.Namespace) -> list[Server]:
    peers = [peer for peer in PEERS if given.only is None or peer.name in given.only]
    beside = [ours(given.beside, "beside")] if given.beside else []
    return [ours(given.rommon, OURS), *beside, *peers]


def _chosen(names: list[str]) -> list[Work]:
    every = {work.name: work for work in (*ALL_WORK, *DEVICES)}
    unknown = set(names) - set(every) - {"devices"}
    if unknown:
        raise SystemExit(f"no such row: {', '.join(sorted(unknown))}. There are {', '.join(every)}, and devices")
    if not names:
        return list(ALL_WORK)
    return [work for work in every.values() if work.name in names or (work in DEVICES and "devices" in names)]


def _quick(work: Work) -> Work:
    smaller = max(work.file_bytes // 8, min(work.file_bytes, _QUICK_BYTES))
    return replace(work, file_bytes=smaller, title=f"{work.title}; here {smaller / (1 << 20):g} MiB")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
