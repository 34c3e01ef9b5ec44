"""`--dry-run`: every step and every line that would be typed. Only the image file and the addresses are looked at."""

import json
from dataclasses import replace

import rich_click as click

from platforms import Platform
from rommon_tool.cli.main import tell
from rommon_tool.errors import ServerAddressNotHere
from rommon_tool.image import check_fits
from rommon_tool.job import Job
from rommon_tool.power import power_of
from rommon_tool.preflight import Plan, prepare
from rommon_tool.procedures.load_image import STEPS
from rommon_tool.sinks import title
from serial_console.boot_monitor.variables import lines_to_type
from serial_console.link import limits


def show_plan(job: Job, *, as_json: bool) -> None:
    """Print the plan of a load for its family, or for each family that the image fits."""
    plan = _prepared(job)
    candidates = _candidates(plan)
    if as_json:
        for family in candidates:
            _tell_steps(plan, family)
        click.echo(json.dumps({"v": 1, "kind": "result", "exit_code": 0, "outcome": "dry-run"}))
        return
    alike = _alike(plan, candidates)
    if len(alike) > 1:
        tell("The image's name tells no family: it is recognised at the device's monitor. One of these would be typed:")
    for families in alike:
        click.echo(" or ".join(f"{family.title} ({family.name})" for family in families))
        for number, name in STEPS.items():
            _show_step(number, name, _lines(plan, families[0], number), _note(plan, families[0], number))


def _prepared(job: Job) -> Plan:
    """The checks of a real run; but at a desk the server's address may not be up yet."""
    try:
        return prepare(job)
    except ServerAddressNotHere as error:
        tell(f"Warning: {error}; a real run would end here")
        return prepare(replace(job, network=replace(job.network, external_server=True)))


def _tell_steps(plan: Plan, family: Platform) -> None:
    for number, name in STEPS.items():
        typed = {"number": number, "name": name, "types": _lines(plan, family, number)}
        note = {"note": note} if (note := _note(plan, family, number)) else {}
        click.echo(json.dumps({"v": 1, "kind": "plan", "platform": family.name, **typed, **note}))


def _alike(plan: Plan, candidates: list[Platform]) -> list[list[Platform]]:
    """The candidates, together with those to which the same lines would be typed."""
    groups: dict[tuple[str, ...], list[Platform]] = {}
    for family in candidates:
        lines = tuple(line for number in STEPS for line in _lines(plan, family, number))
        groups.setdefault(lines, []).append(family)
    return list(groups.values())


def _show_step(number: int, name: str, lines: list[str], note: str) -> None:
    click.echo(f"  {number}. {title(name)}{': ' if note else ''}{note}")
    for line in lines:
        click.echo(f"       {line}")


def _candidates(plan: Plan) -> list[Platform]:
    fitting = {family.name for family in plan.image.families(plan.known)}
    chosen = [family for family in plan.families if family.name in fitting] or list(plan.families)
    for family in () if plan.job.any_family else chosen:
        check_fits(plan.image, family, plan.known)
    # A family that needs a setting which was not given is not the one that is meant, unless it is the only one.
    told = [family for family in chosen if {*family.variables.required} <= plan.variables(family).keys()]
    return told or chosen


def _lines(plan: Plan, family: Platform, number: int) -> list[str]:
    """What is typed in a step of the chapter. Keys stand in angle brackets."""
    bundle = family.netboot.bundle if plan.image.is_bundle_for(family) else None
    asks = family.boot is not None and not family.boot.login_proves
    wanted = plan.variables(family)
    save = [family.save.command] if family.save and plan.job.saves else []
    typed = {
        1: [plan.session_command] if plan.session_command else [],
        2: [power_of(plan.job.power_command).name] if plan.job.power_command else [],
        3: [f"<{_key(family.break_in.key)}>"],
        4: [line for _, line in lines_to_type(family, wanted)],
        5: [family.variables.dump_command],
        6: [family.ping.command.format(server=plan.network.server)],
        7: save,
        8: [bundle.command if bundle else family.netboot.command, *(["show version"] if asks else [])],
    }
    return typed.get(number, [])


def _note(plan: Plan, family: Platform, number: int) -> str:
    """What to know of a step before it is begun."""
    if STEPS[number] == "sync" and not family.save:
        return "left out (no such step in the procedure of this family)"
    if STEPS[number] == "sync" and not plan.job.saves:
        return "left out (--no-save)"
    return "; ".join(limits(plan.job.port)) if number == 1 else ""


def _key(key: str) -> str:
    return {"\x1b": "ESC", " ": "SPACE", "\x03": "Ctrl-C", "\r": "Enter"}.get(key, repr(key)[1:-1])
