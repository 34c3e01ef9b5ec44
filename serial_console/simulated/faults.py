"""The faults a simulated device can have, by name. This table is the only place that names them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .errors import SimulationError

FAULTS: dict[str, str] = {
    "baud-moved": "the console runs at another rate (:115200); a sim:// port set differently sees byte soup",
    "bad-signature": "the image arrives whole, but the device refuses its signature",
    "boots-old-image": "after the download the device restarts and boots an old image from flash",
    "break-hidden": "the window exists, but neither the notice nor the countdown is shown",
    "break-missed": "ESC and BREAK are ignored in the window; an old image boots from flash",
    "copy-broken": "what `copy` writes to disk0 has one bit other than what came",
    "crlf-twice": "LF counts as a second Enter, so CR LF enters a line twice",
    "disk-full": "disk0 takes no file, whatever its free space",
    "early-stop": "the device stops asking in mid transfer (:BYTES) and boots what it has",
    "echo-off": "typed characters are not echoed",
    "echo-twice": "typed characters are echoed twice",
    "erase-question": "password recovery is disabled: the device asks whether to erase disk0",
    "fifo": "of bytes that arrive in one write, only the first :N (16) are seen",
    "file-not-found": "the device asks the server for IMAGE.missing",
    "first-char-lost": "the first character after each prompt is lost",
    "garbage": "the line carries byte soup, as with a wrong baud rate",
    "input-lost": "each typed byte is lost with probability :P (0.02)",
    "invalid-command": "the command :NAME (tftpdnld) is answered as unknown",
    "junk": "the prompt's line already holds the leftover text 'asdf'",
    "launch-crashes": "the image is launched, and the device restarts before the software is up",
    "launch-hangs": "the transfer is fine, then nothing more is printed",
    "link-down": "the network cable is out",
    "log-line": "a log line of the software's is printed after :N (400) bytes, in the middle of whatever is printed, once",
    "narrow": "a command line wider than the terminal, :N (80) letters, is redrawn with `$` at its left",
    "no-card": "an ISA 3000 has no SD card in its slot",
    "no-reply": "TFTP requests go nowhere and time out",
    "noise": "each byte, each way, is wrong with probability :P (0.01), by the seed",
    "ping-fails": "the server does not answer pings",
    "port-dies": "the console adapter disappears after :N (200) bytes, once",
    "reboot-after": "the device restarts after printing :N (400) bytes, once",
    "reboot-mid-transfer": "the device restarts in mid transfer, once (:always: every time)",
    "rom-upgrade": "an upgrade of the boot ROM meets the trouble :NAME (silent); `boot_rom.TROUBLES` lists them",
    "reports-version": "the booted software calls itself :VERSION whatever was loaded",
    "reworded": "everything is said in other words, and questions come elsewhere, by the seed :N (0)",
    "silent": "the device prints nothing, ever",
    "slow-echo": "each echo comes :SECONDS (0.05) late",
    "session-closes": "a restart of a module in a Catalyst ends the session that leads to it",
    "slow-post": "the self-test takes :SECONDS (600) longer, silently",
    "stall": "the device stops asking after :BYTES (16384) of a transfer, for good",
    "syslog": "log lines mix into the console once the software runs",
    "unix-ping": "a Firepower's ping answers in the words of a Unix host, as a Secure Firewall 4200's does",
    "unexpected-question": "the download command asks a question that no manual of this family has",
    "write-blocks": "the line takes nothing: a sim:// port's write times out",
    "wrong-readback": "'set' shows a wrong value for the variable :NAME (ADDRESS)",
}


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one device: name to argument ("" where none was given)."""

    arguments: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, items: Iterable[str]) -> "Faults":
        """Read `NAME` or `NAME:ARGUMENT`, each item possibly a comma-separated list."""
        arguments: dict[str, str] = {}
        for item in ",".join(items).split(","):
            name, _, argument = item.strip().partition(":")
            if name:
                arguments[_known(name)] = argument
        return cls(arguments)

    def __contains__(self, name: str) -> bool:
        return _known(name) in self.arguments

    def text(self, name: str, default: str = "") -> str:
        """The argument of a fault, or the default where the fault is absent or has none."""
        return self.arguments.get(_known(name), "") or default

    def number(self, name: str, default: float) -> float:
        """The argument of a fault as a number."""
        text = self.text(name)
        try:
            return float(text) if text else default
        except ValueError as error:
            message = f"fault {name!r} takes a number, not {text!r}"
            raise SimulationError(message) from error


def _known(name: str) -> str:
    if name not in FAULTS:
        message = f"unknown fault {name!r}; known faults: {', '.join(sorted(FAULTS))}"
        raise SimulationError(message)
    return name
