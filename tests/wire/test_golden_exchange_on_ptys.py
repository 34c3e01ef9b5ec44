"""The exchange of `load` on pseudo-terminals, struck at fifty seeded places: what comes in large pieces, and in real time."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from golden_loads import CONTENT, IMAGES, STRIKES, load_by, loaded, typed_into_old_software
from memory_network import MemoryNetwork

from serial_console.channel import Channel
from serial_console.simulated import PtyLine
from serial_console.simulated.events import Answered, Booted, Erased

STRUCK = 50
# They wait most of the time.
AT_ONCE = 25
SPEED = 25
ENDS = {
    "port-dies": {(11, "console-lost")},
    "reboot-after": {(0, ""), (40, "boot-not-proved")},
    "log-line": {(0, ""), (21, "ping-failed"), (23, "download-timed-out")},
}


@dataclass(frozen=True)
class Case:
    family: str
    strike: str
    place: int


def cases() -> list[Case]:
    chance = random.Random("fifty on pseudo-terminals")
    kinds = [(family, strike) for family in IMAGES for strike in STRIKES]
    chosen = [kinds[number % len(kinds)] for number in range(STRUCK)]
    return [Case(family, strike, chance.randrange(1, len(loaded(family).heard))) for family, strike in chosen]


def objection(case: Case) -> str:
    """What is wrong with how a load on a pseudo-terminal ended; empty for nothing."""
    events: list[object] = []
    url = f"sim://{case.family}?flash=old&speed={SPEED}&fault={case.strike}:{case.place}"
    network = MemoryNetwork({IMAGES[case.family]: CONTENT})
    with PtyLine(url, events.append, network) as line:
        end = load_by(Channel, case.family, line.url, silence_seconds=8, timeout_seconds=15)
    if end not in ENDS[case.strike]:
        return f"{case} ended in {end}"
    booted = [event.source for event in events if isinstance(event, Booted)]
    if end[0] == 0 and booted[-1:] != ["netboot"]:
        return f"{case} is a false success"
    if any(isinstance(event, Answered | Erased) for event in events):
        return f"{case} answered a question"
    return f"{case} typed into old software" if typed_into_old_software(events) else ""


def test_fifty_strikes_on_pseudo_terminals_end_as_they_should() -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert [text for text in pool.map(objection, cases()) if text] == []
