"""What the device refused when it read its configuration, held against what was predicted.

The one rule: the device is right. A refusal that no rule foresaw is told as such, and so is a prediction that did not come true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rommon_tool.downgrade.findings import DowngradeFinding
from serial_console.asa_cli.reading.startup_errors import StartupError
from serial_console.transcript import scrub

_REFUSED = ("reject", "reject-default-line", "reset-to-blank")


@dataclass(frozen=True, slots=True)
class ExplainedError:
    """One line that the device spoke about. `line` is 0 where it is not found in the configuration.

    Passwords and keys are left out of `text` and `said`. `rule` and `why` are the prediction's; empty where nothing
    foresaw it. `is_refused`: an error, not a warning.
    """

    line: int
    text: str
    said: str
    is_refused: bool
    rule: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """`unrealised`: the predictions of a refusal that the device did not make."""

    errors: tuple[ExplainedError, ...]
    unrealised: tuple[DowngradeFinding, ...]

    @property
    def refused(self) -> tuple[ExplainedError, ...]:
        return tuple(error for error in self.errors if error.is_refused)

    @property
    def unforeseen(self) -> tuple[ExplainedError, ...]:
        """Refusals that no rule foresaw."""
        return tuple(error for error in self.refused if not error.rule)


def explain(errors: Iterable[StartupError], config: str, predicted: Sequence[DowngradeFinding]) -> Explained:
    """Hold errors against the predictions for the configuration `config`, whose lines both count."""
    lines = config.splitlines()
    foreseen = {finding.line: finding for finding in predicted if finding.effect in _REFUSED}
    explained = tuple(_explained(error, lines, foreseen) for error in errors)
    met = {error.line for error in explained if error.is_refused}
    return Explained(explained, tuple(foreseen[line] for line in sorted(foreseen) if line not in met))


def _explained(error: StartupError, lines: list[str], foreseen: dict[int, DowngradeFinding]) -> ExplainedError:
    line = 0 if error.context else _place(error, lines)
    text, said = scrub(lines[line - 1].strip() if line else error.command), scrub(error.said)
    finding = foreseen.get(line)
    if finding is None or not error.is_refused:
        return ExplainedError(line, text, said, error.is_refused)
    return ExplainedError(line, text, said, error.is_refused, finding.rule, finding.what)


def _place(error: StartupError, lines: list[str]) -> int:
    """The line's number in the configuration: the device's own if the command stands there, else the nearest that has it."""
    fitting = [number for number, text in enumerate(lines, 1) if _is(error, text)]
    return min(fitting, key=lambda number: abs(number - error.line), default=0)


def _is(error: StartupError, text: str) -> bool:
    wanted, given = " ".join(error.command.split()), " ".join(text.split())
    return bool(wanted) and (given.startswith(wanted) if error.is_cut else given == wanted)
