"""`python -m benchmarks.tftp.document RESULT.json ... [PROFILE.txt]`: bring docs/tftp-figures.md up to what was measured.

The one rule: no figure is typed by hand. The tables between the document's markers are replaced, the rest is left as it
is. Of several results that have the same row, the last one counts.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.tftp.plot import lines_of, picture

_DOCUMENT = Path("docs/tftp-figures.md")
_PLOT = Path("docs/tftp-devices.svg")
_SAVED = Path("docs/tftp-figures.json")

Work = Mapping[str, Any]


def main(paths: Sequence[str]) -> int:
    if not paths:
        print(__doc__)
        return 2
    results = [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths if path.endswith(".json")]
    profiles = [Path(path).read_text(encoding="utf-8").strip() for path in paths if not path.endswith(".json")]
    works = {work["name"]: work for result in results for work in result["works"]}
    machine = results[-1]["machine"]
    rows = [work for work in works.values() if not work["name"].startswith("devices_")]
    parts = {"machine": _machine(machine), "bars": _bars(rows), "figures": _figures(rows)}
    if profiles:
        parts["profile"] = iter(f"```text\n{profile}\n```\n" for profile in profiles)
    text = _DOCUMENT.read_text(encoding="utf-8")
    for name, lines in parts.items():
        text = _replaced(text, name, "\n".join(lines))
    _DOCUMENT.write_text(text, encoding="utf-8")
    if lines_of(list(works.values())):
        _PLOT.write_text(picture(lines_of(list(works.values())), "logarithmic"), encoding="utf-8")
    _SAVED.write_text(
        json.dumps({"machine": machine, "works": list(works.values())}, indent=1) + "\n", encoding="utf-8"
    )
    return 0


def _replaced(text: str, name: str, table: str) -> str:
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{_DOCUMENT} has no place for the table '{name}'")
    return pattern.sub(lambda found: found[1] + table + found[2], text)


def _machine(machine: Mapping[str, Any]) -> Iterator[str]:
    yield f"{machine['cores']} cores ({machine['processor']}), {machine['system']}, Python {machine['python']};"
    yield f"load average at the end {machine['load_average']}."


def _bars(works: Sequence[Work]) -> Iterator[str]:
    yield "| work | held against | reached (rounds) | must | goal |"
    yield "|---|---|---|---|---|"
    for work in works:
        for bar in work["bars"]:
            yield f"| {work['title']} | {_against(bar)} | {_reached(bar)} | {_bar(bar, 'must')} | {_bar(bar, 'goal')} |"


def _against(bar: Mapping[str, Any]) -> str:
    return f"{bar['figure']} of {bar['against']}" if bar["against"] else f"{bar['figure']} in {bar['unit']}"


def _reached(bar: Mapping[str, Any]) -> str:
    rounds = [value for value in bar["rounds"] if value is not None]
    if bar["reached"] is None:
        return "failed" if bar["rounds"] else "not compared"
    return f"**{bar['reached']:.4g}** ({min(rounds):.3g} to {max(rounds):.3g})"


def _bar(bar: Mapping[str, Any], kind: str) -> str:
    wanted, reached = bar[kind], bar["reached"]
    if wanted is None:
        return ""
    sign = "<=" if bar["less_is_better"] else ">="
    met = reached is not None and (reached <= wanted if bar["less_is_better"] else reached >= wanted)
    return f"{sign} {wanted:.3g}: {'met' if met else 'not met'}"


def _figures(works: Sequence[Work]) -> Iterator[str]:
    for work in works:
        servers = list(work["figures"])
        units = [f"{figure['name']}, {figure['unit']}" for figure in work["figures"][servers[0]]]
        yield f"\n**{work['title']}**\n"
        yield f"| server | {' | '.join(units)} |"
        yield "|---" * (len(units) + 1) + "|"
        for server in servers:
            yield f"| {server} | {' | '.join(_cell(figure['rounds']) for figure in work['figures'][server])} |"


def _cell(rounds: Sequence[float | None]) -> str:
    values = [value for value in rounds if value is not None]
    if len(values) < len(rounds) or not values:
        return f"failed in {len(rounds) - len(values)} of {len(rounds)}"
    spread = f" ({min(values):.4g} to {max(values):.4g})" if len(values) > 1 else " (once)"
    return f"{statistics.median(values):.4g}{spread}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
