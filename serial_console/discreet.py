"""A recorder that passes on a console, but no key that was typed at a password prompt: those become `*`."""

import re
from collections.abc import Callable

_PROMPT_BYTES = 200
# Stars behind it are a device's echo.
_PASSWORD = re.compile(rb"(?i)pass(?:word|phrase|wd|code)\b[^\r\n]{0,80}:[ *]*\Z")


class Discreet:
    """Masks what is typed from a password prompt to the Enter behind it, whatever the device echoes meanwhile."""

    def __init__(self, record: Callable[[str, bytes], None]) -> None:
        self._record = record
        self._tail = b""
        self._is_password = False

    def __call__(self, direction: str, data: bytes) -> None:
        if direction == "<":
            self._tail = (self._tail + data)[-_PROMPT_BYTES:]
        elif direction == ">":
            data = self._masked(data)
        self._record(direction, data)

    def _masked(self, keys: bytes) -> bytes:
        self._is_password = self._is_password or _PASSWORD.search(self._tail) is not None
        if not self._is_password:
            return keys
        password, enter, more = keys.partition(b"\r")
        if enter:
            self._is_password, self._tail = False, b""
        return b"*" * len(password) + enter + more
