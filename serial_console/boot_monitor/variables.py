"""Set the network variables and see each one taken.

A variable counts as set when a fresh dump shows it as a whole line; the echo of our own typing proves nothing.
On a line that garbled any echo, two separate dumps must show it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from platforms import Platform
from platforms.model import Extra, Variable
from serial_console.boot_monitor.dialogue import Dialogue
from serial_console.boot_monitor.events import VariableSet
from serial_console.boot_monitor.reading import same_setting, settings
from serial_console.errors import ConsoleError, ReadBackDiffers

_DUMPS = 24
_RETYPES = 3
# On a line that erred: two sightings decide, and three of a missing line.
_NOISY, _MISSING = 2, 3
# A role, or the name of a setting that has nothing to do with a download.
_Name = TypeVar("_Name", bound=str)


def lines_to_type(platform: Platform, wanted: Mapping[_Name, str]) -> list[tuple[_Name, str]]:
    """The settings as this family takes them, in its order. Names that it doesn't know are an error of the caller's."""
    order = platform.settable()
    rows = [(name, platform.variables.of(name)) for name in sorted(set(wanted) & {*order}, key=order.index)]
    return [(name, variable.command.format(value=wanted[name])) for name, variable in rows if variable]


def set_variables(dialogue: Dialogue, wanted: Mapping[_Name, str]) -> Iterator[VariableSet]:
    """Type each setting; a complaint of the monitor's raises `CommandRefused`."""
    for role, text in lines_to_type(dialogue.platform, wanted):
        dialogue.command(text)
        yield VariableSet(role, text)


def read_back(dialogue: Dialogue, wanted: Mapping[_Name, str]) -> dict[str, str]:
    """Dump the variables until each wanted one was seen right as often as needed, and return the last dump.

    One that is shown wrong is typed again, a few times. Raises `ReadBackDiffers` if it stays wrong or missing, `LineNoisy`
    if no dumps agree.
    """
    sightings = {role: _Sightings() for role in wanted}
    shown: dict[_Name, str] = {}
    for _ in range(_DUMPS):
        dump = settings(dialogue.command(dialogue.platform.variables.dump_command))
        shown = _differences(dialogue, wanted, dump)
        for role, seen in sightings.items():
            seen.note(shown.get(role))
        needed = _NOISY if dialogue.wrong_echoes else 1
        if all(seen.right >= needed for seen in sightings.values()):
            return dump
        for role in [role for role, seen in sightings.items() if seen.is_wrong(needed)]:
            if sightings[role].retyped == _RETYPES:
                raise _differs(dialogue, wanted, shown, is_noise=needed == _NOISY and not sightings[role].same)
            sightings[role] = _Sightings(retyped=sightings[role].retyped + 1)
            for _row in set_variables(dialogue, {role: wanted[role]}):
                pass
    raise _differs(dialogue, wanted, shown, is_noise=True)


@dataclass(slots=True)
class _Sightings:
    """How one variable was shown since it was last typed: right so often, and else as these values."""

    retyped: int = 0
    right: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    def note(self, shown: str | None) -> None:
        self.right += shown is None
        if shown is not None:
            self.wrong[shown] += 1

    @property
    def same(self) -> bool:
        """Whether one wrong value was shown twice: noise does not err twice in the same way."""
        return any(count > 1 for value, count in self.wrong.items() if value)

    def is_wrong(self, needed: int) -> bool:
        """Whether it is the variable that is wrong, and not a dump of it. A missing line says less than a wrong value."""
        if needed == 1:
            return bool(self.wrong)
        return self.same or self.wrong[""] >= _MISSING


def _differences(dialogue: Dialogue, wanted: Mapping[_Name, str], dump: Mapping[str, str]) -> dict[_Name, str]:
    found: dict[_Name, str] = {}
    for role, value in wanted.items():
        variable = dialogue.platform.variables.of(role)
        shown = dump.get(variable.name, "") if variable else ""
        if not same_setting(role, value, shown):
            found[role] = shown
    return found


def _differs(
    dialogue: Dialogue, wanted: Mapping[_Name, str], wrong: Mapping[_Name, str], *, is_noise: bool
) -> ConsoleError:
    pairs = _pairs(dialogue, wanted, wrong)
    if is_noise:
        return dialogue.echoes.error("the variables can't be read back", pairs)
    return ReadBackDiffers(f"the device does not hold what was set: {pairs}", seen=pairs)


def _pairs(dialogue: Dialogue, wanted: Mapping[_Name, str], wrong: Mapping[_Name, str]) -> str:
    variables = {name: variable for name in wanted if (variable := dialogue.platform.variables.of(name))}
    return ", ".join(_difference(variables[name], wanted[name], shown) for name, shown in wrong.items())


def _difference(variable: Variable, wanted: str, shown: str) -> str:
    if isinstance(variable, Extra) and variable.secret:
        return f"{variable.name} is not what was set"
    return f"{variable.name} should be {wanted} and is {shown or 'not shown'}"
