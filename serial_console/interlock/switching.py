"""Whether a power action may begin. With a window open, only one that is certainly for another device.

An action under way keeps windows from being opened, in every process: a command that was started before may still cut the power.
"""

from serial_console.errors import RomWindowOpen
from serial_console.interlock.identity import Outlet
from serial_console.interlock.journal import Hold, Journal


class Switching:
    """The leave for the power actions of one outlet, from before each begins to after it has ended."""

    def __init__(self, outlet: Outlet, journal: Journal | None = None) -> None:
        self._outlet = outlet
        self._journal = journal or Journal()
        self._hold = Hold(None)

    @property
    def descriptor(self) -> int | None:
        """What a program that switches must be given, so that its action counts as under way if we are killed."""
        return self._hold.descriptor

    def begin(self) -> None:
        """Raises `RomWindowOpen`. An action that is begun once more, before its end, asks again."""
        is_under_way = self._hold.descriptor is not None
        if not is_under_way:
            self._hold = self._journal.acting()
        try:
            self._ask()
        except BaseException:
            if not is_under_way:
                self.end()
            raise

    def end(self) -> None:
        """The action has ended. Ending twice is allowed."""
        self._hold.end()

    def _ask(self) -> None:
        for window in self._journal.windows():
            if window.outlet is None or not self._outlet.is_certainly_not(window.outlet):
                raise RomWindowOpen(
                    f"{window.model} {window.serial_number} on {window.port} may be writing its boot ROM since "
                    f"{window.opened_utc}, and nothing proves that this power is not its own: nothing was switched",
                    hint="wait until `rommon upgrade` has proved its new version. Without power now, that device is dead",
                )
