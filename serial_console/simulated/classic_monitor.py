"""Dialect A, `rommon #0>`: the boot monitor of the classic ASA.

Texts are from the 5512-X-class capture on configure-networks.com, a blog's capture of a 5505, the IPS 4240 capture on
cyruslab.net (the same monitor) and Cisco's own guide to the appliance; what none of them shows comes from `invented`.
"""

from .address import NOWHERE, is_address
from .chassis import BOOT_FIELD, IGNORES_CONFIG, Chassis, Launch
from .family import Family
from .invented import (
    A_BAD_ADDRESS,
    A_BAD_PORT,
    A_ERASE_WARNING,
    A_HELP_AFTER_GDB,
    A_LINK_TIMEOUT,
    A_MISSING,
    A_PING_SILENCE,
    A_REBOOT,
    A_SIGNATURE,
    A_TFTP_ERROR,
    A_TFTP_NOT_FOUND,
    A_TFTP_TIMEOUT,
)
from .monitor import Monitor, Received
from .network import FetchRequest
from .register_dialog import agreed, classic_answers
from .script import Pause, Script
from .window import offer_window

ADDRESSES = ("ADDRESS", "SERVER", "GATEWAY")
UNKNOWN_COMMAND = "Invalid or incorrect command.  Use 'help' for help."  # two blanks: matched on the wire by asadbg
# The public copy collapses the columns; their width is recalled.
HELP = """\
Variables: Use "sync" to store in NVRAM
  ADDRESS=     local IP address
  CONFIG=      config file path/name
  GATEWAY=     gateway IP address
  IMAGE=       image file path/name
  LINKTIMEOUT= Link UP timeout (seconds)
  PKTTIMEOUT=  packet timeout (seconds)
  PORT=        ethernet interface port
  RETRY=       Packet Retry Count (Ping/TFTP)
  SERVER=      server IP address
  VLAN=        enable/disable DOT1Q tagging on the selected port
Commands:
  ?           valid command list
  address     local IP address
  boot        boot an image, valid args are:
                - "image file spec" and/or
                - "cfg=<config file spec>"
  clear       clear interface statistics
  confreg     set hex configuration register
  dev         display platform interface devices
  erase       erase storage media
  file        application image file path/name
  gateway     gateway IP address
  gdb         edit image gdb settings
"""
LOADER = """\
Cisco Security Appliance admin loader (3.0) #0: Mon Mar  5 16:00:07 MST 2016
Loading..."""
NO_IMAGE = (
    (1.0, "Searching / for images to boot.\n"),
    (1.0, "No images in /\nError 15: File not found\n"),
    (0.2, "unable to boot an image\n"),
)


