"""The chapter's model guidelines for the ASA image: on which models the ASA itself chooses what boots. Pure.

A model of which the chapter says nothing is let through: its own command line has the last word.
"""

import re
from dataclasses import dataclass

from rommon_tool.errors import NotForThisModel

_PACKAGE_HINT = "use the FXOS procedures of this chassis; the ASDM image can be set from the ASA"
_MODULE_REASON = (
    "ASA upgrades are managed by FXOS; you cannot upgrade the ASA within the ASA operating system (Firepower 4100/9300)"
)
_BUNDLE_REASON = (
    "the ASA, ASDM and FXOS images are bundled together into a single package, whose updates are managed by FXOS; "
    "you cannot upgrade the ASA within the ASA operating system (Firepower 2100)"
)
_OTHER_REASON = "its package is managed by FXOS as well; the chapter was written before this model"
ASDM_BIN_NOTE = (
    "asdm.bin is the ASDM image of the bundle: a bundle upgrade replaces it by one that fits. An ASDM image that you chose "
    "yourself stays in use after such an upgrade, whether it fits or not"
)
ASAV_NOTE = "if you later clear the configuration, the ASAv loads its original deployment image from boot:/ again"


@dataclass(frozen=True, slots=True)
class Guideline:
    """What the chapter says of some models, by the `Hardware:` line of their `show version`."""

    models: re.Pattern[str]
    reason: str


_NO_IMAGE = (
    Guideline(re.compile(r"(?i)FPR-?4K|FPR-?41\d\d|FPR-?9K|FPR-?93\d\d"), _MODULE_REASON),
    Guideline(re.compile(r"(?i)FPR-?2\d\d\d|FPR-?2K"), _BUNDLE_REASON),
    Guideline(re.compile(r"(?i)FPR-?(?:1|3|42)\d+|CSF"), _OTHER_REASON),
)


def check_sets_image(model: str) -> None:
    """Raise `NotForThisModel` where FXOS determines which ASA image boots."""
    for guideline in _NO_IMAGE:
        if guideline.models.search(model):
            message = f"do not use this procedure for the ASA image of a {model}: {guideline.reason}"
            raise NotForThisModel(message, seen=f"Hardware: {model}", hint=_PACKAGE_HINT)


def determines_image(model: str) -> bool:
    """Whether FXOS determines which ASA image boots; its bundle brings an ASDM image along, as `asdm.bin`."""
    return any(guideline.models.search(model) for guideline in _NO_IMAGE)


def is_virtual(model: str) -> bool:
    """Whether it is an ASAv, which boots from its read-only boot:/ partition unless told otherwise."""
    return model.lower().startswith("asav")
