"""The page for people: who polled what and when, and who was refused. It needs no script, and none can get in."""

from collections.abc import Iterable
from datetime import datetime
from html import escape

from rommon_tool.auto_update.assignments import COMPONENTS
from rommon_tool.auto_update.board import Board, Refusal, Row

REFRESH_SECONDS = 10
#: No script, no picture, nothing from elsewhere.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1b1b; background: #fff }
table { border-collapse: collapse; margin-bottom: 2rem }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem; border-bottom: 1px solid #bbb }
code, small { color: #444 }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } code, small { color: #bbb } }
"""
_EVERY_DEVICE = ("Device", "Model", "Last poll", "From", "Polls", *COMPONENTS)


def page(board: Board) -> str:
    """The whole page as HTML."""
    devices = _table("Devices", _EVERY_DEVICE, [_device(row) for row in board.rows.values()])
    refusals = _table("Refused", ("When", "Who", "What", "Why"), [_refusal(one) for one in board.refusals])
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Auto Update</title><style>{_STYLE}</style></head>
<body><h1>Auto Update</h1>
{devices}
{refusals if board.refusals else "<p>Nobody was refused.</p>"}
<p><small>Times are UTC. A file counts as sent when its last byte went out; what the device made of it, its own log tells.</small></p>
</body></html>
"""


def _table(caption: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return f"<h2>{caption}</h2><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _device(row: Row) -> str:
    assignment = row.assignment
    polled = _time(row.polled_at) if row.polled_at else "never"
    known = "".join(_cell(text) for text in (assignment.model, polled, row.client or "–", str(row.polls)))
    files = "".join(_file(row, component) for component in COMPONENTS)
    return f'<tr><th scope="row">{escape(assignment.name)}</th>{known}{files}</tr>'


def _file(row: Row, component: str) -> str:
    file = row.assignment.files.get(component)
    if file is None:
        return _cell("not assigned")
    sent = row.sent_at.get(component)
    when = f"sent {_time(sent)}" if sent else "not asked for"
    return f"<td>{escape(file.name)}<br><code>{file.checksum}</code><br>{when}</td>"


def _refusal(refusal: Refusal) -> str:
    cells = (_time(refusal.at), refusal.client, refusal.what, refusal.reason)
    return f"<tr>{''.join(_cell(text) for text in cells)}</tr>"


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
