"""`sim://FAMILY?option=value`: a serial port with a simulated device behind it.

pyserial finds this module by its name once this package stands in `serial.protocol_handler_packages`. The port
behaves as a real one does, also when it goes away.
"""

import threading
import time
from typing import TYPE_CHECKING

from serial.serialutil import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException

from .device import SimulatedDevice
from .errors import SimulationError
from .line_faults import soup
from .live import LiveDevice
from .options import Options

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Devices with a `name=` outlive the port, as a real one outlives its cable.
_named: dict[str, LiveDevice] = {}


def named_device(name: str) -> LiveDevice:
    """The running device of a `sim://...?name=NAME` URL that has been opened; KeyError if there is none."""
    return _named[name]


def forget_device(name: str) -> None:
    """End a named device."""
    _named.pop(name).close()


class Serial(SerialBase):
    """A pyserial port. `device` is the simulated device while the port is open."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._received = bytearray()
        self._changed = threading.Condition()
        self._cancelled = False
        self._lost = False
        self.device: LiveDevice | None = None
        self._options = Options(family="")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # pyserial's own signature, passed on whole

    # --- opening and closing -----------------------------------------------------------------------------------

    def open(self) -> None:
        """Plug the cable in. Raises SerialException for a URL that describes no device."""
        if self.is_open:
            raise SerialException("Port is already open.")
        if self.port is None:
            raise SerialException("Port must be configured before it can be used.")
        try:
            self._options = Options.from_url(self.port)
            device = self._find_or_build()
        except SimulationError as error:
            raise SerialException(str(error)) from error
        self._lost = False
        self._received.clear()
        self.is_open = True
        self.device = device
        device.attach(self)
        if self._options.name is None or self._options.name not in _named:
            device.start()
        if self._options.name is not None:
            _named[self._options.name] = device

    def close(self) -> None:
        """Pull the cable; a device without a name ends with it."""
        if not self.is_open:
            return
        self.is_open = False
        with self._changed:
            self._changed.notify_all()
        if self.device is not None:
            self.device.attach(None)
            if self._options.name is None:
                self.device.close()
            self.device = None

    def _find_or_build(self) -> LiveDevice:
        known = _named.get(self._options.name) if self._options.name is not None else None
        return known or LiveDevice(SimulatedDevice(self._options))

    # --- what the device does to the port ----------------------------------------------------------------------

    def deliver(self, data: bytes) -> None:
        """The device printed something."""
        with self._changed:
            self._received += soup(data) if self._hears_soup() else data
            self._changed.notify_all()

    def lose(self) -> None:
        """The adapter was pulled out."""
        with self._changed:
            self._lost = True
            self._changed.notify_all()

    def _hears_soup(self) -> bool:
        faults = self._options.faults
        return "baud-moved" in faults and self.baudrate != int(faults.number("baud-moved", 115200))

    # --- reading -----------------------------------------------------------------------------------------------

    @property
    def in_waiting(self) -> int:
        """Bytes that a read would get at once."""
        self._check()
        return len(self._received)

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes; fewer only when the timeout is over or the read is cancelled."""
        self._check()
        ends = None if self.timeout is None else time.monotonic() + self.timeout
        with self._changed:
            while len(self._received) < size and not self._cancelled:
                self._check()
                left = None if ends is None else ends - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            self._cancelled = False
            data = bytes(self._received[:size])
            del self._received[:size]
        return data

    def cancel_read(self) -> None:
        """Let a read in another thread return at once with what it has."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def reset_input_buffer(self) -> None:
        """Throw away what has not been read."""
        self._check()
        with self._changed:
            self._received.clear()

    # --- writing -----------------------------------------------------------------------------------------------

    def write(self, b: "ReadableBuffer", /) -> int:
        """Type into the device."""
        self._check()
        data = bytes(b)
        if "write-blocks" in self._options.faults:
            self._block_write()
        if self.device is not None and not self._hears_soup():
            self.device.type(data)
        return len(data)

    def _block_write(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self.is_open or self._lost, timeout=self.write_timeout)
        self._check()
        raise SerialTimeoutException("Write timeout")

    def flush(self) -> None:
        """Nothing is kept back on the way to the device."""
        if self.is_open:  # io's finaliser flushes a closed port
            self._check()

    def reset_output_buffer(self) -> None:
        """Nothing is kept back on the way to the device."""
        self._check()

    @property
    def out_waiting(self) -> int:
        """Always 0: the device reads as fast as one can write."""
        self._check()
        return 0

    # --- line state --------------------------------------------------------------------------------------------

    @property
    def cts(self) -> bool:
        self._check()
        return True

    @property
    def dsr(self) -> bool:
        self._check()
        return True

    @property
    def cd(self) -> bool:
        self._check()
        return True

    @property
    def ri(self) -> bool:
        self._check()
        return False

    def _update_break_state(self) -> None:
        self._check()
        if self.break_condition and self.device is not None:
            self.device.send_break()

    def _update_rts_state(self) -> None:
        self._check()

    def _update_dtr_state(self) -> None:
        self._check()

    def _reconfigure_port(self) -> None:
        self._check()

    def _check(self) -> None:
        if not self.is_open:
            raise PortNotOpenError
        if self._lost:
            raise SerialException(
                "device reports readiness to read but returned no data (the simulated adapter is gone)"
            )
