"""Who owns a serial port: a UUCP lock file and TIOCEXCL beside pyserial's flock, and the name of whoever holds it.

flock alone keeps out only those who ask for it; most terminal programs ask for the lock file, and the kernel
refuses every further opener (but root) after TIOCEXCL.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, Self

from serial_console.errors import PortUnavailable

_FOLDERS = (Path("/run/lock"), Path("/var/lock"))


class PortLock:
    """The claim on one tty. For URLs and on systems without tty locks it does nothing."""

    def __init__(self, device: Path | None) -> None:
        self._device = device
        self._file: Path | None = None

    @classmethod
    def of(cls, url: str) -> Self:
        is_tty = url.startswith("/") and sys.platform != "win32"
        # The real path, so that a by-id link and the ttyUSB it points to are one port.
        return cls(Path(url).resolve() if is_tty else None)

    def acquire(self) -> None:
        """Write the lock file. Raises `PortUnavailable`, naming the holder, if a living process has it."""
        if self._device is None or not self._device.exists():
            return
        folder = next((folder for folder in _FOLDERS if os.access(folder, os.W_OK)), None)
        if folder is None:
            return
        path = folder / f"LCK..{'_'.join(self._device.parts[2:])}"
        try:
            is_ours = _written(path) or _reclaimed(path)
        except OSError:
            # A stale file of somebody else's, or a full disk: flock and TIOCEXCL still keep others out.
            return
        if not is_ours:
            raise PortUnavailable(
                f"the port {self._device} is in use by {_process(_owner(path))}",
                seen=f"lock file {path}",
                hint="end that program, or choose another --port",
            )
        self._file = path

    def hold(self, port: Any) -> None:
        """Shut out further openers, and keep closing the port from dropping DTR, which resets some devices."""
        if self._device is None:
            return
        import fcntl
        import termios

        descriptor = port.fileno()
        fcntl.ioctl(descriptor, termios.TIOCEXCL)
        attributes = termios.tcgetattr(descriptor)
        attributes[2] &= ~termios.HUPCL
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)

    def release(self, port: Any) -> None:
        """Undo `hold` and `acquire`. A pty stays exclusive as long as its master lives, so it must be undone."""
        if self._device is not None and port is not None and port.is_open:
            import fcntl
            import termios

            with contextlib.suppress(OSError):
                fcntl.ioctl(port.fileno(), termios.TIOCNXCL)
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None

    def holder(self) -> str:
        """The process that has the device open, as `name (pid N)`; empty if none can be seen."""
        if self._device is None:
            return ""
        # Processes end while we look, also under glob itself.
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                pid = int(folder.name)
                if pid != os.getpid() and any(file.readlink() == self._device for file in (folder / "fd").iterdir()):
                    return _process(pid)
        return ""


def _written(path: Path) -> bool:
    """Create the lock file in one step: a half-written one would look stale to others."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(f"{os.getpid():10d}\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _reclaimed(path: Path) -> bool:
    pid = _owner(path)
    if pid and Path(f"/proc/{pid}").exists():
        return False
    path.unlink(missing_ok=True)
    return _written(path)


def _owner(path: Path) -> int:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _process(pid: int) -> str:
    with contextlib.suppress(OSError):
        return f"{Path(f'/proc/{pid}/comm').read_text().strip()} (pid {pid})"
    return f"pid {pid}"
