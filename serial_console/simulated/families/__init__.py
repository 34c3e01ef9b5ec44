"""The device families that can be simulated, by name. A new one is a module here and a line in this table."""

from ..errors import SimulationError
from ..family import Family
from . import asa5500x, asa5506x

FAMILIES: dict[str, Family] = {family.name: family for family in (asa5500x.FAMILY, asa5506x.FAMILY)}


def family_named(name: str) -> Family:
    """The family of that name; raises SimulationError naming the known ones."""
    try:
        return FAMILIES[name]
    except KeyError:
        message = f"unknown family {name!r}; known families: {', '.join(sorted(FAMILIES))}"
        raise SimulationError(message) from None
