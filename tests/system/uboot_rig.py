"""A machine with a real boot monitor: U-Boot under QEMU, alone with its TFTP server's address in a network namespace.

`with UBoot() as machine:` starts the machine paused, before its first instruction, so that the program under test can
open `machine.console` first and then power it on with `machine.power_command`.  The network namespace has no name: it
belongs to the QEMU process and vanishes with it.  The kernel kills QEMU when the thread that started it ends, so even
a test run that is itself killed leaves no machine and no namespace behind.

Run as a program, this file is the power switch: `uboot_rig.py MONITOR-SOCKET` power-cycles the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

QEMU = "qemu-system-aarch64"
FIRMWARE = Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
TUN_DEVICE = Path("/dev/net/tun")
PROGRAMS = (QEMU, "ip", "unshare", "nsenter", "setpriv")

SERVER_ADDRESS = "10.86.118.21"
PREFIX_LENGTH = 24
START_LIMIT_S = 20.0
STOP_LIMIT_S = 5.0

MAKE_TAP = "ip tuntap add dev tap0 mode tap"
SET_UP_NETWORK = f"""
set -e
ip link set dev lo up
{MAKE_TAP}
ip address add {SERVER_ADDRESS}/{PREFIX_LENGTH} dev tap0
ip link set dev tap0 up
exec "$@"
"""


class RigError(Exception):
    """The machine could not be started, or its QEMU did not do as told."""


def skip_reason() -> str | None:
    """Say why the machine cannot run here; None where it can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    missing += [str(path) for path in (FIRMWARE, TUN_DEVICE) if not path.exists()]
    if missing:
        return f"U-Boot under QEMU needs {', '.join(missing)}"
    if os.geteuid() != 0:
        return "U-Boot under QEMU needs root: it makes a network namespace with a tap device"
    trial = subprocess.run(
        ["unshare", "--net", "--", *shlex.split(MAKE_TAP)], capture_output=True, text=True, check=False
    )
    if trial.returncode != 0:
        return f"cannot make a network namespace with a tap device: {trial.stderr.strip()}"
    return None


class QemuMonitor:
    """A connection to QEMU's control socket (QMP)."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(START_LIMIT_S)
        self._stream: IO[str] | None = None
        try:
            self._socket.connect(str(path))
            self._stream = self._socket.makefile("rw", encoding="utf-8")
            self._receive()
            self.execute("qmp_capabilities")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._socket.close()

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run a QMP command and return its result; events that arrive meanwhile are passed over."""
        assert self._stream is not None
        self._stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._stream.flush()
        while True:
            message = self._receive()
            if "error" in message:
                raise RigError(f"QEMU refused {command}: {message['error']['desc']}")
            if "return" in message:
                return message["return"]

    def _receive(self) -> dict[str, Any]:
        assert self._stream is not None
        line = self._stream.readline()
        if not line:
            raise RigError("QEMU closed its control socket")
        message: dict[str, Any] = json.loads(line)
        return message


def power_cycle(monitor_socket: Path) -> None:
    """Reset the whole machine and let it run: U-Boot starts as from power-on, with its default environment.

    Two things outlive the reset, unlike a power cut: what stands in RAM, and what was typed at the paused machine.
    The serial port holds such a key until U-Boot reads it, and then it stops the autoboot.
    """
    with QemuMonitor(monitor_socket) as monitor:
        monitor.execute("system_reset")
        monitor.execute("cont")


class UBoot:
    """One machine: 256 MB, a serial console, a network card whose only neighbour is SERVER_ADDRESS.

    console        path of the pty that is the machine's serial console
    power_command  command line that power-cycles the machine; it needs no shell
    namespace      path of the network namespace, as `nsenter --net=` takes it
    """

    def __init__(self, *, memory_mb: int = 256) -> None:
        self._memory_mb = memory_mb
        self._cleanup = contextlib.ExitStack()
        self._monitor_socket = Path()
        self.console = ""
        self.power_command = ""
        self.namespace = ""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._start(stack)
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def inside(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs ARGV in the machine's network."""
        return ["nsenter", f"--net={self.namespace}", "--", *argv]

    def exec(
        self, argv: Sequence[str], *, check: bool = True, timeout: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run ARGV in the machine's network to its end."""
        return subprocess.run(self.inside(argv), capture_output=True, text=True, check=check, timeout=timeout)

    def start(self, argv: Sequence[str], output: Path | None = None) -> subprocess.Popen[bytes]:
        """Start ARGV in the machine's network, for instance a server; it is ended with the machine at the latest."""
        return _start_process(self._cleanup, self.inside(argv), output)

    def power_cycle(self) -> None:
        power_cycle(self._monitor_socket)

    def set_link(self, *, up: bool) -> None:
        """Plug the network cable in or pull it."""
        with QemuMonitor(self._monitor_socket) as monitor:
            monitor.execute("set_link", name="n0", up=up)

    def _start(self, stack: contextlib.ExitStack) -> None:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="uboot-rig-")))
        self._monitor_socket = directory / "monitor"
        log = directory / "qemu.log"
        in_own_network = ["unshare", "--net", "--", "sh", "-c", SET_UP_NETWORK, "sh"]
        qemu = _start_process(stack, [*in_own_network, *self._qemu_command()], log)
        self.namespace = f"/proc/{qemu.pid}/ns/net"
        self.power_command = shlex.join([sys.executable, str(Path(__file__).resolve()), str(self._monitor_socket)])
        self.console = self._wait_for_console(qemu, log)

    def _qemu_command(self) -> list[str]:
        return [
            *[QEMU, "-M", "virt", "-cpu", "cortex-a57", "-m", str(self._memory_mb), "-bios", str(FIRMWARE)],
            *["-nodefaults", "-display", "none", "-serial", "pty", "-S"],
            *["-qmp", f"unix:{self._monitor_socket},server=on,wait=off"],
            *["-netdev", "tap,ifname=tap0,script=no,downscript=no,id=n0"],
            *["-device", "virtio-net-pci,netdev=n0,romfile="],
        ]

    def _wait_for_console(self, qemu: subprocess.Popen[bytes], log: Path) -> str:
        deadline = time.monotonic() + START_LIMIT_S
        while qemu.poll() is None and time.monotonic() < deadline:
            try:
                with QemuMonitor(self._monitor_socket) as monitor:
                    return _pty_path(monitor.execute("query-chardev"))
            except (OSError, RigError):  # it is not listening yet, or is about to end
                time.sleep(0.02)
        raise RigError(f"QEMU did not start: {log.read_text(errors='replace').strip() or 'it said nothing'}")


def _pty_path(devices: list[dict[str, Any]]) -> str:
    for device in devices:
        kind, _, path = str(device["filename"]).partition(":")
        if kind == "pty":
            return path
    raise RigError("QEMU has no pty for the serial console")


def _start_process(stack: contextlib.ExitStack, argv: Sequence[str], output: Path | None) -> subprocess.Popen[bytes]:
    """Start a process that STACK ends and that dies with the thread that started it."""
    with contextlib.ExitStack() as files:
        sink: IO[bytes] | int = files.enter_context(output.open("wb")) if output else subprocess.DEVNULL
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *argv],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    stack.callback(_end_process, process)
    return process


def _end_process(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    power_cycle(Path(sys.argv[1]))
