"""Console servers for tests: ser2net as Debian has it, and a small one on pyserial's own RFC 2217 server.

The one rule: nothing of this project's own is in them.
"""

import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

import psutil
import pytest
import serial
from serial.rfc2217 import PortManager

PATIENCE_SECONDS = 30.0


def needs_ser2net() -> str:
    """Its program. Without it a person's test is left out; where CI has none, something is wrong with CI."""
    program = shutil.which("ser2net", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent("ser2net is not installed (apt-get install ser2net)")
    return program


class Ser2net:
    """A ser2net that leads one TCP port to one line. Both are gensios: `serialdev,/dev/pts/3,9600n81,local`."""

    def __init__(self, folder: Path, connector: str, accepter: str = "telnet(rfc2217),tcp") -> None:
        folder.mkdir(exist_ok=True)
        (folder / "ser2net.yaml").write_text(
            f"%YAML 1.1\n---\nconnection: &console\n  accepter: {accepter},127.0.0.1,0\n  connector: {connector}\n"
        )
        # -n: stay in front; -u: no lock files, which not every user may write.
        argv = [needs_ser2net(), "-n", "-u", "-c", str(folder / "ser2net.yaml")]
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.port = self._listens()
        except BaseException:
            self.close()
            raise
        scheme = "rfc2217" if "rfc2217" in accepter or "telnet" not in accepter else "telnet"
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    @classmethod
    def of_tty(cls, folder: Path, path: str, accepter: str = "telnet(rfc2217),tcp") -> Self:
        return cls(folder, f"serialdev,{path},9600n81,local", accepter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _listens(self) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            for connection in psutil.Process(self._process.pid).net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    return int(connection.laddr.port)
            time.sleep(0.01)
        raise AssertionError(f"ser2net does not listen; it ended with {self._process.poll()}")


class _NotedPort(serial.Serial):
    """A pseudo-terminal that counts its BREAKs, and has modem lines that lead nowhere in place of none."""

    breaks = 0
    cts = dsr = cd = True  # type: ignore[assignment]
    ri = False  # type: ignore[assignment]

    def _update_break_state(self) -> None:
        self.breaks += self.break_condition
        super()._update_break_state()

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass


class PyserialServer:
    """One tty behind pyserial's RFC 2217 server, for one client at a time, as in pyserial's example."""

    def __init__(self, path: str) -> None:
        self._tty = _NotedPort(path, timeout=0.02)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._client: socket.socket | None = None
        self.url = f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"
        self._closing = False
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def breaks(self) -> int:
        return self._tty.breaks

    def close(self) -> None:
        self._closing = True
        for connection in (self._client, self._listener):
            if connection is not None:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()
        self._tty.close()

    def write(self, data: bytes) -> None:
        """The protocol's own answers."""
        assert self._client is not None
        self._client.sendall(data)

    def _serve(self) -> None:
        with suppress(OSError):
            self._client, _ = self._listener.accept()
            protocol = PortManager(self._tty, self)  # type: ignore[arg-type]
            self._threads.append(threading.Thread(target=self._print, args=(self._client, protocol), daemon=True))
            self._threads[-1].start()
            with closing(self._client):
                while data := self._client.recv(1024):
                    self._tty.write(b"".join(protocol.filter(data)))

    def _print(self, client: socket.socket, protocol: PortManager) -> None:
        with suppress(OSError, TypeError):
            while not self._closing:
                client.sendall(b"".join(protocol.escape(self._tty.read(self._tty.in_waiting or 1))))
