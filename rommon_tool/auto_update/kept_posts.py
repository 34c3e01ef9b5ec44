"""What devices post, kept as it came: the way to learn the format from one real device. Passwords are left out."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

_KEPT = 1000


class KeptPosts:
    """A folder of one file for each different post, named after the SHA-256 of its body; of mode 0600."""

    def __init__(self, folder: Path) -> None:
        """Make the folder. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._names = {file.name for file in folder.glob("*.post")}

    def keep(self, head: str, body: bytes) -> None:
        """Write it down, unless it is there. A full disk refuses no device."""
        name = f"{hashlib.sha256(body).hexdigest()}.post"
        if name in self._names or len(self._names) >= _KEPT:
            return
        with suppress(OSError):
            descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._names.add(name)
            with os.fdopen(descriptor, "wb") as file:
                file.write(head.encode("utf-8", "backslashreplace") + b"\n\n" + body)
