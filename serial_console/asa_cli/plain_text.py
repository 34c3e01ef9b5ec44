r"""Bytes of a console as the lines a terminal would show, and the log lines among them set aside. Pure.

Every run of CR and LF around one LF ends one line. A CR or BS inside a line moves the cursor back, and what follows
writes over it: so a wiped `<--- More --->` and a redrawn command line leave what a person would see.
"""

import re

_LINE_END = re.compile(r"\r*\n\r*")
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-Z\\^-~]")
_LOG = re.compile(r"(?m)^%(?:ASA|FTD|PIX)-(?:\w+-)?\d-\d{6}: [^\n]*\n?")
_LOG_IN_LINE = re.compile(r"\n?%(?:ASA|FTD|PIX)-(?:\w+-)?\d-\d{6}: [^\n]*\n")


def plain(data: bytes) -> str:
    """What a terminal shows of some bytes, with `\\n` as the only line end."""
    text = _ESCAPES.sub("", data.decode("latin-1")).replace("\0", "").replace("\a", "")
    lines = _LINE_END.sub("\n", text).split("\n")
    return "\n".join(_written_over(line) if "\r" in line or "\b" in line else line for line in lines)


def left_of_cursor(data: bytes) -> str:
    """What stands in the cursor's line to its left: of a line that was redrawn shorter, the rest no longer counts."""
    text = _LINE_END.sub("\n", _ESCAPES.sub("", data.decode("latin-1")))
    cells, column = _cells(joined_over_log(text).rpartition("\n")[2])
    return "".join(cells[:column])


def without_log(text: str) -> tuple[str, list[str]]:
    """The text without whole log lines, and those lines."""
    return _LOG.sub("", text), [line.rstrip() for line in _LOG.findall(text)]


def joined_over_log(text: str) -> str:
    """A line being typed into which log lines were printed, as one line again."""
    return _LOG_IN_LINE.sub("", text)


def bottom_line(text: str) -> str:
    """The line that the cursor stands in. A log line printed behind a prompt leaves the prompt where it was."""
    kept, logged = without_log(text)
    last = kept.rpartition("\n")[2]
    if last.strip() or not logged or not text.rstrip("\n").endswith(logged[-1]):
        return last
    return kept.rstrip("\n").rpartition("\n")[2]


def _cells(line: str) -> tuple[list[str], int]:
    """The letters of one line as they were written over each other, and the column of the cursor."""
    cells: list[str] = []
    column = 0
    for letter in line:
        if letter == "\r":
            column = 0
        elif letter == "\b":
            column = max(0, column - 1)
        else:
            cells[column : column + 1] = letter
            column += 1
    return cells, column


def _written_over(line: str) -> str:
    cells, column = _cells(line)
    shown = "".join(cells)
    # A wiped pager leaves blanks behind what was written over it; a prompt's own blank stays.
    return shown.rstrip() + " " * (column == len(cells) and shown.endswith(" "))
