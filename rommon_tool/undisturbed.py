"""A stretch of a run that no signal ends: Ctrl-C, SIGTERM and a closed terminal are noted, and the work goes on.

Handlers only note; whoever works asks `heard` between two acts. Outside of the main thread no signal arrives, so there is nothing to do.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Undisturbed:
    """What was asked meanwhile, by the names of the signals."""

    def __init__(self) -> None:
        self._asked: list[str] = []

    def note(self, number: int, _frame: object) -> None:
        self._asked.append(signal.Signals(number).name)

    def heard(self) -> list[str]:
        """The signals since the last call."""
        asked, self._asked = self._asked, []
        return asked


@contextmanager
def undisturbed() -> Iterator[Undisturbed]:
    """No signal ends what happens inside, not even the second one."""
    stretch = Undisturbed()
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {number: signal.signal(number, stretch.note) for number in numbers}
    try:
        yield stretch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
