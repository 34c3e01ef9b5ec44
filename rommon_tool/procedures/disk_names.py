"""Names of files on a device's disks, as people write them: `disk0:/a/b.cfg`, `flash:b.cfg`, or `b.cfg` for disk0.

Only plain letters get to the console: a `?` would call the device's help, a blank would begin the next word, a `;` its options.
"""

import re
from dataclasses import dataclass

from rommon_tool.errors import WrongUsage

_NAME = re.compile(r"(?:(disk[0-3]|flash):)?/?([\w.+=@%,~#-]+(?:/[\w.+=@%,~#-]+)*)?/?", re.ASCII)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class DiskName:
    """One file or folder. `path` has no slash at its ends; it is empty for the disk itself."""

    disk: str
    path: str

    @property
    def url(self) -> str:
        return f"{self.disk}:/{self.path}"

    @property
    def folder(self) -> "DiskName":
        return DiskName(self.disk, self.path.rpartition("/")[0])

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def __str__(self) -> str:
        return self.url


def disk_name(text: str, *, is_file: bool = True) -> DiskName:
    """Read a name. Raises `WrongUsage` for what no ASA would take as one word, for `..`, and for none where a file is meant."""
    found = _NAME.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or {".", ".."} & set(text.split("/")):
        raise WrongUsage(f"{text!r} is no file name of a device's disk", hint="as in disk0:/folder/file.cfg")
    if is_file and not found[2]:
        raise WrongUsage(f"{text!r} names a disk, and a file or folder on it is needed", hint="as in disk0:/file.cfg")
    return DiskName("disk0" if found[1] in (None, "flash") else found[1], found[2] or "")
