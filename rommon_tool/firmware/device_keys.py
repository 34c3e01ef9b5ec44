"""Read the public keys that a device prints for `show software authenticity keys`.

The one rule: a key is taken whole or not at all. What is missing or doubtful is an error that names the key.
"""

import re
from dataclasses import dataclass

from rommon_tool.errors import AnchorUnusable
from rommon_tool.firmware.keys import EXPONENT, checked_modulus

_BEGINNING = re.compile(r"Public Key #(?P<number>\d{1,3}) Information")
_FIELD = re.compile(r"^\s*(?P<name>Key Type|Exponent|Key Version)\s*:\s*(?P<value>\S.*?)\s*$", re.MULTILINE)
_MODULUS = re.compile(r"Modulus\s*:\s*(?P<digits>(?:[0-9A-Fa-f]{2}(?![0-9A-Za-z])[:\s]*)+)")
_PAGER = re.compile(r"<--- More --->[ \b\r]*")
#: A device prints some 3 kB.
LARGEST_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A key as the device shows it. `type` is such as `Release (Primary)`."""

    number: int
    type: str
    modulus: int
    version: str

    @property
    def is_release(self) -> bool:
        """Whether released images are signed with it: a development key is trusted by nobody but a laboratory."""
        return self.type.lower().startswith("release")


def device_keys(text: str) -> tuple[DeviceKey, ...]:
    """The keys in what a device printed, a whole transcript perhaps. Raises AnchorUnusable if there is none, or a cut one."""
    text = _PAGER.sub("", text[:LARGEST_CHARACTERS])
    begins = list(_BEGINNING.finditer(text))
    if not begins:
        raise AnchorUnusable(
            "no key stands in this text", hint="save what the device prints for `show software authenticity keys`"
        )
    ends = [*(begin.start() for begin in begins[1:]), len(text)]
    return tuple(_key(int(at["number"]), text[at.end() : end]) for at, end in zip(begins, ends, strict=True))


def _key(number: int, text: str) -> DeviceKey:
    shown_as = f"public key #{number}"
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(text):
        fields.setdefault(found["name"], found["value"])
    modulus = _MODULUS.search(text)
    missing = [name for name in ("Key Type", "Exponent") if name not in fields] + ["Modulus"] * (modulus is None)
    if missing or modulus is None:
        raise AnchorUnusable(f"{shown_as} is cut short", seen=f"no {missing[0]}", hint="save the device's whole answer")
    digits = re.sub(r"[:\s]", "", modulus["digits"])
    exponent = fields["Exponent"].split()[0]
    number_text = exponent.lower().removeprefix("0x")
    is_decimal = exponent.isascii() and exponent.isdecimal()
    value = int(exponent) if is_decimal else EXPONENT if number_text == f"{EXPONENT:x}" else 0
    checked = checked_modulus(int(digits, 16), value, shown_as)
    return DeviceKey(number, fields["Key Type"], checked, fields.get("Key Version", ""))
