"""`dir` and `show flash`: files with their sizes, and the room that is left. Names may hold blanks.

Sources: captures of a 5506-X (`show flash`), of 9.9 (`dir` with a percentage) and the older one without it.
"""

import re
from dataclasses import dataclass

from serial_console.asa_cli.reading.unclear import unclear

_DIR_ROW = re.compile(r"^ *\d+ +([d-])[rwx-]{3} +(\d+) +(\d\d:\d\d:\d\d \w{3} \d\d? \d{4}|<no date>) +(\S.*?) *$")
_FLASH_ROW = re.compile(r"^ *\d+ +(\d+) +(\w{3} \d\d? \d{4} \d\d:\d\d:\d\d|<no date>) +(\S.*?) *$")
_TOTAL = re.compile(r"(?m)^(\d+) bytes total \((\d+) bytes free(?:/\d+% free)?\)")
_FOLDER = re.compile(r"(?m)^Directory of (\S.*?)\s*$")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One line of a listing. `date` is the device's own text; `show flash` does not tell a directory from a file."""

    name: str
    bytes: int
    date: str
    is_directory: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing. `total_bytes` and `free_bytes` are None where it has no last line, as for a single file."""

    files: tuple[ListedFile, ...]
    total_bytes: int | None = None
    free_bytes: int | None = None
    folder: str = ""

    def size_of(self, name: str) -> int | None:
        """The size of a file in bytes; None if it is not listed."""
        return next((file.bytes for file in self.files if file.name == name and not file.is_directory), None)


def read_listing(text: str) -> Listing:
    """Read `dir` or `show flash`. Raises `AnswerUnclear` for a text that is neither: a listing that was cut has no room told."""
    files = tuple(file for line in text.split("\n") if (file := _file(line)))
    total = _TOTAL.search(text)
    folder = _FOLDER.search(text)
    if total is None and not (folder and files):
        raise unclear("files and free space", text)
    return Listing(
        files, int(total[1]) if total else None, int(total[2]) if total else None, folder[1] if folder else ""
    )


def _file(line: str) -> ListedFile | None:
    if found := _DIR_ROW.match(line):
        return ListedFile(found[4], int(found[2]), found[3], is_directory=found[1] == "d")
    if found := _FLASH_ROW.match(line):
        return ListedFile(found[3], int(found[1]), found[2])
    return None
