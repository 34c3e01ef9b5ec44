"""Two hundred seeds of each noise rate, for both monitors and a Firepower's, from their prompt and from their window."""

from collections import Counter
from collections.abc import Callable

import pytest
from noisy_lines import IMAGES, noisy_run

RUNS = 200


@pytest.mark.parametrize("state", ["monitor", "cold"])
@pytest.mark.parametrize("rate", [0.005, 0.01, 0.02, 0.05])
@pytest.mark.parametrize("family", IMAGES)
def test_every_variable_is_right_or_the_line_is_refused(
    family: str, rate: float, state: str, seed: int, tell: Callable[[str], None]
) -> None:
    runs = [noisy_run(family, rate, seed + number, state) for number in range(RUNS)]
    ends = Counter("right" if run.is_right else run.error.cause if run.error else "FALSE SUCCESS" for run in runs)
    tell(f"{family}, {100 * rate:g} % wrong each way, from {state}: {dict(ends)}")
    assert not ends["FALSE SUCCESS"]
    if rate <= 0.01:
        assert ends["right"] == RUNS
