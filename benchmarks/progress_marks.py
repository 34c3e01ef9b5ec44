"""The CPU that 5 MB of `!` cost on their way through a pty, the channel and the download's patterns."""

import os
import pty
import threading
import time
import tty

from benchmarks.row import Row
from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.boot_monitor.events import DownloadMarked
from serial_console.channel import Channel

_BYTES = 5_000_000
_END = b"\r\nReceived 14450688 bytes\r\n\r\nLaunching TFTP Image...\r\n"


def measure() -> Row:
    master, slave = pty.openpty()
    tty.setraw(slave)
    device = threading.Thread(target=_device, args=(master,), daemon=True)
    marks = 0
    with Channel(os.ttyname(slave)) as line:
        device.start()
        before = _cpu_seconds()
        for event in BootMonitor(line, load_platform("asa5500x")).download().run():
            marks = event.marks if isinstance(event, DownloadMarked) else marks
        cpu = _cpu_seconds() - before
    device.join()
    os.close(slave)
    os.close(master)
    if marks != _BYTES:
        raise SystemExit(f"{_BYTES} marks were sent and {marks} counted")
    return Row("CPU seconds for 5 MB of progress marks", cpu, 1.0, f"{marks} marks counted")


def _device(master: int) -> None:
    """Echo the command, then print marks as fast as they are read."""
    typed = b""
    while not typed.endswith(b"\r"):
        typed += os.read(master, 64)
        if typed == b"tftpdnld":
            os.write(master, typed)
    os.write(master, b"\r\ntftp asa961-smp-k8.bin@192.0.2.1 via 192.0.2.1\r\n")
    left = memoryview(b"!" * _BYTES)
    while left:
        left = left[os.write(master, left[:4096]) :]
    os.write(master, _END)


def _cpu_seconds() -> float:
    return time.thread_time()
