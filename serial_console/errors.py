"""What can go wrong on a console. Each error says what was being done; `seen` is the device's text, `hint` the remedy.

ConsoleError
├── PortUnavailable          the port can't be opened: missing, busy, not permitted
├── ConsoleLost              an open port died
├── ConsoleSilent            no answer where one was due
├── ConsoleUnreadable        bytes come, but no text: wrong baud rate
│   └── LineNoisy            so many bytes are wrong that nothing typed can be trusted to arrive
├── BreakInMissed            the device booted past us, or never came on
├── UnexpectedState          the device is not where the procedure needs it
│   ├── AlreadyBooted        and nobody power-cycled it
│   ├── WrongDevice          it is recognised, and is none that this tool loads
│   ├── EraseQuestion        it asks to erase its disk; that is never answered here
│   ├── DeviceRebooted       in the middle of a command or download
│   ├── SessionRefused       a supervisor does not lead to its module
│   ├── SessionClosed        it did, and the session ended
│   ├── CommandRefused       the monitor does not take a command
│   ├── ReadBackDiffers      a variable does not hold what was set
│   ├── WindowNotOpened      a boot ROM upgrade could not be recorded, so it was not confirmed
│   ├── UnexpectedQuestion   the booted software asks what nobody foresaw; it is left unanswered
│   ├── LoginRefused         it takes no name or password that we have
│   ├── AnswerUnclear        its answer does not hold what was asked for
│   └── CommandFailed        it refuses a command, or could not do it
│       └── CommandUnknown   it does not know it, or not at this prompt
├── PingFailed
│   └── LinkDown
├── NetbootFailed            the download did not succeed
│   ├── FileNotFound
│   ├── DownloadTimedOut
│   ├── RebootedInTransfer
│   └── ImageRefused         the device's own verdict on the image
├── BootNotProved            downloaded, but not seen to run
└── RomWindowOpen            a device may be writing its boot ROM: nothing is sent, nothing switched
    ├── JournalUnreadable    and which one can't be told
    └── WindowNotReleased    neither its new version nor its serial number was given
"""


