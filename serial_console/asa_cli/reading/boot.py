"""`show bootvar` and `show running-config boot`: what boots next, and what would if it were saved.

Line 1 of `show bootvar` is the saved value; "Current" is the running configuration. They differ until `write memory`.
"""

import re
from dataclasses import dataclass

from serial_console.asa_cli.reading.unclear import unclear

_LINE = re.compile(r"(?m)^(Current )?(BOOT|CONFIG_FILE) variable ?= ?([^\n]*?) *$")
_ENTRY = re.compile(r"(?m)^ *boot system (\S+) *$")


@dataclass(frozen=True, slots=True)
class BootVariables:
    """Images in the order in which they are tried, such as `disk0:/asa.SPA`."""

    saved: tuple[str, ...]
    running: tuple[str, ...]
    saved_config: str = ""
    running_config: str = ""

    @property
    def is_saved(self) -> bool:
        """Whether the next reload does what the running configuration says."""
        return (self.saved, self.saved_config) == (self.running, self.running_config)


def read_boot_variables(text: str) -> BootVariables:
    """Read `show bootvar`. Raises `AnswerUnclear` unless both BOOT lines are there."""
    found = {(bool(match[1]), match[2]): match[3] for match in _LINE.finditer(text)}
    if (False, "BOOT") not in found or (True, "BOOT") not in found:
        raise unclear("BOOT variable", text)
    return BootVariables(
        saved=_images(found[False, "BOOT"]),
        running=_images(found[True, "BOOT"]),
        saved_config=found.get((False, "CONFIG_FILE"), ""),
        running_config=found.get((True, "CONFIG_FILE"), ""),
    )


def read_boot_entries(text: str) -> tuple[str, ...]:
    """The `boot system` lines of a configuration, in their order."""
    return tuple(_ENTRY.findall(text))


def _images(value: str) -> tuple[str, ...]:
    return tuple(image for image in (part.strip() for part in value.split(";")) if image)
