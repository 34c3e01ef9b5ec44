"""Dialect B as the Firepowers speak it: bundles, commands that wipe the device, and FXOS on disk0.

Captured: a Firepower 1010's download and variables, a 2110's `password_reset`, a 2120's flash boot, a 3130's boot string.
What Cisco's automation knows: `factory-reset` with its three questions, and a 4200's ping. The rest is marked in `invented`.
"""

from .chassis import Chassis, Launch
from .events import Answered, Erased
from .family import Family
from .invented import B_FACTORY_RESET, B_FORMATTED, B_PING_SILENCE
from .kenton_monitor import KentonMonitor
from .monitor import Received
from .script import Pause, Script

PASSWORD_RESET = "WARNING: User configurations will be lost with this operation"  # noqa: S105 - what the device says
RESET_QUESTION = "Are you sure ? yes/no [no]: "
RESET_DONE = "\nEnabling password reset..\nPlease continue to boot the image"
ERASE_WORD = "Please type 'ERASE' to confirm the operation"


class FirepowerMonitor(KentonMonitor):
    """The monitor of a Firepower 2100, and what the other families share."""

    disk = "disk0:installables/switch/"

    def __init__(self, chassis: Chassis, family: Family) -> None:
        super().__init__(chassis, family)
        self._loaded_as_bundle = False
        self.launching |= {
            "password_reset": lambda _: self._password_reset(),
            "factory-reset": lambda _: self._factory_reset(),
            "format": lambda _: self._format(),
        }

    def located(self, image: str) -> str:
        clusters = {".boot_string": 101396}
        path = image if image == ".boot_string" else f"installables/switch/{image}"
        return f"Located '{path}' @ cluster {clusters.get(image, 5200)}."

    def refuses(self, received: Received) -> bool:
        """A package is no image: without `-b` it fails. The names tell which is which, as Cisco's automation has it."""
        return super().refuses(received) or ("lfbff" not in received.name and not self._loaded_as_bundle)

    def bundle_limit(self, arguments: str) -> int | None:
        self._loaded_as_bundle = arguments == "-b"
        return super().bundle_limit(arguments)

    def _ping(self, target: str) -> Script[None]:
        if "unix-ping" not in self.chassis.faults:
            yield from super()._ping(target)
            return
        server = self.variables["SERVER"] if target in ("server", "") else target
        answered = self.server_answers(server)
        yield Pause(5.0 if answered else 20.0)
        received, lost = (5, 0) if answered else (0, 100)
        self.console.print("" if answered else B_PING_SILENCE)
        self.console.print(f"5 packets transmitted, {received} received, {lost}% packet loss, time 4005ms")

    # --- what wipes the device -----------------------------------------------------------------------------------

    def _password_reset(self) -> Script[Launch | None]:
        self.console.print(PASSWORD_RESET)
        if (yield from self._agreed(RESET_QUESTION)):
            self.console.print(RESET_DONE)
            self.chassis.publish(Erased())
        return None

    def _factory_reset(self) -> Script[Launch | None]:
        self.console.print(B_FACTORY_RESET)
        if not (yield from self._agreed(RESET_QUESTION)):
            return None
        self.console.print(ERASE_WORD)
        if (yield from self._answer("")) == "ERASE" and (yield from self._agreed(RESET_QUESTION)):
            self._wipe()
        return None

    def _format(self) -> Script[Launch | None]:
        if (yield from self._agreed(RESET_QUESTION)):
            self._wipe()
            self.console.print(B_FORMATTED)
        return None

    def _wipe(self) -> None:
        self.chassis.flash_image = None
        self.chassis.publish(Erased())

    def _agreed(self, question: str) -> Script[bool]:
        return (yield from self._answer(question)).lower() == "yes"

    def _answer(self, question: str) -> Script[str]:
        with self.chassis.in_state("question"):
            answer = yield from self.console.read_line(question)
        self.chassis.publish(Answered(question.strip(), answer))
        return answer


class Firepower1000Monitor(FirepowerMonitor):
    """A 1010 or 1120: its disk has inodes, not clusters."""

    def located(self, image: str) -> str:
        path = image if image == ".boot_string" else f"installables/switch/{image}"
        size, inode = (59, 19) if image == ".boot_string" else (160215648, 13)
        blocks = -(-size // 4096)
        return f"Located {path}\nImage size {size} inode num {inode}, bks cnt {blocks} blk size 8*512"


class Firepower3100Monitor(FirepowerMonitor):
    """A 3130: it reads its boot string as a UEFI shell does."""

    def located(self, image: str) -> str:
        if image != ".boot_string":
            return f"Located 'installables/switch/{image}' @ cluster 5200."
        text = b"disk0:installables/switch/"[:16]
        return "INFO: File 'FS0:.boot_string' has 59 bytes.\ndata:\n" + " ".join(f"{byte:02x}" for byte in text)
