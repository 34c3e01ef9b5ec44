"""`show module`: the rows of its tables, joined by module. `Fw Version` of the ASA's own row is its boot monitor's version.

Sources: captures of a 5506-X and a 5515-X; the columns are cut where the rule of dashes below the headings has its gaps.
"""

import re
from dataclasses import dataclass

from serial_console.asa_cli.reading.unclear import unclear

_RULE = re.compile(r"-{3,}(?: +-{3,})+ *\Z")
_VERSION = re.compile(r"\d+\.\d+[\w.()\-]*\Z")


@dataclass(frozen=True, slots=True)
class Module:
    """One module: its number or name, and what the tables tell of it, by their headings (`Fw Version`)."""

    name: str
    columns: dict[str, str]

    @property
    def card(self) -> str:
        return self.columns.get("Card Type", "")

    @property
    def model(self) -> str:
        return self.columns.get("Model", "")

    @property
    def serial(self) -> str:
        return self.columns.get("Serial No.", "")

    @property
    def firmware(self) -> str:
        return self.columns.get("Fw Version", "")

    @property
    def status(self) -> str:
        return self.columns.get("Status", "")


def read_modules(text: str) -> tuple[Module, ...]:
    """All modules in the order of their first table. Raises `AnswerUnclear` for a text without any."""
    found: dict[str, dict[str, str]] = {}
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if index and _RULE.match(line) and lines[index - 1].startswith("Mod "):
            for name, columns in _rows(lines[index - 1], line, lines[index + 1 :]):
                known = found.setdefault(name, {})
                known |= {heading: value for heading, value in columns.items() if heading not in known}
    if not found:
        raise unclear("module", text)
    return tuple(Module(name, columns) for name, columns in found.items())


def boot_monitor_version(modules: tuple[Module, ...]) -> str:
    """The boot monitor's version: that of the ASA itself, whose module has a number. Raises `AnswerUnclear`."""
    for module in modules:
        if module.name.isdecimal() and _VERSION.match(module.firmware):
            return module.firmware
    raise unclear("Fw Version", " ".join(f"{module.name}: {module.firmware}" for module in modules))


def _rows(headings: str, rule: str, lines: list[str]) -> list[tuple[str, dict[str, str]]]:
    spans = [found.span() for found in re.finditer(r"-+", rule)]
    # A column ends where the next one begins, the last one nowhere.
    edges = [(start, spans[n + 1][0] if n + 1 < len(spans) else None) for n, (start, _) in enumerate(spans)]
    names = [headings[start:end].strip() for start, end in edges]
    rows = []
    for line in lines:
        if not line.strip():
            break
        cells = [line[start:end].strip() for start, end in edges]
        rows.append((cells[0], dict(zip(names[1:], cells[1:], strict=True))))
    return rows