class ClassicMonitor(Monitor):
    """A dialect A monitor."""

    def __init__(self, chassis: Chassis, family: Family) -> None:
        super().__init__(chassis, family)
        self.commands = {
            "address": self.setter("ADDRESS"),
            "server": self.setter("SERVER"),
            "gateway": self.setter("GATEWAY"),
            "file": self.setter("IMAGE"),
            "interface": self.setter("PORT"),
            "vlan": self.setter("VLAN"),
            "set": lambda _: self._print_variables(),
            "?": lambda _: self._help(),
            "help": lambda _: self._help(),
        }
        self.launching = {
            "ping": self._ping,
            "sync": self._sync,
            "confreg": self._confreg,
            "tftpdnld": self._tftpdnld,
            "tftp": self._tftpdnld,
            "boot": self._boot,
            "reboot": self._reboot,
            "reload": self._reboot,
            "reset": self._reboot,
        }

    def prompt(self, lines_entered: int) -> str:
        return f"rommon #{lines_entered}> "

    def interrupted(self) -> Script[None]:
        """Print the network port, which takes the link a moment."""
        yield Pause(0.5)
        self.console.print(self.family.stop_text.format(port_text=self._port_text()))

    def autoboot(self) -> Script[Launch | None]:
        """Boot from flash; without an image, what the configure-networks.com capture shows."""
        launch = yield from self._boot("")
        if launch is None:
            # There the banner comes again, and with it the window. What follows a second miss is not known: the prompt.
            self.console.print("Booting from ROMMON")
            yield Pause(1.0)
            self.console.print(self.family.banner[-1][1], end="")
            yield from offer_window(self.chassis, self.family)
            yield from self.interrupted()
        return launch

    def erase_question(self) -> tuple[str, str]:
        return A_ERASE_WARNING, "Permanently erase disk0:? "

    def unknown_command(self, line: str) -> None:  # noqa: ARG002 - this dialect does not repeat the line
        self.console.print(UNKNOWN_COMMAND)

    # --- variables ---------------------------------------------------------------------------------------------

    def assign(self, variable: str, value: str) -> None:
        if variable not in self.variables:
            self.unknown_command(variable)
        elif variable == "PORT":
            self._select_port(value)
        elif variable in ADDRESSES and not is_address(value):
            self.console.print(A_BAD_ADDRESS.format(value=value))
        else:
            self.variables[variable] = value

    def _select_port(self, value: str) -> None:
        """Any unambiguous beginning names a port, in any case: `gigabit0/0` is GigabitEthernet0/0."""
        port = next((port for port in self.family.ports if _abbreviates(value, port)), None)
        if port is None:
            self.console.print(A_BAD_PORT.format(value=value))
            return
        self.variables["PORT"] = port
        self.console.print(self._port_text())

    def _port_text(self) -> str:
        link = "UP" if self.chassis.link_up else "DOWN"
        return self.family.port_text.format(port=self.variables["PORT"], link=link, mac=self.family.mac)

    def _print_variables(self) -> None:
        self.console.print("ROMMON Variable Settings:")
        for name, value in self.shown_variables().items():
            self.console.print(f"  {name}={value}")
        self.console.print("")

    def _help(self) -> None:
        self.console.print(HELP + A_HELP_AFTER_GDB, end="")

    def _sync(self, _: str) -> Script[None]:
        self.console.print("Updating NVRAM Parameters... ", end="")
        yield Pause(0.5)
        self.save()
        self.console.print("\n")

    def _confreg(self, value: str) -> Script[None]:
        if value:
            self._write_register(value)
            return
        self._print_register(self.chassis.register)
        if not (yield from agreed(self.chassis, "\nDo you wish to change this configuration? y/n [n]: ")):
            return
        register = yield from classic_answers(self.chassis)
        self._print_register(register)
        self.console.print("")
        self._write_register(f"{register:x}")
        self.console.print("")

    def _print_register(self, register: int) -> None:
        self.console.print(f"\nCurrent Configuration Register: 0x{register:08x}\nConfiguration Summary:")
        self.console.print("  boot default image from Flash" if register & BOOT_FIELD else "  boot ROMMON")
        if register & IGNORES_CONFIG:
            self.console.print("  ignore system configuration")

    def _write_register(self, value: str) -> None:
        try:
            self.chassis.register = int(value, 16)
        except ValueError:
            self.unknown_command(value)
            return
        self.console.print(f"Update Config Register (0x{self.chassis.register:x}) in NVRAM...")

    # --- network -----------------------------------------------------------------------------------------------

    def _ping(self, target: str) -> Script[None]:
        server = self.variables["SERVER"] if target in ("server", "") else target
        seconds = self.variables["PKTTIMEOUT"]
        self.console.print(f"Sending 20, 100-byte ICMP Echoes to server {server}, timeout is {seconds} seconds:")
        answered = self.server_answers(server)
        if answered:
            yield Pause(0.2)
            self.console.print("!" * 20)
        else:
            yield Pause(20 * float(seconds))
            self.console.print(A_PING_SILENCE)
        percent, count = (100, 20) if answered else (0, 0)
        self.console.print(f"Success rate is {percent} percent ({count}/20)\n")

    def _tftpdnld(self, _: str) -> Script[Launch | None]:
        if not (yield from self.ask_out_of_place()):
            return None
        self._print_variables()
        missing = [name for name in ("ADDRESS", "SERVER", "IMAGE") if self.variables[name] in ("", NOWHERE)]
        if missing:
            self.console.print(A_MISSING.format(variable=missing[0]))
            return None
        if not self.chassis.link_up:
            yield Pause(float(self.variables["LINKTIMEOUT"]))
            self.console.print(A_LINK_TIMEOUT)
            return None
        request = self.request(
            block_size=512,
            packet_seconds=float(self.variables["PKTTIMEOUT"]),
            retries=int(self.variables["RETRY"]),
        )
        self._print_request(request)
        received = yield from self.download(request)
        if isinstance(received, str):
            self._print_failure(received)
            return None
        return (yield from self._launch(received))

    def _print_request(self, request: FetchRequest) -> None:
        gateway = self.variables["GATEWAY"]
        via = request.server if gateway == NOWHERE else gateway
        self.console.print(f"tftp {request.name}@{request.server} via {via}")

    def _print_failure(self, reason: str) -> None:
        texts = {
            "file not found": A_TFTP_NOT_FOUND,
            "timed out": A_TFTP_TIMEOUT.format(retries=self.variables["RETRY"]),
        }
        self.console.print("\n" + texts.get(reason, A_TFTP_ERROR.format(reason=reason)))

    def _launch(self, received: Received) -> Script[Launch | None]:
        self.console.print(f"\n\nReceived {received.bytes} bytes\n")
        if "bad-signature" in self.chassis.faults:
            self.console.print(A_SIGNATURE)
            return None
        self.console.print("Launching TFTP Image...\n")
        self.chassis.state = "booting"
        yield Pause(1.0)
        self.console.print(LOADER)
        return Launch(received.name, "netboot", self.variables["SERVER"])

    # --- flash -------------------------------------------------------------------------------------------------

    def _boot(self, arguments: str) -> Script[Launch | None]:
        wanted = next((word for word in arguments.split() if not word.startswith("cfg=")), "")
        image = self.chassis.flash_image
        self.console.print("Launching BootLoader...")
        if image is None:
            for seconds, text in NO_IMAGE:
                yield Pause(seconds)
                self.console.print(text, end="")
            return None
        yield Pause(1.0)
        if wanted and wanted.removeprefix("disk0:").lstrip("/") != image:
            self.console.print(f"Cannot find {wanted}")  # matched on the wire by asadbg
            return None
        self.chassis.state = "booting"
        self.console.print("Boot configuration file contains 1 entry.\n\n")
        self.console.print(f"Loading disk0:/{image}...", end="")
        yield Pause(5.0)
        self.console.print(f" Booting...\nPlatform {self.family.model}\n\nLoading...")
        return Launch(image, "flash")

    def _reboot(self, _: str) -> Script[Launch | None]:
        self.console.print(A_REBOOT)
        return (yield from self.reset("asked to at the boot monitor"))


def _abbreviates(typed: str, port: str) -> bool:
    letters = port.rstrip("0123456789/")
    digits = port[len(letters) :]
    stem = typed.removesuffix(digits)
    return stem not in (typed, "") and letters.lower().startswith(stem.lower())
