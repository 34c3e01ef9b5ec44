"""The only table from errors to exit codes. The nearest class in an error's ancestry decides."""

from importlib import import_module

DONE = 0
USAGE = 2
INTERNAL = 70
INTERRUPTED = 130

# By module and name, so that looking up one error does not load the room of another.
_CODES = {
    "platforms.errors.PlatformError": USAGE,
    "rommon_tool.errors.WrongUsage": USAGE,
    "rommon_tool.errors.WrongImage": 33,
    "rommon_tool.errors.ImageNotVerified": 31,
    "rommon_tool.errors.ImageMismatch": 30,
    "rommon_tool.errors.ImageLayoutUnknown": 32,
    "rommon_tool.errors.ServerAddressNotHere": 20,
    "rommon_tool.errors.AutoUpdateUnavailable": 20,
    "rommon_tool.errors.NoRequestSeen": 22,
    "rommon_tool.errors.TransferFailed": 23,
    "rommon_tool.errors.CopyRefused": 41,
    "rommon_tool.errors.FilesRefused": 41,
    "rommon_tool.errors.FilesUnproved": 41,
    "rommon_tool.errors.InstallRefused": 41,
    "rommon_tool.errors.InstallNotProved": 41,
    "rommon_tool.errors.DowngradeRefused": 41,
    "rommon_tool.errors.DowngradeNotProved": 41,
    "rommon_tool.errors.NotForThisModel": 13,
    "rommon_tool.errors.BackupRefused": 41,
    "rommon_tool.errors.BackupUnproved": 41,
    "rommon_tool.errors.BackupUnusable": 32,
    "rommon_tool.errors.PowerCommandFailed": 12,
    "rommon_tool.errors.UpgradeHold": 50,
    "rommon_tool.errors.Interrupted": INTERRUPTED,
    "serial_console.errors.PortUnavailable": 10,
    "serial_console.errors.ConsoleLost": 11,
    "serial_console.errors.ConsoleSilent": 11,
    "serial_console.errors.ConsoleUnreadable": 11,
    "serial_console.errors.BreakInMissed": 12,
    "serial_console.errors.UnexpectedState": 13,
    "serial_console.errors.PingFailed": 21,
    "serial_console.errors.FileNotFound": 24,
    "serial_console.errors.ImageRefused": 40,
    "serial_console.errors.NetbootFailed": 23,
    "serial_console.errors.BootNotProved": 40,
    "serial_console.errors.RomWindowOpen": 50,
    "tftp.errors.ImageUnreadable": USAGE,
    "tftp.errors.ImageChanged": 32,
    "tftp.errors.CaptureUnreadable": USAGE,
    "tftp.errors.MetricsNotInstalled": USAGE,
    "tftp.errors.TftpServerError": 20,
}
# What a diagnosis finds is no error of ours: the stage that broke has the code that a run would have ended with.
_STAGES = {"note": DONE, "server": 20, "link": 21, "request": 22, "transfer": 23, "file": 24}


def exit_code(error: BaseException) -> int:
    """The exit code of an error; 70 for one that is a defect of ours."""
    for kind in type(error).__mro__:
        code = _CODES.get(f"{kind.__module__}.{kind.__qualname__}")
        if code is not None:
            return code
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else INTERNAL


def stage_code(stage: str) -> int:
    """The exit code of a finding, by the stage that broke (`tftp.diagnosis.findings.Stage`)."""
    return _STAGES[stage]


def known_errors() -> dict[type[BaseException], int]:
    """The table with its classes loaded: for the documents and for the test that every name in it is real."""
    return {
        getattr(import_module(path.rpartition(".")[0]), path.rpartition(".")[2]): code for path, code in _CODES.items()
    }
