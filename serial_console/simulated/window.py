"""The break-in window, the same in every family.

Ten seconds: counted down in raw captures of a Firepower 2100 and a 4100, documented for the others.
"""

from .chassis import Chassis
from .events import BreakIn
from .family import Family
from .script import BREAK, ESC, SPACE, Script, key

WINDOW_SECONDS = 10
NOTICE = "Use BREAK or ESC to interrupt boot.\nUse SPACE to begin boot immediately.\n"


def offer_window(chassis: Chassis, family: Family) -> Script[bool]:
    """The ten seconds in which ESC or BREAK gets through; True: it did.

    The countdown is one line rewritten with backspaces, as raw bytes of a Firepower 2100 and a 4100 show.
    """
    chassis.console.forget_keys()
    chassis.state = "window"
    hidden = "break-hidden" in chassis.faults
    if not hidden:
        chassis.console.print(NOTICE, end="")
    for left in range(WINDOW_SECONDS, 0, -1):
        text = f"Boot in {left} second{'s' if left > 1 else ''}."
        if not hidden:
            chassis.console.print(text, end="")
        pressed = yield from _boot_key(chassis)
        if pressed in (ESC, BREAK):
            chassis.publish(BreakIn("BREAK" if pressed == BREAK else "ESC"))
            chassis.console.print("\b" * (0 if hidden else len(text)) + family.interrupted)
            return True
        if not hidden:
            chassis.console.print("\b" * len(text) + " " * len(text) + "\b" * len(text), end="")
        if pressed == SPACE:
            break
    chassis.console.print("\n")
    return False


def _boot_key(chassis: Chassis) -> Script[int | None]:
    """The first of ESC, BREAK and SPACE within a second; other keys do nothing."""
    heeded = {SPACE} if "break-missed" in chassis.faults else {SPACE, ESC, BREAK}
    ends = chassis.now() + 1.0
    while (left := ends - chassis.now()) > 0:
        pressed = yield from key(left)
        if pressed in heeded:
            return pressed
    return None