class ConsoleError(Exception):
    """The root of this package's errors. `cause` is a stable word for scripts."""

    cause = "console"
    remedy = ""

    def __init__(self, message: str, *, seen: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.seen = seen
        self.hint = hint or self.remedy


class PortUnavailable(ConsoleError):
    """The port can't be opened."""

    cause = "port-unavailable"
    remedy = "`rommon ports` lists the serial ports of this machine"


class ConsoleLost(ConsoleError):
    """The port died: unplugged, closed by its peer, or stuck."""

    cause = "console-lost"
    remedy = (
        "check the adapter and the cable, then run the same command again: it goes on from the device's present state"
    )


class ConsoleSilent(ConsoleError):
    """The device does not answer."""

    cause = "console-silent"
    remedy = "check that the cable is in the CONSOLE port, the baud rate (usually 9600) and that no other program reads the port"


class ConsoleUnreadable(ConsoleError):
    """What comes over the line can't be read or trusted."""

    cause = "console-unreadable"
    remedy = "try --baud 115200 (a unit may have been moved off 9600), and another cable or adapter"


class LineNoisy(ConsoleUnreadable):
    """Too many bytes are wrong on their way. `error_rate` is the share that was measured, of the bytes each way."""

    cause = "line-noisy"
    remedy = "use a shorter cable away from power cables, or another adapter; then run the same command again"

    def __init__(self, message: str, *, error_rate: float, seen: str = "", hint: str = "") -> None:
        super().__init__(message, seen=seen, hint=hint)
        self.error_rate = error_rate


class BreakInMissed(ConsoleError):
    """The device could not be stopped at its boot monitor."""

    cause = "break-in-missed"
    remedy = "run again and power-cycle the device when asked; --power COMMAND lets the tool do it"


class UnexpectedState(ConsoleError):
    """The device is not where the procedure needs it."""

    cause = "unexpected-state"
    remedy = "look at the console and bring the device on by hand; then run again"


class AlreadyBooted(UnexpectedState):
    """The device runs its software already, and was not power-cycled in time."""

    cause = "already-booted"
    remedy = "power-cycle the device while the tool waits, raise --timeout, or give --power COMMAND"


class WrongDevice(UnexpectedState):
    """The cable leads to a device of a known kind that this tool does not load."""

    cause = "wrong-device"
    remedy = "check which device the console cable leads to"


class EraseQuestion(UnexpectedState):
    """The device asks whether to erase its disk. The question is left as it stands."""

    cause = "erase-question"
    remedy = (
        "password recovery is disabled on this device: to get into the monitor you would have to answer yes yourself, which destroys "
        "the configuration, images and keys on disk0. Answer no on the console, and the device boots on"
    )


class DeviceRebooted(UnexpectedState):
    """The device restarted by itself."""

    cause = "device-rebooted"
    remedy = "check its power supply and the seat of its memory; if it reboots at the same point again, the image may not fit this device"


class SessionRefused(UnexpectedState):
    """The supervisor of a chassis does not open a session to the module."""

    cause = "session-refused"
    remedy = (
        "log in to the supervisor and enable, compare the slot with its `show module`, and try "
        "--session 'service-module session slot N', which leads to the module's own console"
    )


class SessionClosed(UnexpectedState):
    """The session to a module ended: what answers now is the supervisor."""

    cause = "session-closed"
    remedy = (
        "a restart of the module ends some sessions: use --session 'service-module session slot N', which stays over a restart, "
        "and run again"
    )


class CommandRefused(UnexpectedState):
    """The monitor does not take a command that this family's monitors take."""

    cause = "command-refused"
    remedy = "the device may be of another family: look at the prompt and banner, and choose --platform"


class ReadBackDiffers(UnexpectedState):
    """A variable does not hold what was set, as the device's own `set` shows."""

    cause = "read-back-differs"
    remedy = "run again; if it differs again, type the setting by hand and compare"


class WindowNotOpened(UnexpectedState):
    """The upgrade of a boot ROM was not recorded, and therefore not confirmed."""

    cause = "window-not-opened"
    remedy = "make room on the disk of this machine, then run again; the device was not told to go on"


class UnexpectedQuestion(UnexpectedState):
    """The booted software asks something that the caller gave no answer to. Nothing was typed."""

    cause = "unexpected-question"
    remedy = "look at the console (`rommon console`) and answer it by hand, or press Ctrl-C there; then run again"


class LoginRefused(UnexpectedState):
    """The device wants a name or password that we do not have, or takes none of ours."""

    cause = "login-refused"
    remedy = "give --username and a password by prompt, keyring or file; a device whose passwords are lost is opened from its boot monitor"


class AnswerUnclear(UnexpectedState):
    """An answer came, and does not hold what was asked for. Nothing is guessed from it."""

    cause = "answer-unclear"
    remedy = "type the command by hand (`rommon console`) and compare; this version may word it otherwise"


class CommandFailed(UnexpectedState):
    """The booted software refuses a command, or says that it failed. `command` has no secrets; `seen` is its text."""

    cause = "command-failed"
    remedy = "read what the device says, and look at the transcript for what came before"

    def __init__(self, command: str, *, seen: str, hint: str = "") -> None:
        super().__init__(f"the device refuses `{command}`", seen=seen, hint=hint)
        self.command = command


class CommandUnknown(CommandFailed):
    """The booted software does not know the command, or not at this prompt, privilege or version."""

    cause = "command-unknown"
    remedy = "this version or model may not have the command, or it exists only in the system context"


class PingFailed(ConsoleError):
    """The device does not reach the server."""

    cause = "ping-failed"
    remedy = "check the network cable, the port it is in, the addresses, and that this machine's firewall lets ICMP in"


class LinkDown(PingFailed):
    """The network port that the monitor uses has no link."""

    cause = "link-down"
    remedy = (
        "plug the network cable into the port that the monitor names, use a direct cable or a switch port with portfast "
        "(spanning tree takes 30 to 50 s, and the classic monitor waits 20 s for a link)"
    )


class NetbootFailed(ConsoleError):
    """The download did not succeed."""

    cause = "download-failed"
    remedy = "run again; look into the transcript for what the device said"


class FileNotFound(NetbootFailed):
    """The server does not have the file that the device asks for."""

    cause = "file-not-found"
    remedy = "compare the name that the device asked for with the image's; with --external-server the file must lie on that server"


class DownloadTimedOut(NetbootFailed):
    """The device, or we, waited in vain for the next block."""

    cause = "download-timed-out"
    remedy = "check that this machine's firewall lets UDP through, both port 69 and the answers, and that both ends are in one network"


class RebootedInTransfer(NetbootFailed):
    """The device restarted by itself during the download."""

    cause = "device-rebooted"
    remedy = DeviceRebooted.remedy


class ImageRefused(NetbootFailed):
    """The device checked the image and refuses it."""

    cause = "device-refused-image"
    remedy = "get the image again from Cisco and compare its SHA-512; make sure that it is made for this model"


class BootNotProved(ConsoleError):
    """The image was downloaded, but it was not seen to run."""

    cause = "boot-not-proved"
    remedy = "watch the console: the device may still be starting. Bad memory shows as a launch that hangs"


class RomWindowOpen(ConsoleError):
    """A device may be writing its boot ROM. Nothing is sent to it, and its power is not switched."""

    cause = "rom-window-open"
    remedy = "leave the device's power on; `rommon upgrade -p PORT` goes on watching it"


class JournalUnreadable(RomWindowOpen):
    """The records of upgrades can't be read, so that any device may be in its window."""

    cause = "journal-unreadable"
    remedy = "mend the file's permissions; if it is broken, look at every device's console before you move it away"


class WindowNotReleased(RomWindowOpen):
    """What was read or typed is not what releases the window."""

    cause = "window-not-released"
