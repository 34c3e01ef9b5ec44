"""ASA versions as devices, documents and file names write them.

The one rule: a version is compared as numbers; 9.12 is later than 9.2. Documents write an interim with a dot, `9.5(2.200)`,
and the device without, `9.5(2)200`: it is the same version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_TEXT = re.compile(
    r"(?P<major>\d{1,3})\.(?P<minor>\d{1,2})(?:\((?P<maintenance>\d+)(?:\.(?P<dotted>\d+))?\))?(?P<interim>\d+)?"
)


@dataclass(frozen=True, slots=True, order=True)
class AsaVersion:
    """`9.8(4)22` is 9, 8, 4, 22; what is not written is 0."""

    major: int
    minor: int
    maintenance: int = 0
    interim: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError where the text is no version."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"'{text}' is no ASA version")
        interim = found["dotted"] or found["interim"] or 0
        return cls(int(found["major"]), int(found["minor"]), int(found["maintenance"] or 0), int(interim))

    @property
    def train(self) -> tuple[int, int]:
        """The releases that are maintained together: 9.8."""
        return self.major, self.minor

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}({self.maintenance}){self.interim or ''}"
