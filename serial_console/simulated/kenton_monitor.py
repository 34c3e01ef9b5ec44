"""Dialect B, `rommon 1 >`: the boot monitor of the ASA 5506-X, 5508-X and 5516-X, and of the Firepower 1000.

Texts are from Cisco's forensic guide (5516-X), the Linux netdev list (5506-X, January 2024) and a Firepower 1010
reimage note; what none of them shows comes from `invented`. Lines end in LF CR, as Cisco's own automation splits them.
"""

import re

from .address import is_address
from .chassis import BOOT_FIELD, IGNORES_CONFIG, Chassis, Launch
from .family import Family
from .invented import (
    B_BAD_ADDRESS,
    B_CANNOT_FIND,
    B_HELP,
    B_LINK_DOWN,
    B_MISSING,
    B_NOTHING_TO_BOOT,
    B_PING_SILENCE,
    B_SIGNATURE_BOX,
    B_TFTP_ERROR,
    B_TFTP_NOT_FOUND,
    B_TFTP_TIMEOUT,
    B_UNKNOWN,
)
from .monitor import Monitor, Received
from .network import FetchRequest
from .register_dialog import agreed, kenton_answers
from .script import Pause, Script
from .signed_image import examine, modulus_of

ADDRESSES = ("ADDRESS", "NETMASK", "GATEWAY", "SERVER")
# The three numbers that a Firepower 1010 prints before a download.
TFTP_RETRIES, PACKET_TIMEOUT_SECONDS, BLOCK_SIZE = 40, 7200, 1460
# PKTTIMEOUT is for the whole transfer; how long the monitor waits for one packet is not known.
ONE_PACKET_SECONDS = 5.0
ERASE_WARNING = """\
INFO: PASSWORD RECOVERY functionality is disabled.
WARNING: Password recovery and ROMMON command line access has been
disabled by your security policy. Answering YES below will cause ALL
configurations, passwords, images in 'disk0:' to be erased.
ROMMON command line access will be re-enabled, and a new image must be
downloaded via ROMMON."""
RULE = "+" + "-" * 67 + "+"
SUCCESS_BOX = f"""\
{RULE}
+------------------------- SUCCESS ---------------------------------+
{RULE}
|                                                                   |
|{{text}}|
|                                                                   |
{RULE}"""
SIGNATURE_PASSED = SUCCESS_BOX.format(text="             LFBFF signature authentication passed !!!             ")
TYPE_PASSED = SUCCESS_BOX.format(text="              LFBFF controller type check passed !!!               ")
KERNEL = """
Linux version: 5.10.200-yocto-standard (oe-user@oe-host) #1 SMP Fri Jul 26 11:34:18 UTC 2024
kernel_image = 0x6d11bd58, kernel_size=0x8ae9a0
Image validated"""
NEXT_TIME = "You must reset or power cycle for new config to take effect"
HASHES_OF_AN_IMAGE, HASHES_PER_LINE = 1162, 75  # '#' while 111383904 bytes load from disk0 of a 5506-X


