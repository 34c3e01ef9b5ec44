"""Which models have no Auto Update, as the chapter says: nothing is assigned to them, and nothing configured on them."""

import re

from rommon_tool.errors import ModelExcluded

# As `show version`, order numbers and people write them, once blanks and dashes are gone.
_EXCLUDED = {
    "ASA 5506-X, 5508-X, 5516-X": re.compile(r"ASA55(?:06|08|16)"),
    "Firepower 2100, 4100, and 9300": re.compile(r"(?:FPR|FP|FIREPOWER)(?:21\d\d|2K|41\d\d|4K|93\d\d|9K)"),
    "ASAv": re.compile(r"ASAV"),
}


def check_model(model: str, *, where: str = "") -> None:
    """Raise `ModelExcluded` for a model that the chapter excludes. An unknown model is taken: new ones may have it."""
    written = re.sub(r"[\s-]", "", model).upper()
    for names, pattern in _EXCLUDED.items():
        if pattern.search(written):
            message = f"{where and where + ': '}the {model} has no Auto Update"
            hint = f"the chapter's guidelines: no support on {names}. `rommon install` updates such a device"
            raise ModelExcluded(message, seen=model, hint=hint)
