"""`show version`: one search a line, and no grammar of the whole, so that an unknown line harms nothing.

Sources: seven captured outputs, from an 8.0(2) that was booted by TFTP to 9.16 on an ISA 3000.
"""

import re
from dataclasses import dataclass

from serial_console.asa_cli.reading.unclear import unclear

_VERSION = re.compile(r"Adaptive Security Appliance Software Version (\S+)(?: <(\w+)>)?")
_FIELDS = {
    "image_file": re.compile(r'^System image file is "([^"\n]*)"', re.MULTILINE),
    "config_file": re.compile(r'^Config file at boot (?:was|is) "([^"\n]*)"', re.MULTILINE),
    "device_manager": re.compile(r"^Device Manager Version (\S+)", re.MULTILINE),
    "operating_system": re.compile(r"^(?:SSP|Firepower Extensible) Operating System Version (\S+)", re.MULTILINE),
    "model": re.compile(r"^Hardware: +([^,\s][^,\n]*?)(?:,|$)", re.MULTILINE),
    "serial": re.compile(r"^Serial Number: *(\S+)", re.MULTILINE),
    "register": re.compile(r"^Configuration register is (0x[0-9a-fA-F]+)", re.MULTILINE),
    "activation_key": re.compile(r"^Running (?:Permanent )?Activation Key: *(0x[0-9a-fA-Fx ]+?) *$", re.MULTILINE),
}
_HOST = re.compile(r"^(\S+) up (.+?)\s*$", re.MULTILINE)
_MEMORY = re.compile(r"(?i)monitor mode|tftp booted|\btftp://")
_MODIFIED = re.compile(r"^Configuration (last modified by|has not been modified)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """What a booted ASA tells of itself. A field that it does not tell is empty; `image_file` is, in a security context.

    `context` is `system`, `context` or empty. `is_modified` is None where the text says nothing of it.
    """

    version: str
    context: str = ""
    image_file: str = ""
    config_file: str = ""
    device_manager: str = ""
    operating_system: str = ""
    model: str = ""
    serial: str = ""
    register: str = ""
    activation_key: str = ""
    host: str = ""
    uptime: str = ""
    is_modified: bool | None = None

    @property
    def is_only_in_memory(self) -> bool:
        """Whether the image was loaded from the network: it is gone after the next reload."""
        return _MEMORY.search(self.image_file) is not None

    @property
    def flash_file(self) -> str:
        """The image's name on disk0; empty if it did not come from there."""
        return self.image_file.removeprefix("disk0:").lstrip("/") if self.image_file.startswith("disk0:") else ""


def read_version(text: str) -> ShownVersion:
    """Read `show version`. Raises `AnswerUnclear` where no ASA tells its version: FXOS, say."""
    found = _VERSION.search(text)
    if found is None:
        raise unclear("version of an ASA", text)
    fields = {name: match[1] for name, pattern in _FIELDS.items() if (match := pattern.search(text))}
    host = _HOST.search(text)
    modified = _MODIFIED.search(text)
    return ShownVersion(
        version=found[1],
        context=found[2] or "",
        host=host[1] if host else "",
        uptime=host[2] if host else "",
        is_modified=modified[1].startswith("last") if modified else None,
        **fields,
    )
