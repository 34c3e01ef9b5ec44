"""`virtual://NAME`: a pyserial port whose device and time are a test's. Reading moves the time; writing is on record."""

from typing import Protocol

from serial.serialutil import SerialBase, SerialException


class World(Protocol):
    """What is behind the port. Times are the device's own seconds."""

    def read(self) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def send_break(self) -> None: ...

    def reconfigure(self, baud: int) -> None: ...

    def open(self) -> None: ...


WORLDS: dict[str, World] = {}


class Serial(SerialBase):
    """A pyserial port on a world."""

    def open(self) -> None:
        self._world = WORLDS[str(self.port).partition("://")[2]]
        self._waiting = b""
        self._world.open()
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    @property
    def in_waiting(self) -> int:
        return len(self._waiting)

    def read(self, size: int = 1, /) -> bytes:
        if not self._waiting:
            self._waiting = self._world.read()
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        return data

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._world.write(bytes(data))
        return len(data)

    def reset_input_buffer(self) -> None:
        self._waiting = b""

    def send_break(self, duration: float = 0.25) -> None:
        self._world.send_break()

    def _update_dtr_state(self) -> None: ...

    def _update_rts_state(self) -> None: ...

    def _reconfigure_port(self) -> None:
        if self.is_open:
            self._world.reconfigure(int(self.baudrate))


__all__ = ["WORLDS", "Serial", "SerialException", "World"]
