"""The device families that can be simulated, by name. A new one is a module here and a line in this table."""

from ..errors import SimulationError
from ..family import Family
from . import (
    ap,
    asa5500,
    asa5500x,
    asa5505,
    asa5506x,
    asasm,
    catalyst,
    fpr1000,
    fpr2100,
    fpr3100,
    fpr4100,
    ios_router,
    isa3000,
)

_MODULES = (asa5500, asa5500x, asa5505, asa5506x, asasm, fpr1000, fpr2100, fpr3100, isa3000)
FAMILIES: dict[str, Family] = {module.FAMILY.name: module.FAMILY for module in _MODULES}
# Devices that a cable reaches by mistake, and the access point, which has a procedure of its own.
STRANGERS: dict[str, Family] = {module.FAMILY.name: module.FAMILY for module in (ap, catalyst, fpr4100, ios_router)}


def family_named(name: str) -> Family:
    """The family, or the stranger, of that name; raises SimulationError naming the known ones."""
    known = FAMILIES | STRANGERS
    try:
        return known[name]
    except KeyError:
        message = f"unknown family {name!r}; known families: {', '.join(sorted(known))}"
        raise SimulationError(message) from None
