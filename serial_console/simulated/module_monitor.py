"""The classic monitor as the ASA Services Module has it: one port, a VLAN that it needs, and a download that ESC aborts.

Documented: the guide's "Load an Image for the ASASM Using ROMMON". What it leaves out is as on the other classic devices.
"""

from .chassis import Launch
from .classic_monitor import ClassicMonitor
from .events import TransferFailed
from .invented import A_ABORTED, A_BAD_PORT
from .monitor import Received
from .network import FetchRequest
from .script import ESC, Pause, Script, key

EOBC = "Clearing EOBC receive queue ...\ncmostime_set = 1"
STARTING = "Starting download. Press ESC to abort."


class ModuleMonitor(ClassicMonitor):
    """A module's monitor. The port's block comes behind `vlan`, when both are known."""

    def assign(self, variable: str, value: str) -> None:
        if variable == "VLAN":
            self._select_vlan(value)
        else:
            super().assign(variable, value)

    def _select_port(self, value: str) -> None:
        if value.lower() != "data0":
            self.console.print(A_BAD_PORT.format(value=value))
            return
        self.variables["PORT"] = "Data0"

    def _select_vlan(self, value: str) -> None:
        if not value.isdecimal() and value != "untagged":
            self.console.print(A_BAD_PORT.format(value=value))
            return
        self.variables["VLAN"] = value
        self.console.print(self._port_text())

    def server_answers(self, server: str) -> bool:
        """Untagged packets reach nobody: the port leads into the switch."""
        return self._is_tagged and super().server_answers(server)

    @property
    def _is_tagged(self) -> bool:
        return self.variables["VLAN"].isdecimal()

    def _tftpdnld(self, arguments: str) -> Script[Launch | None]:
        self.console.print(EOBC)
        return (yield from super()._tftpdnld(arguments))

    def _print_request(self, request: FetchRequest) -> None:
        super()._print_request(request)
        self.console.print(STARTING)

    def download(self, request: FetchRequest) -> Script[Received | str]:
        if not self._is_tagged:
            yield Pause(request.packet_seconds * request.retries)
            self.chassis.publish(TransferFailed(request.name, 0, "timed out"))
            return "timed out"
        return (yield from super().download(request))

    def aborted(self) -> Script[bool]:
        while (pressed := (yield from key(0))) is not None:
            if pressed == ESC:
                return True
        return False

    def _print_failure(self, reason: str) -> None:
        if reason == "aborted":
            self.console.print(f"\n{A_ABORTED}")
        else:
            super()._print_failure(reason)
