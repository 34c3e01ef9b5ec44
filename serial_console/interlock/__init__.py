"""The one irreversible window: while a device writes its boot ROM, nothing of ours disturbs it.

From before the Enter that confirms `upgrade rommon` until its new version is proved, no byte but a listed one, no BREAK, no change
of the line and no power action passes, by any path of this project, in this process or another, also after a crash.

    journal.py     the records on the disk: which windows are open
    identity.py    whether two names lead to one console, or two outlets to one device
    gate.py        what one open port may send
    switching.py   whether a power action may begin
"""

from serial_console.interlock.gate import Gate
from serial_console.interlock.identity import Outlet
from serial_console.interlock.journal import Journal, Window
from serial_console.interlock.switching import Switching

__all__ = ["Gate", "Journal", "Outlet", "Switching", "Window"]
