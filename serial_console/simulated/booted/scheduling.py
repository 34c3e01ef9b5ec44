"""reload in, reload at, reload cancel, show reload. All that it prints is recalled or made up: no capture has it."""

import re
from datetime import datetime, timedelta

from ..chassis import SWITCHED_ON
from ..invented import NO_RELOAD, SHUTDOWN_ABORTED, SHUTDOWN_IN
from ..script import Script
from .commands import Command
from .reloading import agreed, go_down
from .session import Scheduled, Session

TIME = re.compile(r"(\d{1,2}):(\d{2})\Z")


def due_in(session: Session) -> float | None:
    """Seconds to the scheduled restart; None if there is none."""
    planned = session.machine.scheduled
    return None if planned is None else max(0.0, planned.moment - session.chassis.now())


def restart(session: Session) -> Script[None]:
    """The scheduled restart."""
    session.machine.scheduled = None
    session.print()
    yield from go_down(session, "scheduled")


def _in(session: Session, words: list[str]) -> Script[None]:
    hours, _, minutes = words[0].rpartition(":") if words else ("", "", "")
    if not minutes.isdecimal() or (hours and not hours.isdecimal()):
        session.refuse_word(2)
        return
    yield from _plan(session, words[1:], 3600.0 * int(hours or 0) + 60.0 * int(minutes))


def _at(session: Session, words: list[str]) -> Script[None]:
    found = TIME.match(words[0]) if words else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        session.refuse_word(2)
        return
    now = _clock(session)
    moment = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    day, rest = _day(words[1:], now)
    moment = day.replace(hour=moment.hour, minute=moment.minute) if day else moment
    if moment <= now:
        moment += timedelta(days=1)
    yield from _plan(session, rest, (moment - now).total_seconds())


def _day(words: list[str], now: datetime) -> tuple[datetime | None, list[str]]:
    """`MONTH DAY` or `DAY MONTH` behind a time, and what stands behind that."""
    for pattern in ("%b %d", "%d %b"):
        try:
            found = datetime.strptime(f"{' '.join(words[:2])[:6].strip()} {now.year} +0000", f"{pattern} %Y %z")
        except ValueError:
            continue
        return found, words[2:]
    return None, words


def _plan(session: Session, words: list[str], seconds: float) -> Script[None]:
    if not (yield from agreed(session, words)):
        return
    reason = " ".join(words[words.index("reason") + 1 :]) if "reason" in words else ""
    session.machine.scheduled = Scheduled(session.chassis.now() + seconds, reason)
    hours, rest = divmod(int(seconds), 3600)
    session.print(SHUTDOWN_IN.format(time=f"{hours}:{rest // 60:02}:{rest % 60:02}"))


def _cancel(session: Session, _: list[str]) -> Script[None]:
    if session.machine.scheduled is None:
        session.print(NO_RELOAD)
    else:
        session.machine.scheduled = None
        session.print(SHUTDOWN_ABORTED)
    yield from ()


def _show(session: Session, _: list[str]) -> Script[None]:
    planned = session.machine.scheduled
    if planned is None:
        session.print(NO_RELOAD)
    else:
        left = round(planned.moment - session.chassis.now())
        moment = SWITCHED_ON + timedelta(seconds=round(planned.moment))
        told = f"{moment:%H:%M:%S} UTC {moment:%a %B} {moment.day}"
        session.print(f"Reload scheduled for {told} (in {left // 3600} hours and {left % 3600 // 60} minutes)")
        if planned.reason:
            session.print(f"Reload reason: {planned.reason}")
    yield from ()


def _clock(session: Session) -> datetime:
    return SWITCHED_ON + timedelta(seconds=session.chassis.now())


COMMANDS = (
    Command(("reload", "in"), _in),
    Command(("reload", "at"), _at),
    Command(("reload", "cancel"), _cancel),
    Command(("show", "reload"), _show),
)
