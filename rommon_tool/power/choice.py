"""Which power a `--power` text means. Only here are its forms told apart."""

import re
from collections.abc import Callable

from rommon_tool.errors import WrongUsage
from rommon_tool.power.command import PowerCommand
from rommon_tool.power.method import Power

_FORM = re.compile(r"(pdudaemon|snmp|ask):")


def power_of(text: str, say: Callable[[str], None] = lambda _text: None) -> Power:
    """Return the power that `text` names: `pdudaemon://…`, `snmp://…`, `ask:`, or else a command.

    `say` tells a person what to do, for `ask:`. Nothing is touched. Raises `WrongUsage` for a text that can't be right.
    """
    form = _FORM.match(text)
    if form is None:
        return PowerCommand(text)
    if form[1] == "ask":
        from rommon_tool.power.person import PowerPerson

        return PowerPerson(say)
    if not text.startswith(f"{form[1]}://"):
        raise WrongUsage(f"--power {text!r} is no URL", hint=f"write it as {form[1]}://HOST/…")
    if form[1] == "pdudaemon":
        from rommon_tool.power.pdudaemon import Pdudaemon

        return Pdudaemon.of(text)
    from rommon_tool.power.snmp import SnmpOutlet

    return SnmpOutlet.of(text)
