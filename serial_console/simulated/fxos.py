"""FXOS, which a Firepower boots: Linux, a window of its own for ESC, then a login or the ASA of appliance mode.

Captured: unicon's logs of a Firepower 2120 (appliance mode) and a 2110, and a 1010's first login. In appliance mode, with
an ASA on its disk, the console logs in by itself and is handed to the ASA; without one the login waits for a person.
"""

from .asa import BootedAsa
from .boot_text import LOGINS, WARNING
from .booted.session import Session
from .chassis import Chassis, Launch
from .events import Answered, CommandEntered
from .family import Family
from .invented import BACKUP_MENU, FXOS_REFUSES, FXOS_UNKNOWN
from .script import ESC, SPACE, Script, key

FIRST_BOOT = """\
INIT: version 2.88 booting
Starting udev
Configuring network interfaces... done.
Primary SSD discovered
fsck from util-linux 2.32.1
[/sbin/fsck.ext3 (1) -- /dev/sda1] fsck.ext3 -a /dev/sda1
/dev/sda1: clean, 122/61056 files, 14313/244224 blocks
fsck(/dev/sda1) returned 0
"""
WINDOW = "\n\n======================================\nPress ESC to enter backup and restore.\nPress SPACE to continue boot.\n"
WINDOW_SECONDS = 10
ASKED = "Press ESC to enter backup and restore."
SERVICES = """\

INIT: Entering runlevel: 3
Starting system message bus: dbus.
Starting OpenBSD Secure Shell server: sshd
done.
INFO: deleting unnecessary xml file..!!
INFO: deleted unnecessary xml file..!!
Starting crond: OK
"""
FIRST_LOGIN = ("admin", "Admin123")
MUST_CHANGE = "Successful login attempts for user 'admin' : 1\nHello admin. You must change your password."
AUTOMATIC = """\
{host} login: admin (automatic login)

Last login: Tue Jan 12 17:09:34 UTC 2021 on ttyS0
Successful login attempts for user 'admin' : 13
INFO: System Disks /dev/sda is present. Status: Operable. /dev/sdb is present. Status: Inoperable.

Waiting for Application infrastructure to be ready...
Verifying the signature of the Application image...

Cisco ASA: CMD=-bootup, CSP-ID=cisco-asa.99.16.1.222__asa_001_JMX2209Y019IKMF061, FLAG='fromHconfFile'
Cisco ASA booting up ...
Cisco ASA started successfully.
"""
TURNS = 13
ATTACHED = " Attaching to ASA CLI ... Press 'Ctrl+a then d' to detach."


class Fxos(BootedAsa):
    """One boot of FXOS. `appliance`: an ASA is installed, and the console is handed to it."""

    def __init__(self, chassis: Chassis, family: Family, launch: Launch) -> None:
        super().__init__(chassis, family, launch)
        self.host = family.model.lower().replace("fpr-", "firepower-")
        self.appliance = chassis.flash_image is not None

    def _software_starts(self) -> Script[None]:
        yield from self._window()
        self.console.print(SERVICES, end="")
        yield from self.console.echo_while(60.0)
        self.console.forget_keys()

    def _window(self) -> Script[None]:
        """A second window, for another purpose, with the same key. It writes its seconds over with blanks before the dots."""
        self.console.print(WINDOW, end="")
        for left in range(WINDOW_SECONDS, -1, -1):
            text = f"Boot in {left} seconds ... "
            self.console.print(text, end="")
            pressed = (yield from key(1.0)) if left else None
            if pressed == ESC:
                yield from self._backup_menu()
            if pressed == SPACE:
                break
            if left:
                self.console.print("\b" * len(text), end="")
        self.console.print("")

    def _backup_menu(self) -> Script[None]:
        """Where nobody wants to be: it waits for ever."""
        self.chassis.publish(Answered(ASKED, "ESC"))
        with self.chassis.in_state("question"):
            while True:
                self.chassis.publish(Answered(BACKUP_MENU, (yield from self.console.read_line(BACKUP_MENU))))

    def _asa_comes_online(self) -> Script[None]:
        self.console.print(AUTOMATIC.format(host=self.host), end="")
        for turn in range(1, TURNS + 1):
            yield from self.console.echo_while(5.0)
            self.console.print(f"Please wait for Cisco ASA to come online...{turn}...")
        self.console.print(f"\nCisco Adaptive Security Appliance Software Version {self.version} \n\n{WARNING}", end="")
        yield from self.console.echo_while(5.0)
        self.console.print(LOGINS + ATTACHED, end="\n")

    # --- sessions ----------------------------------------------------------------------------------------------

    def _set_up(self) -> Script[None]:
        """FXOS asks nothing. In appliance mode its console logs in by itself, and waits for the ASA."""
        if self.appliance:
            yield from self._asa_comes_online()

    def _session(self) -> Script[None]:
        self.chassis.state = "cli"
        if not self.appliance:
            yield from self._fxos_session()
            return
        yield from self.serve(Session(self.machine))

    def _fxos_session(self) -> Script[None]:
        self.console.print("")
        name = yield from self.console.read_line(f"{self.host} login: ")
        if not name:
            return
        password = yield from self.console.read_line("Password: ", echo=False)
        if (name, password) != FIRST_LOGIN:
            self.console.print(FXOS_REFUSES)
            return
        self.console.print(MUST_CHANGE)
        yield from self.console.read_line("Enter new password: ", echo=False)
        yield from self.console.read_line("Confirm new password: ", echo=False)
        self.console.print("Your password was updated successfully.\n")
        while (line := (yield from self.console.read_line(f"{self.host}# "))) != "exit":
            if line:
                self.chassis.publish(CommandEntered(line, "cli"))
                self.console.print(FXOS_UNKNOWN)
