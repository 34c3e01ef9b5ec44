"""Set the network variables and see each one taken.

A variable counts as set when a fresh dump shows it as a whole line; the echo of our own typing proves nothing.
On a line that garbled any echo, two separate dumps must show it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar

from platforms import Platform
from platforms.model import Extra, Variable
from serial_console.boot_monitor.dialogue import Dialogue
from serial_console.boot_monitor.events import VariableSet
from serial_console.boot_monitor.reading import same_setting, settings
from serial_console.errors import ReadBackDiffers

_DUMPS = 16
_RETYPES = 3
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

    One that is shown wrong is typed again, a few times. Raises `ReadBackDiffers` if it stays wrong or missing.
    """
    right: Counter[_Name] = Counter()
    wrong: Counter[_Name] = Counter()
    retyped: Counter[_Name] = Counter()
    shown: dict[_Name, str] = {}
    for _ in range(_DUMPS):
        dump = settings(dialogue.command(dialogue.platform.variables.dump_command))
        shown = _differences(dialogue, wanted, dump)
        for role in wanted:
            right[role] += role not in shown
            wrong[role] = wrong[role] + 1 if role in shown else 0
        if all(right[role] >= _needed(dialogue) for role in wanted):
            return dump
        # On a noisy line the dump is as likely to be garbled as the setting: it must be wrong twice running.
        for role in [role for role in wanted if wrong[role] >= _needed(dialogue)]:
            if retyped[role] == _RETYPES:
                raise _differs(dialogue, wanted, shown)
            retyped[role] += 1
            right[role] = wrong[role] = 0
            for _row in set_variables(dialogue, {role: wanted[role]}):
                pass
    raise _differs(dialogue, wanted, shown)


def _needed(dialogue: Dialogue) -> int:
    return 2 if dialogue.wrong_echoes else 1


def _differences(dialogue: Dialogue, wanted: Mapping[_Name, str], dump: Mapping[str, str]) -> dict[_Name, str]:
    found: dict[_Name, str] = {}
    for role, value in wanted.items():
        variable = dialogue.platform.variables.of(role)
        shown = dump.get(variable.name, "") if variable else ""
        if not same_setting(role, value, shown):
            found[role] = shown
    return found


def _differs(dialogue: Dialogue, wanted: Mapping[_Name, str], wrong: Mapping[_Name, str]) -> ReadBackDiffers:
    variables = {name: variable for name in wanted if (variable := dialogue.platform.variables.of(name))}
    pairs = ", ".join(_difference(variables[name], wanted[name], shown) for name, shown in wrong.items())
    return ReadBackDiffers(f"the device does not hold what was set: {pairs or 'no two dumps agree'}", seen=pairs)


def _difference(variable: Variable, wanted: str, shown: str) -> str:
    if isinstance(variable, Extra) and variable.secret:
        return f"{variable.name} is not what was set"
    return f"{variable.name} should be {wanted} and is {shown or 'not shown'}"
