"""The console dialogue at 9600 baud against what the wire itself needs.

A relay between two ptys lets each direction pass one byte per 1/960 s, as a UART with 8N1 does. The device answers at
once, so its own waits are left out. The wire needs the time of the bytes that came from the device: what is typed is
echoed, so the typed bytes run beside their own echo. That time is taken as it passed, because a sleep of a millisecond
takes longer on a busy machine, and that is no fault of the dialogue's.
"""

import os
import pty
import select
import threading
import time
import tty
from contextlib import closing

from benchmarks.row import Row
from platforms import load_platform
from serial_console.boot_monitor import BootMonitor
from serial_console.channel import Channel
from serial_console.simulated import PtyLine

_BYTE_SECONDS = 10 / 9600
_SETTINGS = {
    "interface": "GigabitEthernet0/0",
    "address": "10.86.118.4",
    "server": "10.86.118.21",
    "gateway": "10.86.118.21",
    "image": "asa961-smp-k8.bin",
}


def measure() -> Row:
    with (
        PtyLine("sim://asa5500x?state=monitor&speed=100000") as device,
        closing(Relay(device.url)) as relay,
        Channel(relay.path) as line,
    ):
        monitor = BootMonitor(line, load_platform("asa5500x"))
        monitor.enter(10)
        before, started = relay.seconds_to_host, time.monotonic()
        monitor.set(**_SETTINGS)
        monitor.ping("10.86.118.21")
        monitor.save()
        seconds = time.monotonic() - started
        needed = relay.seconds_to_host - before
    return Row(
        "dialogue at 9600 baud against the wire's own need",
        seconds / needed,
        1.5,
        f"{seconds:.2f} s for {needed:.2f} s of bytes",
    )


class Relay:
    """Two paced directions between a device's tty and a pty for the host."""

    def __init__(self, device_path: str) -> None:
        self._device = os.open(device_path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._device)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self.seconds_to_host = 0.0
        self._open = True
        self._threads = [
            threading.Thread(target=self._pass, args=(self._device, self._master, True)),
            threading.Thread(target=self._pass, args=(self._master, self._device, False)),
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._open = False
        for thread in self._threads:
            thread.join()
        for descriptor in (self._device, self._master, self._slave):
            os.close(descriptor)

    def _pass(self, source: int, target: int, to_host: bool) -> None:
        ended = time.monotonic()
        while self._open:
            if not select.select([source], [], [], 0.05)[0]:
                continue
            for byte in os.read(source, 256):
                began = max(ended, time.monotonic())
                time.sleep(max(0.0, began + _BYTE_SECONDS - time.monotonic()))
                os.write(target, bytes([byte]))
                ended = time.monotonic()
                if to_host:
                    self.seconds_to_host += ended - began
