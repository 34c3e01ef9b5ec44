"""The golden exchange of `load`, struck behind every single byte: a reboot, a port that dies, a log line."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import pytest
from golden_loads import IMAGES, STRIKES, Load, Strike, launch_bytes, loaded


def objection(family: str, strike: Strike, place: int) -> tuple[str, str]:
    """How one load ended, and what is wrong with that; empty for nothing."""
    load = loaded.__wrapped__(family, strike, place)
    end = f"{load.code} {load.cause}".strip()
    wrong = _wrong(
        load, strike, is_launched=place >= launch_bytes(family).stop, is_asked=place >= launch_bytes(family).start
    )
    return end, f"{place}: {wrong}" if wrong else ""


def _wrong(load: Load, strike: Strike, *, is_launched: bool, is_asked: bool) -> str:
    if load.is_false_success:
        return "a false success"
    if load.answered or load.typed_into_old_software:
        return "typed where nothing may be typed"
    allowed = {
        "port-dies": {11},
        "reboot-after": {0, 40} if is_asked else {0},
        "log-line": {0} if is_launched else {0, 21, 23, 40},
    }[strike]
    return "" if load.code in allowed else f"ended in {load.code} {load.cause}"


@pytest.mark.parametrize("strike", STRIKES)
@pytest.mark.parametrize("family", IMAGES)
def test_struck_behind_every_byte_a_load_ends_as_it_should(
    family: str, strike: Strike, tell: Callable[[str], None]
) -> None:
    places = range(1, len(loaded(family).heard) + 1)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        results = list(pool.map(partial(objection, family, strike), places, chunksize=100))
    tell(f"{family}, {strike} behind each of {len(places)} bytes: {dict(Counter(end for end, _ in results))}")
    assert [wrong for _, wrong in results if wrong] == []