class KentonMonitor(Monitor):
    """A dialect B monitor."""

    disk = "disk0:/"

    def __init__(self, chassis: Chassis, family: Family) -> None:
        super().__init__(chassis, family)
        self.commands = {
            "address": self.setter("ADDRESS"),
            "netmask": self.setter("NETMASK"),
            "gateway": self.setter("GATEWAY"),
            "server": self.setter("SERVER"),
            "image": self.setter("IMAGE"),
            "file": self.setter("IMAGE"),
            "interface": lambda _: None,  # documented: ignored on these models
            "set": lambda _: self._print_variables(),
            "sync": lambda _: self.save(),  # prints nothing on a Firepower 1010
            "?": lambda _: self.console.print(B_HELP),
            "help": lambda _: self.console.print(B_HELP),
        }
        self.launching = {
            "ping": self._ping,
            "confreg": self._confreg,
            "tftpdnld": self._tftpdnld,
            "tftp": self._tftpdnld,
            "boot": self._boot,
            "reset": lambda _: self.reset("asked to at the boot monitor"),
            "reload": lambda _: self.reset("asked to at the boot monitor"),
        }

    def prompt(self, lines_entered: int) -> str:
        """The prompt as the variable PS1 has it: `!` stands for the number of the line."""
        pattern = self.variables["PS1"].strip('"')
        return pattern.replace("!", str(lines_entered + 1))

    def interrupted(self) -> Script[None]:
        """The prompt follows at once."""
        yield Pause(0.2)

    def erase_question(self) -> tuple[str, str]:
        return ERASE_WARNING, "Permanently erase 'disk0:'? "

    def unknown_command(self, line: str) -> None:
        self.console.print(B_UNKNOWN.format(command=line.partition(" ")[0]))

    # --- variables ---------------------------------------------------------------------------------------------

    def assign(self, variable: str, value: str) -> None:
        if variable in ADDRESSES and not is_address(value):
            self.console.print(B_BAD_ADDRESS.format(value=value))
        elif variable in self.variables:
            self.variables[variable] = value
        # Others (PORT=...) are swallowed: Cisco's automation sends PORT= to this family and only waits for a prompt.

    def _print_variables(self) -> None:
        for name, value in self.shown_variables().items():
            self.console.print(f"    {name}={value}")
        self.console.print("")

    def _confreg(self, value: str) -> Script[None]:
        if value:
            self._write_register(value)
            return
        self._print_register()
        if not (yield from agreed(self.chassis, "do you wish to change the configuration? y/n [n]: ")):
            return
        self.chassis.register = yield from kenton_answers(self.chassis)
        self._print_register()
        self.console.print(f"{NEXT_TIME}\n")

    def _print_register(self) -> None:
        register = self.chassis.register
        self.console.print(f"\nConfiguration Register: 0x{register:08x}\n\nConfiguration Summary")
        shown = [] if self.chassis.recovery_disabled else ["password recovery"]
        shown += ["display break prompt"]
        shown += ["ignore system configuration"] * bool(register & IGNORES_CONFIG)
        shown += ["auto-boot image in disks"] * bool(register & BOOT_FIELD)
        for number, text in enumerate([*shown, "console baud: 9600"]):
            self.console.print(f"[ {number} ] {text}")
        self.console.print("boot: ...... auto-boot index 1 image in disks\n")

    def _write_register(self, value: str) -> None:
        if re.fullmatch(r"0x[0-9a-fA-F]{1,8}", value) is None:
            self.unknown_command(f"confreg {value}")
            return
        self.chassis.register = int(value, 16)
        self.console.print(f"\n{NEXT_TIME}")

    # --- network -----------------------------------------------------------------------------------------------

    def _ping(self, target: str) -> Script[None]:
        # `ping A` is known from Cisco's automation; `ping server` is taken over from the other dialect, unconfirmed.
        server = self.variables["SERVER"] if target in ("server", "") else target
        self.console.print(f"Sending 20, 100-byte ICMP Echoes to server {server}, timeout is 4 seconds:")
        answered = self.server_answers(server)
        yield Pause(0.2 if answered else 80.0)
        self.console.print("!" * 20 if answered else B_PING_SILENCE)
        percent, count = (100, 20) if answered else (0, 0)
        self.console.print(f"Success rate is {percent} percent ({count}/20)\n")

    def _tftpdnld(self, arguments: str) -> Script[Launch | None]:
        if not (yield from self.ask_out_of_place()):
            return None
        limit = self.bundle_limit(arguments)
        missing = [name for name in ("ADDRESS", "NETMASK", "SERVER", "IMAGE") if not self.variables[name]]
        if missing:
            self.console.print(B_MISSING.format(variable=missing[0]))
            return None
        request = self.request(
            block_size=BLOCK_SIZE, packet_seconds=ONE_PACKET_SECONDS, retries=TFTP_RETRIES, stop_after=limit
        )
        self._print_request(request)
        yield Pause(1.0)
        if not self.chassis.link_up:
            self.console.print(B_LINK_DOWN)
            return None
        self.console.print(f"link up\nReceiving {request.name} from {request.server}", end="")
        received = yield from self.download(request)
        self.console.print("")
        if isinstance(received, str):
            self._print_failure(received)
            return None
        return (yield from self._validate(received))

    def bundle_limit(self, arguments: str) -> int | None:
        """With `-b`, how many bytes of a bundle are asked for; a Firepower 1010 announces it."""
        if arguments != "-b":
            return None
        self.console.print(f"Enable boot bundle: tftp_reqsize = {self.chassis.options.bundle_bytes}")
        return self.chassis.options.bundle_bytes

    def refuses(self, received: Received) -> bool:
        """Whether the image fails its signature."""
        key = self.chassis.options.key
        if key is None:
            return "bad-signature" in self.chassis.faults
        examined = examine(received.content, modulus_of(key))
        return examined is None or not examined.is_genuine or "bad-signature" in self.chassis.faults

    def _print_request(self, request: FetchRequest) -> None:
        table = (
            ("ADDRESS", request.address),
            ("NETMASK", self.variables["NETMASK"]),
            ("GATEWAY", self.variables["GATEWAY"]),
            ("SERVER", request.server),
            ("IMAGE", request.name),
            ("MACADDR", self.family.mac),
            ("VERBOSITY", "Progress"),
            ("RETRY", str(TFTP_RETRIES)),
            ("PKTTIMEOUT", str(PACKET_TIMEOUT_SECONDS)),
            ("BLKSIZE", str(BLOCK_SIZE)),
            ("CHECKSUM", "Yes"),
            ("PORT", self.family.ports[0]),
            ("PHYMODE", "Auto Detect"),
        )
        self.console.print("\n" + "\n".join(f"{name:>20}: {value}" for name, value in table) + "\n")

    def _print_failure(self, reason: str) -> None:
        texts = {"file not found": B_TFTP_NOT_FOUND, "timed out": B_TFTP_TIMEOUT}
        self.console.print(texts.get(reason, B_TFTP_ERROR.format(reason=reason)))

    def _validate(self, received: Received) -> Script[Launch | None]:
        size = received.bytes
        self.console.print("File reception completed.\nBoot buffer bigbuf=640ff498")
        self.console.print(f"Boot image size = {size} (0x{size:x}) bytes")
        self.console.print(f"[image size]      {size}\n[MD5 signature]    {received.md5}")
        yield Pause(5.0)
        if self.refuses(received):
            self.console.print(B_SIGNATURE_BOX)
            return None
        self.console.print(f"{SIGNATURE_PASSED}\nLFBFF signature verified.\n{TYPE_PASSED}\n{KERNEL}")
        return Launch(received.name, "netboot", self.variables["SERVER"])

    # --- flash -------------------------------------------------------------------------------------------------

    def located(self, image: str) -> str:
        """How a file that was found on disk0 is announced."""
        clusters = {".boot_string": 997554}
        return f"Located '{image}' @ cluster {clusters.get(image, 969854)}."

    def autoboot(self) -> Script[Launch | None]:
        """Boot what `.boot_string` on disk0 names, as the 5506-X log shows."""
        return (yield from self._boot_named(attempt=True))

    def _boot_named(self, *, attempt: bool) -> Script[Launch | None]:
        image = self.chassis.flash_image
        if image is None:
            yield Pause(1.0)
            self.console.print(B_NOTHING_TO_BOOT)
            return None
        self.console.print(self.located(".boot_string") + "\n\n#")
        if attempt:
            self.console.print(f'Attempt autoboot: "boot {self.disk}{image}"')
        return (yield from self._load(image))

    def _boot(self, arguments: str) -> Script[Launch | None]:
        wanted = arguments.removeprefix("disk0:").lstrip("/")
        image = self.chassis.flash_image
        if not wanted:
            return (yield from self._boot_named(attempt=False))  # a 5516-X that is told `boot` announces nothing
        if not self.chassis.disk.has(wanted) and wanted != image:
            self.console.print(B_CANNOT_FIND.format(image=arguments))
            return None
        return (yield from self._load(wanted))

    def _load(self, image: str) -> Script[Launch | None]:
        self.chassis.state = "booting"
        self.console.print(self.located(image) + "\n")
        yield Pause(15.0)
        full_lines, rest = divmod(HASHES_OF_AN_IMAGE, HASHES_PER_LINE)
        self.console.print(("#" * HASHES_PER_LINE + "\n") * full_lines + "#" * rest)
        self.console.print("LFBFF signature verified.")
        return Launch(image, "flash")
