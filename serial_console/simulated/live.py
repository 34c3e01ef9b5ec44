"""A simulated device on the real clock: one thread that owns it, and a queue of what others want done to it.

Nobody but that thread touches the device; every method here may be called from any thread or signal handler.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Protocol

from .device import SimulatedDevice
from .errors import PortDiedError
from .events import OnEvent, State

LONGEST_WAIT_SECONDS = 3600.0
BITS_PER_BYTE = 10  # 8N1
PACED_SECONDS = 0.02  # a paced line delivers in portions of this length


class Host(Protocol):
    """The other end of the line."""

    def deliver(self, data: bytes) -> None: ...

    def lose(self) -> None:
        """The adapter is gone; nothing more will come."""


class LiveDevice:
    """A device that runs until `close`."""

    def __init__(self, device: SimulatedDevice, host: Host | None = None) -> None:
        self._device = device
        self._host = host
        self._actions: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._closing = False
        self._began = 0.0
        self._unsent = bytearray()
        self._line_free_at = 0.0
        self._thread = threading.Thread(target=self._run, name=f"simulated {device.options.family}", daemon=True)

    def start(self) -> None:
        """Begin the device's time; it is met in the state its options ask for."""
        self._device.meet()
        self._began = time.monotonic()
        self._thread.start()

    def close(self) -> None:
        """End the device and its thread."""
        self._closing = True
        self._actions.put(lambda: None)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        self._device.stop()

    def attach(self, host: Host | None) -> None:
        """Plug the console cable into somebody else, or pull it (None)."""
        self._host = host

    def subscribe(self, on_event: OnEvent) -> None:
        """Hear the device's events from now on, on its own thread."""
        self._actions.put(lambda: self._device.subscribe(on_event))

    @property
    def state(self) -> State:
        return self._device.state

    def type(self, data: bytes) -> None:
        self._actions.put(lambda: self._device.type(data))

    def send_break(self) -> None:
        self._actions.put(self._device.send_break)

    def power_on(self) -> None:
        self._actions.put(self._device.power_on)

    def power_off(self) -> None:
        self._actions.put(self._device.power_off)

    def power_cycle(self) -> None:
        self._actions.put(self._device.power_cycle)

    # --- the thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._live()
        except BaseException:
            if self._host is not None:
                self._host.lose()  # a host must not wait for a device that fell over
            raise

    def _live(self) -> None:
        while not self._closing:
            self._device.advance_to((time.monotonic() - self._began) * self._device.options.speed)
            if self._device.transferring:
                self._device.step()
            self._deliver()
            with suppress(Empty):
                self._actions.get(timeout=self._patience())()
                while True:
                    self._actions.get_nowait()()

    def _patience(self) -> float:
        """Real seconds until the thread has something to do by itself."""
        if self._device.transferring:
            return 0.0
        now = time.monotonic()
        waits = [LONGEST_WAIT_SECONDS]
        if self._device.wake_at is not None:
            waits.append(self._began + self._device.wake_at / self._device.options.speed - now)
        if self._unsent:
            waits.append(self._line_free_at - now)
        return max(0.0, min(waits))

    def _deliver(self) -> None:
        try:
            self._unsent += self._device.printed()
        except PortDiedError:
            self._unsent.clear()
            if self._host is not None:
                self._host.lose()
            return
        portion = bytes(self._unsent[: self._portion_bytes()])
        if portion and self._host is not None:
            self._host.deliver(portion)
        del self._unsent[: len(portion)]

    def _portion_bytes(self) -> int:
        """How many bytes the line takes now."""
        baud = self._device.options.baud
        if baud is None:
            return len(self._unsent)
        now = time.monotonic()
        if now < self._line_free_at:
            return 0
        count = min(len(self._unsent), max(1, int(baud / BITS_PER_BYTE * PACED_SECONDS)))
        self._line_free_at = now + count * BITS_PER_BYTE / baud
        return count
