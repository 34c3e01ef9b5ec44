"""Hold a configuration against a target version.

The one rule: what a rule can't know it says. A line is never called safe; it is only not known to be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from rommon_tool.asa_version import AsaVersion
from rommon_tool.downgrade.configuration import Configuration, Line
from rommon_tool.downgrade.findings import LOSSES, DowngradeFinding
from rommon_tool.downgrade.guidelines import guidelines
from rommon_tool.downgrade.models import Model, model_of
from rommon_tool.downgrade.rules import Introduced, Removed, Rule, introduced, removed

_USER: Final = re.compile(r"^username \S+ (?:password|nopassword)\b", re.IGNORECASE)
_LOCAL_LOGIN: Final = r"^aaa authentication (?:ssh|http|telnet|serial) console LOCAL\b"


@dataclass(frozen=True, slots=True)
class Checked:
    """`model` is None where neither the text nor the caller names it; `why_not`: why the model can't run the target."""

    findings: tuple[DowngradeFinding, ...]
    target: AsaVersion
    own: AsaVersion | None
    model: Model | None
    lines: int
    why_not: str = ""

    @property
    def loses_something(self) -> bool:
        return any(finding.effect in LOSSES for finding in self.findings)


def check(text: str, target: AsaVersion, *, model: str = "") -> Checked:
    """What `target` makes of the configuration `text`. `model` counts where the text names no hardware."""
    configuration = Configuration.read(text)
    own, found = configuration.version, model_of(configuration.hardware or model)
    why_not = found.why_not(target, own) if found else ""
    if why_not:
        return Checked((), target, own, found, len(configuration.lines), why_not)
    findings = [
        *_of_rules(configuration, target, own, found),
        *guidelines(configuration, target, own, found),
    ]
    findings = _with_lock_outs(findings, configuration)
    findings.sort(key=lambda finding: finding.line)
    return Checked(tuple(findings), target, own, found, len(configuration.lines))


def _of_rules(
    configuration: Configuration, target: AsaVersion, own: AsaVersion | None, model: Model | None
) -> Iterator[DowngradeFinding]:
    came = [rule for rule in introduced() if _applies(rule, configuration, model) and _came(rule, target, own)]
    went = [rule for rule in removed() if _applies(rule, configuration, model) and _went(rule, target, own)]
    for index, line in enumerate(configuration.lines):
        for rule in _first_of_effect(came, line):
            unsure = rule.accepted_by(target) == "unsure"
            yield _finding(rule, line, configuration.lines_below(index), unsure=unsure or _guesses(rule, model))
        for gone in went:
            if gone.regex.match(line.plain) and (gone.block is None or gone.block.search(line.block)):
                yield _finding(gone, line, configuration.lines_below(index), unsure=False)


def _first_of_effect(rules: list[Introduced], line: Line) -> Iterator[Introduced]:
    """The rules that a line falls under. One is enough to have it refused: of those, the surest."""
    hits = [rule for rule in rules if rule.regex.match(line.plain)]
    if len(hits) > 1:
        refusing = [rule for rule in hits if rule.told_effect == "reject"]
        surest = min(refusing, key=_doubt, default=None)
        hits = [rule for rule in hits if rule not in refusing or rule is surest]
    yield from hits


def _doubt(rule: Rule) -> tuple[bool, int]:
    return rule.version_doubtful, ("captured", "documented", "recalled").index(rule.confidence)


def _applies(rule: Rule, configuration: Configuration, model: Model | None) -> bool:
    if rule.platforms and model is not None and model.name not in rule.platforms:
        return False
    if rule.only_with and not configuration.has(rule.only_with):
        return False
    return not (rule.only_without and configuration.has(rule.only_without))


def _came(rule: Introduced, target: AsaVersion, own: AsaVersion | None) -> bool:
    """Whether the target may lack it. A version that the device runs has every line of its configuration."""
    return rule.accepted_by(target) != "yes" and (own is None or rule.accepted_by(own) != "no" or own in rule.seen_in)


def _went(rule: Removed, target: AsaVersion, own: AsaVersion | None) -> bool:
    return rule.removed <= target and (own is None or own < rule.removed)


def _guesses(rule: Rule, model: Model | None) -> bool:
    """Whether the rule is about some hardware, and which this is can't be told."""
    return rule.effect == "platform" and (model is None or not rule.platforms)


def _finding(rule: Rule, line: Line, below: int, *, unsure: bool) -> DowngradeFinding:
    effect = rule.told_effect
    default_line = rule.default_line if isinstance(rule, Introduced) else None
    if default_line is not None and not default_line.search(line.text):
        effect = "reject"
    return DowngradeFinding(
        line.number,
        line.text,
        rule.id,
        effect,
        rule.what,
        rule.confidence,
        rule.source,
        unsure=unsure or rule.version_doubtful,
        block_lines=below if effect == "reject" else 0,
    )


def _with_lock_outs(findings: list[DowngradeFinding], configuration: Configuration) -> list[DowngradeFinding]:
    """Mark the users whose loss leaves nobody who could log in."""
    if not configuration.has(_LOCAL_LOGIN):
        return findings
    users = {line.number for line in configuration.lines if _USER.search(line.plain)}
    lost = {finding.line for finding in findings if finding.line in users and finding.effect == "reject"}
    if not users or lost != users:
        return findings
    return [
        replace(each, lock_out=True) if each.line in lost and each.effect == "reject" else each for each in findings
    ]
