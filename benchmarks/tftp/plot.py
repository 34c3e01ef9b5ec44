"""Draw speed against the number of devices, a line for each server, as SVG.

The one rule: the picture is made from the saved figures and from nothing else.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.tftp.peers import ATFTPD, DNSMASQ, HPA, OURS, PY3TFTP, TFTP, TFTPY

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 130, 40, 56
#: Told apart by people who see colours differently, too (Okabe and Ito).
_COLOURS = {
    OURS: "#d55e00",
    DNSMASQ: "#0072b2",
    HPA: "#000000",
    ATFTPD: "#009e73",
    TFTP: "#cc79a7",
    TFTPY: "#e69f00",
    PY3TFTP: "#56b4e9",
}
_LABEL_GAP = 15.0

Line = Sequence[tuple[int, float]]


def lines_of(works: Sequence[Mapping[str, Any]]) -> dict[str, Line]:
    """For each server the median speed (k blocks/s) by number of devices; a failed measurement is left out."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for work in works:
        if not work["name"].startswith("devices_"):
            continue
        for server, figures in work["figures"].items():
            speeds = [value for value in figures[0]["rounds"] if value is not None]
            if speeds:
                lines.setdefault(server, []).append((work["clients"], statistics.median(speeds)))
    return {server: sorted(line) for server, line in lines.items()}


def picture(lines: Mapping[str, Line], caption: str) -> str:
    """The whole SVG document."""
    counts = sorted({count for line in lines.values() for count, _ in line})
    top = _round_up(max(speed for line in lines.values() for _, speed in line))
    parts = [*_frame(counts, top, caption)]
    places = _label_places({server: _y(line[-1][1], top) for server, line in lines.items()})
    for server, line in lines.items():
        parts += _drawn(server, [(_x(count, counts), _y(speed, top)) for count, speed in line], places[server])
    return "\n".join([*parts, "</svg>", ""])


def _x(count: int, counts: Sequence[int]) -> float:
    share = math.log(count / counts[0]) / math.log(counts[-1] / counts[0])
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(speed: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - speed / top * (_HEIGHT - _TOP - _BOTTOM)


def _round_up(value: float) -> int:
    step = _step(value)
    return math.ceil(value / step) * step


def _step(top: float) -> int:
    return 50 if top > 120 else 20 if top > 60 else 10


def _frame(counts: Sequence[int], top: int, caption: str) -> list[str]:
    """Background, grid, axes and their words."""
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(_LEFT, 22, "thousand blocks of 512 bytes a second", anchor="start"),
        _text((_LEFT + right) / 2, _HEIGHT - 18, f"devices at the same time ({caption})"),
    ]
    for speed in range(0, top + 1, _step(top)):
        y = _y(speed, top)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#dddddd"/>')
        parts.append(_text(_LEFT - 8, y + 4, str(speed), anchor="end"))
    parts += [_text(_x(count, counts), bottom + 18, str(count)) for count in counts]
    return parts


def _drawn(server: str, points: Sequence[tuple[float, float]], label_y: float) -> list[str]:
    colour = _COLOURS.get(server, "#777777")
    width = 3 if server == OURS else 1.5
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width + 1}" fill="{colour}"/>' for x, y in points]
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
    label = _text(_WIDTH - _RIGHT + 10, label_y + 4, server, anchor="start", colour=colour, bold=server == OURS)
    return [line, *dots, label]


def _label_places(ends: Mapping[str, float]) -> dict[str, float]:
    """A label beside the end of each line, pushed down where two would meet."""
    places: dict[str, float] = {}
    lowest = -math.inf
    for server, y in sorted(ends.items(), key=lambda end: end[1]):
        lowest = places[server] = max(y, lowest + _LABEL_GAP)
    return places


def _text(x: float, y: float, text: str, *, anchor: str = "middle", colour: str = "#333333", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{text}</text>'
