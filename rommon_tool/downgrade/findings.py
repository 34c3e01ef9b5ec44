"""What is found in a configuration: one line, what becomes of it, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Effect = Literal["reject", "reset-to-blank", "changed", "reject-default-line", "note"]
Confidence = Literal["captured", "documented", "recalled"]

#: Something of the user's own would be gone or mean something else.
LOSSES: frozenset[Effect] = frozenset({"reject", "reset-to-blank", "changed"})


@dataclass(frozen=True, slots=True)
class DowngradeFinding:
    """`line` counts from 1 in the configuration as it was given; 0 where a finding is about no single line.

    `rule` is stable. `unsure`: the version that brought the command is doubtful, or the device's model is not known.
    `block_lines`: so many lines below a refused one run in the mode before, where they are refused or, worse, taken.
    """

    line: int
    text: str
    rule: str
    effect: Effect
    what: str
    confidence: Confidence
    source: str
    lock_out: bool = False
    unsure: bool = False
    block_lines: int = 0
